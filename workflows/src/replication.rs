//! The other regions are told of an account, however long one of them is away.

use apus::sdk::{WorkflowContext, WorkflowError};
use docstore_activities::{ListRegions, SettleReplicas, TellRegion};
use uuid::Uuid;

/// Rounds of one run: a round follows when the account changed during the one before.
const ROUNDS: u32 = 10;

/// Tells all other regions side by side what the account is. False when it is to go on in a new history: the account
/// keeps changing, or a region has been away for many hours.
pub(crate) async fn replicate(ctx: &WorkflowContext, account: Uuid) -> Result<bool, WorkflowError> {
    for _ in 0..ROUNDS {
        let regions = ctx.run(ListRegions {}).await?;
        let calls = regions
            .into_iter()
            .map(|region| ctx.run(TellRegion { account, region }));
        let mut told: Option<i64> = None;
        for answer in ctx.join_all(calls).await {
            match answer {
                Ok(Some(revision)) => told = Some(told.map_or(revision, |least| least.min(revision))),
                // The account is gone, and its end is told by another workflow.
                Ok(None) => return Ok(true),
                Err(failure) if failure.is_cancelled() => return Err(failure.into()),
                Err(_) => return Ok(false),
            }
        }
        if ctx.run(SettleReplicas { account, told }).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
