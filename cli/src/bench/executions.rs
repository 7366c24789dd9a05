//! Rows of executions for the lists to find, written by SQL as the engine's commits would write them. There are no
//! histories behind them: lists do not read any.

use apus::model::{WorkflowType, WorkflowTypeDefaults};
use apus::node::Node;
use sqlx::{Connection, Executor, PgConnection};

use crate::failure::{Failure, failed};

use super::database::Database;

/// Days over which the runs are spread.
pub const DAYS: i64 = 30;
/// One run in so many is open.
const OPEN: i64 = 10;
/// Versions of the type that has several.
const VERSIONS: i64 = 6;
/// A workflow id with many runs, one after another.
pub const NIGHTLY: &str = "nightly";
/// One with a few.
pub const ORDER: &str = "order-77";

/// The types that the runs have: common, rare, one that only old runs have, none, and one of several versions.
pub fn types() -> Vec<WorkflowType> {
    let single = ["common", "rare", "retired", "unused"].map(|name| WorkflowType::new(name, "1"));
    let versions = (1..=VERSIONS).map(|version| WorkflowType::new("versioned", version.to_string()));
    single.into_iter().chain(versions).collect()
}

/// Fills the tables of a domain with so many runs, and looks after them as autovacuum would.
pub async fn fill(database: &Database, node: &Node, domain: &str, runs: u32) -> Result<(), Failure> {
    for of in types() {
        let defaults = WorkflowTypeDefaults::default();
        node.ensure_type(domain, of, defaults).await.map_err(failed)?;
    }
    let mut on = PgConnection::connect_with(&database.options)
        .await
        .map_err(failed)?;
    on.execute("set search_path = apus").await.map_err(failed)?;
    let closed = sqlx::query(CLOSED)
        .bind(domain)
        .bind(i64::from(runs))
        .bind(OPEN)
        .bind(DAYS as f64)
        .bind(VERSIONS)
        .bind(NIGHTLY);
    closed.execute(&mut on).await.map_err(failed)?;
    let open = sqlx::query(OPENED)
        .bind(domain)
        .bind(i64::from(runs) / OPEN)
        .bind(DAYS as f64);
    open.execute(&mut on).await.map_err(failed)?;
    let tables = "vacuum analyze open_executions, closed_executions, open_tags, closed_tags";
    on.execute(tables).await.map_err(failed)?;
    on.close().await.map_err(failed)
}

/// Run `n` of `$2`, the oldest first. Of a hundred runs one is rare, one failed, one has a tag in common; the oldest tenth
/// is of another type, with another tag, and was terminated as often as not.
const CLOSED: &str = "
    insert into closed_executions
        (run_id, domain_id, workflow_id, type_id, started_at, closed_at, close_status, tags)
    select gen_random_uuid(), d.id,
           case when n % 10 = 3 then $6 else 'order-' || n % ($2 / 5 + 1) end,
           t.id, closed_at - n % 600 * interval '1 second', closed_at,
           case when n % 100 = 1 then 1 when n % 10000 = 2 then 5 when n < $2 / 10 and n % 2 = 0 then 3 else 0 end,
           case when n % 2 = 0 then array[
               'common',
               case when n % 20000 = 0 then 'rare' when n % 100 = 0 then 'hundredth' when n < $2 / 10 then 'retired'
                    else 'other' end,
               'customer-' || n % 5000] end
    from generate_series(1, $2 - $2 / $3) n
    cross join lateral (select date_trunc('milliseconds',
        now() - (1 - n::float8 / $2) * $4 * interval '1 day') as closed_at) c
    join domains d on d.name = $1
    join types t on t.domain_id = d.id and t.kind = 'workflow'
        and t.name = case when n % 1000 = 0 then 'rare' when n < $2 / 10 then 'retired' when n % 3 = 0 then 'versioned'
                          else 'common' end
        and t.version = case when n % 1000 <> 0 and n >= $2 / 10 and n % 3 = 0 then (1 + n / 3 % $5)::text else '1' end";

/// As the closed ones, but that none is of a type of several versions.
const OPENED: &str = "
    insert into open_executions (run_id, domain_id, workflow_id, type_id, started_at, next_deadline, tags)
    select gen_random_uuid(), d.id, 'open-' || n, t.id,
           date_trunc('milliseconds', now() - (1 - n::float8 / $2) * $3 * interval '1 day'),
           now() + interval '1 year',
           case when n % 2 = 0 then array[
               'common',
               case when n % 20000 = 0 then 'rare' when n % 100 = 0 then 'hundredth' when n < $2 / 10 then 'retired'
                    else 'other' end,
               'customer-' || n % 5000] end
    from generate_series(1, $2) n
    join domains d on d.name = $1
    join types t on t.domain_id = d.id and t.kind = 'workflow'
        and t.name = case when n % 1000 = 0 then 'rare' when n < $2 / 10 then 'retired' else 'common' end";
