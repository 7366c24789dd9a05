//! The table of actions.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::endpoint::Answer;
use super::refusal::Refusal;
use super::{Service, activity_types, domains, executions, history, json, visibility, workflow_types};

/// Does what `action` says.
pub(super) async fn run(service: Service, action: &str, body: &[u8]) -> Result<Answer, Refusal> {
    let call = Call { service, body };
    match action {
        "RegisterDomain" => call.silent(domains::register).await,
        "DescribeDomain" => call.answered(domains::describe).await,
        "ListDomains" => call.answered(domains::list).await,

        "RegisterWorkflowType" => call.silent(workflow_types::register).await,
        "DescribeWorkflowType" => call.answered(workflow_types::describe).await,
        "ListWorkflowTypes" => call.answered(workflow_types::list).await,
        "RegisterActivityType" => call.silent(activity_types::register).await,
        "DescribeActivityType" => call.answered(activity_types::describe).await,
        "ListActivityTypes" => call.answered(activity_types::list).await,

        "StartWorkflowExecution" => call.answered(executions::start).await,
        "SignalWorkflowExecution" => call.silent(executions::signal).await,
        "RequestCancelWorkflowExecution" => call.silent(executions::request_cancel).await,
        "TerminateWorkflowExecution" => call.silent(executions::terminate).await,
        "DescribeWorkflowExecution" => call.answered(executions::describe).await,
        "GetWorkflowExecutionHistory" => call.answered(history::get).await,

        "ListOpenWorkflowExecutions" => call.answered(visibility::list_open).await,
        "ListClosedWorkflowExecutions" => call.answered(visibility::list_closed).await,
        "CountOpenWorkflowExecutions" => call.answered(visibility::count_open).await,
        "CountClosedWorkflowExecutions" => call.answered(visibility::count_closed).await,

        unknown => {
            let named: String = unknown.chars().take(64).collect();
            Err(Refusal::UnknownOperation(format!("Unknown operation: {named}")))
        }
    }
}

struct Call<'a> {
    service: Service,
    body: &'a [u8],
}

impl Call<'_> {
    /// An action with an answer.
    async fn answered<R, A, F>(self, action: impl FnOnce(Service, R) -> F) -> Result<Answer, Refusal>
    where
        R: DeserializeOwned,
        A: Serialize,
        F: Future<Output = Result<A, Refusal>>,
    {
        let request = json::read(self.body)?;
        let answer = action(self.service, request).await?;
        json::write(&answer).map(Some)
    }

    /// An action whose answer has no body.
    async fn silent<R, F>(self, action: impl FnOnce(Service, R) -> F) -> Result<Answer, Refusal>
    where
        R: DeserializeOwned,
        F: Future<Output = Result<(), Refusal>>,
    {
        let request = json::read(self.body)?;
        action(self.service, request).await?;
        Ok(None)
    }
}
