//! What is stored: by account, and in all by plan and kind of document. Counted exactly once however often it is told.

use sqlx::PgConnection;
use uuid::Uuid;

use super::figures::count_upload;
use super::{Catalog, CatalogError, DocumentState, Plan, Result, to_bigint};

/// Rows that each system total is spread over.
const SLOTS: u128 = 16;

/// What an account stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Usage {
    /// Bytes that it may store.
    #[sqlx(try_from = "i64")]
    pub quota_bytes: u64,
    /// Bytes of the documents that have been counted.
    #[sqlx(try_from = "i64")]
    pub bytes_used: u64,
    /// Bytes promised to uploads under way.
    #[sqlx(try_from = "i64")]
    pub bytes_reserved: u64,
    /// Documents of which a version has been counted.
    #[sqlx(try_from = "i64")]
    pub documents: u64,
    /// It stores more than it may, so uploads are blocked.
    pub over_quota: bool,
    /// How often it has gone over its quota.
    pub excursion: i64,
}

impl Usage {
    /// Bytes neither used nor reserved.
    pub fn bytes_left(&self) -> u64 {
        self.quota_bytes
            .saturating_sub(self.bytes_used)
            .saturating_sub(self.bytes_reserved)
    }
}

/// An account's usage after a document was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UsageAfter {
    /// This call counted the document; false when an earlier one had, or the document is being deleted.
    pub first_time: bool,
    /// Bytes that the account stores.
    pub bytes_used: u64,
    /// Bytes that it may store.
    pub quota_bytes: u64,
    /// It stores more than it may: a mail is due, one for each `excursion`.
    pub over_quota: bool,
    /// How often it has gone over its quota, this time included.
    pub excursion: i64,
}

/// A system total.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Total {
    /// Of accounts with this plan.
    pub plan: Plan,
    /// Of documents of this kind.
    pub kind: String,
    /// How many documents.
    #[sqlx(try_from = "i64")]
    pub documents: u64,
    /// Their bytes.
    #[sqlx(try_from = "i64")]
    pub bytes: u64,
}

#[derive(sqlx::FromRow)]
struct Countable {
    owner: Uuid,
    lineage: Uuid,
    state: DocumentState,
    reserved_bytes: i64,
    size: Option<i64>,
    kind: String,
    plan: Plan,
}

/// How a document stands among the counted ones.
#[derive(sqlx::FromRow)]
struct Counted {
    plan: Plan,
    kind: String,
    size: i64,
}

impl Catalog {
    /// What an account stores.
    pub async fn usage(&self, account: Uuid) -> Result<Usage> {
        let mut connection = self.pool.acquire().await?;
        usage(&mut connection, account).await
    }

    /// Counts a document with its real size, in place of what was reserved for it. The first call counts; a later one
    /// counts anew if the file has become another since.
    pub async fn count_usage(&self, document: Uuid, size: u64) -> Result<UsageAfter> {
        let mut tx = self.pool.begin().await?;
        // Locks are taken in one order everywhere: the document, its owner's usage, the totals.
        let found: Option<Countable> = sqlx::query_as(
            "SELECT d.owner, d.lineage, d.state, d.reserved_bytes, d.size, coalesce(d.kind, 'unknown') AS kind, a.plan
             FROM documents d JOIN accounts a ON a.id = d.owner WHERE d.id = $1 FOR UPDATE OF d",
        )
        .bind(document)
        .fetch_optional(&mut *tx)
        .await?;
        let counted = found.ok_or(CatalogError::NoSuchDocument)?;
        let first_time =
            counted.state != DocumentState::Deleting && enter(&mut tx, document, &counted, size).await?;
        if first_time {
            sqlx::query("UPDATE documents SET reserved_bytes = 0 WHERE id = $1")
                .bind(document)
                .execute(&mut *tx)
                .await?;
            lock(&mut tx, counted.owner).await?;
            sqlx::query(
                "UPDATE account_usage SET bytes_used = bytes_used + $2, bytes_reserved = bytes_reserved - $3,
                    documents = documents + (SELECT count(*) = 1 FROM document_counts WHERE lineage = $4)::int,
                    excursion = excursion + (bytes_used <= quota_bytes AND bytes_used + $2 > quota_bytes)::int
                 WHERE account_id = $1",
            )
            .bind(counted.owner)
            .bind(to_bigint(size))
            .bind(counted.reserved_bytes)
            .bind(counted.lineage)
            .execute(&mut *tx)
            .await?;
            add_to_total(&mut tx, document, counted.plan, &counted.kind, to_bigint(size)).await?;
            count_upload(&mut tx, document, counted.plan, size).await?;
        } else if counted.size == Some(to_bigint(size)) {
            // Not what comes too late, with the size of a file that has been replaced.
            count_replaced(&mut tx, document, &counted, to_bigint(size)).await?;
        }
        let after = usage(&mut tx, counted.owner).await?;
        tx.commit().await?;
        Ok(UsageAfter {
            first_time,
            bytes_used: after.bytes_used,
            quota_bytes: after.quota_bytes,
            over_quota: after.over_quota,
            excursion: after.excursion,
        })
    }

    /// Counts an account's documents under the plan that it has now; returns how many were counted under another.
    /// One document a transaction, so that nobody waits long for a total.
    pub async fn recount_under_plan(&self, account: Uuid) -> Result<u64> {
        let mut moved = 0;
        while self.recount_one(account).await? {
            moved += 1;
        }
        Ok(moved)
    }

    async fn recount_one(&self, account: Uuid) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        let found: Option<(Uuid, Plan, Plan, String, i64)> = sqlx::query_as(
            "SELECT c.document_id, c.plan, a.plan, c.kind, c.size
             FROM document_counts c JOIN accounts a ON a.id = c.account_id
             WHERE c.account_id = $1 AND c.plan <> a.plan LIMIT 1 FOR UPDATE OF c",
        )
        .bind(account)
        .fetch_optional(&mut *tx)
        .await?;
        let Some((document, from, to, kind, size)) = found else {
            return Ok(false);
        };
        sqlx::query("UPDATE document_counts SET plan = $2 WHERE document_id = $1")
            .bind(document)
            .bind(to)
            .execute(&mut *tx)
            .await?;
        // Two totals are locked, always in the same order.
        if to == Plan::Free {
            add_to_total(&mut tx, document, to, &kind, size).await?;
            take_from_total(&mut tx, document, from, &kind, size).await?;
        } else {
            take_from_total(&mut tx, document, from, &kind, size).await?;
            add_to_total(&mut tx, document, to, &kind, size).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// The system totals, by plan and kind.
    pub async fn totals(&self) -> Result<Vec<Total>> {
        let totals = sqlx::query_as(
            "SELECT plan, kind, sum(documents)::bigint AS documents, sum(bytes)::bigint AS bytes
             FROM usage_totals GROUP BY plan, kind HAVING sum(documents) > 0 ORDER BY plan, kind",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(totals)
    }
}

/// The usage of an account, as this connection's transaction sees it.
pub(super) async fn usage(connection: &mut PgConnection, account: Uuid) -> Result<Usage> {
    sqlx::query_as("SELECT * FROM account_usage WHERE account_id = $1")
        .bind(account)
        .fetch_optional(connection)
        .await?
        .ok_or(CatalogError::NoSuchAccount)
}

/// Waits for everybody else who counts for the account: what is counted next sees what they have counted.
async fn lock(connection: &mut PgConnection, account: Uuid) -> Result<()> {
    sqlx::query("SELECT 1 FROM account_usage WHERE account_id = $1 FOR NO KEY UPDATE")
        .bind(account)
        .execute(connection)
        .await?;
    Ok(())
}

/// Gives back bytes that were reserved.
pub(super) async fn release(connection: &mut PgConnection, account: Uuid, reserved: i64) -> Result<()> {
    if reserved > 0 {
        sqlx::query("UPDATE account_usage SET bytes_reserved = bytes_reserved - $2 WHERE account_id = $1")
            .bind(account)
            .bind(reserved)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Takes a document out of its owner's usage and the totals, if it was counted.
pub(super) async fn uncount(connection: &mut PgConnection, document: Uuid) -> Result<()> {
    let counted: Option<(Uuid, Uuid, Plan, String, i64)> = sqlx::query_as(
        "DELETE FROM document_counts WHERE document_id = $1 RETURNING account_id, lineage, plan, kind, size",
    )
    .bind(document)
    .fetch_optional(&mut *connection)
    .await?;
    let Some((account, lineage, plan, kind, size)) = counted else {
        return Ok(());
    };
    lock(connection, account).await?;
    sqlx::query(
        "UPDATE account_usage SET bytes_used = bytes_used - $2,
            documents = documents - (SELECT count(*) = 0 FROM document_counts WHERE lineage = $3)::int
         WHERE account_id = $1",
    )
    .bind(account)
    .bind(size)
    .bind(lineage)
    .execute(&mut *connection)
    .await?;
    take_from_total(connection, document, plan, &kind, size).await
}

/// Counts a document that was counted before with the size and kind that its file has now.
async fn count_replaced(
    connection: &mut PgConnection,
    document: Uuid,
    now: &Countable,
    size: i64,
) -> Result<()> {
    let before: Option<Counted> = sqlx::query_as(
        "SELECT plan, kind, size FROM document_counts
         WHERE document_id = $1 AND (size <> $2 OR kind <> $3) FOR UPDATE",
    )
    .bind(document)
    .bind(size)
    .bind(&now.kind)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(before) = before else { return Ok(()) };
    sqlx::query("UPDATE document_counts SET size = $2, kind = $3 WHERE document_id = $1")
        .bind(document)
        .bind(size)
        .bind(&now.kind)
        .execute(&mut *connection)
        .await?;
    lock(connection, now.owner).await?;
    sqlx::query(
        "UPDATE account_usage SET bytes_used = bytes_used + $2,
            excursion = excursion + (bytes_used <= quota_bytes AND bytes_used + $2 > quota_bytes)::int
         WHERE account_id = $1",
    )
    .bind(now.owner)
    .bind(size - before.size)
    .execute(&mut *connection)
    .await?;
    // Two totals are locked, always in the same order.
    if before.kind < now.kind {
        take_from_total(connection, document, before.plan, &before.kind, before.size).await?;
        add_to_total(connection, document, before.plan, &now.kind, size).await
    } else {
        add_to_total(connection, document, before.plan, &now.kind, size).await?;
        take_from_total(connection, document, before.plan, &before.kind, before.size).await
    }
}

/// Enters the document among the counted ones; false when it is there already.
async fn enter(
    connection: &mut PgConnection,
    document: Uuid,
    counted: &Countable,
    size: u64,
) -> Result<bool> {
    let entered = sqlx::query(
        "INSERT INTO document_counts (document_id, lineage, account_id, plan, kind, size)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(document)
    .bind(counted.lineage)
    .bind(counted.owner)
    .bind(counted.plan)
    .bind(&counted.kind)
    .bind(to_bigint(size))
    .execute(connection)
    .await?;
    Ok(entered.rows_affected() == 1)
}

async fn add_to_total(
    connection: &mut PgConnection,
    document: Uuid,
    plan: Plan,
    kind: &str,
    size: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO usage_totals AS t (plan, kind, slot, documents, bytes) VALUES ($1, $2, $3, 1, $4)
         ON CONFLICT (plan, kind, slot) DO UPDATE
            SET documents = t.documents + 1, bytes = t.bytes + excluded.bytes",
    )
    .bind(plan)
    .bind(kind)
    .bind(slot(document))
    .bind(size)
    .execute(connection)
    .await?;
    Ok(())
}

async fn take_from_total(
    connection: &mut PgConnection,
    document: Uuid,
    plan: Plan,
    kind: &str,
    size: i64,
) -> Result<()> {
    sqlx::query(
        "UPDATE usage_totals SET documents = documents - 1, bytes = bytes - $4
         WHERE plan = $1 AND kind = $2 AND slot = $3",
    )
    .bind(plan)
    .bind(kind)
    .bind(slot(document))
    .bind(size)
    .execute(connection)
    .await?;
    Ok(())
}

/// A document's slot follows from its id, so that what it added is taken from the same row.
pub(super) fn slot(document: Uuid) -> i16 {
    i16::try_from(document.as_u128() % SLOTS).expect("less than the number of slots")
}
