//! The queue: SQS against moto server, and the table of Postgres.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use apus_tests::{TestDatabase, moto};
use docstore_activities::catalog::in_schema;
use docstore_activities::ports::queue::{
    BATCH_MAX, BODY_BYTES_MAX, Depth, Message, PostgresQueue, PostgresQueueSettings, Queue, QueueError,
    SqsQueue, SqsSettings, WAIT_MAX,
};
use serde_json::json;
use sqlx::PgPool;

use super::{administer, settings, text_of, unique};

async fn sqs() -> Result<SqsQueue> {
    Ok(SqsQueue::open(&SqsSettings {
        aws: settings(moto().endpoint()),
        queue_url: create_queue().await?,
        dead_letter_queue_url: create_queue().await?,
    })
    .await)
}

async fn create_queue() -> Result<String> {
    let body = json!({ "QueueName": unique("events") }).to_string();
    let answer = administer("sqs", |client, endpoint| {
        let request = client.post(endpoint).body(body);
        request
            .header("x-amz-target", "AmazonSQS.CreateQueue")
            .header("content-type", "application/x-amz-json-1.0")
    });
    text_of(&answer.await?, "QueueUrl")
}

struct Table {
    queue: Arc<PostgresQueue>,
    pool: PgPool,
    // Dropping it drops the database.
    _database: TestDatabase,
}

async fn table() -> Result<Table> {
    let database = apus_tests::database().await;
    let pool = database
        .pool_options()
        .connect_with(in_schema(database.connect_options()))
        .await?;
    let settings = PostgresQueueSettings {
        receives_max: 2,
        ..PostgresQueueSettings::default()
    };
    let queue = Arc::new(PostgresQueue::open(pool.clone(), &settings));
    Ok(Table {
        queue,
        pool,
        _database: database,
    })
}

async fn one(queue: &dyn Queue) -> Result<Message> {
    let mut messages = queue.receive(1, WAIT_MAX).await?;
    anyhow::ensure!(messages.len() == 1, "{} messages instead of one", messages.len());
    Ok(messages.remove(0))
}

async fn none(queue: &dyn Queue) -> Result<()> {
    let messages = queue.receive(BATCH_MAX, Duration::ZERO).await?;
    anyhow::ensure!(messages.is_empty(), "{messages:?}");
    Ok(())
}

#[tokio::test]
async fn sqs_hides_redelivers_and_deletes() -> Result<()> {
    hides_redelivers_and_deletes(&sqs().await?).await
}

#[tokio::test]
async fn postgres_hides_redelivers_and_deletes() -> Result<()> {
    hides_redelivers_and_deletes(&*table().await?.queue).await
}

async fn hides_redelivers_and_deletes(queue: &dyn Queue) -> Result<()> {
    none(queue).await?;
    queue.send("{\"a\": \"é\"}").await?;
    let first = one(queue).await?;
    assert_eq!((first.body.as_str(), first.receive_count), ("{\"a\": \"é\"}", 1));
    none(queue).await?;
    queue.extend(&first.receipt, Duration::from_secs(60)).await?;
    none(queue).await?;
    queue.extend(&first.receipt, Duration::ZERO).await?;
    let second = one(queue).await?;
    assert_eq!((&second.id, second.receive_count), (&first.id, 2));
    assert_ne!(second.receipt, first.receipt);
    queue.delete(std::slice::from_ref(&second.receipt)).await?;
    queue.delete(std::slice::from_ref(&second.receipt)).await?;
    let late = queue.extend(&second.receipt, Duration::ZERO).await;
    assert!(matches!(late, Err(QueueError::Receipt)), "{late:?}");
    none(queue).await?;
    for body in [String::new(), "x".repeat(BODY_BYTES_MAX + 1)] {
        assert!(matches!(queue.send(&body).await, Err(QueueError::BodySize(_))));
    }
    Ok(())
}

#[tokio::test]
async fn sqs_takes_batches_of_any_number() -> Result<()> {
    takes_batches_of_any_number(&sqs().await?).await
}

#[tokio::test]
async fn postgres_takes_batches_of_any_number() -> Result<()> {
    takes_batches_of_any_number(&*table().await?.queue).await
}

async fn takes_batches_of_any_number(queue: &dyn Queue) -> Result<()> {
    let bodies: BTreeSet<String> = (0..125).map(|number| format!("message {number}")).collect();
    queue
        .send_many(&bodies.iter().cloned().collect::<Vec<_>>())
        .await?;
    assert_eq!(queue.depth().await?.waiting, 125);
    let mut received = Vec::new();
    while received.len() < bodies.len() {
        let messages = queue.receive(1_000, WAIT_MAX).await?;
        assert!((1..=queue.batch_max()).contains(&messages.len()));
        received.extend(messages);
    }
    assert_eq!(queue.depth().await?.in_flight, 125);
    queue
        .delete(
            &received
                .iter()
                .map(|message| message.receipt.clone())
                .collect::<Vec<_>>(),
        )
        .await?;
    assert_eq!(
        received
            .into_iter()
            .map(|message| message.body)
            .collect::<BTreeSet<_>>(),
        bodies
    );
    let empty = Depth {
        waiting: 0,
        in_flight: 0,
        dead: 0,
    };
    assert_eq!(queue.depth().await?, empty);
    Ok(())
}

#[tokio::test]
async fn sqs_buries_and_redrives() -> Result<()> {
    buries_and_redrives(&sqs().await?).await
}

#[tokio::test]
async fn postgres_buries_and_redrives() -> Result<()> {
    buries_and_redrives(&*table().await?.queue).await
}

async fn buries_and_redrives(queue: &dyn Queue) -> Result<()> {
    for body in ["good", "bad"] {
        queue.send(body).await?;
        queue
            .dead_letter(&one(queue).await?, &format!("{body} is not understood\0"))
            .await?;
    }
    none(queue).await?;
    let letters = queue.dead_letters(10).await?;
    assert_eq!(queue.depth().await?.dead, 2);
    let good = letters
        .iter()
        .find(|letter| letter.body == "good")
        .expect("both died");
    assert!(good.reason.starts_with("good is not understood"), "{letters:?}");
    let asked = [good.id.clone(), "0198c0de-0000-7000-8000-000000000000".to_owned()];
    assert_eq!(queue.redrive(&asked).await?, 1);
    let risen = one(queue).await?;
    assert_eq!((risen.body.as_str(), risen.receive_count), ("good", 1));
    let left = queue.dead_letters(10).await?;
    assert_eq!(
        left.iter().map(|letter| &letter.body).collect::<Vec<_>>(),
        ["bad"]
    );
    Ok(())
}

#[tokio::test]
async fn sqs_wakes_who_waits() -> Result<()> {
    wakes_who_waits(Arc::new(sqs().await?)).await
}

#[tokio::test]
async fn postgres_wakes_who_waits() -> Result<()> {
    wakes_who_waits(table().await?.queue).await
}

async fn wakes_who_waits(queue: Arc<dyn Queue>) -> Result<()> {
    let waiting = queue.clone();
    let receiver = tokio::spawn(async move { one(&*waiting).await });
    queue.send("late").await?;
    assert_eq!(receiver.await??.body, "late");
    Ok(())
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_refused_for_good() -> Result<()> {
    let missing = format!("{}/123456789012/{}", moto().endpoint(), unique("missing"));
    let queue = SqsQueue::open(&SqsSettings {
        aws: settings(moto().endpoint()),
        queue_url: missing.clone(),
        dead_letter_queue_url: missing,
    })
    .await;
    let error = queue.send("x").await.expect_err("there is no queue");
    assert!(
        matches!(error, QueueError::Refused(_)) && !error.is_retryable(),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn receivers_side_by_side_share_no_message() -> Result<()> {
    let table = table().await?;
    let bodies: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    table.queue.send_many(&bodies).await?;
    let receivers = (0..8).map(|_| {
        let queue = table.queue.clone();
        tokio::spawn(async move {
            let mut bodies = Vec::new();
            loop {
                let messages = queue.receive(BATCH_MAX, Duration::ZERO).await?;
                if messages.is_empty() {
                    return Ok::<_, QueueError>(bodies);
                }
                bodies.extend(messages.into_iter().map(|message| message.body));
            }
        })
    });
    let mut received = Vec::new();
    for receiver in futures::future::join_all(receivers).await {
        received.extend(receiver??);
    }
    // A receiver that finds all visible messages claimed by others ends early; none is lost by that.
    received.extend(
        table
            .queue
            .receive(BATCH_MAX, Duration::ZERO)
            .await?
            .into_iter()
            .map(|m| m.body),
    );
    assert_eq!(received.len(), bodies.len());
    assert_eq!(
        received.into_iter().collect::<BTreeSet<_>>(),
        bodies.into_iter().collect()
    );
    Ok(())
}

#[tokio::test]
async fn a_late_receipt_touches_nothing() -> Result<()> {
    let Table {
        queue,
        pool,
        _database,
    } = table().await?;
    queue.send("x").await?;
    let first = one(&*queue).await?;
    expire(&pool).await?;
    let second = one(&*queue).await?;
    queue.delete(std::slice::from_ref(&first.receipt)).await?;
    assert!(matches!(
        queue.dead_letter(&first, "late").await,
        Err(QueueError::Receipt)
    ));
    assert!(matches!(
        queue.extend(&first.receipt, Duration::ZERO).await,
        Err(QueueError::Receipt)
    ));
    queue.extend(&second.receipt, Duration::from_secs(5)).await?;
    assert_eq!(queue.depth().await?.in_flight, 1);
    Ok(())
}

#[tokio::test]
async fn a_message_delivered_too_often_dies() -> Result<()> {
    let Table {
        queue,
        pool,
        _database,
    } = table().await?;
    queue.send("poison").await?;
    for delivery in 1..=2 {
        assert_eq!(one(&*queue).await?.receive_count, delivery);
        expire(&pool).await?;
    }
    none(&*queue).await?;
    let letters = queue.dead_letters(10).await?;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].reason, "delivered 2 times without being handled");
    Ok(())
}

/// Lets the visibility of every message pass.
async fn expire(pool: &PgPool) -> Result<()> {
    sqlx::query("UPDATE queue_messages SET visible_at = clock_timestamp()")
        .execute(pool)
        .await?;
    Ok(())
}

#[tokio::test]
async fn receivers_survive_the_loss_of_notifications() -> Result<()> {
    let Table {
        queue,
        pool,
        _database,
    } = table().await?;
    let waiting = queue.clone();
    let receiver = tokio::spawn(async move { one(&*waiting).await });
    // The listener may still be connecting.
    while terminate_listeners(&pool).await? == 0 {
        tokio::task::yield_now().await;
    }
    queue.send("still here").await?;
    assert_eq!(receiver.await??.body, "still here");
    Ok(())
}

async fn terminate_listeners(pool: &PgPool) -> Result<u64> {
    let terminated = sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    );
    Ok(terminated.execute(pool).await?.rows_affected())
}
