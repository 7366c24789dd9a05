//! What the whole deployment stores and does: gathered now and then, published as metrics, shown on the dashboard.

mod published;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use docstore_activities::TASK_LISTS;
use docstore_activities::catalog::{
    Catalog, FailureCount, ProcessingTimes, Total, Traffic, UnderWay, UploadHour,
};
use docstore_activities::ports::metrics::Metrics;
use docstore_activities::ports::queue::{Depth, Queue};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::engine::DOMAIN;
use published::Series;
pub use published::{hour_of, plan_name};

/// Between two rounds.
const GATHER_EVERY: Duration = Duration::from_secs(5);
/// Rounds from one publication as metrics to the next.
const PUBLISH_EVERY: u32 = 12;
/// Hours that figures by the hour go back.
pub const HOURS: i32 = 48;

/// The figures of a moment.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The moment.
    pub at: DateTime<Utc>,
    /// What is stored, by plan and kind.
    pub totals: Vec<Total>,
    /// What arrived, by hour and plan.
    pub uploads: Vec<UploadHour>,
    /// Requests by hour, as far as their logs have been added up.
    pub traffic: Vec<Traffic>,
    /// Documents that something still happens to.
    pub under_way: Vec<UnderWay>,
    /// Documents that failed or lack something, by reason.
    pub failures: Vec<FailureCount>,
    /// How long processing took.
    pub processing: ProcessingTimes,
    /// Events; none when the queue does not answer.
    pub queue: Option<Depth>,
    /// Activities that wait for a worker, by task list.
    pub tasks: Vec<(&'static str, u64)>,
}

/// Gathers figures. Readers get the latest without asking anybody else.
pub struct Gatherer {
    /// DocStore's tables.
    pub catalog: Catalog,
    /// Where events wait.
    pub queue: Arc<dyn Queue>,
    /// Where activities wait.
    pub engine: apus::node::Node,
    /// Where figures are published.
    pub metrics: Arc<dyn Metrics>,
    /// Where readers find the latest.
    pub latest: watch::Sender<Option<Arc<Figures>>>,
}

impl Gatherer {
    /// Gathers until `stop`. A round that fails is logged, and readers keep what they have.
    pub async fn run(self, stop: CancellationToken) {
        let mut published = HashSet::new();
        let mut round = 0_u32;
        loop {
            match stop.run_until_cancelled(self.gather()).await {
                None => return,
                Some(Ok(figures)) => {
                    if round.is_multiple_of(PUBLISH_EVERY) {
                        self.publish(&figures, &mut published).await;
                    }
                    self.latest.send_replace(Some(Arc::new(figures)));
                }
                Some(Err(error)) => {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "the figures of the deployment could not be gathered"
                    );
                }
            }
            round = round.wrapping_add(1);
            if stop
                .run_until_cancelled(tokio::time::sleep(GATHER_EVERY))
                .await
                .is_none()
            {
                return;
            }
        }
    }

    /// The figures of this moment.
    ///
    /// # Errors
    /// When the database or the engine does not answer. A queue that does not is no error.
    pub async fn gather(&self) -> anyhow::Result<Figures> {
        let catalog = &self.catalog;
        let queue = match self.queue.depth().await {
            Ok(depth) => Some(depth),
            Err(error) => {
                tracing::debug!(%error, "the depth of the queue is not known");
                None
            }
        };
        let mut tasks = Vec::new();
        for list in TASK_LISTS {
            tasks.push((
                list.name,
                self.engine
                    .count_pending_activity_tasks(DOMAIN, list.name)
                    .await?,
            ));
        }
        Ok(Figures {
            at: Utc::now(),
            totals: catalog.totals().await?,
            uploads: catalog.upload_hours(HOURS).await?,
            traffic: catalog.traffic(HOURS).await?,
            under_way: catalog.under_way().await?,
            failures: catalog.failures().await?,
            processing: catalog.processing_times().await?,
            queue,
            tasks,
        })
    }

    /// Publishes levels; what was published before and is no more becomes zero.
    async fn publish(&self, figures: &Figures, published: &mut HashSet<Series>) {
        let data = figures.as_metrics(published);
        if let Err(error) = self.metrics.put(data).await {
            tracing::warn!(%error, "the figures of the deployment were not published");
        }
    }
}
