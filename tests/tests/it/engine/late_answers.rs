//! What a commit wrote shows in Postgres before the node has its answer, however late that is.

use std::sync::atomic::{AtomicBool, Ordering};

use apus::model::{CompleteWorkflowExecution, ContinueAsNewWorkflowExecution, EventType};
use apus::node::{DecisionTask, Node, NodeOptions};
use apus_tests::TestDatabase;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::support::{DOMAIN, decide, decision_task, of_type, register, settled, start};

/// More than the node or Postgres writes at once here.
const BUFFER_BYTES: usize = 64 << 10;
/// Input of the run that continues another: who sees it pass knows that its history is read.
const INPUT: &str = "the successor's input";

/// Which answers are held up.
#[derive(Clone, Copy, Default)]
struct HeldUp {
    /// To `COMMIT`.
    commits: bool,
    /// Those that have the history that begins with [`INPUT`].
    reads: bool,
}

/// The road from a node to Postgres, on which answers may be held up.
struct Road {
    folder: TempDir,
    to: PgConnectOptions,
    held_up: watch::Sender<HeldUp>,
    read: watch::Receiver<bool>,
    _traffic: AbortOnDropHandle<()>,
}

impl Road {
    fn to(database: PgConnectOptions) -> Self {
        let folder = TempDir::new().unwrap();
        let name = format!(".s.PGSQL.{}", database.get_port());
        let listener = UnixListener::bind(folder.path().join(&name)).unwrap();
        let server = database.get_socket().unwrap().join(name);
        let (held_up, is_held_up) = watch::channel(HeldUp::default());
        let (reads, read) = watch::channel(false);
        let traffic = tokio::spawn(async move {
            while let Ok((node, _)) = listener.accept().await {
                let server = UnixStream::connect(&server).await.unwrap();
                tokio::spawn(forward(node, server, is_held_up.clone(), reads.clone()));
            }
        });
        Road {
            folder,
            to: database,
            held_up,
            read,
            _traffic: AbortOnDropHandle::new(traffic),
        }
    }

    fn connect_options(&self) -> PgConnectOptions {
        self.to.clone().socket(self.folder.path())
    }

    fn hold_up(&self, answers: HeldUp) {
        self.held_up.send_replace(answers);
    }

    /// Waits until Postgres has sent the history that begins with [`INPUT`].
    async fn is_read(&self) {
        self.read.clone().wait_for(|read| *read).await.unwrap();
    }
}

fn says(bytes: &[u8], words: &str) -> bool {
    bytes
        .windows(words.len())
        .any(|window| window == words.as_bytes())
}

async fn forward(
    mut node: UnixStream,
    mut server: UnixStream,
    mut held_up: watch::Receiver<HeldUp>,
    reads: watch::Sender<bool>,
) {
    let (mut from_node, mut to_node) = node.split();
    let (mut from_server, mut to_server) = server.split();
    let committing = AtomicBool::new(false);
    let ask = async {
        let mut bytes = vec![0; BUFFER_BYTES];
        while let Ok(length @ 1..) = from_node.read(&mut bytes).await {
            committing.store(says(&bytes[..length], "COMMIT"), Ordering::Relaxed);
            if to_server.write_all(&bytes[..length]).await.is_err() {
                break;
            }
        }
    };
    let answer = async {
        let mut bytes = vec![0; BUFFER_BYTES];
        while let Ok(length @ 1..) = from_server.read(&mut bytes).await {
            let commits = committing.load(Ordering::Relaxed);
            let is_read = says(&bytes[..length], INPUT);
            if is_read {
                reads.send_replace(true);
            }
            let free = |held_up: &HeldUp| !(commits && held_up.commits || is_read && held_up.reads);
            if held_up.wait_for(free).await.is_err() || to_node.write_all(&bytes[..length]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = ask => {}
        () = answer => {}
    }
}

/// Waits until a task waits in Postgres.
async fn task_waits(pool: &PgPool) {
    let is_there = async || {
        sqlx::query_scalar("select exists (select from apus.tasks)")
            .fetch_one(pool)
            .await
            .unwrap()
    };
    while !is_there().await {}
}

/// A node at the end of such a road, and a task of a run whose decider lets it continue as another.
struct Scene {
    pool: PgPool,
    road: Road,
    node: Node,
    first: DecisionTask,
    _database: TestDatabase,
}

impl Scene {
    async fn set() -> Self {
        let database = apus_tests::database().await;
        let pool = PgPool::connect_with(database.connect_options()).await.unwrap();
        let road = Road::to(database.connect_options());
        let node = Node::start(NodeOptions::new(road.connect_options()))
            .await
            .unwrap();
        register(&node).await;
        let (first, _) = tokio::join!(decision_task(&node), start(&node, "w"));
        Scene {
            pool,
            road,
            node,
            first,
            _database: database,
        }
    }

    /// Continues the first run as the second. A poller takes that up from Postgres, while `let_pass` lets the answers
    /// pass that are held up.
    async fn play(&self, let_pass: impl Future<Output = ()>) -> DecisionTask {
        let continuation = ContinueAsNewWorkflowExecution {
            input: Some(INPUT.into()),
            ..ContinueAsNewWorkflowExecution::default()
        };
        let continues = decide(&self.node, &self.first, vec![continuation.into()]);
        let takes_up = async {
            task_waits(&self.pool).await;
            let let_pass = async {
                self.road.is_read().await;
                let_pass.await;
            };
            tokio::join!(decision_task(&self.node), let_pass).0
        };
        tokio::join!(continues, takes_up).1
    }

    /// The second run is decided once.
    async fn end(self, second: DecisionTask) {
        let node = self.node;
        assert_eq!(second.execution.workflow_id, self.first.execution.workflow_id);
        let end = CompleteWorkflowExecution { result: None };
        decide(&node, &second, vec![end.into()]).await;
        node.wait_closed(DOMAIN, &second.execution).await.unwrap();
        let events = node.history(DOMAIN, &second.execution).await.unwrap();
        assert_eq!(of_type(&events, EventType::DecisionTaskStarted), 1);
        node.shutdown().await;
    }
}

#[tokio::test]
async fn whoever_has_a_successor_read_before_the_node_knows_of_it_gets_it() {
    let scene = Scene::set().await;
    scene.road.hold_up(HeldUp {
        commits: true,
        reads: false,
    });
    let let_pass = async {
        // Once round the node and Postgres: what was read has come to the planner by then.
        settled(&scene.node).await;
        scene.road.hold_up(HeldUp::default());
    };
    let second = scene.play(let_pass).await;
    scene.end(second).await;
}

#[tokio::test]
async fn whoever_waits_for_a_successor_to_be_read_gets_it_when_the_node_knows_of_it() {
    let scene = Scene::set().await;
    scene.road.hold_up(HeldUp {
        commits: true,
        reads: true,
    });
    let let_pass = async {
        scene.road.hold_up(HeldUp {
            commits: false,
            reads: true,
        });
    };
    let second = scene.play(let_pass).await;
    // What was read comes now, and is too old.
    scene.road.hold_up(HeldUp::default());
    settled(&scene.node).await;
    scene.end(second).await;
}
