//! Messages between runs that are not delivered yet.

use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::{PgConnection, PgPool};

use crate::model::{EventId, Message, MessageId, Recipient, RunId, Timestamp};

use super::{StoreError, codec, to_sql};

/// A message that this node may deliver for a while.
#[derive(Clone, Debug)]
pub struct StoredMessage {
    /// Its name.
    pub id: MessageId,
    /// The domain it stays in.
    pub domain: i32,
    /// Where it goes.
    pub recipient: Recipient,
    /// What it says.
    pub message: Message,
}

/// Claims up to `max` messages whose node did not deliver them in time, which ended after `from` and not after `due`,
/// for `hold`.
///
/// # Errors
/// When Postgres fails or a message can't be decoded.
pub async fn claim_messages(
    pool: &PgPool,
    from: Timestamp,
    due: Timestamp,
    hold: Duration,
    max: i64,
) -> Result<Vec<StoredMessage>, StoreError> {
    let rows = sqlx::query(
        "with c as (select source_run_id, source_event_id, number from outbox
                    where claimed_until > $1 and claimed_until <= $2
                    order by claimed_until limit $4 for update skip locked)
         update outbox o set claimed_until = now() + $3 * interval '1 second' from c
         where o.source_run_id = c.source_run_id and o.source_event_id = c.source_event_id
           and o.number = c.number and o.source_run_id = any(array(select source_run_id from c))
         returning o.source_run_id, o.source_event_id, o.number, o.domain_id, o.body",
    )
    .bind(to_sql(from))
    .bind(to_sql(due))
    .bind(hold.as_secs_f64())
    .bind(max)
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            let (recipient, message) = codec::decode_message(row.try_get::<&[u8], _>(4)?)?;
            let id = MessageId {
                source: RunId(row.try_get(0)?),
                event: row.try_get::<i32, _>(1)? as EventId,
                number: row.try_get::<i32, _>(2)? as u32,
            };
            Ok(StoredMessage {
                id,
                domain: row.try_get(3)?,
                recipient,
                message,
            })
        })
        .collect()
}

/// Whether messages of earlier events of the same source are undelivered.
///
/// # Errors
/// When Postgres fails.
pub async fn has_earlier_messages(pool: &PgPool, id: MessageId) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar(
        "select exists (select from outbox where source_run_id = $1 and source_event_id < $2)",
    )
    .bind(id.source.0)
    .bind(id.event as i32)
    .fetch_one(pool)
    .await?;
    Ok(found)
}

/// Removes messages that have nothing to say to anybody any more.
///
/// # Errors
/// When Postgres fails.
pub async fn discard_messages(pool: &PgPool, ids: &[MessageId]) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await?;
    delete_messages(&mut connection, ids).await
}

pub(super) async fn delete_messages(on: &mut PgConnection, ids: &[MessageId]) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "delete from outbox o using unnest($1::uuid[], $2::int4[], $3::int4[]) m (run, event, number)
         where o.source_run_id = m.run and o.source_event_id = m.event and o.number = m.number
           and o.source_run_id = any($1)",
    )
    .bind(ids.iter().map(|id| id.source.0).collect::<Vec<_>>())
    .bind(ids.iter().map(|id| id.event as i32).collect::<Vec<_>>())
    .bind(ids.iter().map(|id| id.number as i32).collect::<Vec<_>>())
    .execute(on)
    .await?;
    Ok(())
}
