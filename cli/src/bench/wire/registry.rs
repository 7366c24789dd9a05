//! The domain and the types of the runs, registered as an administrator would, with the defaults that the SDK gives.

use serde_json::json;

use apus::sdk::{Activity, Workflow};

use crate::failure::Failure;

use super::super::stack::{DOMAIN, RETENTION_DAYS};
use super::super::workloads::{Echo, FanOut, OneActivity, Sleep, TenInSequence};
use super::session::Session;

/// The version of all types.
pub const VERSION: &str = "1";
/// The list of all tasks, decisions' and activities'.
pub const TASK_LIST: &str = "bench";

/// Registers them.
pub async fn register(admin: &Session) -> Result<(), Failure> {
    let client = admin.client()?;
    let domain = json!({
        "name": DOMAIN,
        "workflowExecutionRetentionPeriodInDays": RETENTION_DAYS.to_string(),
    });
    client.tell("RegisterDomain", &domain).await?;
    for name in [OneActivity::NAME, TenInSequence::NAME, FanOut::NAME, Sleep::NAME] {
        let workflow_type = json!({
            "domain": DOMAIN,
            "name": name,
            "version": VERSION,
            "defaultTaskList": { "name": TASK_LIST },
            "defaultTaskStartToCloseTimeout": "10",
            "defaultExecutionStartToCloseTimeout": "31536000",
            "defaultChildPolicy": "TERMINATE",
        });
        client.tell("RegisterWorkflowType", &workflow_type).await?;
    }
    let activity_type = json!({
        "domain": DOMAIN,
        "name": Echo::NAME,
        "version": VERSION,
        "defaultTaskList": { "name": TASK_LIST },
        "defaultTaskScheduleToStartTimeout": "NONE",
        "defaultTaskStartToCloseTimeout": "60",
        "defaultTaskScheduleToCloseTimeout": "NONE",
        "defaultTaskHeartbeatTimeout": "NONE",
    });
    client.tell("RegisterActivityType", &activity_type).await
}
