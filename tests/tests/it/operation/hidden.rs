//! A message that is being handled is nobody else's, however long that takes.

use std::time::Duration;

use anyhow::{Context, Result};
use docstore::services::keep_hidden;
use docstore_activities::catalog::in_schema;
use docstore_activities::ports::queue::PostgresQueueSettings;
use docstore_activities::ports::{QueueSide, open_queue};

/// For how long a message is hidden at first, and again and again.
const HIDDEN_FOR: Duration = Duration::from_secs(1);

#[tokio::test]
async fn it_stays_hidden_while_it_is_handled() -> Result<()> {
    let database = apus_tests::database().await;
    let pool = database
        .pool_options()
        .connect_with(in_schema(database.connect_options()))
        .await?;
    let side = QueueSide::Postgres(PostgresQueueSettings {
        visibility_seconds: 1,
        ..PostgresQueueSettings::default()
    });
    let queue = open_queue(&side, &pool).await;
    queue.send("{}").await?;
    let message = queue
        .receive(1, Duration::ZERO)
        .await?
        .pop()
        .context("a message")?;
    // The work is to look for the message for longer than it is hidden at a time.
    let work = queue.receive(1, HIDDEN_FOR * 3);
    let found = keep_hidden(&*queue, &message.receipt, HIDDEN_FOR, work).await?;
    assert_eq!(found, []);
    let again = queue
        .receive(1, HIDDEN_FOR * 3)
        .await?
        .pop()
        .context("nobody keeps it hidden any more")?;
    assert_eq!((again.id, again.receive_count), (message.id, 2));
    Ok(())
}
