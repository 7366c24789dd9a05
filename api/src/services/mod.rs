//! What runs beside the requests. Any number of nodes may run it on one database.

mod forms;
mod housekeeper;
mod initializer;
mod reconciler;
mod timekeeper;

use std::sync::Arc;
use std::time::Duration;

use apus::sdk::Client;
use docstore_activities::ports::metrics::Metrics;
use tokio_util::sync::CancellationToken;

use crate::app::AppState;

pub use forms::settle_forms;
pub use housekeeper::clean_up;
pub use initializer::{Initializer, keep_hidden};
pub use reconciler::reconcile;
pub use timekeeper::roll_up_hourly;

/// Between two rounds of the reconciler.
const RECONCILE_EVERY: Duration = Duration::from_secs(60);
/// Between two rounds of the housekeeper.
const CLEAN_UP_EVERY: Duration = Duration::from_secs(600);

/// Runs the background services until `stop`. A round that fails is logged; the next one tries again.
pub async fn run(
    app: AppState,
    client: Client<apus::node::Node>,
    metrics: Arc<dyn Metrics>,
    stop: CancellationToken,
) {
    let keeping_time = async {
        loop {
            if let Err(error) = roll_up_hourly(&client).await {
                tracing::warn!(%error, "the hourly roll-up of access logs could not be started; trying again");
            }
            if !waited(CLEAN_UP_EVERY, &stop).await {
                return;
            }
        }
    };
    let initializer = Initializer {
        queue: &*app.queue,
        catalog: &app.catalog,
        client: client.clone(),
        metrics: &*metrics,
    };
    let reconciling = async {
        while waited(RECONCILE_EVERY, &stop).await {
            if let Err(error) = reconcile(&app).await {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "could not look for documents that were forgotten"
                );
            }
            if let Err(error) = settle_forms(&app).await {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "could not look at what forms that have ended left"
                );
            }
        }
    };
    let cleaning_up = async {
        while waited(CLEAN_UP_EVERY, &stop).await {
            app.rate_limits.forget_idle();
            if let Err(error) = clean_up(&app.catalog).await {
                tracing::warn!(%error, "could not delete what has expired");
            }
        }
    };
    tokio::join!(initializer.run(&stop), reconciling, cleaning_up, keeping_time);
}

/// Waits; false when there is no more to wait for.
async fn waited(pause: Duration, stop: &CancellationToken) -> bool {
    stop.run_until_cancelled(tokio::time::sleep(pause))
        .await
        .is_some()
}
