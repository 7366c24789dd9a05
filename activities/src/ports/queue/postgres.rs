//! The queue as a table of Postgres.
//!
//! A receiver claims messages with `SKIP LOCKED`, so that receivers never wait for each other, and
//! holds them by a claim that the next delivery replaces: a late receipt does nothing. The clock is
//! Postgres's alone. What a process sends at once shares a commit. `NOTIFY` wakes receivers that
//! wait; as notifications get lost while a connection is down, and none is sent when a visibility
//! timeout passes, they also look by themselves now and then.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use sqlx::types::chrono::{DateTime, Utc};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

use super::{
    DEAD_LETTERS_MAX, DeadLetter, Depth, Message, Queue, QueueError, REASON_BYTES_MAX, VISIBILITY_MAX,
    WAIT_MAX, check_body,
};

/// The channel that every queue of a database shares; the payload is the queue's name.
const CHANNEL: &str = "docstore_queue";
/// How often a waiting receiver looks without having been woken.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Messages that one statement puts into the table.
const SENT_AT_ONCE_MAX: usize = 256;
/// Messages of one delivery: a claim is a commit, which many share at little cost.
const RECEIVED_AT_ONCE_MAX: usize = 100;
/// Pause before the listener connects again.
const LISTEN_RETRY: Duration = Duration::from_millis(500);

/// How one queue behaves.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresQueueSettings {
    /// The queue's name; queues of one database are told apart by it.
    #[serde(default = "default_name")]
    pub name: String,
    /// Seconds that a received message is hidden.
    #[serde(default = "default_visibility_seconds")]
    pub visibility_seconds: u32,
    /// Deliveries of a message before it is given up as a dead letter.
    #[serde(default = "default_receives_max")]
    pub receives_max: u32,
}

fn default_name() -> String {
    "events".to_owned()
}

fn default_visibility_seconds() -> u32 {
    60
}

fn default_receives_max() -> u32 {
    10
}

impl Default for PostgresQueueSettings {
    fn default() -> Self {
        Self {
            name: default_name(),
            visibility_seconds: default_visibility_seconds(),
            receives_max: default_receives_max(),
        }
    }
}

/// One queue in a database. Keeps one connection of the pool for itself, to listen.
pub struct PostgresQueue {
    pool: PgPool,
    name: String,
    visibility: Duration,
    receives_max: i32,
    arrivals: Arc<Notify>,
    outgoing: mpsc::Sender<Outgoing>,
    listener: JoinHandle<()>,
}

/// A message on its way into the table, and whom to tell once it is there durably.
struct Outgoing {
    body: String,
    sent: oneshot::Sender<Result<(), Arc<sqlx::Error>>>,
}

impl PostgresQueue {
    /// Opens a queue in a migrated database.
    pub fn open(pool: PgPool, settings: &PostgresQueueSettings) -> Self {
        let arrivals = Arc::new(Notify::new());
        let listener = tokio::spawn(listen(pool.clone(), settings.name.clone(), arrivals.clone()));
        let (outgoing, received) = mpsc::channel(SENT_AT_ONCE_MAX);
        tokio::spawn(send_all(pool.clone(), settings.name.clone(), received));
        Self {
            pool,
            name: settings.name.clone(),
            visibility: Duration::from_secs(settings.visibility_seconds.into()).min(VISIBILITY_MAX),
            receives_max: i32::try_from(settings.receives_max).unwrap_or(i32::MAX),
            arrivals,
            outgoing,
            listener,
        }
    }

    /// Claims what is visible now; what has been delivered too often becomes a dead letter instead.
    async fn claim(&self, max: usize) -> Result<Vec<Message>, QueueError> {
        let claimed: Vec<(Uuid, Uuid, String, i32)> = sqlx::query_as(
            "WITH visible AS MATERIALIZED (
                 SELECT id FROM queue_messages
                 WHERE queue = $1 AND visible_at <= clock_timestamp()
                 ORDER BY visible_at, id
                 LIMIT $2
                 FOR UPDATE SKIP LOCKED
             )
             UPDATE queue_messages AS message
             SET claim = gen_random_uuid(),
                 receive_count = receive_count + 1,
                 visible_at = clock_timestamp() + make_interval(secs => $3)
             FROM visible WHERE message.id = visible.id
             RETURNING message.id, message.claim, message.body, message.receive_count",
        )
        .bind(&self.name)
        .bind(max as i64)
        .bind(self.visibility.as_secs_f64())
        .fetch_all(&self.pool)
        .await?;
        let mut messages = Vec::with_capacity(claimed.len());
        for (id, claim, body, receive_count) in claimed {
            if receive_count > self.receives_max {
                let reason = format!("delivered {} times without being handled", self.receives_max);
                self.bury(claim, &reason).await?;
                continue;
            }
            messages.push(Message {
                id: id.to_string(),
                receipt: claim.to_string(),
                body,
                receive_count: receive_count.unsigned_abs(),
            });
        }
        Ok(messages)
    }

    async fn bury(&self, claim: Uuid, reason: &str) -> Result<(), QueueError> {
        let buried = sqlx::query(
            "WITH dead AS (
                 DELETE FROM queue_messages WHERE queue = $1 AND claim = $2
                 RETURNING id, queue, body, receive_count, sent_at
             )
             INSERT INTO dead_letters (id, queue, body, reason, receive_count, sent_at)
             SELECT id, queue, body, $3, receive_count, sent_at FROM dead",
        )
        .bind(&self.name)
        .bind(claim)
        .bind(reason)
        .execute(&self.pool)
        .await?;
        if buried.rows_affected() == 0 {
            Err(QueueError::Receipt)
        } else {
            Ok(())
        }
    }
}

impl Drop for PostgresQueue {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

#[async_trait]
impl Queue for PostgresQueue {
    async fn send(&self, body: &str) -> Result<(), QueueError> {
        check_body(body)?;
        let (sent, answer) = oneshot::channel();
        let outgoing = Outgoing {
            body: body.to_owned(),
            sent,
        };
        // Both fail only when the queue is being closed.
        self.outgoing.send(outgoing).await.map_err(|_| closed())?;
        Ok(answer.await.map_err(|_| closed())??)
    }

    async fn send_many(&self, bodies: &[String]) -> Result<(), QueueError> {
        for body in bodies {
            check_body(body)?;
        }
        for batch in bodies.chunks(SENT_AT_ONCE_MAX) {
            insert(&self.pool, &self.name, batch).await?;
        }
        Ok(())
    }

    fn batch_max(&self) -> usize {
        RECEIVED_AT_ONCE_MAX
    }

    async fn receive(&self, max: usize, wait: Duration) -> Result<Vec<Message>, QueueError> {
        let deadline = Instant::now() + wait.min(WAIT_MAX);
        loop {
            // Interest is registered before the table is looked at, so that a message which arrives
            // in between is not missed.
            let mut arrival = std::pin::pin!(self.arrivals.notified());
            arrival.as_mut().enable();
            let messages = self.claim(max.clamp(1, RECEIVED_AT_ONCE_MAX)).await?;
            let now = Instant::now();
            if !messages.is_empty() || now >= deadline {
                return Ok(messages);
            }
            // Woken or not, the table is looked at again.
            let _ = timeout_at(deadline.min(now + POLL_INTERVAL), arrival).await;
        }
    }

    async fn delete(&self, receipts: &[String]) -> Result<(), QueueError> {
        let claims: Vec<Uuid> = receipts
            .iter()
            .filter_map(|receipt| receipt.parse().ok())
            .collect();
        sqlx::query("DELETE FROM queue_messages WHERE queue = $1 AND claim = ANY ($2)")
            .bind(&self.name)
            .bind(claims)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn extend(&self, receipt: &str, visibility: Duration) -> Result<(), QueueError> {
        let claim = parse_receipt(receipt)?;
        let visibility = visibility.min(VISIBILITY_MAX);
        let extended: Option<(Uuid,)> = sqlx::query_as(
            "UPDATE queue_messages SET visible_at = clock_timestamp() + make_interval(secs => $3)
             WHERE queue = $1 AND claim = $2 AND visible_at > clock_timestamp() RETURNING id",
        )
        .bind(&self.name)
        .bind(claim)
        .bind(visibility.as_secs_f64())
        .fetch_optional(&self.pool)
        .await?;
        extended.ok_or(QueueError::Receipt)?;
        if visibility.is_zero() {
            self.arrivals.notify_waiters();
        }
        Ok(())
    }

    async fn dead_letter(&self, message: &Message, reason: &str) -> Result<(), QueueError> {
        let reason = reason.replace('\0', "\u{fffd}");
        self.bury(parse_receipt(&message.receipt)?, cut(&reason, REASON_BYTES_MAX))
            .await
    }

    async fn depth(&self) -> Result<Depth, QueueError> {
        let (waiting, in_flight, dead): (i64, i64, i64) = sqlx::query_as(
            "SELECT count(*) FILTER (WHERE visible_at <= clock_timestamp()),
                    count(*) FILTER (WHERE visible_at > clock_timestamp()),
                    (SELECT count(*) FROM dead_letters WHERE queue = $1)
             FROM queue_messages WHERE queue = $1",
        )
        .bind(&self.name)
        .fetch_one(&self.pool)
        .await?;
        Ok(Depth {
            waiting: waiting.unsigned_abs(),
            in_flight: in_flight.unsigned_abs(),
            dead: dead.unsigned_abs(),
        })
    }

    async fn dead_letters(&self, max: usize) -> Result<Vec<DeadLetter>, QueueError> {
        let rows: Vec<(Uuid, String, String, DateTime<Utc>)> = sqlx::query_as(
            "SELECT id, body, reason, died_at FROM dead_letters
             WHERE queue = $1 ORDER BY died_at, id LIMIT $2",
        )
        .bind(&self.name)
        .bind(max.min(DEAD_LETTERS_MAX) as i64)
        .fetch_all(&self.pool)
        .await?;
        let letter = |(id, body, reason, died_at): (Uuid, _, _, _)| DeadLetter {
            id: id.to_string(),
            body,
            reason,
            died_at,
        };
        Ok(rows.into_iter().map(letter).collect())
    }

    async fn redrive(&self, ids: &[String]) -> Result<usize, QueueError> {
        let ids: Vec<Uuid> = ids.iter().filter_map(|id| id.parse().ok()).collect();
        let (redriven,): (i64,) = sqlx::query_as(
            "WITH risen AS (
                 DELETE FROM dead_letters WHERE queue = $1 AND id = ANY ($2) RETURNING id, queue, body
             ), sent AS (
                 INSERT INTO queue_messages (id, queue, body) SELECT id, queue, body FROM risen RETURNING id
             ), woken AS (
                 SELECT pg_notify($3, $1)
             )
             SELECT (SELECT count(*) FROM sent) FROM woken",
        )
        .bind(&self.name)
        .bind(ids)
        .bind(CHANNEL)
        .fetch_one(&self.pool)
        .await?;
        Ok(usize::try_from(redriven).unwrap_or(0))
    }
}

/// Puts messages into the table: all that wait in one statement, so that many which are sent at once share a commit.
/// Ends with the queue.
async fn send_all(pool: PgPool, queue: String, mut outgoing: mpsc::Receiver<Outgoing>) {
    let mut batch = Vec::new();
    while outgoing.recv_many(&mut batch, SENT_AT_ONCE_MAX).await > 0 {
        let (bodies, senders): (Vec<_>, Vec<_>) = batch
            .drain(..)
            .map(|message| (message.body, message.sent))
            .unzip();
        let inserted = insert(&pool, &queue, &bodies).await.map_err(Arc::new);
        for sender in senders {
            // Whoever no longer listens has been cancelled.
            let _ = sender.send(inserted.clone());
        }
    }
}

async fn insert(pool: &PgPool, queue: &str, bodies: &[String]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = bodies.iter().map(|_| Uuid::now_v7()).collect();
    sqlx::query(
        "WITH sent AS (
             INSERT INTO queue_messages (id, queue, body)
             SELECT id, $1, body FROM unnest($2::uuid[], $3::text[]) AS message (id, body)
         )
         SELECT pg_notify($4, $1)",
    )
    .bind(queue)
    .bind(ids)
    .bind(bodies)
    .bind(CHANNEL)
    .execute(pool)
    .await?;
    Ok(())
}

fn closed() -> QueueError {
    QueueError::from(sqlx::Error::PoolClosed)
}

/// Wakes receivers whenever something may have arrived, for as long as the queue is there.
async fn listen(pool: PgPool, queue: String, arrivals: Arc<Notify>) {
    loop {
        if let Err(error) = listen_until_broken(&pool, &queue, &arrivals).await {
            tracing::warn!(%error, queue, "the queue's notifications are interrupted, receivers poll meanwhile");
        }
        sleep(LISTEN_RETRY).await;
    }
}

async fn listen_until_broken(pool: &PgPool, queue: &str, arrivals: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // What was sent while nobody listened has been missed.
        arrivals.notify_waiters();
        while let Some(notification) = listener.try_recv().await? {
            if notification.payload() == queue {
                arrivals.notify_waiters();
            }
        }
    }
}

fn parse_receipt(receipt: &str) -> Result<Uuid, QueueError> {
    receipt.parse().map_err(|_| QueueError::Receipt)
}

fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}
