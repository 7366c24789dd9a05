//! Finding runs. Same database, same commit: what was acknowledged is listed.

mod lists;

pub use lists::{count_closed, count_open, list_closed, list_open};

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgPool, PgRow};
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use crate::model::{CloseStatus, RunId, Text, Timestamp, WorkflowExecution, WorkflowType};

use super::{StoreError, from_sql};

/// A run in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecutionInfo {
    /// Workflow id and run id.
    pub execution: WorkflowExecution,
    /// Its type.
    pub workflow_type: WorkflowType,
    /// When it began.
    pub started_at: Timestamp,
    /// When and how it ended, if it has.
    pub closed: Option<(Timestamp, CloseStatus)>,
    /// Its tags.
    pub tags: Option<Vec<String>>,
    /// Its parent's run.
    pub parent: Option<RunId>,
    /// Its parent's workflow id, as long as the parent is kept.
    pub parent_workflow_id: Option<Text>,
    /// Somebody asked it to cancel itself, and it is open.
    pub cancel_requested: bool,
}

/// Which runs of a domain.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Within these times.
    pub time: Option<TimeFilter>,
    /// Of this workflow id.
    pub workflow_id: Option<String>,
    /// Of a type of this name, and of this version if one is given.
    pub workflow_type: Option<(String, Option<String>)>,
    /// With this tag.
    pub tag: Option<String>,
    /// Closed like this.
    pub close_status: Option<CloseStatus>,
    /// Oldest first instead of newest first.
    pub oldest_first: bool,
    /// Continue after this run of an earlier page: its time and id.
    pub after: Option<(Timestamp, RunId)>,
}

/// Both ends inclusive.
#[derive(Clone, Copy, Debug)]
pub struct TimeFilter {
    /// Which time: of the close, or of the start.
    pub by_close: bool,
    /// From.
    pub oldest: Timestamp,
    /// To; none is now.
    pub latest: Option<Timestamp>,
}

/// The open run of a workflow id.
///
/// # Errors
/// When Postgres fails.
pub async fn find_open(pool: &PgPool, domain: i32, workflow_id: &str) -> Result<Option<RunId>, StoreError> {
    let run =
        sqlx::query_scalar("select run_id from open_executions where domain_id = $1 and workflow_id = $2")
            .bind(domain)
            .bind(workflow_id)
            .fetch_optional(pool)
            .await?;
    Ok(run.map(RunId))
}

/// One run of a domain by its run id, open or closed.
///
/// # Errors
/// When Postgres fails.
pub async fn find_run_by_id(
    pool: &PgPool,
    domain: i32,
    run: RunId,
) -> Result<Option<ExecutionInfo>, StoreError> {
    find(pool, domain, None, Some(run)).await
}

/// One run by both its ids, open or closed; without a run id the open one, else the last that closed.
///
/// # Errors
/// When Postgres fails.
pub async fn find_run(
    pool: &PgPool,
    domain: i32,
    workflow_id: &str,
    run: Option<RunId>,
) -> Result<Option<ExecutionInfo>, StoreError> {
    find(pool, domain, Some(workflow_id), run).await
}

async fn find(
    pool: &PgPool,
    domain: i32,
    workflow_id: Option<&str>,
    run: Option<RunId>,
) -> Result<Option<ExecutionInfo>, StoreError> {
    for table in [OPEN, CLOSED] {
        let mut query = table.select();
        query.push(" and e.domain_id = ").push_bind(domain);
        if let Some(workflow_id) = workflow_id {
            query.push(" and e.workflow_id = ").push_bind(workflow_id);
        }
        if let Some(run) = run {
            query.push(" and e.run_id = ").push_bind(run.0);
        }
        query.push(" order by started_at desc limit 1");
        if let Some(row) = query.build().fetch_optional(pool).await? {
            return Ok(Some(info(&row)?));
        }
    }
    Ok(None)
}

/// Where runs are: the open ones, or the closed ones that are kept.
#[derive(Clone, Copy)]
struct Table {
    /// What the tables differ in.
    columns: &'static str,
    /// The tables, and a condition to which others can be added.
    from: &'static str,
}

const OPEN: Table = Table {
    columns: "null::timestamptz as closed_at, null::int2 as close_status, e.cancel_requested",
    from: " from open_executions e join types t on t.id = e.type_id where true",
};
const CLOSED: Table = Table {
    columns: "e.closed_at, e.close_status, false as cancel_requested",
    from: " from closed_executions e join types t on t.id = e.type_id
    join domains d on d.id = e.domain_id
    where e.closed_at > now() - coalesce(d.retention_days, 0) * interval '1 day'",
};

/// What both show of a run `e` of type `t`.
const SHOWN: &str = "e.run_id, e.workflow_id, t.name, t.version, e.started_at, e.tags, e.parent_run_id,
    coalesce((select p.workflow_id from open_executions p where p.run_id = e.parent_run_id),
             (select p.workflow_id from closed_executions p where p.run_id = e.parent_run_id)) as parent_workflow_id";

impl Table {
    fn select(self) -> QueryBuilder<Postgres> {
        let mut query = QueryBuilder::new("select ");
        query.push(SHOWN).push(", ").push(self.columns).push(self.from);
        query
    }
}

/// Those of these runs that are closed.
///
/// # Errors
/// When Postgres fails.
pub async fn closed_among(pool: &PgPool, runs: &[RunId]) -> Result<Vec<RunId>, StoreError> {
    let runs: Vec<Uuid> = runs.iter().map(|run| run.0).collect();
    let closed = sqlx::query_scalar("select run_id from closed_executions where run_id = any($1)")
        .bind(runs)
        .fetch_all(pool)
        .await?;
    Ok(closed.into_iter().map(RunId).collect())
}

fn info(row: &PgRow) -> Result<ExecutionInfo, StoreError> {
    let closed = match (
        row.try_get::<Option<DateTime<Utc>>, _>("closed_at")?,
        row.try_get::<Option<i16>, _>("close_status")?,
    ) {
        (Some(at), Some(status)) => CloseStatus::ALL
            .get(status as usize)
            .map(|status| (from_sql(at), *status)),
        _ => None,
    };
    let workflow_id: String = row.try_get("workflow_id")?;
    let run_id = RunId(row.try_get("run_id")?);
    Ok(ExecutionInfo {
        execution: WorkflowExecution {
            workflow_id: workflow_id.into(),
            run_id,
        },
        workflow_type: WorkflowType::new(
            row.try_get::<String, _>("name")?,
            row.try_get::<String, _>("version")?,
        ),
        started_at: from_sql(row.try_get("started_at")?),
        closed,
        tags: row.try_get("tags")?,
        parent: row.try_get::<Option<_>, _>("parent_run_id")?.map(RunId),
        parent_workflow_id: row
            .try_get::<Option<String>, _>("parent_workflow_id")?
            .map(Into::into),
        cancel_requested: row.try_get("cancel_requested")?,
    })
}
