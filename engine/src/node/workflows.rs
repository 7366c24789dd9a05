//! Starting and steering runs.

use tokio::sync::oneshot;

use crate::core::{Command, NewRun};
use crate::model::{
    ChildPolicy, Data, Event, EventId, Fault, RunId, Text, WorkflowExecution,
    WorkflowExecutionTerminatedCause,
};
use crate::store;

use super::inputs::{Envelope, Input, StartRequest, StartWhat, WaitClosed};
use super::{Node, database_failed, stopped};

/// A page of a history.
#[derive(Clone, Debug)]
pub struct HistoryPage {
    /// The events.
    pub events: Vec<Event>,
    /// The event that the next page begins with; none on the last.
    pub next: Option<EventId>,
}

impl Node {
    /// `StartWorkflowExecution`: begins a run; durable when it returns.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain or type, `TypeDeprecatedFault`, `DomainDeprecatedFault`,
    /// `DefaultUndefinedFault`, `WorkflowExecutionAlreadyStartedFault`, `ValidationException`.
    pub async fn start_workflow(&self, domain: &str, workflow_id: &str, new: NewRun) -> Result<RunId, Fault> {
        self.check_name("workflowId", workflow_id)?;
        self.check_data("input", new.input.as_deref())?;
        let mut domain = self.domain(domain).await?;
        if !domain.may_start(&new.workflow_type) {
            // Another node may have changed that a moment ago.
            self.refresh_registry().await?;
            domain = self.domain(&domain.name).await?;
        }
        domain.check_registered()?;
        let (reply, answer) = oneshot::channel();
        let request = StartRequest {
            domain,
            workflow_id: workflow_id.into(),
            what: StartWhat::New(Box::new(new)),
            consumes: None,
            reply: Some(reply),
        };
        self.tell(Input::Start(request)).await?;
        answer.await.map_err(|_| stopped())?
    }

    /// `SignalWorkflowExecution`: durable when it returns. Without a run id, the open run.
    ///
    /// # Errors
    /// `UnknownResourceFault` when no such run is open.
    pub async fn signal_workflow(
        &self,
        domain: &str,
        workflow_id: &str,
        run_id: Option<RunId>,
        signal_name: &str,
        input: Option<Data>,
    ) -> Result<(), Fault> {
        self.check_data("input", input.as_deref())?;
        self.check_signal_name(signal_name)?;
        let command = Command::Signal {
            signal_name: signal_name.into(),
            input,
        };
        self.command(domain, workflow_id, run_id, command).await
    }

    /// `RequestCancelWorkflowExecution`: the run learns that somebody wants it to end; it decides.
    ///
    /// # Errors
    /// `UnknownResourceFault` when no such run is open.
    pub async fn request_cancel(
        &self,
        domain: &str,
        workflow_id: &str,
        run_id: Option<RunId>,
    ) -> Result<(), Fault> {
        self.command(domain, workflow_id, run_id, Command::RequestCancel)
            .await
    }

    /// `TerminateWorkflowExecution`: the run ends at once; its child policy (or this one) applies.
    ///
    /// # Errors
    /// `UnknownResourceFault` when no such run is open.
    pub async fn terminate(
        &self,
        domain: &str,
        workflow_id: &str,
        run_id: Option<RunId>,
        reason: Option<&str>,
        details: Option<Data>,
        child_policy: Option<ChildPolicy>,
    ) -> Result<(), Fault> {
        self.check_data("details", details.as_deref())?;
        let cause = WorkflowExecutionTerminatedCause::OperatorInitiated;
        let command = Command::Terminate {
            reason: reason.map(Into::into),
            details,
            child_policy,
            cause,
        };
        self.command(domain, workflow_id, run_id, command).await
    }

    /// The committed events of a run, oldest first.
    ///
    /// # Errors
    /// `UnknownResourceFault` when there is no such run, or its retention has ended.
    pub async fn history(&self, domain: &str, execution: &WorkflowExecution) -> Result<Vec<Event>, Fault> {
        let domain = self.domain(domain).await?;
        let pool = &self.shared.pool;
        let found = store::find_run(
            pool,
            domain.record.id,
            &execution.workflow_id,
            Some(execution.run_id),
        )
        .await;
        if found.map_err(|error| database_failed(&error))?.is_none() {
            return Err(Fault::unknown_run(&execution.workflow_id, execution.run_id));
        }
        store::read_history(pool, execution.run_id, 1)
            .await
            .map_err(|error| database_failed(&error))
    }

    /// At most `limit` committed events of a run from `from` on, oldest first, or newest first. Without `from`, from
    /// the end that comes first.
    ///
    /// # Errors
    /// `UnknownResourceFault` when there is no such run.
    pub async fn history_page(
        &self,
        domain: &str,
        execution: &WorkflowExecution,
        from: Option<EventId>,
        limit: u32,
        newest_first: bool,
    ) -> Result<HistoryPage, Fault> {
        self.find(domain, execution).await?;
        self.read_page(execution.run_id, from, EventId::MAX, limit, newest_first)
            .await
    }

    /// A page of the events of a run up to `last`.
    pub(super) async fn read_page(
        &self,
        run: RunId,
        from: Option<EventId>,
        last: EventId,
        limit: u32,
        newest_first: bool,
    ) -> Result<HistoryPage, Fault> {
        let from = if newest_first {
            Some(from.unwrap_or(last).min(last))
        } else {
            from
        };
        let limit = limit as usize;
        let read = store::read_history_page(&self.shared.pool, run, from, limit + 1, newest_first).await;
        let mut events = read.map_err(|error| database_failed(&error))?;
        events.retain(|event| event.id <= last);
        let next = events.get(limit).map(|event| event.id);
        events.truncate(limit);
        Ok(HistoryPage { events, next })
    }

    /// Waits until the run is closed; returns its last event. A run that continued as new is closed.
    ///
    /// # Errors
    /// `UnknownResourceFault` when there is no such run.
    pub async fn wait_closed(&self, domain: &str, execution: &WorkflowExecution) -> Result<Event, Fault> {
        let domain = self.domain(domain).await?;
        let mut exists = false;
        loop {
            let (reply, closed) = oneshot::channel();
            let wait = WaitClosed {
                domain: domain.record.id,
                execution: execution.clone(),
                exists,
                reply,
            };
            self.tell(Input::WaitClosed(wait)).await?;
            if let Ok(last) = closed.await {
                return Ok(last);
            }
            // The run is not in memory here, or another node has closed it.
            if let Some(last) = self.look_closed(&domain.record.name, execution).await? {
                return Ok(last);
            }
            exists = true;
        }
    }

    /// The last event of a run, if Postgres has it as closed. Of those who wait, a few look at once: when there are very
    /// many, other callers still find a connection.
    async fn look_closed(&self, domain: &str, execution: &WorkflowExecution) -> Result<Option<Event>, Fault> {
        let _one_of_few = self.shared.looks.acquire().await;
        if self.find(domain, execution).await?.closed.is_none() {
            return Ok(None);
        }
        let page = self.history_page(domain, execution, None, 1, true).await?;
        let unknown = || Fault::unknown_run(&execution.workflow_id, execution.run_id);
        page.events.into_iter().next().map(Some).ok_or_else(unknown)
    }

    async fn command(
        &self,
        domain: &str,
        workflow_id: &str,
        run: Option<RunId>,
        command: Command,
    ) -> Result<(), Fault> {
        let domain = self.domain(domain).await?;
        let workflow_id: Text = workflow_id.into();
        if let Some(run_id) = run {
            // A run id of another workflow or domain names nothing.
            let found =
                store::find_run(&self.shared.pool, domain.record.id, &workflow_id, Some(run_id)).await;
            if found.map_err(|error| database_failed(&error))?.is_none() {
                return Err(Fault::unknown_run(&workflow_id, run_id));
            }
        }
        let (reply, answer) = oneshot::channel();
        let envelope = Envelope::calling(command, reply);
        self.tell(Input::Ask {
            domain,
            workflow_id: workflow_id.clone(),
            run,
            envelope,
        })
        .await?;
        let answered = answer.await.map_err(|_| stopped())?;
        match (answered, run) {
            // The open run closed on the way: its caller named none.
            (Err(fault), None) if fault.kind == crate::model::FaultKind::UnknownResourceFault => {
                Err(Fault::unknown_workflow(&workflow_id))
            }
            (answered, _) => answered,
        }
    }

    /// Signals may be called anything; only ids and types have rules for their characters.
    fn check_signal_name(&self, name: &str) -> Result<(), Fault> {
        let max = self.shared.limits.name_chars;
        if (1..=max).contains(&name.chars().count()) && !name.contains('\0') {
            return Ok(());
        }
        Err(Fault::validation(format!(
            "Value '{name}' at 'signalName' is not allowed: it must have 1 to {max} characters, none of them U+0000"
        )))
    }

    pub(super) fn check_data(&self, what: &str, data: Option<&str>) -> Result<(), Fault> {
        let max = self.shared.limits.data_chars;
        match data {
            Some(data) if data.len() > max && data.chars().count() > max => Err(Fault::validation(format!(
                "Value at '{what}' failed to satisfy constraint: Member must have length less than or equal to {max}"
            ))),
            Some(data) if data.contains('\0') => Err(Fault::validation(format!(
                "Value at '{what}' must not contain the character U+0000"
            ))),
            _ => Ok(()),
        }
    }
}
