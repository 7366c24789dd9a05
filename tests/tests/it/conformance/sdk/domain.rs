//! A domain of its own for each case, with the SDK's client.

use anyhow::{Result, bail};
use aws_credential_types::Credentials;
use aws_sdk_swf::config::{BehaviorVersion, Region};
use aws_sdk_swf::operation::poll_for_activity_task::PollForActivityTaskOutput;
use aws_sdk_swf::operation::poll_for_decision_task::PollForDecisionTaskOutput;
use aws_sdk_swf::types::{
    ActivityType, ChildPolicy, Decision, HistoryEvent, TaskList, WorkflowExecution, WorkflowType,
};
use aws_sdk_swf::{Client, Config};
use aws_smithy_http_client::Builder as HttpClientBuilder;

/// A case gives up when a task does not come within so many polls of a second each.
const POLLS: usize = 30;

/// A domain with the workflow type `flow` and the activity type `act`.
#[derive(Clone)]
pub struct Domain {
    pub client: Client,
    pub name: String,
}

impl Domain {
    pub async fn register(url: &str, name: &str) -> Result<Self> {
        let client = client(url);
        client
            .register_domain()
            .name(name)
            .workflow_execution_retention_period_in_days("7")
            .send()
            .await?;
        let domain = Self {
            client,
            name: name.to_owned(),
        };
        domain.register_types().await?;
        Ok(domain)
    }

    async fn register_types(&self) -> Result<()> {
        self.client
            .register_workflow_type()
            .domain(&self.name)
            .name("flow")
            .version("1")
            .default_task_list(list("flows"))
            .default_task_start_to_close_timeout("30")
            .default_execution_start_to_close_timeout("3600")
            .default_child_policy(ChildPolicy::Terminate)
            .send()
            .await?;
        self.client
            .register_activity_type()
            .domain(&self.name)
            .name("act")
            .version("1")
            .default_task_list(list("acts"))
            .default_task_schedule_to_start_timeout("NONE")
            .default_task_schedule_to_close_timeout("NONE")
            .default_task_start_to_close_timeout("60")
            .default_task_heartbeat_timeout("NONE")
            .send()
            .await?;
        Ok(())
    }

    /// Starts a run of `flow` and gives its ids.
    pub async fn start(&self, workflow_id: &str) -> Result<WorkflowExecution> {
        let started = self
            .client
            .start_workflow_execution()
            .domain(&self.name)
            .workflow_id(workflow_id)
            .workflow_type(flow())
            .input("in")
            .send()
            .await?;
        execution(workflow_id, started.run_id().unwrap_or_default())
    }

    pub async fn decision_task(&self) -> Result<PollForDecisionTaskOutput> {
        for _ in 0..POLLS {
            let poll = self.client.poll_for_decision_task();
            let task = poll.domain(&self.name).task_list(list("flows")).send().await?;
            if !task.task_token().is_empty() {
                return Ok(task);
            }
        }
        bail!("no decision task came")
    }

    pub async fn activity_task(&self) -> Result<PollForActivityTaskOutput> {
        for _ in 0..POLLS {
            let poll = self.client.poll_for_activity_task();
            let task = poll.domain(&self.name).task_list(list("acts")).send().await?;
            if !task.task_token().is_empty() {
                return Ok(task);
            }
        }
        bail!("no activity task came")
    }

    /// Takes the next decision task and answers it.
    pub async fn decide(&self, decisions: Vec<Decision>) -> Result<PollForDecisionTaskOutput> {
        let task = self.decision_task().await?;
        self.client
            .respond_decision_task_completed()
            .task_token(task.task_token())
            .set_decisions(Some(decisions))
            .send()
            .await?;
        Ok(task)
    }

    pub async fn history(&self, run: &WorkflowExecution) -> Result<Vec<HistoryEvent>> {
        let history = self.client.get_workflow_execution_history();
        let history = history.domain(&self.name).execution(run.clone()).send().await?;
        Ok(history.events().to_vec())
    }
}

/// A client that tries once.
fn client(url: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(url)
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .http_client(HttpClientBuilder::new().build_http())
        .retry_config(aws_sdk_swf::config::retry::RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

pub fn list(name: &str) -> TaskList {
    TaskList::builder().name(name).build().expect("it has a name")
}

pub fn flow() -> WorkflowType {
    workflow_type("flow")
}

pub fn workflow_type(name: &str) -> WorkflowType {
    let of = WorkflowType::builder().name(name).version("1");
    of.build().expect("it has name and version")
}

pub fn activity_type(name: &str) -> ActivityType {
    let of = ActivityType::builder().name(name).version("1");
    of.build().expect("it has name and version")
}

pub fn execution(workflow_id: &str, run_id: &str) -> Result<WorkflowExecution> {
    let execution = WorkflowExecution::builder()
        .workflow_id(workflow_id)
        .run_id(run_id);
    Ok(execution.build()?)
}
