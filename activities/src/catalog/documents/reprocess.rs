//! Processing documents again: what failed for a reason that has gone since, such as a service that was away or a
//! reader that has been mended.

use uuid::Uuid;

use super::{DocumentState, upload::CHECK_AFTER};
use crate::catalog::{Catalog, Result};

/// What processing a document once more sets; the number of the parameter with the seconds to the next look at it.
macro_rules! processing_again {
    ($check_after:literal) => {
        concat!(
            "state = 'processing', attempt = attempt + 1, reason_code = NULL, reason = NULL, processed = NULL,
             pages_done = 0, pages_total = NULL, processing_begun = now(), modified = now(),
             next_check = now() + make_interval(secs => ",
            $check_after,
            ")"
        )
    };
}
pub(super) use processing_again;

/// Which documents are to be processed again. Only those whose processing ended badly are.
#[derive(Clone, Debug, Default)]
pub struct Reprocess<'a> {
    /// Only those that ended for this reason.
    pub reason: Option<&'a str>,
    /// Only these.
    pub documents: Option<&'a [Uuid]>,
    /// Also those that can be used, but lack something.
    pub degraded: bool,
}

/// A way in which processing ended badly, and how often it did.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize)]
pub struct FailureCount {
    /// `failed` or `ready_degraded`.
    pub state: DocumentState,
    /// The reason, for programs.
    pub reason: String,
    /// Documents of all accounts.
    #[sqlx(try_from = "i64")]
    pub documents: u64,
}

impl Catalog {
    /// How many documents failed or lack something, by reason, the most frequent first.
    pub async fn failures(&self) -> Result<Vec<FailureCount>> {
        let failures = sqlx::query_as(
            "SELECT state, reason_code AS reason, count(*) AS documents FROM documents
             WHERE state IN ('failed', 'ready_degraded')
             GROUP BY state, reason_code ORDER BY documents DESC, state, reason_code",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(failures)
    }

    /// Takes up to `limit` of these documents into processing again; returns each with its owner. Their events are yet
    /// to be sent; one that never is, the reconciler sends.
    pub async fn begin_reprocessing(&self, which: &Reprocess<'_>, limit: i64) -> Result<Vec<(Uuid, Uuid)>> {
        let begun = sqlx::query_as(concat!(
            "UPDATE documents SET ",
            processing_again!("$5"),
            " WHERE id IN (SELECT id FROM documents
                      WHERE state IN ('failed', 'ready_degraded') AND (state = 'failed' OR $1)
                        AND ($2::text IS NULL OR reason_code = $2)
                        AND ($3::uuid[] IS NULL OR id = ANY ($3) OR (current AND lineage = ANY ($3)))
                      ORDER BY id LIMIT $4 FOR UPDATE SKIP LOCKED)
                  RETURNING id, owner"
        ))
        .bind(which.degraded)
        .bind(which.reason)
        .bind(which.documents)
        .bind(limit)
        .bind(CHECK_AFTER.as_secs_f64())
        .fetch_all(&self.pool)
        .await?;
        Ok(begun)
    }
}
