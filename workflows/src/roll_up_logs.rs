//! Every hour, access logs become usage figures: a run waits for its hour, does it, and hands over to its successor.

use std::time::Duration;

use apus::model::Timestamp;
use apus::sdk::{Workflow, WorkflowContext, WorkflowError, WorkflowOptions};
use docstore_activities::RollUpAccessLogs;
use serde::{Deserialize, Serialize};

/// How long after the full hour: by then the nodes have written their logs of it.
const AFTER_THE_HOUR: Duration = Duration::from_secs(5 * 60);
const HOUR: Duration = Duration::from_secs(3_600);
/// A run that can't go on for so long is ended; a new one is started by the next node that looks.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(2 * 86_400);

/// Adds up the access logs of the last hour.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RollUpLogs {}

impl RollUpLogs {
    /// The workflow id: there is one such run at a time.
    pub const ID: &'static str = Self::NAME;
}

impl Workflow for RollUpLogs {
    type Output = ();
    const NAME: &'static str = "roll-up-logs";

    fn options() -> WorkflowOptions {
        WorkflowOptions::default().execution_timeout(GIVEN_UP_AFTER)
    }

    async fn run(self, ctx: WorkflowContext) -> Result<(), WorkflowError> {
        ctx.timer(until_due(ctx.now())).await?;
        loop {
            match ctx.run(RollUpAccessLogs {}).await {
                Ok(rolled_up) if rolled_up.files > 0 => {}
                Ok(_) => break,
                Err(failure) if failure.is_cancelled() => return Err(failure.into()),
                // What can't be added now is there in the next hour.
                Err(_) => break,
            }
        }
        Err(ctx.continue_as_new(&self))
    }
}

/// The time until the next hour's logs are written.
fn until_due(now: Timestamp) -> Duration {
    let (hour, after) = (HOUR.as_millis() as i64, AFTER_THE_HOUR.as_millis() as i64);
    let since = (now.0 - after).rem_euclid(hour);
    Duration::from_millis((hour - since).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_five_minutes_past_each_hour() {
        let minutes = |minutes: i64| until_due(Timestamp(minutes * 60_000)).as_secs() / 60;
        assert_eq!([0, 4, 5, 6, 59, 64].map(minutes), [5, 1, 60, 59, 6, 1]);
    }
}
