//! What the workflow of a document is doing, read from its history.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use apus::model::{Event, EventAttributes, EventId, FaultKind, WorkflowExecution};
use apus::node::Node;
use docstore_workflows::{UploadComplete, workflow_id};
use uuid::Uuid;

use crate::engine::DOMAIN;

/// Looks at the runs of `upload-complete`.
pub struct Steps<'a> {
    engine: &'a Node,
    /// Runs that have been found, by their document.
    runs: HashMap<Uuid, WorkflowExecution>,
}

impl<'a> Steps<'a> {
    /// The runs of this engine.
    pub fn new(engine: &'a Node) -> Self {
        Self {
            engine,
            runs: HashMap::new(),
        }
    }

    /// The steps of a document's processing that are under way or wait for a worker, in words; none when its workflow
    /// has not begun.
    pub async fn of(&mut self, document: Uuid) -> Result<Option<String>> {
        let Some(run) = self.run(document).await? else {
            return Ok(None);
        };
        let history = self.engine.history(DOMAIN, &run).await?;
        Ok(Some(in_words(&history)))
    }

    async fn run(&mut self, document: Uuid) -> Result<Option<WorkflowExecution>> {
        if let Some(run) = self.runs.get(&document) {
            return Ok(Some(run.clone()));
        }
        let id = workflow_id::<UploadComplete>(document);
        match self.engine.latest_run(DOMAIN, &id).await {
            Ok(found) => {
                self.runs.insert(document, found.execution.clone());
                Ok(Some(found.execution))
            }
            Err(fault) if fault.kind == FaultKind::UnknownResourceFault => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }
}

fn in_words(history: &[Event]) -> String {
    let mut open: BTreeMap<EventId, (&str, bool)> = BTreeMap::new();
    for event in history {
        match &event.attributes {
            EventAttributes::ActivityTaskScheduled(it) => {
                open.insert(event.id, (&it.activity_type.name, false));
            }
            EventAttributes::ActivityTaskStarted(it) => {
                open.entry(it.scheduled_event_id).and_modify(|step| step.1 = true);
            }
            EventAttributes::ActivityTaskCompleted(it) => drop(open.remove(&it.scheduled_event_id)),
            EventAttributes::ActivityTaskFailed(it) => drop(open.remove(&it.scheduled_event_id)),
            EventAttributes::ActivityTaskTimedOut(it) => drop(open.remove(&it.scheduled_event_id)),
            EventAttributes::ActivityTaskCanceled(it) => drop(open.remove(&it.scheduled_event_id)),
            _ => {}
        }
    }
    let step = |(name, started): &(&str, bool)| match started {
        true => (*name).to_owned(),
        false => format!("{name} waits"),
    };
    open.values().map(step).collect::<Vec<_>>().join(", ")
}
