//! What Postgres says: whether it is durable, what it counted, and what it can do by itself.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row};
use tokio::task::JoinSet;

use crate::failure::{Failure, failed};

use super::meter;
use super::stack::Place;

/// Settings without which a commit may be lost, and what they must be.
const DURABLE: [(&str, &str); 3] = [
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
];
/// The limit is measured for so long, once with many and once with one connection.
const LIMIT_TIME: Duration = Duration::from_secs(2);
/// Connections of the limit's first half.
const LIMIT_CONNECTIONS: u32 = 8;
/// Postgres's processes report what they counted after at most a second.
const COUNTED_WITHIN: Duration = Duration::from_millis(1_200);

/// Those that this process has made.
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A database of its own for one workload.
pub struct Database {
    admin: PgConnectOptions,
    name: String,
    /// How to reach it.
    pub options: PgConnectOptions,
    pool: PgPool,
    postmaster: Option<u32>,
}

/// What Postgres has counted so far.
#[derive(Clone, Copy)]
pub struct Counters {
    /// Bytes of the database.
    pub bytes: i64,
    /// Bytes of write-ahead log.
    pub wal_bytes: i64,
    /// Times that it was forced to disk.
    pub syncs: i64,
}

/// What this Postgres can do: a row inserted and committed, over and over.
#[derive(Clone, Copy)]
pub struct Limit {
    /// Commits a second over 8 connections.
    pub commits_per_s: f64,
    /// What a commit takes over one connection: the median.
    pub commit: Duration,
}

impl Database {
    /// Makes a new one.
    pub async fn create(place: &Place) -> Result<Self, Failure> {
        let admin = place.options.clone();
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("apus_bench_{}_{number}", std::process::id());
        let mut connection = PgConnection::connect_with(&admin).await.map_err(failed)?;
        require_durable(&mut connection).await?;
        let create = format!("create database {name}");
        sqlx::query(AssertSqlSafe(create))
            .execute(&mut connection)
            .await
            .map_err(failed)?;
        let options = admin.clone().database(&name);
        let pool = PgPoolOptions::new()
            .max_connections(LIMIT_CONNECTIONS)
            .connect_with(options.clone().disable_statement_logging())
            .await
            .map_err(failed)?;
        let backend: i32 = sqlx::query_scalar("select pg_backend_pid()")
            .fetch_one(&mut connection)
            .await
            .map_err(failed)?;
        let local = admin.get_host().starts_with('/')
            || matches!(admin.get_host(), "localhost" | "127.0.0.1" | "::1");
        let postmaster = if local {
            meter::parent(backend as u32)
        } else {
            None
        };
        Ok(Database {
            admin,
            name,
            options,
            pool,
            postmaster,
        })
    }

    /// The server's first process, if it is on this machine.
    pub fn postmaster(&self) -> Option<u32> {
        self.postmaster
    }

    /// What Postgres has counted until now.
    pub async fn counters(&self) -> Result<Counters, Failure> {
        tokio::time::sleep(COUNTED_WITHIN).await;
        let row = sqlx::query(
            "select pg_database_size(current_database()), (pg_current_wal_lsn() - '0/0'::pg_lsn)::int8,
                    (select wal_sync from pg_stat_wal)",
        )
        .fetch_one(&self.pool)
        .await
        .map_err(failed)?;
        Ok(Counters {
            bytes: row.try_get(0).map_err(failed)?,
            wal_bytes: row.try_get(1).map_err(failed)?,
            syncs: row.try_get(2).map_err(failed)?,
        })
    }

    /// Measures what this Postgres can do.
    pub async fn limit(&self) -> Result<Limit, Failure> {
        sqlx::query(
            "create table single_rows (id bigint generated always as identity primary key, body jsonb)",
        )
        .execute(&self.pool)
        .await
        .map_err(failed)?;
        let mut writers = JoinSet::new();
        for _ in 0..LIMIT_CONNECTIONS {
            writers.spawn(commit_rows(self.pool.clone()));
        }
        let mut commits = 0;
        while let Some(written) = writers.join_next().await {
            commits += written.map_err(failed)??.len();
        }
        let mut alone = commit_rows(self.pool.clone()).await?;
        alone.sort_unstable();
        sqlx::query("drop table single_rows")
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(Limit {
            commits_per_s: commits as f64 / LIMIT_TIME.as_secs_f64(),
            commit: alone.get(alone.len() / 2).copied().unwrap_or_default(),
        })
    }

    /// Removes it.
    pub async fn drop(self) -> Result<(), Failure> {
        self.pool.close().await;
        let mut connection = PgConnection::connect_with(&self.admin).await.map_err(failed)?;
        let drop = format!("drop database {} with (force)", self.name);
        sqlx::query(AssertSqlSafe(drop))
            .execute(&mut connection)
            .await
            .map_err(failed)?;
        Ok(())
    }
}

impl Counters {
    /// What was counted since an earlier moment.
    pub fn since(self, before: &Counters) -> Counters {
        Counters {
            bytes: self.bytes - before.bytes,
            wal_bytes: self.wal_bytes - before.wal_bytes,
            syncs: self.syncs - before.syncs,
        }
    }
}

async fn commit_rows(pool: PgPool) -> Result<Vec<Duration>, Failure> {
    let mut connection = pool.acquire().await.map_err(failed)?;
    let (begun, mut took) = (Instant::now(), Vec::new());
    while begun.elapsed() < LIMIT_TIME {
        let called = Instant::now();
        sqlx::query("insert into single_rows (body) values ('{\"a\": 1}')")
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
        took.push(called.elapsed());
    }
    Ok(took)
}

async fn require_durable(connection: &mut PgConnection) -> Result<(), Failure> {
    for (setting, durable) in DURABLE {
        let value: String = sqlx::query_scalar("select current_setting($1)")
            .bind(setting)
            .fetch_one(&mut *connection)
            .await
            .map_err(failed)?;
        if value != durable {
            return Err(Failure::Usage(format!(
                "this PostgreSQL has {setting} = {value}, with which a commit may be lost; figures from it mean nothing. \
                 Set it to {durable}"
            )));
        }
    }
    Ok(())
}
