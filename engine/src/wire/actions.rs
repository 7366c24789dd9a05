//! The table of actions: what each is called, who may call it, where its request names the domain, what does it.

use axum::body::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::{ActivityType, WorkflowType};

use super::auth::{Access, Scope};
use super::endpoint::Answer;
use super::refusal::Refusal;
use super::{
    Service, decision_tasks, domains, executions, history, json, polls, registered_types, responses, tags,
    visibility,
};

/// An action of the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// What it is called.
    pub name: &'static str,
    /// What a caller's role has to allow.
    pub access: Access,
    /// Where its request names the domain.
    pub scope: Scope,
}

/// One row an action: `"Name" Access Scope => form(function)`. The form is `answered`, `silent` where the answer has no
/// body, or `written` where the function writes it.
macro_rules! actions {
    ($( $name:literal $access:ident $scope:ident => $form:ident($function:path); )*) => {
        /// Every action that the endpoint answers.
        pub const ACTIONS: &[Action] = &[
            $( Action { name: $name, access: Access::$access, scope: Scope::$scope }, )*
        ];

        /// Does what `action` says.
        pub(super) async fn run(service: Service, action: &str, body: Bytes) -> Result<Answer, Refusal> {
            let call = Call { service, body };
            match action {
                // Boxed, so that a poll that waits takes its own room only, not that of the largest action.
                $( $name => Box::pin(call.$form($function)).await, )*
                unknown => Err(Refusal::unknown_operation(unknown)),
            }
        }

        /// Reads a request as [`run`] does, and does nothing.
        #[cfg(test)]
        pub(super) fn decode(action: &str, body: &[u8]) -> Result<(), Refusal> {
            match action {
                $( $name => decode_for($function, body), )*
                unknown => Err(Refusal::unknown_operation(unknown)),
            }
        }
    };
}

actions! {
    "RegisterDomain"                 Administer Name    => silent(domains::register);
    "DescribeDomain"                 Read       Name    => answered(domains::describe);
    "ListDomains"                    Read       Listing => answered(domains::list);
    "DeprecateDomain"                Administer Name    => silent(domains::deprecate);
    "UndeprecateDomain"              Administer Name    => silent(domains::undeprecate);
    "TagResource"                    Administer Arn     => silent(tags::tag);
    "UntagResource"                  Administer Arn     => silent(tags::untag);
    "ListTagsForResource"            Read       Arn     => answered(tags::list);

    "RegisterWorkflowType"           Administer Domain  => silent(registered_types::register::<WorkflowType>);
    "DescribeWorkflowType"           Read       Domain  => answered(registered_types::describe::<WorkflowType>);
    "ListWorkflowTypes"              Read       Domain  => answered(registered_types::list::<WorkflowType>);
    "DeprecateWorkflowType"          Administer Domain  => silent(registered_types::deprecate::<WorkflowType>);
    "UndeprecateWorkflowType"        Administer Domain  => silent(registered_types::undeprecate::<WorkflowType>);
    "DeleteWorkflowType"             Administer Domain  => silent(registered_types::delete::<WorkflowType>);
    "RegisterActivityType"           Administer Domain  => silent(registered_types::register::<ActivityType>);
    "DescribeActivityType"           Read       Domain  => answered(registered_types::describe::<ActivityType>);
    "ListActivityTypes"              Read       Domain  => answered(registered_types::list::<ActivityType>);
    "DeprecateActivityType"          Administer Domain  => silent(registered_types::deprecate::<ActivityType>);
    "UndeprecateActivityType"        Administer Domain  => silent(registered_types::undeprecate::<ActivityType>);
    "DeleteActivityType"             Administer Domain  => silent(registered_types::delete::<ActivityType>);

    "StartWorkflowExecution"         Operate    Domain  => answered(executions::start);
    "SignalWorkflowExecution"        Operate    Domain  => silent(executions::signal);
    "RequestCancelWorkflowExecution" Operate    Domain  => silent(executions::request_cancel);
    "TerminateWorkflowExecution"     Operate    Domain  => silent(executions::terminate);
    "DescribeWorkflowExecution"      Read       Domain  => answered(executions::describe);
    "GetWorkflowExecutionHistory"    Read       Domain  => answered(history::get);

    "ListOpenWorkflowExecutions"     Read       Domain  => answered(visibility::list_open);
    "ListClosedWorkflowExecutions"   Read       Domain  => answered(visibility::list_closed);
    "CountOpenWorkflowExecutions"    Read       Domain  => answered(visibility::count_open);
    "CountClosedWorkflowExecutions"  Read       Domain  => answered(visibility::count_closed);

    "PollForDecisionTask"            Work       Domain  => written(decision_tasks::poll);
    "RespondDecisionTaskCompleted"   Work       Token   => silent(responses::decision_completed);
    "CountPendingDecisionTasks"      Read       Domain  => answered(polls::count_decision_tasks);
    "PollForActivityTask"            Work       Domain  => written(polls::activity_task);
    "RecordActivityTaskHeartbeat"    Work       Token   => answered(responses::heartbeat);
    "RespondActivityTaskCompleted"   Work       Token   => silent(responses::activity_completed);
    "RespondActivityTaskFailed"      Work       Token   => silent(responses::activity_failed);
    "RespondActivityTaskCanceled"    Work       Token   => silent(responses::activity_canceled);
    "CountPendingActivityTasks"      Read       Domain  => answered(polls::count_activity_tasks);
}

impl Action {
    /// The action of that name.
    pub(super) fn find(name: &str) -> Result<&'static Action, Refusal> {
        let found = ACTIONS.iter().find(|action| action.name == name);
        found.ok_or_else(|| Refusal::unknown_operation(name))
    }
}

struct Call {
    service: Service,
    body: Bytes,
}

impl Call {
    /// An action with an answer.
    async fn answered<R, A, F>(self, action: impl FnOnce(Service, R) -> F) -> Result<Answer, Refusal>
    where
        R: DeserializeOwned,
        A: Serialize,
        F: Future<Output = Result<A, Refusal>>,
    {
        let (service, request) = self.read()?;
        let answer = action(service, request).await?;
        json::write(&answer).map(Some)
    }

    /// An action whose answer has no body.
    async fn silent<R, F>(self, action: impl FnOnce(Service, R) -> F) -> Result<Answer, Refusal>
    where
        R: DeserializeOwned,
        F: Future<Output = Result<(), Refusal>>,
    {
        let (service, request) = self.read()?;
        action(service, request).await?;
        Ok(None)
    }

    /// An action that writes its answer.
    async fn written<R, F>(self, action: impl FnOnce(Service, R) -> F) -> Result<Answer, Refusal>
    where
        R: DeserializeOwned,
        F: Future<Output = Result<Answer, Refusal>>,
    {
        let (service, request) = self.read()?;
        action(service, request).await
    }

    /// The request. Its body is dropped: an action may wait for long.
    fn read<R: DeserializeOwned>(self) -> Result<(Service, R), Refusal> {
        let request = json::read(&self.body)?;
        Ok((self.service, request))
    }
}

#[cfg(test)]
fn decode_for<R: DeserializeOwned, F>(_: impl FnOnce(Service, R) -> F, body: &[u8]) -> Result<(), Refusal> {
    json::read::<R>(body).map(drop)
}
