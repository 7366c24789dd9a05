//! The ports: objects, queues, mail and metrics, each with its AWS side and its embedded side; and the other regions.
//!
//! DocStore reaches the services outside only through these four traits. Which side stands behind a
//! trait is one setting; everything else in DocStore is the same on both.

pub mod aws;
pub mod fault;
pub mod https;
pub mod mail;
pub mod metrics;
pub mod objects;
pub mod queue;
pub mod regions;
mod settings;

use std::sync::Arc;

use sqlx::PgPool;

pub use settings::{AwsSides, MailSide, MetricsSide, ObjectsSide, QueueSide, Settings};

use mail::{MailError, Mailer, Outbox, SesMailer};
use metrics::{CloudWatchMetrics, FanOut, Metrics, PrometheusMetrics};
use objects::embedded::{self, EmbeddedError, EmbeddedObjects};
use objects::s3::S3Objects;
use objects::{ObjectError, Objects};
use queue::{PostgresQueue, Queue, SqsQueue};

/// The four ports, each with the side that the settings chose.
pub struct Ports {
    /// Where documents are.
    pub objects: Arc<dyn Objects>,
    /// Where events arrive.
    pub queue: Arc<dyn Queue>,
    /// What sends mail.
    pub mail: Arc<dyn Mailer>,
    /// Where figures go.
    pub metrics: Arc<dyn Metrics>,
    /// The figures as Prometheus reads them; they are kept on either side.
    pub prometheus: Arc<PrometheusMetrics>,
    server: Option<EmbeddedObjects>,
}

/// Why the ports could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum PortsError {
    /// The client of the object store.
    #[error(transparent)]
    Objects(#[from] ObjectError),
    /// The embedded object store.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The outbox.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The recorder of metrics.
    #[error("the metrics cannot be recorded: {0}")]
    Recorder(#[from] metrics_exporter_prometheus::BuildError),
}

impl Ports {
    /// Opens the sides that the settings choose. `pool` is a migrated database of DocStore, which
    /// the embedded queue lives in.
    pub async fn open(settings: &Settings, pool: &PgPool) -> Result<Self, PortsError> {
        let (objects, server) = open_objects(&settings.objects).await?;
        let queue = open_queue(&settings.queue, pool).await;
        let mail: Arc<dyn Mailer> = match &settings.mail {
            MailSide::Outbox(settings) => Arc::new(Outbox::open(settings).await?),
            MailSide::Ses(settings) => Arc::new(SesMailer::open(settings).await),
        };
        let prometheus = Arc::new(PrometheusMetrics::new()?);
        let metrics: Arc<dyn Metrics> = match &settings.metrics {
            MetricsSide::Prometheus => prometheus.clone(),
            MetricsSide::CloudWatch(settings) => {
                let cloudwatch = Arc::new(CloudWatchMetrics::start(settings).await);
                Arc::new(FanOut::new(vec![prometheus.clone(), cloudwatch]))
            }
        };
        Ok(Self {
            objects: Arc::new(objects),
            queue,
            mail,
            metrics,
            prometheus,
            server,
        })
    }

    /// Publishes the last figures and stops the embedded object store.
    pub async fn close(self) {
        if let Err(error) = self.metrics.flush().await {
            tracing::warn!(%error, "the last metrics were not published");
        }
        if let Some(server) = self.server {
            server.stop().await;
        }
    }
}

/// Opens the side of the queue that the settings choose, for who needs nothing else.
pub async fn open_queue(side: &QueueSide, pool: &PgPool) -> Arc<dyn Queue> {
    match side {
        QueueSide::Postgres(settings) => Arc::new(PostgresQueue::open(pool.clone(), settings)),
        QueueSide::Sqs(settings) => Arc::new(SqsQueue::open(settings).await),
    }
}

async fn open_objects(side: &ObjectsSide) -> Result<(S3Objects, Option<EmbeddedObjects>), PortsError> {
    match side {
        ObjectsSide::S3(settings) => Ok((S3Objects::open(settings).await?, None)),
        ObjectsSide::Embedded(settings) => {
            let credentials = embedded::own_credentials(&settings.dir)?;
            let server = EmbeddedObjects::start(settings, credentials).await?;
            Ok((S3Objects::open(server.client_settings()).await?, Some(server)))
        }
    }
}
