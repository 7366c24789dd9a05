//! Who reads the engine's tables beside it: people with questions about what was done, and one who forgot to commit.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::failure::{Failure, failed};

use super::database::Database;
use super::stack::DOMAIN;

/// How many read.
const READERS: usize = 4;
/// Each asks once in so long.
const ASK_EVERY: Duration = Duration::from_secs(10);
/// Questions in one long transaction, which thus lasts a minute of work.
const QUESTIONS: u32 = 6;

/// Readers, at work or resting.
pub struct Readers {
    stop: CancellationToken,
    /// Each takes it to read before it asks.
    at_work: Arc<RwLock<()>>,
    /// Keeps them from asking.
    resting: Option<OwnedRwLockWriteGuard<()>>,
    readers: JoinSet<Result<u64, Failure>>,
    holder: Option<PgConnection>,
}

/// How large the table of open runs has become.
#[derive(Serialize)]
pub struct Bloat {
    /// With its indexes.
    #[serde(rename = "open_table_bytes")]
    pub bytes: i64,
    /// Rows that are dead, as Postgres has counted them.
    pub dead_rows: i64,
}

impl Readers {
    /// Starts them; they rest at first. `long`: in long transactions, and beside one that stays open until the end.
    pub async fn start(database: &Database, long: bool) -> Result<Self, Failure> {
        let stop = CancellationToken::new();
        let at_work = Arc::<RwLock<()>>::default();
        let resting = Some(Arc::clone(&at_work).write_owned().await);
        let mut readers = JoinSet::new();
        for number in 0..READERS as u32 {
            // They come one after the other, not all at once.
            let first = ASK_EVERY * number / READERS as u32;
            let connection = connect(&database.options).await?;
            readers.spawn(read(connection, stop.clone(), Arc::clone(&at_work), first, long));
        }
        let holder = if long {
            Some(hold(&database.options).await?)
        } else {
            None
        };
        Ok(Readers {
            stop,
            at_work,
            resting,
            readers,
            holder,
        })
    }

    /// Lets them ask.
    pub fn work(&mut self) {
        self.resting = None;
    }

    /// Waits for the answers that are under way; after it nobody asks. Long transactions stay open.
    pub async fn rest(&mut self) {
        self.resting = Some(Arc::clone(&self.at_work).write_owned().await);
    }

    /// Ends them; how many workflows they have counted.
    pub async fn stop(mut self) -> Result<u64, Failure> {
        self.stop.cancel();
        let mut counted = 0;
        while let Some(ended) = self.readers.join_next().await {
            counted += ended.map_err(failed)??;
        }
        if let Some(mut holder) = self.holder {
            let rows: i64 = sqlx::query_scalar("select count(*) from apus.domains")
                .fetch_one(&mut holder)
                .await
                .map_err(failed)?;
            tracing::debug!(rows, "the transaction was open to the end");
            holder.close().await.map_err(failed)?;
        }
        Ok(counted)
    }
}

impl Bloat {
    /// Of this database.
    pub async fn of(database: &Database) -> Result<Self, Failure> {
        let mut connection = connect(&database.options).await?;
        let (bytes, dead_rows) = sqlx::query_as(
            "select pg_total_relation_size(relid), n_dead_tup from pg_stat_user_tables
             where schemaname = 'apus' and relname = 'open_executions'",
        )
        .fetch_one(&mut connection)
        .await
        .map_err(failed)?;
        Ok(Bloat { bytes, dead_rows })
    }
}

/// A transaction that has read and is left open: from now on no dead row can be removed.
async fn hold(options: &PgConnectOptions) -> Result<PgConnection, Failure> {
    let mut connection = connect(options).await?;
    begin(&mut connection).await?;
    let _: i64 = sqlx::query_scalar("select count(*) from apus.open_executions")
        .fetch_one(&mut connection)
        .await
        .map_err(failed)?;
    Ok(connection)
}

async fn read(
    mut connection: PgConnection,
    stop: CancellationToken,
    at_work: Arc<RwLock<()>>,
    first: Duration,
    long: bool,
) -> Result<u64, Failure> {
    let (mut counted, mut pause) = (0, first);
    loop {
        for question in 0..QUESTIONS {
            let allowed = async {
                tokio::time::sleep(pause).await;
                at_work.read().await
            };
            let Some(_asking) = stop.run_until_cancelled(allowed).await else {
                return Ok(counted);
            };
            pause = ASK_EVERY;
            if long && question == 0 {
                begin(&mut connection).await?;
            }
            counted += ask(&mut connection).await?;
        }
        if long {
            execute(&mut connection, "commit").await?;
        }
    }
}

/// What ended in the last ten seconds of work that the transaction sees, by type and by how it ended. When they were is
/// asked first: with a bound that it knows Postgres reads an index, with one that it has yet to find the whole table.
async fn ask(connection: &mut PgConnection) -> Result<u64, Failure> {
    let since: Option<DateTime<Utc>> = sqlx::query_scalar(
        "select max(closed_at) - interval '10 seconds' from apus.closed_executions
         where domain_id = (select id from apus.domains where name = $1)",
    )
    .bind(DOMAIN)
    .fetch_one(&mut *connection)
    .await
    .map_err(failed)?;
    let groups: Vec<(i32, i16, i64, Option<f64>)> = sqlx::query_as(
        "select type_id, close_status, count(*), avg(extract(epoch from closed_at - started_at))::float8
         from apus.closed_executions
         where domain_id = (select id from apus.domains where name = $1) and closed_at > $2
         group by type_id, close_status",
    )
    .bind(DOMAIN)
    .bind(since)
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    Ok(groups.iter().map(|(_, _, count, _)| count.unsigned_abs()).sum())
}

async fn begin(connection: &mut PgConnection) -> Result<(), Failure> {
    execute(connection, "begin isolation level repeatable read read only").await
}

async fn execute(connection: &mut PgConnection, statement: &'static str) -> Result<(), Failure> {
    let done = sqlx::query(statement).execute(connection).await;
    done.map(drop).map_err(failed)
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, Failure> {
    PgConnection::connect_with(options).await.map_err(failed)
}
