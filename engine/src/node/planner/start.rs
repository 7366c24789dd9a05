//! Beginning runs.

use tokio::sync::oneshot;
use uuid::Uuid;

use crate::core::{self, Rules};
use crate::model::{
    Fault, FaultKind, Message, RunId, StartChildWorkflowExecutionFailedCause, Timestamp, WorkflowExecution,
    WorkflowExecutionStarted,
};
use crate::store::OpenRow;

use super::super::inputs::{StartRequest, StartWhat};
use super::super::slot::{Kept, OpenTurn, Slot};
use super::Planner;

impl Planner {
    /// Begins a run in memory; Postgres decides whether its workflow id is free.
    pub(super) fn start(&mut self, request: StartRequest) {
        let run = RunId(Uuid::now_v7());
        self.begin(run, request);
    }

    /// As [`Planner::start`], under a run id that may have been tried before.
    pub(super) fn begin(&mut self, run: RunId, request: StartRequest) {
        let now = self.with.clock.now();
        let started = match self.first_event(&request) {
            Ok(started) => started,
            Err(fault) => return refuse(request.reply, fault),
        };
        let domain = std::sync::Arc::clone(&request.domain);
        if !self.with.open_runs.begin(domain.record.id) {
            let cause = StartChildWorkflowExecutionFailedCause::OpenWorkflowsLimitExceeded;
            return self.not_started(run, request, too_many_open(), cause);
        }
        let id = WorkflowExecution {
            workflow_id: request.workflow_id.clone(),
            run_id: run,
        };
        let (execution, events) = core::begin(domain.name.clone(), id, started, now);
        let row = open_row(&domain, &execution);
        let decided_here = self.with.deciders.decides(&execution.started.workflow_type);
        let mut slot = Slot::new(domain, execution, Kept::of(events.clone(), decided_here));
        slot.stored_deadline = Some(row.deadline);
        slot.turn = Some(Box::new(OpenTurn {
            events,
            opens: Some((row, request)),
            ..OpenTurn::default()
        }));
        self.insert_slot(slot);
        self.advance(run);
    }

    fn first_event(&self, request: &StartRequest) -> Result<WorkflowExecutionStarted, Fault> {
        match &request.what {
            StartWhat::New(new) => {
                let rules = Rules {
                    limits: &self.with.limits,
                    types: &request.domain.types,
                };
                core::start(new, &rules)
            }
            StartWhat::Child { started, .. } => Ok((**started).clone()),
        }
    }

    /// The workflow id was taken.
    pub(super) fn already_started(&mut self, run: RunId, request: StartRequest) {
        let cause = StartChildWorkflowExecutionFailedCause::WorkflowAlreadyRunning;
        self.not_started(run, request, Fault::already_started(), cause);
    }

    /// A caller is refused with `fault`, a parent told of `cause`.
    fn not_started(
        &mut self,
        run: RunId,
        request: StartRequest,
        fault: Fault,
        cause: StartChildWorkflowExecutionFailedCause,
    ) {
        match request.what {
            StartWhat::New(_) => refuse(request.reply, fault),
            StartWhat::Child {
                parent,
                initiated_event_id,
                ..
            } => {
                let message = Message::ChildStartFailed {
                    initiated_event_id,
                    cause,
                };
                self.answer_source(parent, run, message, request.consumes);
            }
        }
    }
}

fn too_many_open() -> Fault {
    let why = "Limit on maximum open workflow executions per domain reached";
    Fault::new(FaultKind::LimitExceededFault, why)
}

/// The row of a run that begins.
pub fn open_row(domain: &super::super::registry::Domain, execution: &core::Execution) -> OpenRow {
    let started = &execution.started;
    OpenRow {
        domain: domain.record.id,
        workflow_id: execution.id.workflow_id.clone(),
        // A run begins only once this node knows its type, and rows of types stay for ever.
        workflow_type: domain.workflow_row(&started.workflow_type).unwrap_or_default(),
        started_at: execution.started_at,
        deadline: execution.next_deadline().unwrap_or(Timestamp(i64::MAX)),
        tags: started
            .tag_list
            .as_ref()
            .map(|tags| tags.iter().map(ToString::to_string).collect()),
        parent: started
            .parent_workflow_execution
            .as_ref()
            .map(|parent| parent.run_id),
    }
}

fn refuse(reply: Option<oneshot::Sender<Result<RunId, Fault>>>, fault: Fault) {
    if let Some(reply) = reply {
        let _ = reply.send(Err(fault));
    }
}
