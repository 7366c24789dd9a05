//! The table of actions: what each is called, who may call it, where its request names the domain, what does it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::{ActivityType, WorkflowType};

use super::auth::{Access, Scope};
use super::endpoint::Answer;
use super::refusal::Refusal;
use super::{Service, domains, executions, history, json, registered_types, visibility};

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

/// One row an action: `"Name" Access Scope => form(function)`. The form is `answered`, or `silent` where the answer has
/// no body.
macro_rules! actions {
    ($( $name:literal $access:ident $scope:ident => $form:ident($function:path); )*) => {
        /// Every action that the endpoint answers.
        pub const ACTIONS: &[Action] = &[
            $( Action { name: $name, access: Access::$access, scope: Scope::$scope }, )*
        ];

        /// Does what `action` says.
        pub(super) async fn run(service: Service, action: &str, body: &[u8]) -> Result<Answer, Refusal> {
            let call = Call { service, body };
            match action {
                $( $name => call.$form($function).await, )*
                unknown => Err(Refusal::unknown_operation(unknown)),
            }
        }
    };
}

actions! {
    "RegisterDomain"                 Administer Name    => silent(domains::register);
    "DescribeDomain"                 Read       Name    => answered(domains::describe);
    "ListDomains"                    Read       Listing => answered(domains::list);

    "RegisterWorkflowType"           Administer Domain  => silent(registered_types::register::<WorkflowType>);
    "DescribeWorkflowType"           Read       Domain  => answered(registered_types::describe::<WorkflowType>);
    "ListWorkflowTypes"              Read       Domain  => answered(registered_types::list::<WorkflowType>);
    "RegisterActivityType"           Administer Domain  => silent(registered_types::register::<ActivityType>);
    "DescribeActivityType"           Read       Domain  => answered(registered_types::describe::<ActivityType>);
    "ListActivityTypes"              Read       Domain  => answered(registered_types::list::<ActivityType>);

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
