//! Access logs: which files of them there are, and what they add up to. Each file is added once, however often it is
//! told and however late it comes.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Catalog, Result, to_bigint};

/// A file of access logs.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AccessLog {
    /// Where the object store keeps it.
    pub object_key: String,
    /// When it was announced.
    pub begun: DateTime<Utc>,
}

/// Requests of one hour to one route that ended alike.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct RequestHour {
    /// The beginning of the hour.
    pub hour: DateTime<Utc>,
    /// The HTTP method.
    pub method: String,
    /// The route, as the table of routes has it.
    pub route: String,
    /// The HTTP status.
    pub status: i16,
    /// How many.
    #[sqlx(try_from = "i64")]
    pub requests: u64,
    /// Microseconds that they took, together.
    #[sqlx(try_from = "i64")]
    pub micros: u64,
}

/// Requests of one hour by one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AccountHour {
    /// The beginning of the hour.
    pub hour: DateTime<Utc>,
    /// The account.
    pub account_id: Uuid,
    /// How many.
    #[sqlx(try_from = "i64")]
    pub requests: u64,
}

/// What a file of access logs adds up to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoggedUsage {
    /// By route.
    pub requests: Vec<RequestHour>,
    /// By account.
    pub accounts: Vec<AccountHour>,
}

/// Requests of an hour, all routes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Traffic {
    /// The beginning of the hour.
    pub hour: DateTime<Utc>,
    /// How many.
    #[sqlx(try_from = "i64")]
    pub requests: u64,
    /// Of these, how many ended with a fault of ours.
    #[sqlx(try_from = "i64")]
    pub faults: u64,
    /// Microseconds that they took, together.
    #[sqlx(try_from = "i64")]
    pub micros: u64,
    /// Accounts that made some.
    #[sqlx(try_from = "i64")]
    pub accounts: u64,
}

impl Catalog {
    /// A file is about to be written.
    pub async fn announce_access_log(&self, object_key: &str) -> Result<()> {
        sqlx::query("INSERT INTO access_logs (object_key) VALUES ($1) ON CONFLICT DO NOTHING")
            .bind(object_key)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Up to `limit` files that have not been added yet, the oldest first.
    pub async fn open_access_logs(&self, limit: i64) -> Result<Vec<AccessLog>> {
        let files = sqlx::query_as(
            "SELECT object_key, begun FROM access_logs WHERE rolled_up IS NULL ORDER BY begun, object_key LIMIT $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        Ok(files)
    }

    /// Adds a file to the figures, unless that was done before; true for the one caller who did. Without `usage` the
    /// file never came and nothing is added.
    pub async fn roll_up(&self, object_key: &str, usage: Option<&LoggedUsage>) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        let requests = usage
            .map(|usage| usage.requests.iter().map(|of| of.requests).sum())
            .map(to_bigint);
        let marked = sqlx::query(
            "UPDATE access_logs SET rolled_up = now(), requests = $2 WHERE object_key = $1 AND rolled_up IS NULL",
        )
        .bind(object_key)
        .bind(requests)
        .execute(&mut *tx)
        .await?;
        if marked.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some(usage) = usage {
            add_requests(&mut tx, &usage.requests).await?;
            add_accounts(&mut tx, &usage.accounts).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Up to `limit` files that were added more than `days` days ago.
    pub async fn old_access_logs(&self, days: i32, limit: i64) -> Result<Vec<AccessLog>> {
        let files = sqlx::query_as(
            "SELECT object_key, begun FROM access_logs WHERE rolled_up < now() - make_interval(days => $1)
             ORDER BY rolled_up LIMIT $2",
        )
        .bind(days)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        Ok(files)
    }

    /// Forgets a file that is gone from the object store. What it added stays.
    pub async fn forget_access_log(&self, object_key: &str) -> Result<()> {
        sqlx::query("DELETE FROM access_logs WHERE object_key = $1 AND rolled_up IS NOT NULL")
            .bind(object_key)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Requests of each of the last `hours` hours, the oldest first. Hours without requests are left out.
    pub async fn traffic(&self, hours: i32) -> Result<Vec<Traffic>> {
        let traffic = sqlx::query_as(
            "SELECT hour, sum(requests)::bigint AS requests, sum(micros)::bigint AS micros,
                    coalesce(sum(requests) FILTER (WHERE status >= 500), 0)::bigint AS faults,
                    (SELECT count(*) FROM account_hours a WHERE a.hour = r.hour) AS accounts
             FROM request_hours r WHERE hour > now() - make_interval(hours => $1) GROUP BY hour ORDER BY hour",
        )
        .bind(hours)
        .fetch_all(&self.pool)
        .await?;
        Ok(traffic)
    }
}

/// Rows go in sorted by their key, so that two workers don't wait for each other's.
async fn add_requests(connection: &mut sqlx::PgConnection, requests: &[RequestHour]) -> Result<()> {
    let column = |of: fn(&RequestHour) -> i64| requests.iter().map(of).collect::<Vec<i64>>();
    sqlx::query(
        "INSERT INTO request_hours AS h (hour, method, route, status, requests, micros)
         SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::smallint[], $5::bigint[], $6::bigint[])
            AS added (hour, method, route, status, requests, micros)
         ORDER BY hour, method, route, status
         ON CONFLICT (hour, method, route, status) DO UPDATE
            SET requests = h.requests + excluded.requests, micros = h.micros + excluded.micros",
    )
    .bind(requests.iter().map(|of| of.hour).collect::<Vec<_>>())
    .bind(requests.iter().map(|of| of.method.as_str()).collect::<Vec<_>>())
    .bind(requests.iter().map(|of| of.route.as_str()).collect::<Vec<_>>())
    .bind(requests.iter().map(|of| of.status).collect::<Vec<_>>())
    .bind(column(|of| to_bigint(of.requests)))
    .bind(column(|of| to_bigint(of.micros)))
    .execute(connection)
    .await?;
    Ok(())
}

async fn add_accounts(connection: &mut sqlx::PgConnection, accounts: &[AccountHour]) -> Result<()> {
    sqlx::query(
        "INSERT INTO account_hours AS h (hour, account_id, requests)
         SELECT * FROM unnest($1::timestamptz[], $2::uuid[], $3::bigint[]) AS added (hour, account_id, requests)
         ORDER BY hour, account_id
         ON CONFLICT (hour, account_id) DO UPDATE SET requests = h.requests + excluded.requests",
    )
    .bind(accounts.iter().map(|of| of.hour).collect::<Vec<_>>())
    .bind(accounts.iter().map(|of| of.account_id).collect::<Vec<_>>())
    .bind(accounts.iter().map(|of| to_bigint(of.requests)).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
