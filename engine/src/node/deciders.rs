//! Threads on which deciders of this process run. A run always goes to the same thread, where its live state is.
//!
//! A decider that does not come back (an endless loop in workflow code) costs its thread, not the node: the thread is
//! replaced and the other runs' tasks are asked again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc as threads;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use foldhash::HashMap;
use tokio::sync::mpsc;

use crate::model::{EventId, RunId, TaskList, WorkflowType};

use super::decider::{Decided, Decider, DeciderFactory, DecisionInput};
use super::inputs::Input;

/// A decision that takes longer is taken for an endless loop.
const STUCK_AFTER: Duration = Duration::from_secs(5);

/// The planner's side of the threads.
pub struct DeciderPool {
    factory: Option<Arc<dyn DeciderFactory>>,
    types: HashMap<WorkflowType, TaskList>,
    threads: Vec<DeciderThread>,
    inputs: mpsc::Sender<Input>,
}

struct DeciderThread {
    jobs: threads::Sender<Vec<Job>>,
    pending: Vec<Job>,
    outstanding: HashMap<RunId, EventId>,
    state: Arc<ThreadState>,
}

/// What the planner may see of a thread.
#[derive(Default)]
struct ThreadState {
    abandoned: AtomicBool,
    at_work: Mutex<Option<(RunId, Instant)>>,
}

enum Job {
    Decide(DecisionInput, EventId),
    Forget(RunId),
}

/// A decision task that was lost with its thread.
pub struct Lost {
    /// The run.
    pub run: RunId,
    /// The task.
    pub started_event_id: EventId,
    /// It is the one that the thread did not come back from.
    pub culprit: bool,
}

impl DeciderPool {
    /// Starts `threads` decider threads, if there is anything to decide.
    pub fn start(
        factory: Option<Arc<dyn DeciderFactory>>,
        threads: usize,
        inputs: mpsc::Sender<Input>,
    ) -> Self {
        let types = factory
            .iter()
            .flat_map(|factory| factory.workflow_types())
            .collect();
        let threads = factory
            .iter()
            .flat_map(|factory| (0..threads).map(|_| DeciderThread::start(factory.decider(), inputs.clone())))
            .collect();
        DeciderPool {
            factory,
            types,
            threads,
            inputs,
        }
    }

    /// Whether deciders of this process know the type.
    pub fn decides(&self, of: &WorkflowType) -> bool {
        self.types.contains_key(of)
    }

    /// The types that deciders of this process know, and where they serve each.
    pub fn types(&self) -> &HashMap<WorkflowType, TaskList> {
        &self.types
    }

    /// Gives a task to the run's thread, with the next [`DeciderPool::flush`].
    pub fn ask(&mut self, input: DecisionInput, started_event_id: EventId) {
        let run = input.execution.run_id;
        if let Some(thread) = self.thread_of(run) {
            thread.outstanding.insert(run, started_event_id);
            thread.pending.push(Job::Decide(input, started_event_id));
        }
    }

    /// The task was answered.
    pub fn answered(&mut self, run: RunId) {
        if let Some(thread) = self.thread_of(run) {
            thread.outstanding.remove(&run);
        }
    }

    /// Lets the run's thread drop what it keeps of it.
    pub fn forget(&mut self, run: RunId) {
        if let Some(thread) = self.thread_of(run) {
            thread.outstanding.remove(&run);
            thread.pending.push(Job::Forget(run));
        }
    }

    /// Hands over what was gathered: one message a thread.
    pub fn flush(&mut self) {
        for thread in &mut self.threads {
            if !thread.pending.is_empty() {
                // A send fails only when the thread is gone; `replace_stuck` will see to its tasks.
                let _ = thread.jobs.send(std::mem::take(&mut thread.pending));
            }
        }
    }

    /// Replaces threads that do not come back; says which tasks are lost with them.
    pub fn replace_stuck(&mut self) -> Vec<Lost> {
        let mut lost = Vec::new();
        let Some(factory) = &self.factory else { return lost };
        for thread in &mut self.threads {
            let at_work = *thread
                .state
                .at_work
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let Some((culprit, _)) = at_work.filter(|(_, since)| since.elapsed() > STUCK_AFTER) else {
                continue;
            };
            tracing::error!(run = %culprit, "workflow code does not come back; its thread is replaced");
            thread.state.abandoned.store(true, Ordering::Relaxed);
            let outstanding = std::mem::take(&mut thread.outstanding);
            *thread = DeciderThread::start(factory.decider(), self.inputs.clone());
            lost.extend(outstanding.into_iter().map(|(run, started_event_id)| Lost {
                run,
                started_event_id,
                culprit: run == culprit,
            }));
        }
        lost
    }

    fn thread_of(&mut self, run: RunId) -> Option<&mut DeciderThread> {
        // A run id ends with random bits.
        let number = run.0.as_u128() as usize % self.threads.len().max(1);
        self.threads.get_mut(number)
    }
}

impl DeciderThread {
    fn start(decider: Box<dyn Decider>, inputs: mpsc::Sender<Input>) -> Self {
        let (jobs, todo) = threads::channel();
        let state = Arc::new(ThreadState::default());
        let shared = Arc::clone(&state);
        std::thread::spawn(move || work(decider, &todo, &inputs, &shared));
        DeciderThread {
            jobs,
            pending: Vec::new(),
            outstanding: HashMap::default(),
            state,
        }
    }
}

fn work(
    mut decider: Box<dyn Decider>,
    todo: &threads::Receiver<Vec<Job>>,
    inputs: &mpsc::Sender<Input>,
    state: &ThreadState,
) {
    let at_work = |run: Option<RunId>| {
        *state.at_work.lock().unwrap_or_else(PoisonError::into_inner) = run.map(|run| (run, Instant::now()));
    };
    while let Ok(jobs) = todo.recv() {
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs {
            match job {
                Job::Decide(input, started_event_id) => {
                    let run = input.execution.run_id;
                    at_work(Some(run));
                    let decided: Decided = decider.decide(&input);
                    answers.push((run, started_event_id, decided));
                }
                Job::Forget(run) => decider.forget(run),
            }
        }
        at_work(None);
        if state.abandoned.load(Ordering::Relaxed) {
            return;
        }
        if !answers.is_empty() && inputs.blocking_send(Input::Decided(answers)).is_err() {
            return;
        }
    }
}
