//! Workflows that are always there: each run waits for its hour and hands over to its successor. Any node starts them;
//! one that was ended is started again.

use apus::model::FaultKind;
use apus::node::Node;
use apus::sdk::{Client, RunFailure};
use docstore_workflows::RollUpLogs;

/// Sees to it that access logs are added up every hour.
///
/// # Errors
/// When the engine does not start it; that it runs already is none.
pub async fn roll_up_hourly(client: &Client<Node>) -> Result<(), RunFailure> {
    match client.start(RollUpLogs::ID, &RollUpLogs {}).await {
        Ok(_) => Ok(()),
        Err(RunFailure::Engine(fault)) if fault.kind == FaultKind::WorkflowExecutionAlreadyStartedFault => {
            Ok(())
        }
        Err(failure) => Err(failure),
    }
}
