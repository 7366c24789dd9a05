//! The queue in SQS, with a second SQS queue for dead letters.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, DeleteMessageBatchRequestEntry, Message as SqsMessage, MessageAttributeValue,
    MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    BATCH_MAX, BODY_BYTES_MAX, DEAD_LETTERS_MAX, DeadLetter, Depth, Message, Queue, QueueError,
    REASON_BYTES_MAX, VISIBILITY_MAX, WAIT_MAX, check_body,
};
use crate::ports::aws::{AwsSettings, OPERATION_TIMEOUT, READ_TIMEOUT};
use crate::ports::fault::ServiceFault;

/// The attribute of a dead letter that says why.
const REASON_ATTRIBUTE: &str = "Reason";
/// The reason of a message that SQS itself gave up.
const REASON_OF_SQS: &str = "delivered too often without being handled";
/// Seconds for which dead letters are hidden while they are looked through.
const LOOK_SECONDS: i32 = 60;
/// Codes of a receipt that does not hold any more. SQS names the last one for several mistakes, of
/// which only this can be made here.
const RECEIPT_CODES: [&str; 5] = [
    "ReceiptHandleIsInvalid",
    "MessageNotInflight",
    "AWS.SimpleQueueService.MessageNotInflight",
    "AWS.SimpleQueueService.ReceiptHandleIsInvalid",
    "InvalidParameterValue",
];

/// Where the queue is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqsSettings {
    /// Region, endpoint and credentials.
    pub aws: AwsSettings,
    /// Address of the queue. Its visibility timeout and redrive policy are set in SQS.
    pub queue_url: String,
    /// Address of the dead-letter queue.
    pub dead_letter_queue_url: String,
}

/// A queue of SQS.
pub struct SqsQueue {
    client: Client,
    queue_url: String,
    dead_letter_queue_url: String,
}

impl SqsQueue {
    /// Builds the client; nothing is sent yet.
    pub async fn open(settings: &SqsSettings) -> Self {
        Self {
            client: Client::new(&settings.aws.load().await),
            queue_url: settings.queue_url.clone(),
            dead_letter_queue_url: settings.dead_letter_queue_url.clone(),
        }
    }

    async fn send_batch(&self, bodies: &[String]) -> Result<(), QueueError> {
        let entries = bodies.iter().enumerate().map(|(number, body)| {
            SendMessageBatchRequestEntry::builder()
                .id(number.to_string())
                .message_body(body)
                .build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(unbuildable)?;
        let request = self
            .client
            .send_message_batch()
            .queue_url(&self.queue_url)
            .set_entries(Some(entries));
        let sent = request.send().await.map_err(ServiceFault::from)?;
        sent.failed()
            .first()
            .map_or(Ok(()), |failure| Err(fault_of(failure).into()))
    }

    async fn delete_batch(&self, queue_url: &str, receipts: &[String]) -> Result<(), QueueError> {
        let entries = receipts.iter().enumerate().map(|(number, receipt)| {
            DeleteMessageBatchRequestEntry::builder()
                .id(number.to_string())
                .receipt_handle(receipt)
                .build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(unbuildable)?;
        let request = self
            .client
            .delete_message_batch()
            .queue_url(queue_url)
            .set_entries(Some(entries));
        let deleted = request.send().await.map_err(ServiceFault::from)?;
        let mut failures = deleted
            .failed()
            .iter()
            .filter(|failure| !RECEIPT_CODES.contains(&failure.code()));
        failures
            .next()
            .map_or(Ok(()), |failure| Err(fault_of(failure).into()))
    }

    async fn set_visibility(&self, queue_url: &str, receipt: &str, seconds: i32) -> Result<(), QueueError> {
        let request = self
            .client
            .change_message_visibility()
            .queue_url(queue_url)
            .receipt_handle(receipt);
        match request.visibility_timeout(seconds).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code().is_some_and(|code| RECEIPT_CODES.contains(&code)) => {
                Err(QueueError::Receipt)
            }
            Err(error) => Err(ServiceFault::from(error).into()),
        }
    }

    /// Takes up to `max` dead letters out of sight, to be deleted or put back by [`Self::put_back`].
    async fn take_dead(&self, max: usize) -> Result<Vec<SqsMessage>, QueueError> {
        let mut taken: Vec<SqsMessage> = Vec::new();
        while taken.len() < max.min(DEAD_LETTERS_MAX) {
            let request = self
                .client
                .receive_message()
                .queue_url(&self.dead_letter_queue_url);
            let received = request
                .max_number_of_messages(batch_size(max - taken.len()))
                .visibility_timeout(LOOK_SECONDS)
                .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
                .message_attribute_names(REASON_ATTRIBUTE)
                .send()
                .await
                .map_err(ServiceFault::from)?;
            let Some(messages) = received.messages.filter(|messages| !messages.is_empty()) else {
                break;
            };
            taken.extend(messages);
        }
        Ok(taken)
    }

    /// Lets dead letters that were looked at be seen again. One that cannot be put back is seen
    /// again by itself, a little later.
    async fn put_back(&self, letters: &[SqsMessage]) {
        for receipt in letters.iter().filter_map(SqsMessage::receipt_handle) {
            if let Err(error) = self.set_visibility(&self.dead_letter_queue_url, receipt, 0).await {
                tracing::debug!(%error, "a dead letter stays hidden for a minute");
            }
        }
    }

    async fn depth_of(&self, queue_url: &str) -> Result<(u64, u64), QueueError> {
        let request = self.client.get_queue_attributes().queue_url(queue_url);
        let attributes = request
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
            .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
            .send()
            .await
            .map_err(ServiceFault::from)?;
        let number = |name| {
            let attribute = attributes
                .attributes()
                .and_then(|attributes| attributes.get(&name));
            attribute.and_then(|number| number.parse().ok()).unwrap_or(0)
        };
        let waiting = number(QueueAttributeName::ApproximateNumberOfMessages);
        Ok((
            waiting,
            number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
        ))
    }
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, body: &str) -> Result<(), QueueError> {
        check_body(body)?;
        let request = self
            .client
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(body);
        request.send().await.map_err(ServiceFault::from)?;
        Ok(())
    }

    async fn send_many(&self, bodies: &[String]) -> Result<(), QueueError> {
        for body in bodies {
            check_body(body)?;
        }
        for batch in batches(bodies) {
            self.send_batch(batch).await?;
        }
        Ok(())
    }

    async fn receive(&self, max: usize, wait: Duration) -> Result<Vec<Message>, QueueError> {
        let wait = wait.min(WAIT_MAX);
        // A long poll that answers nothing until its end is no failure.
        let timeouts = TimeoutConfig::builder()
            .read_timeout(wait + READ_TIMEOUT)
            .operation_timeout(wait + OPERATION_TIMEOUT)
            .build();
        let request = self.client.receive_message().queue_url(&self.queue_url);
        let received = request
            .max_number_of_messages(batch_size(max))
            .wait_time_seconds(seconds(wait))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .customize()
            .config_override(aws_sdk_sqs::config::Builder::new().timeout_config(timeouts))
            .send()
            .await
            .map_err(ServiceFault::from)?;
        Ok(received
            .messages
            .unwrap_or_default()
            .into_iter()
            .map(message_of)
            .collect())
    }

    async fn delete(&self, receipts: &[String]) -> Result<(), QueueError> {
        for batch in receipts.chunks(BATCH_MAX) {
            self.delete_batch(&self.queue_url, batch).await?;
        }
        Ok(())
    }

    async fn extend(&self, receipt: &str, visibility: Duration) -> Result<(), QueueError> {
        self.set_visibility(&self.queue_url, receipt, seconds(visibility.min(VISIBILITY_MAX)))
            .await
    }

    async fn dead_letter(&self, message: &Message, reason: &str) -> Result<(), QueueError> {
        let reason = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(sendable(reason))
            .build()
            .map_err(unbuildable)?;
        let request = self
            .client
            .send_message()
            .queue_url(&self.dead_letter_queue_url)
            .message_body(&message.body);
        request
            .message_attributes(REASON_ATTRIBUTE, reason)
            .send()
            .await
            .map_err(ServiceFault::from)?;
        // Should this fail, the message comes again and dies twice, which is better than not at all.
        self.delete_batch(&self.queue_url, std::slice::from_ref(&message.receipt))
            .await
    }

    async fn depth(&self) -> Result<Depth, QueueError> {
        let (waiting, in_flight) = self.depth_of(&self.queue_url).await?;
        let (dead, dead_in_sight) = self.depth_of(&self.dead_letter_queue_url).await?;
        Ok(Depth {
            waiting,
            in_flight,
            dead: dead + dead_in_sight,
        })
    }

    async fn dead_letters(&self, max: usize) -> Result<Vec<DeadLetter>, QueueError> {
        let taken = self.take_dead(max).await?;
        let mut letters: Vec<DeadLetter> = taken.iter().map(dead_letter_of).collect();
        self.put_back(&taken).await;
        letters.sort_by_key(|letter| letter.died_at);
        Ok(letters)
    }

    async fn redrive(&self, ids: &[String]) -> Result<usize, QueueError> {
        let wanted: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        let is_wanted = |letter: &SqsMessage| letter.message_id().is_some_and(|id| wanted.contains(id));
        let (risen, others): (Vec<_>, Vec<_>) = self
            .take_dead(DEAD_LETTERS_MAX)
            .await?
            .into_iter()
            .partition(is_wanted);
        self.put_back(&others).await;
        for letter in &risen {
            self.send(letter.body().unwrap_or_default()).await?;
            let receipt = letter.receipt_handle().unwrap_or_default().to_owned();
            self.delete_batch(&self.dead_letter_queue_url, &[receipt]).await?;
        }
        Ok(risen.len())
    }
}

/// Batches of at most [`BATCH_MAX`] messages that together are no larger than one may be.
fn batches(bodies: &[String]) -> Vec<&[String]> {
    let mut batches = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (number, body) in bodies.iter().enumerate() {
        if number - start == BATCH_MAX || (number > start && bytes + body.len() > BODY_BYTES_MAX) {
            batches.push(&bodies[start..number]);
            (start, bytes) = (number, 0);
        }
        bytes += body.len();
    }
    if start < bodies.len() {
        batches.push(&bodies[start..]);
    }
    batches
}

fn message_of(message: SqsMessage) -> Message {
    let attributes = message.attributes.unwrap_or_default();
    let count = attributes.get(&MessageSystemAttributeName::ApproximateReceiveCount);
    Message {
        id: message.message_id.unwrap_or_default(),
        receipt: message.receipt_handle.unwrap_or_default(),
        body: message.body.unwrap_or_default(),
        receive_count: count.and_then(|count| count.parse().ok()).unwrap_or(1),
    }
}

fn dead_letter_of(message: &SqsMessage) -> DeadLetter {
    let reason = message
        .message_attributes()
        .and_then(|attributes| attributes.get(REASON_ATTRIBUTE));
    let sent = message
        .attributes()
        .and_then(|of| of.get(&MessageSystemAttributeName::SentTimestamp));
    let died_at: Option<DateTime<Utc>> = sent
        .and_then(|millis| millis.parse().ok())
        .and_then(DateTime::from_timestamp_millis);
    DeadLetter {
        id: message.message_id().unwrap_or_default().to_owned(),
        body: message.body().unwrap_or_default().to_owned(),
        reason: reason
            .and_then(MessageAttributeValue::string_value)
            .unwrap_or(REASON_OF_SQS)
            .to_owned(),
        died_at: died_at.unwrap_or_default(),
    }
}

/// SQS takes no empty attribute and no control characters but tab and line ends.
fn sendable(reason: &str) -> String {
    let is_sendable = |c: &char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    let reason: String = reason.chars().filter(is_sendable).collect();
    let cut = &reason[..reason.floor_char_boundary(REASON_BYTES_MAX)];
    if cut.is_empty() {
        "no reason given".to_owned()
    } else {
        cut.to_owned()
    }
}

fn batch_size(max: usize) -> i32 {
    i32::try_from(max.clamp(1, BATCH_MAX)).unwrap_or(1)
}

/// Whole seconds, as SQS counts; a part of a second counts as one.
fn seconds(duration: Duration) -> i32 {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

fn fault_of(failure: &BatchResultErrorEntry) -> ServiceFault {
    ServiceFault {
        code: failure.code().to_owned(),
        message: failure
            .message()
            .unwrap_or("the service gave no reason")
            .to_owned(),
        status: None,
        retryable: !failure.sender_fault(),
    }
}

fn unbuildable(error: impl std::fmt::Display) -> ServiceFault {
    ServiceFault {
        code: "Request".to_owned(),
        message: error.to_string(),
        status: None,
        retryable: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_keep_order_and_limits() {
        let sizes = [
            100_000, 100_000, 100_000, 262_144, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        ];
        let bodies: Vec<String> = sizes.iter().map(|size| "x".repeat(*size)).collect();
        let batches = batches(&bodies);
        let lengths: Vec<usize> = batches.iter().map(|batch| batch.len()).collect();
        assert_eq!(lengths, [2, 1, 1, 10, 1]);
        assert_eq!(batches.concat(), bodies);
    }

    #[test]
    fn any_reason_can_be_sent() {
        assert_eq!(sendable(""), "no reason given");
        assert_eq!(sendable("a\0b\nc"), "ab\nc");
        assert_eq!(sendable(&"é".repeat(2000)).len(), REASON_BYTES_MAX);
    }
}
