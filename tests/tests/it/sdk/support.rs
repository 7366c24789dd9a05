//! A node with workflows, and an activity that does what its test tells it to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use apus::node::{DeciderFactory, Node, NodeOptions};
use apus::sdk::{
    Activities, Activity, ActivityError, ActivityOptions, ActivityTask, ActivityWorker, Client, RetryPolicy,
    WorkerOptions, Workflow, WorkflowContext, WorkflowError, Workflows,
};
use apus_tests::TestDatabase;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, Semaphore};

pub const DOMAIN: &str = "tests";

/// What activities and their test tell each other.
pub struct Stage {
    /// Attempts that have begun.
    pub begun: Semaphore,
    /// Lets one attempt that waits go on.
    pub go_on: Notify,
    /// Attempts that were told to give up.
    pub cancelled: Semaphore,
    /// Attempts that were dropped before they ended.
    pub dropped: Semaphore,
    pub attempts: AtomicUsize,
}

impl Stage {
    pub fn new() -> Arc<Self> {
        Arc::new(Stage {
            begun: Semaphore::new(0),
            go_on: Notify::new(),
            cancelled: Semaphore::new(0),
            dropped: Semaphore::new(0),
            attempts: AtomicUsize::new(0),
        })
    }

    pub fn attempts(&self) -> usize {
        self.attempts.load(Ordering::Relaxed)
    }
}

/// Waits until something has happened once more.
pub async fn seen(what: &Semaphore) {
    what.acquire().await.unwrap().forget();
}

/// What an attempt does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Act {
    /// Gives its number.
    Say(u32),
    /// Fails at the first attempt.
    FailOnce,
    /// Panics at the first attempt.
    PanicOnce,
    /// Waits for the test.
    Wait,
    /// Heartbeats until it is asked to give up.
    Beat,
    /// Never ends.
    Hang,
}

impl Activity for Act {
    type Output = u32;
    type Context = Stage;
    const NAME: &'static str = "act";

    fn options() -> ActivityOptions {
        let at_once = RetryPolicy::default().backoff(Duration::ZERO, 1.0, Duration::ZERO);
        ActivityOptions::default().retry(at_once)
    }

    async fn run(self, task: ActivityTask, stage: Arc<Stage>) -> Result<u32, ActivityError> {
        stage.attempts.fetch_add(1, Ordering::Relaxed);
        let ended = Ended {
            stage: stage.clone(),
            in_time: false,
        };
        stage.begun.add_permits(1);
        let said = match self {
            Act::Say(number) => Ok(number),
            Act::FailOnce if task.attempt() == 1 => Err(ActivityError::retryable("once", "try again")),
            Act::PanicOnce if task.attempt() == 1 => panic!("once"),
            Act::FailOnce | Act::PanicOnce => Ok(task.attempt()),
            Act::Wait => {
                stage.go_on.notified().await;
                Ok(7)
            }
            Act::Beat => loop {
                if task.heartbeat("on it").is_err() {
                    stage.cancelled.add_permits(1);
                    break Err(ActivityError::cancelled());
                }
                let _ = tokio::time::timeout(Duration::from_millis(10), task.cancelled()).await;
            },
            Act::Hang => std::future::pending().await,
        };
        ended.in_time();
        said
    }
}

/// Notices when the future is dropped before its end.
struct Ended {
    stage: Arc<Stage>,
    in_time: bool,
}

impl Ended {
    fn in_time(mut self) {
        self.in_time = true;
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        if !self.in_time {
            self.stage.dropped.add_permits(1);
        }
    }
}

/// Does these, one after the other, and gives the sum of what they say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Play(pub Vec<Act>);

impl Workflow for Play {
    type Output = u32;
    const NAME: &'static str = "play";

    async fn run(self, ctx: WorkflowContext) -> Result<u32, WorkflowError> {
        let mut sum = 0;
        for act in self.0 {
            sum += match act {
                Act::Hang => {
                    let call = ctx
                        .activity(act)
                        .retry(RetryPolicy::never())
                        .timeout(Duration::from_secs(1));
                    call.run().await?
                }
                Act::Beat => {
                    let options = Act::options().heartbeat(Duration::from_secs(2));
                    ctx.activity(act).options(options).run().await?
                }
                act => ctx.run(act).await?,
            };
        }
        Ok(sum)
    }
}

/// Waits for a number, continues as a new run with it, and there adds what children play.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Conduct {
    pub number: Option<u32>,
}

impl Workflow for Conduct {
    type Output = u32;
    const NAME: &'static str = "conduct";

    async fn run(self, ctx: WorkflowContext) -> Result<u32, WorkflowError> {
        let Some(number) = self.number else {
            let number = Some(ctx.signals("number").recv().await?);
            return Err(ctx.continue_as_new(&Conduct { number }));
        };
        let children = (0..3).map(|child| {
            ctx.child(
                format!("child-{child}"),
                Play(vec![Act::Say(number), Act::Say(child)]),
            )
        });
        let said = ctx.join_all(children).await;
        Ok(said.into_iter().sum::<Result<u32, _>>()?)
    }
}

pub fn workflows() -> Workflows {
    Workflows::new().add::<Play>().add::<Conduct>()
}

/// A node that decides the workflows above.
pub async fn node(database: &TestDatabase) -> Node {
    let mut options = NodeOptions::new(database.connect_options());
    options.deciders = Some(Arc::new(workflows()) as Arc<dyn DeciderFactory>);
    let node = Node::start(options).await.unwrap();
    node.ensure_domain(DOMAIN, 1).await.unwrap();
    workflows().register(&node, DOMAIN).await.unwrap();
    activities(&Stage::new()).register(&node, DOMAIN).await.unwrap();
    node
}

pub fn activities(stage: &Arc<Stage>) -> Activities {
    Activities::new().add::<Act>(stage.clone())
}

pub fn worker(node: &Node, stage: &Arc<Stage>, drain: Duration) -> ActivityWorker {
    let options = WorkerOptions::new(DOMAIN).concurrency(4).drain(drain);
    ActivityWorker::start(node.clone(), activities(stage), &options)
}

pub fn client(node: &Node) -> Client<Node> {
    Client::new(node.clone(), DOMAIN)
}
