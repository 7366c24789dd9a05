//! Figures about the whole deployment, for its operator. Each costs a bounded number of rows, however much is stored.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::usage::slot;
use super::{Catalog, DocumentState, Plan, Result, to_bigint};

/// Documents of which processing times are taken: the last ones.
const PROCESSED_MAX: i64 = 10_000;

/// What arrived in an hour.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct UploadHour {
    /// Its beginning.
    pub hour: DateTime<Utc>,
    /// Of accounts with this plan (at the time of counting).
    pub plan: Plan,
    /// How many documents.
    #[sqlx(try_from = "i64")]
    pub documents: u64,
    /// Their bytes.
    #[sqlx(try_from = "i64")]
    pub bytes: u64,
}

/// How long processing took, in seconds, from the arrival of the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, sqlx::FromRow)]
pub struct ProcessingTimes {
    /// Documents that this is about: the last ones of the last day.
    #[sqlx(try_from = "i64")]
    pub documents: u64,
    /// Half of them took no longer.
    pub p50: Option<f64>,
    /// Nine of ten took no longer.
    pub p90: Option<f64>,
    /// All but one in a hundred took no longer.
    pub p99: Option<f64>,
}

/// Documents that something still happens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct UnderWay {
    /// Where they stand.
    pub state: DocumentState,
    /// How many.
    #[sqlx(try_from = "i64")]
    pub documents: u64,
}

impl Catalog {
    /// What arrived in each of the last `hours` hours, this one included, the oldest first. Hours without uploads are
    /// left out.
    pub async fn upload_hours(&self, hours: i32) -> Result<Vec<UploadHour>> {
        let uploads = sqlx::query_as(
            "SELECT hour, plan, sum(documents)::bigint AS documents, sum(bytes)::bigint AS bytes FROM upload_hours
             WHERE hour > now() - make_interval(hours => $1) GROUP BY hour, plan ORDER BY hour, plan",
        )
        .bind(hours)
        .fetch_all(&self.pool)
        .await?;
        Ok(uploads)
    }

    /// How long the last documents took.
    pub async fn processing_times(&self) -> Result<ProcessingTimes> {
        let times = sqlx::query_as(
            "SELECT documents, p[1] AS p50, p[2] AS p90, p[3] AS p99
             FROM (SELECT count(*) AS documents,
                          percentile_cont(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY seconds) AS p
                   FROM (SELECT extract(epoch FROM processed - coalesce(processing_begun, uploaded))::float8 AS seconds
                         FROM documents WHERE processed > now() - interval '1 day'
                         ORDER BY processed DESC LIMIT $1) AS last) AS times",
        )
        .bind(PROCESSED_MAX)
        .fetch_one(&self.pool)
        .await?;
        Ok(times)
    }

    /// Documents that something still happens to, by state.
    pub async fn under_way(&self) -> Result<Vec<UnderWay>> {
        let under_way = sqlx::query_as(
            "SELECT state, count(*) AS documents FROM documents
             WHERE state IN ('awaiting_upload', 'uploading', 'processing', 'deleting')
             GROUP BY state ORDER BY state",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(under_way)
    }
}

/// Adds a document to the hour in which it is counted.
pub(super) async fn count_upload(
    connection: &mut sqlx::PgConnection,
    document: Uuid,
    plan: Plan,
    size: u64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO upload_hours AS h (hour, plan, slot, documents, bytes)
         VALUES (date_trunc('hour', now(), 'UTC'), $1, $2, 1, $3)
         ON CONFLICT (hour, plan, slot) DO UPDATE
            SET documents = h.documents + 1, bytes = h.bytes + excluded.bytes",
    )
    .bind(plan)
    .bind(slot(document))
    .bind(to_bigint(size))
    .execute(connection)
    .await?;
    Ok(())
}
