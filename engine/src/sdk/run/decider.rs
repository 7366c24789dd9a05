//! What the node asks: the decider of all workflows of a registry.

use crate::model::{RunId, TaskList, Text, WorkflowType};
use crate::node::{Decided, Decider, DeciderFactory, DecisionInput};

use super::super::{Workflows, limits};
use super::cache::Cache;
use super::{Run, RunError};

/// Decides runs of registered workflows and keeps them live between their tasks.
pub(in crate::sdk) struct WorkflowDecider {
    workflows: Workflows,
    runs: Cache,
}

impl WorkflowDecider {
    pub(in crate::sdk) fn new(workflows: Workflows) -> Self {
        let runs = Cache::new(limits::RUNS_KEPT, limits::RUN_BYTES_KEPT);
        WorkflowDecider { workflows, runs }
    }

    /// The names of the signals that a live run waits for.
    pub(in crate::sdk) fn awaited_signals(&self, run: RunId) -> Vec<Text> {
        self.runs.get(run).map(Run::awaited_signals).unwrap_or_default()
    }

    /// The run as of just before the task's events, if that can be had.
    fn run(&mut self, task: &DecisionInput, is_whole: bool) -> Result<Option<Run>, RunError> {
        let kept = self.runs.take(task.execution.run_id);
        if is_whole {
            return Run::new(&task.domain, &task.execution, &self.workflows, &task.events).map(Some);
        }
        Ok(kept.filter(|run| run.decided() == task.previous_started_event_id))
    }
}

impl Decider for WorkflowDecider {
    fn decide(&mut self, task: &DecisionInput) -> Decided {
        let is_whole = task.events.first().is_some_and(|event| event.id == 1);
        let mut run = match self.run(task, is_whole) {
            Ok(Some(run)) => run,
            Ok(None) => return Decided::NeedsHistory,
            Err(error) => return Decided::Failed(error.to_string()),
        };
        match run.advance(&task.events) {
            Ok(completion) => {
                self.runs.put(task.execution.run_id, run);
                Decided::Completion(completion)
            }
            // What was kept is of a past that was never committed: the history says what is true.
            Err(RunError::Nondeterminism(_) | RunError::Gap { .. }) if !is_whole => Decided::NeedsHistory,
            Err(error) => Decided::Failed(error.to_string()),
        }
    }

    fn forget(&mut self, run: RunId) {
        self.runs.take(run);
    }
}

impl DeciderFactory for Workflows {
    fn decider(&self) -> Box<dyn Decider> {
        Box::new(WorkflowDecider::new(self.clone()))
    }

    fn workflow_types(&self) -> Vec<(WorkflowType, TaskList)> {
        self.registrations()
            .into_iter()
            .filter_map(|(of, defaults)| Some((of, defaults.default_task_list?)))
            .collect()
    }
}
