//! `apus workflow`: one function a verb.

mod find;
mod history;
mod list;
mod start;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::client::Client;
use crate::connection::{Connection, without_nulls};
use crate::failure::Failure;
use crate::output::{Format, Output};

/// `apus workflow`.
#[derive(Args)]
pub struct Workflow {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    global: Global,
}

#[derive(Args)]
struct Global {
    #[command(flatten)]
    connection: Connection,
    /// The domain of the runs
    #[arg(long, env = "APUS_DOMAIN", value_name = "NAME", global = true)]
    domain: Option<String>,
}

#[derive(Subcommand)]
enum Verb {
    /// List runs, newest first
    List(list::List),
    /// Say what a run is and where it stands
    Describe(Run),
    /// Print the history of a run
    Show(history::Show),
    /// Count runs
    Count(list::Wanted),
    /// Start a run
    Start(Box<start::Start>),
    /// Send a signal to an open run
    Signal(Signal),
    /// Ask an open run to cancel itself; its decider decides
    Cancel(Run),
    /// End an open run at once
    Terminate(Terminate),
}

/// Names a run.
#[derive(Args)]
struct Run {
    /// The workflow id
    workflow_id: String,
    /// The run; without it the open one, or for reading the last one that closed
    #[arg(long, value_name = "ID")]
    run_id: Option<String>,
}

#[derive(Args)]
struct Signal {
    #[command(flatten)]
    run: Run,
    /// The signal's name
    #[arg(long)]
    name: String,
    #[command(flatten)]
    input: start::Input,
}

#[derive(Args)]
struct Terminate {
    #[command(flatten)]
    run: Run,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// What happens to its open children, instead of what it was started with
    #[arg(long, value_enum, value_name = "POLICY")]
    child_policy: Option<ChildPolicy>,
}

/// What happens to the children of a run that is terminated or times out.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ChildPolicy {
    /// They are terminated too
    Terminate,
    /// They are asked to cancel themselves
    RequestCancel,
    /// They go on
    Abandon,
}

impl ChildPolicy {
    fn wire(self) -> &'static str {
        match self {
            ChildPolicy::Terminate => "TERMINATE",
            ChildPolicy::RequestCancel => "REQUEST_CANCEL",
            ChildPolicy::Abandon => "ABANDON",
        }
    }
}

/// A node, a domain in it, and where results go.
struct Session {
    client: Client,
    domain: String,
    output: Output,
}

/// Does what the verb says.
pub async fn run(workflow: Workflow) -> Result<(), Failure> {
    let session = Session::open(workflow.global).await?;
    match workflow.verb {
        Verb::List(list) => list::list(&session, &list).await,
        Verb::Describe(run) => describe(&session, &run).await,
        Verb::Show(show) => history::show(&session, &show).await,
        Verb::Count(wanted) => list::count(&session, &wanted).await,
        Verb::Start(start) => start::start(&session, *start).await,
        Verb::Signal(signal) => send_signal(&session, signal).await,
        Verb::Cancel(run) => cancel(&session, &run).await,
        Verb::Terminate(terminate) => end(&session, &terminate).await,
    }
}

impl Session {
    async fn open(global: Global) -> Result<Self, Failure> {
        let (client, output) = global.connection.open()?;
        let domain = match global.domain {
            Some(domain) => domain,
            None => return Err(no_domain(&client).await),
        };
        Ok(Session {
            client,
            domain,
            output,
        })
    }

    /// Calls an action in the domain.
    async fn call(&self, action: &str, mut request: Value) -> Result<Value, Failure> {
        request["domain"] = json!(self.domain);
        self.client.call(action, &without_nulls(request)).await
    }
}

/// Without a domain nothing can be done; the node knows which there are.
async fn no_domain(client: &Client) -> Failure {
    let request = json!({ "registrationStatus": "REGISTERED" });
    let domains = match client.call("ListDomains", &request).await {
        Ok(domains) => domains,
        Err(failure) => return failure,
    };
    let names: Vec<&str> = domains["domainInfos"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|domain| domain["name"].as_str())
        .collect();
    let known = if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    };
    Failure::Usage(format!(
        "which domain? Name it with --domain or APUS_DOMAIN; this node has: {known}"
    ))
}

async fn describe(session: &Session, run: &Run) -> Result<(), Failure> {
    let execution = find::execution(session, run).await?;
    let found = session
        .call("DescribeWorkflowExecution", json!({ "execution": execution }))
        .await?;
    match session.output.format {
        Format::Json => session.output.json(&found),
        Format::Table => session
            .output
            .table(&[], find::description(&session.output, &found)),
    }
}

async fn send_signal(session: &Session, signal: Signal) -> Result<(), Failure> {
    let input = signal.input.read()?;
    let request = json!({
        "workflowId": signal.run.workflow_id,
        "runId": signal.run.run_id,
        "signalName": signal.name,
        "input": input,
    });
    session.call("SignalWorkflowExecution", request).await?;
    done(session, &signal.run, "signalled")
}

async fn cancel(session: &Session, run: &Run) -> Result<(), Failure> {
    let request = json!({ "workflowId": run.workflow_id, "runId": run.run_id });
    session.call("RequestCancelWorkflowExecution", request).await?;
    done(session, run, "asked to cancel")
}

async fn end(session: &Session, terminate: &Terminate) -> Result<(), Failure> {
    let request = json!({
        "workflowId": terminate.run.workflow_id,
        "runId": terminate.run.run_id,
        "reason": terminate.reason,
        "childPolicy": terminate.child_policy.map(ChildPolicy::wire),
    });
    session.call("TerminateWorkflowExecution", request).await?;
    done(session, &terminate.run, "terminated")
}

fn done(session: &Session, run: &Run, what: &str) -> Result<(), Failure> {
    match session.output.format {
        Format::Json => {
            let done = json!({ "workflowId": run.workflow_id, "runId": run.run_id });
            session.output.json(&without_nulls(done))
        }
        Format::Table => session.output.line(&format!("{} {what}", run.workflow_id)),
    }
}
