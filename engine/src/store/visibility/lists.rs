//! Lists and counts. Each way to ask has an index in the order of the list, so a query reads little beyond its page,
//! however many runs there are. Queries are planned for the values they are asked with, every time: whether a tag is
//! rare, or a range of time empty, decides which index is the right one.

use sqlx::postgres::PgPool;
use sqlx::{Postgres, QueryBuilder};

use crate::store::domains::DomainRecord;
use crate::store::{StoreError, to_sql};

use super::{ExecutionInfo, Filter, SHOWN, TimeFilter, info};

/// Versions of a type whose lists are merged as they are read; of more, all runs that fit are read and sorted.
const MERGED_MAX: usize = 32;

/// Open runs, newest start first, at most `limit`.
///
/// # Errors
/// When Postgres fails.
pub async fn list_open(
    pool: &PgPool,
    domain: &DomainRecord,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<ExecutionInfo>, StoreError> {
    list(pool, State::Open, domain, filter, limit).await
}

/// Closed runs within their domain's retention, newest first by the time that the filter uses, at most `limit`.
///
/// # Errors
/// When Postgres fails.
pub async fn list_closed(
    pool: &PgPool,
    domain: &DomainRecord,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<ExecutionInfo>, StoreError> {
    list(pool, State::Closed, domain, filter, limit).await
}

/// How many open runs there are, counted to `limit` at most.
///
/// # Errors
/// When Postgres fails.
pub async fn count_open(
    pool: &PgPool,
    domain: &DomainRecord,
    filter: &Filter,
    limit: u64,
) -> Result<u64, StoreError> {
    count(pool, State::Open, domain, filter, limit).await
}

/// How many closed runs there are within their domain's retention, counted to `limit` at most.
///
/// # Errors
/// When Postgres fails.
pub async fn count_closed(
    pool: &PgPool,
    domain: &DomainRecord,
    filter: &Filter,
    limit: u64,
) -> Result<u64, StoreError> {
    count(pool, State::Closed, domain, filter, limit).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Closed,
}

/// What is read of a run before its type's name and its parent's workflow id are looked up.
const OPEN_COLUMNS: &str = "e.run_id, e.workflow_id, e.type_id, e.started_at, e.tags, e.parent_run_id,
    null::timestamptz as closed_at, null::int2 as close_status, e.cancel_requested";
const CLOSED_COLUMNS: &str = "e.run_id, e.workflow_id, e.type_id, e.started_at, e.tags, e.parent_run_id,
    e.closed_at, e.close_status, false as cancel_requested";

async fn list(
    pool: &PgPool,
    state: State,
    domain: &DomainRecord,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<ExecutionInfo>, StoreError> {
    let Some(wanted) = Wanted::new(pool, state, domain, filter).await? else {
        return Ok(Vec::new());
    };
    let columns = match state {
        State::Open => OPEN_COLUMNS,
        State::Closed => CLOSED_COLUMNS,
    };
    let (order, direction) = (wanted.order(), wanted.direction());
    let in_order = |of| format!(" order by {of}{order} {direction}, {of}run_id {direction}");
    let mut query = QueryBuilder::new("select ");
    query.push(SHOWN);
    query.push(", e.closed_at, e.close_status, e.cancel_requested from (select * from (");
    // Each part ends with the page too: so it is read in the order of its index, and never sorted as a whole.
    wanted.select(&mut query, columns, |query| {
        query.push(in_order(wanted.by())).push(" limit ").push_bind(limit);
    });
    query
        .push(") parts")
        .push(in_order(""))
        .push(" limit ")
        .push_bind(limit);
    query
        .push(") e join types t on t.id = e.type_id")
        .push(in_order("e."));
    let listed = query.build().persistent(false).fetch_all(pool).await?;
    listed.iter().map(info).collect()
}

async fn count(
    pool: &PgPool,
    state: State,
    domain: &DomainRecord,
    filter: &Filter,
    limit: u64,
) -> Result<u64, StoreError> {
    let Some(wanted) = Wanted::new(pool, state, domain, filter).await? else {
        return Ok(0);
    };
    let mut query = QueryBuilder::new("select count(*) from (");
    wanted.select(&mut query, "", |_| ());
    query.push(" limit ");
    query.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    query.push(") counted");
    let count: i64 = query
        .build_query_scalar()
        .persistent(false)
        .fetch_one(pool)
        .await?;
    Ok(count.unsigned_abs())
}

/// Which runs, with the rows of the types that the filter names.
struct Wanted<'a> {
    state: State,
    domain: &'a DomainRecord,
    filter: &'a Filter,
    types: Option<Vec<i32>>,
}

impl<'a> Wanted<'a> {
    /// None when the filter names a type that there is not.
    async fn new(
        pool: &PgPool,
        state: State,
        domain: &'a DomainRecord,
        filter: &'a Filter,
    ) -> Result<Option<Self>, StoreError> {
        let types = match &filter.workflow_type {
            Some((name, version)) => Some(types(pool, domain.id, name, version.as_deref()).await?),
            None => None,
        };
        if types.as_ref().is_some_and(Vec::is_empty) {
            return Ok(None);
        }
        Ok(Some(Wanted {
            state,
            domain,
            filter,
            types,
        }))
    }

    /// The column that the list is ordered by.
    fn order(&self) -> &'static str {
        match (self.state, self.filter.time) {
            (State::Open, _) | (State::Closed, Some(TimeFilter { by_close: false, .. })) => "started_at",
            (State::Closed, _) => "closed_at",
        }
    }

    fn direction(&self) -> &'static str {
        if self.filter.oldest_first { "asc" } else { "desc" }
    }

    /// What has domain, times and run id in an index: the rows of the tag, or else those of the runs.
    fn by(&self) -> &'static str {
        if self.filter.tag.is_some() { "g." } else { "e." }
    }

    /// All that fit, each part with its end. The versions of a type are parts of their own: each is in the order of an
    /// index, and Postgres merges them; of `type_id = any(...)` it would sort all.
    fn select(
        &self,
        query: &mut QueryBuilder<Postgres>,
        columns: &str,
        end: impl Fn(&mut QueryBuilder<Postgres>),
    ) {
        let mut parts = vec![&[][..]];
        if let Some(types) = &self.types {
            let together = if types.len() > MERGED_MAX { types.len() } else { 1 };
            parts = types.chunks(together).collect();
        }
        for (number, types) in parts.into_iter().enumerate() {
            query.push(if number > 0 { " union all (" } else { "(" });
            self.part(query, columns, types);
            end(query);
            query.push(")");
        }
    }

    fn part(&self, query: &mut QueryBuilder<Postgres>, columns: &str, types: &[i32]) {
        let (runs, tags) = match self.state {
            State::Open => ("open_executions", "open_tags"),
            State::Closed => ("closed_executions", "closed_tags"),
        };
        let filter = self.filter;
        // What is only counted by its tag need not be looked up.
        let of_run = filter.workflow_id.is_some() || filter.close_status.is_some() || !types.is_empty();
        query.push("select ").push(columns).push(" from ");
        if let Some(tag) = &filter.tag {
            query.push(tags).push(" g");
            if of_run || !columns.is_empty() {
                query.push(" join ").push(runs).push(" e on e.run_id = g.run_id");
            }
            query.push(" where g.tag = ").push_bind(tag.clone()).push(" and ");
        } else {
            query.push(runs).push(" e where ");
        }
        self.restrict_by_time(query);
        if let Some(workflow_id) = &filter.workflow_id {
            query.push(" and e.workflow_id = ").push_bind(workflow_id.clone());
        }
        if let Some(status) = filter.close_status {
            query.push(" and e.close_status = ").push_bind(status as i16);
        }
        match types {
            [] => query,
            [only] => query.push(" and e.type_id = ").push_bind(*only),
            several => query
                .push(" and e.type_id = any(")
                .push_bind(several.to_vec())
                .push(")"),
        };
    }

    /// The domain, and where in the order of the list.
    fn restrict_by_time(&self, query: &mut QueryBuilder<Postgres>) {
        let (by, filter) = (self.by(), self.filter);
        query.push(format!("{by}domain_id = ")).push_bind(self.domain.id);
        if self.state == State::Closed {
            query
                .push(format!(" and {by}closed_at > now() - interval '1 day' * "))
                .push_bind(f64::from(self.domain.retention_days.unwrap_or(0)));
        }
        if let Some(time) = filter.time {
            let column = if time.by_close { "closed_at" } else { "started_at" };
            query
                .push(format!(" and {by}{column} >= "))
                .push_bind(to_sql(time.oldest));
            if let Some(latest) = time.latest {
                query
                    .push(format!(" and {by}{column} <= "))
                    .push_bind(to_sql(latest));
            }
        }
        if let Some((at, run)) = filter.after {
            let beyond = if filter.oldest_first { ">" } else { "<" };
            query.push(format!(" and ({by}{}, {by}run_id) {beyond} (", self.order()));
            query.push_bind(to_sql(at)).push(", ").push_bind(run.0).push(")");
        }
    }
}

/// The rows of all versions of a workflow type, or of one of them, also if they were deleted since.
async fn types(
    pool: &PgPool,
    domain: i32,
    name: &str,
    version: Option<&str>,
) -> Result<Vec<i32>, StoreError> {
    let types = sqlx::query_scalar(
        "select id from types
         where domain_id = $1 and kind = 'workflow' and name = $2 and version = coalesce($3, version)",
    )
    .bind(domain)
    .bind(name)
    .bind(version)
    .fetch_all(pool)
    .await?;
    Ok(types)
}
