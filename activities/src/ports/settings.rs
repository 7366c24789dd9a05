//! Which side stands behind each port.

use std::net::SocketAddr;
use std::path::Path;

use serde::Deserialize;

use super::aws::{AwsSettings, StaticCredentials};
use super::mail::{OutboxSettings, SesSettings};
use super::metrics::{CloudWatchSettings, default_namespace};
use super::objects::embedded::EmbeddedSettings;
use super::objects::s3::S3Settings;
use super::queue::{PostgresQueueSettings, SqsSettings};

/// The settings of all ports. Of each, `side` names the side; what else stands there is the side's
/// own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where documents are.
    pub objects: ObjectsSide,
    /// Where events arrive.
    pub queue: QueueSide,
    /// What sends mail.
    pub mail: MailSide,
    /// Where figures go.
    pub metrics: MetricsSide,
}

/// The sides of the object store.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "side", rename_all = "snake_case")]
pub enum ObjectsSide {
    /// A server in this process.
    Embedded(EmbeddedSettings),
    /// S3 or a server that speaks its protocol.
    S3(S3Settings),
}

/// The sides of the queue.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "side", rename_all = "snake_case")]
pub enum QueueSide {
    /// A table of DocStore's database.
    Postgres(PostgresQueueSettings),
    /// SQS.
    Sqs(SqsSettings),
}

/// The sides of the mailer.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "side", rename_all = "snake_case")]
pub enum MailSide {
    /// A folder of files.
    Outbox(OutboxSettings),
    /// SES v2.
    Ses(SesSettings),
}

/// The sides of the metrics.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "side", rename_all = "snake_case")]
pub enum MetricsSide {
    /// Only for Prometheus to read.
    Prometheus,
    /// CloudWatch, and for Prometheus to read as well.
    #[serde(rename = "cloudwatch")]
    CloudWatch(CloudWatchSettings),
}

/// The AWS side of every port at once: the one switch that moves a deployment to AWS.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsSides {
    /// The region of all services, such as `us-west-2`.
    pub region: String,
    /// The bucket of documents.
    pub bucket: String,
    /// Address of the queue of events.
    pub queue_url: String,
    /// Address of its dead-letter queue.
    pub dead_letter_queue_url: String,
    /// The sender of mail, an identity that SES has verified.
    pub mail_from: String,
    /// The namespace of the metrics in CloudWatch.
    #[serde(default = "default_namespace")]
    pub metrics_namespace: String,
    /// Address of services that are not AWS's own.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Fixed credentials, instead of the usual chain.
    #[serde(default)]
    pub credentials: Option<StaticCredentials>,
    /// Milliseconds for one call with all its attempts.
    #[serde(default)]
    pub timeout_ms: Option<u32>,
}

impl AwsSides {
    /// The settings of each port.
    pub fn settings(&self) -> Settings {
        let aws = AwsSettings {
            region: self.region.clone(),
            endpoint: self.endpoint.clone(),
            credentials: self.credentials.clone(),
            timeout_ms: self.timeout_ms,
        };
        Settings {
            objects: ObjectsSide::S3(S3Settings {
                bucket: self.bucket.clone(),
                aws: aws.clone(),
                public_endpoint: None,
            }),
            queue: QueueSide::Sqs(SqsSettings {
                aws: aws.clone(),
                queue_url: self.queue_url.clone(),
                dead_letter_queue_url: self.dead_letter_queue_url.clone(),
            }),
            mail: MailSide::Ses(SesSettings {
                aws: aws.clone(),
                from: self.mail_from.clone(),
            }),
            metrics: MetricsSide::CloudWatch(CloudWatchSettings {
                aws,
                namespace: self.metrics_namespace.clone(),
            }),
        }
    }
}

impl Settings {
    /// The embedded side of every port: everything under `data_dir`, objects served at
    /// `objects_listen`, forms accepted from pages of `origins`.
    pub fn embedded(data_dir: &Path, objects_listen: SocketAddr, origins: Vec<String>) -> Self {
        let objects = EmbeddedSettings {
            origins,
            ..EmbeddedSettings::new(data_dir.join("objects"), objects_listen)
        };
        Self {
            objects: ObjectsSide::Embedded(objects),
            queue: QueueSide::Postgres(PostgresQueueSettings::default()),
            mail: MailSide::Outbox(OutboxSettings::new(data_dir.join("outbox"))),
            metrics: MetricsSide::Prometheus,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn one_word_switches_a_side() {
        let aws = r#"{ "region": "us-west-2" }"#;
        let text = format!(
            r#"{{
                "objects": {{ "side": "s3", "bucket": "documents", "aws": {aws} }},
                "queue": {{ "side": "sqs", "aws": {aws}, "queue_url": "https://q", "dead_letter_queue_url": "https://d" }},
                "mail": {{ "side": "ses", "aws": {aws}, "from": "docstore@example.com" }},
                "metrics": {{ "side": "cloudwatch", "aws": {aws} }}
            }}"#
        );
        let settings: Settings = serde_json::from_str(&text).unwrap();
        assert!(matches!(settings.objects, ObjectsSide::S3(_)));
        assert!(matches!(settings.metrics, MetricsSide::CloudWatch(_)));
        let text = r#"{
            "objects": { "side": "embedded", "dir": "/data/objects", "listen": "127.0.0.1:0" },
            "queue": { "side": "postgres" },
            "mail": { "side": "outbox", "dir": "/data/outbox" },
            "metrics": { "side": "prometheus" }
        }"#;
        let settings: Settings = serde_json::from_str(text).unwrap();
        assert!(matches!(settings.queue, QueueSide::Postgres(queue) if queue.name == "events"));
        assert!(matches!(settings.mail, MailSide::Outbox(_)));
    }

    #[test]
    fn one_table_moves_every_port_to_aws() {
        let text = r#"{ "region": "us-west-2", "bucket": "b", "queue_url": "https://q",
            "dead_letter_queue_url": "https://d", "mail_from": "docstore@example.com" }"#;
        let sides: AwsSides = serde_json::from_str(text).unwrap();
        let settings = sides.settings();
        assert!(matches!(settings.objects, ObjectsSide::S3(of) if of.bucket == "b"));
        assert!(matches!(settings.queue, QueueSide::Sqs(of) if of.queue_url == "https://q"));
        assert!(matches!(settings.mail, MailSide::Ses(of) if of.aws.region == "us-west-2"));
        assert!(matches!(settings.metrics, MetricsSide::CloudWatch(of) if of.namespace == "DocStore"));
    }

    #[test]
    fn misspelt_settings_are_refused() {
        for text in [
            r#"{ "side": "embeded" }"#,
            r#"{ "side": "embedded", "dir": "/x", "listen": "127.0.0.1:0", "origin": [] }"#,
            r#"{ "side": "s3", "bucket": "b", "aws": { "region": "r", "regoin": "" } }"#,
        ] {
            assert!(serde_json::from_str::<ObjectsSide>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let text = r#"{ "side": "s3", "bucket": "b", "aws":
            { "region": "r", "credentials": { "access_key_id": "id", "secret_access_key": "hush" } } }"#;
        let side: ObjectsSide = serde_json::from_str(text).unwrap();
        assert!(!format!("{side:?}").contains("hush"));
    }
}
