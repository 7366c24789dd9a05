//! The engine in this process, as workers and clients see it.

use tokio_util::sync::CancellationToken;

use crate::core::NewRun;
use crate::model::{ChildPolicy, Data, Event, Fault, RunId, Text, WorkflowExecution};
use crate::node::{ActivityTask, Handed, Node, TaskToken};

use super::{Activities, ActivityService, WorkflowService, Workflows};

impl Workflows {
    /// Registers their types in a domain; those that are registered already stay as they are.
    ///
    /// # Errors
    /// The engine's fault: the domain is not there, or the database is away.
    pub async fn register(&self, node: &Node, domain: &str) -> Result<(), Fault> {
        for (of, defaults) in self.registrations() {
            node.ensure_type(domain, of, defaults).await?;
        }
        Ok(())
    }
}

impl Activities {
    /// Registers their types in a domain; those that are registered already stay as they are.
    ///
    /// # Errors
    /// The engine's fault: the domain is not there, or the database is away.
    pub async fn register(&self, node: &Node, domain: &str) -> Result<(), Fault> {
        for (of, defaults) in self.registrations() {
            node.ensure_type(domain, of, defaults).await?;
        }
        Ok(())
    }
}

impl ActivityService for Node {
    async fn poll(
        &self,
        domain: &str,
        task_list: &str,
        identity: &str,
        withdraw: &CancellationToken,
    ) -> Result<Option<ActivityTask>, Fault> {
        let polled = self
            .poll_activity_task(domain, task_list, Some(identity), withdraw)
            .await?;
        Ok(polled.map(Handed::accept))
    }

    async fn complete(&self, token: &TaskToken, result: Data) -> Result<(), Fault> {
        self.complete_activity(token, Some(result)).await
    }

    async fn fail(&self, token: &TaskToken, reason: Text, details: Data) -> Result<(), Fault> {
        self.fail_activity(token, Some(reason), Some(details)).await
    }

    async fn cancel(&self, token: &TaskToken) -> Result<(), Fault> {
        self.cancel_activity(token, None).await
    }

    async fn heartbeat(&self, token: &TaskToken, details: Option<Data>) -> Result<bool, Fault> {
        Node::heartbeat(self, token, details).await
    }
}

impl WorkflowService for Node {
    async fn start(&self, domain: &str, workflow_id: &str, new: NewRun) -> Result<RunId, Fault> {
        self.start_workflow(domain, workflow_id, new).await
    }

    async fn signal(
        &self,
        domain: &str,
        workflow_id: &str,
        run_id: Option<RunId>,
        signal_name: &str,
        input: Option<Data>,
    ) -> Result<(), Fault> {
        self.signal_workflow(domain, workflow_id, run_id, signal_name, input)
            .await
    }

    async fn request_cancel(
        &self,
        domain: &str,
        workflow_id: &str,
        run_id: Option<RunId>,
    ) -> Result<(), Fault> {
        Node::request_cancel(self, domain, workflow_id, run_id).await
    }

    async fn terminate(
        &self,
        domain: &str,
        workflow_id: &str,
        run_id: Option<RunId>,
        reason: &str,
        child_policy: Option<ChildPolicy>,
    ) -> Result<(), Fault> {
        Node::terminate(
            self,
            domain,
            workflow_id,
            run_id,
            Some(reason),
            None,
            child_policy,
        )
        .await
    }

    async fn wait_closed(&self, domain: &str, execution: &WorkflowExecution) -> Result<Event, Fault> {
        Node::wait_closed(self, domain, execution).await
    }
}
