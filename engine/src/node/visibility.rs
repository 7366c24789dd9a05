//! Looking at runs. Reads go to Postgres: what was acknowledged is seen.

use crate::core::OpenCounts;
use crate::model::{
    ChildPolicy, Data, Fault, RunId, TaskList, TaskPriority, Text, Timeout, Timestamp, WorkflowExecution,
};
use crate::store::{self, ExecutionInfo, Filter};

use super::{Node, database_failed};

/// Runs of one list at once.
const PAGE_MAX: i64 = 1_000;
/// What counts stop behind: a larger one comes out as one more.
pub const COUNT_MAX: u64 = 50_000;

/// `DescribeWorkflowExecution`.
#[derive(Clone, Debug)]
pub struct Description {
    /// As in lists.
    pub info: ExecutionInfo,
    /// Start-to-close timeout of its decision tasks.
    pub task_start_to_close_timeout: Option<Timeout>,
    /// Its own start-to-close timeout.
    pub execution_start_to_close_timeout: Option<Timeout>,
    /// Task list of its decision tasks.
    pub task_list: TaskList,
    /// Their priority.
    pub task_priority: Option<TaskPriority>,
    /// What happens to its children when it is terminated or times out.
    pub child_policy: ChildPolicy,
    /// Its IAM role for Lambda; kept and echoed, never used.
    pub lambda_role: Option<Text>,
    /// What is open.
    pub open_counts: OpenCounts,
    /// When an activity task was last scheduled.
    pub latest_activity_task_at: Option<Timestamp>,
    /// What its decider last said of itself.
    pub latest_execution_context: Option<Data>,
    /// Events so far.
    pub events: u64,
    /// When it has something due next.
    pub next_deadline: Option<Timestamp>,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct ExecutionPage {
    /// The runs.
    pub executions: Vec<ExecutionInfo>,
    /// Where the next page begins (`Filter::after`); none on the last.
    pub next: Option<(Timestamp, RunId)>,
}

impl Node {
    /// What a run is and where it stands.
    ///
    /// # Errors
    /// `UnknownResourceFault` when there is no such run.
    pub async fn describe(&self, domain: &str, execution: &WorkflowExecution) -> Result<Description, Fault> {
        let info = self.find(domain, execution).await?;
        let stored = store::load_run(&self.shared.pool, execution.run_id).await;
        let stored = stored.map_err(|error| database_failed(&error))?;
        let state = stored
            .ok_or_else(|| Fault::unknown_run(&execution.workflow_id, execution.run_id))?
            .execution;
        Ok(Description {
            info,
            task_start_to_close_timeout: state.started.task_start_to_close_timeout,
            execution_start_to_close_timeout: state.started.execution_start_to_close_timeout,
            task_list: state.started.task_list.clone(),
            task_priority: state.started.task_priority,
            child_policy: state.started.child_policy,
            lambda_role: state.started.lambda_role.clone(),
            open_counts: state.open_counts(),
            latest_activity_task_at: state.latest_activity_task_at,
            latest_execution_context: state.latest_execution_context.clone(),
            events: state.next_event_id - 1,
            next_deadline: state.next_deadline().filter(|_| state.is_open()),
        })
    }

    /// The open run of a workflow id, else the one that closed last.
    ///
    /// # Errors
    /// `UnknownResourceFault` when there is none.
    pub async fn latest_run(&self, domain: &str, workflow_id: &str) -> Result<ExecutionInfo, Fault> {
        let domain = self.domain(domain).await?;
        let found = store::find_run(&self.shared.pool, domain.record.id, workflow_id, None).await;
        found
            .map_err(|error| database_failed(&error))?
            .ok_or_else(|| Fault::unknown_workflow(workflow_id))
    }

    /// Open runs, newest start first.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain.
    pub async fn list_open(&self, domain: &str, filter: &Filter, limit: u32) -> Result<ExecutionPage, Fault> {
        let domain = self.domain(domain).await?;
        let limit = i64::from(limit).clamp(1, PAGE_MAX);
        let listed = store::list_open(&self.shared.pool, &domain.record, filter, limit + 1).await;
        let page = page(listed.map_err(|error| database_failed(&error))?, limit as usize);
        Ok(page.with_next(|info| info.started_at))
    }

    /// Closed runs, newest first by the time that the filter uses.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain.
    pub async fn list_closed(
        &self,
        domain: &str,
        filter: &Filter,
        limit: u32,
    ) -> Result<ExecutionPage, Fault> {
        let domain = self.domain(domain).await?;
        let limit = i64::from(limit).clamp(1, PAGE_MAX);
        let listed = store::list_closed(&self.shared.pool, &domain.record, filter, limit + 1).await;
        let page = page(listed.map_err(|error| database_failed(&error))?, limit as usize);
        let by_start = filter.time.is_some_and(|time| !time.by_close);
        Ok(page.with_next(|info| match info.closed {
            Some((at, _)) if !by_start => at,
            _ => info.started_at,
        }))
    }

    /// How many open runs there are; one more than [`COUNT_MAX`] if there are more.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain.
    pub async fn count_open(&self, domain: &str, filter: &Filter) -> Result<u64, Fault> {
        let domain = self.domain(domain).await?;
        let count = store::count_open(&self.shared.pool, &domain.record, filter, COUNT_MAX + 1).await;
        count.map_err(|error| database_failed(&error))
    }

    /// How many closed runs there are; one more than [`COUNT_MAX`] if there are more.
    ///
    /// # Errors
    /// `UnknownResourceFault` for the domain.
    pub async fn count_closed(&self, domain: &str, filter: &Filter) -> Result<u64, Fault> {
        let domain = self.domain(domain).await?;
        let count = store::count_closed(&self.shared.pool, &domain.record, filter, COUNT_MAX + 1).await;
        count.map_err(|error| database_failed(&error))
    }

    pub(super) async fn find(
        &self,
        domain: &str,
        execution: &WorkflowExecution,
    ) -> Result<ExecutionInfo, Fault> {
        let domain = self.domain(domain).await?;
        let (workflow_id, run) = (&execution.workflow_id, execution.run_id);
        let found = store::find_run(&self.shared.pool, domain.record.id, workflow_id, Some(run)).await;
        found
            .map_err(|error| database_failed(&error))?
            .ok_or_else(|| Fault::unknown_run(workflow_id, run))
    }
}

struct Unpaged {
    executions: Vec<ExecutionInfo>,
    more: bool,
}

/// One run more than asked for was read: it says whether there is a next page.
fn page(mut executions: Vec<ExecutionInfo>, limit: usize) -> Unpaged {
    let more = executions.len() > limit;
    executions.truncate(limit);
    Unpaged { executions, more }
}

impl Unpaged {
    fn with_next(self, time_of: impl Fn(&ExecutionInfo) -> Timestamp) -> ExecutionPage {
        let next = self
            .executions
            .last()
            .filter(|_| self.more)
            .map(|last| (time_of(last), last.execution.run_id));
        ExecutionPage {
            executions: self.executions,
            next,
        }
    }
}
