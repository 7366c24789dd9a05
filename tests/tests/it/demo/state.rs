//! What a demo leaves behind, read from its database and its outbox once it has ended.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use apus::model::{CloseStatus, Event, EventAttributes, EventId, RunId};
use apus::postgres::PrivatePostgres;
use apus::store::{self, StoredRun};
use docstore_activities::catalog::{Catalog, Quotas, Total};
use sqlx::PgPool;
use uuid::Uuid;

use super::Expected;

/// The documents that bring the free account over its quota.
const EXCEEDING: [&str; 2] = ["attic-inventory-1.txt", "attic-inventory-2.txt"];

/// What a demo left behind.
pub struct State {
    documents: Vec<Document>,
    accounts: Vec<Account>,
    totals: Vec<Total>,
    /// State and message id of every mail in the ledger.
    mails: Vec<(String, Option<String>)>,
    mail_files: usize,
    dead_letters: i64,
    /// Rows of the engine's tables for work that is open.
    open_work: Vec<(&'static str, i64)>,
    runs: Vec<StoredRun>,
}

#[derive(Debug, sqlx::FromRow)]
struct Document {
    id: Uuid,
    owner: Uuid,
    plan: String,
    file_name: String,
    state: String,
    reason_code: Option<String>,
    kind: Option<String>,
    size: Option<i64>,
    reserved_bytes: i64,
}

#[derive(Debug, sqlx::FromRow)]
struct Account {
    id: Uuid,
    plan: String,
    bytes_used: i64,
    bytes_reserved: i64,
    documents: i64,
    over_quota: bool,
    excursion: i64,
}

impl State {
    /// Starts the demo's database again and reads it.
    pub async fn read(data_dir: &Path) -> Result<Self> {
        let postgres = PrivatePostgres::start(&data_dir.join("postgres")).await?;
        let options = postgres.connect_options().database("docstore");
        let catalog = Catalog::connect(options.clone(), 2, Quotas::default()).await?;
        let engine = store::connect(&options, 2).await?;
        let state = Self::of(&catalog, &engine, data_dir).await?;
        catalog.pool().close().await;
        engine.close().await;
        postgres.shutdown().await?;
        Ok(state)
    }

    async fn of(catalog: &Catalog, engine: &PgPool, data_dir: &Path) -> Result<Self> {
        let pool = catalog.pool();
        let documents =
            sqlx::query_as("SELECT d.*, a.plan FROM documents d JOIN accounts a ON a.id = d.owner");
        let accounts = sqlx::query_as(
            "SELECT a.id, a.plan, u.* FROM accounts a JOIN account_usage u ON u.account_id = a.id",
        );
        let mut open_work = Vec::new();
        for (table, count) in [
            (
                "open_executions",
                // One waits for the next hour's access logs, always.
                "SELECT count(*) FROM open_executions WHERE workflow_id <> 'roll-up-logs'",
            ),
            ("tasks", "SELECT count(*) FROM tasks"),
            ("outbox", "SELECT count(*) FROM outbox"),
            ("heartbeats", "SELECT count(*) FROM heartbeats"),
        ] {
            open_work.push((table, sqlx::query_scalar(count).fetch_one(engine).await?));
        }
        let mut runs = Vec::new();
        let ids: Vec<Uuid> =
            sqlx::query_scalar("SELECT run_id FROM closed_executions WHERE workflow_id <> 'roll-up-logs'")
                .fetch_all(engine)
                .await?;
        for id in ids {
            runs.push(
                store::load_run(engine, RunId(id))
                    .await?
                    .context("a closed run has a history")?,
            );
        }
        Ok(Self {
            documents: documents.fetch_all(pool).await?,
            accounts: accounts.fetch_all(pool).await?,
            totals: catalog.totals().await?,
            mails: sqlx::query_as("SELECT state, message_id FROM mail_ledger")
                .fetch_all(pool)
                .await?,
            mail_files: count_mails(&data_dir.join("outbox"))?,
            dead_letters: sqlx::query_scalar("SELECT count(*) FROM dead_letters")
                .fetch_one(pool)
                .await?,
            open_work,
            runs,
        })
    }

    /// Checks that these documents, and those that exceed the quota, are there once, and that everything is exact.
    pub fn check(&self, expected: &[Expected]) -> Result<()> {
        self.check_documents(expected)?;
        self.check_counters()?;
        self.check_mail()?;
        self.check_workflows()
    }

    fn check_documents(&self, expected: &[Expected]) -> Result<()> {
        let exceeding = EXCEEDING.map(|file| Expected {
            plan: "free".to_owned(),
            file: file.to_owned(),
            state: "ready".to_owned(),
            reason: None,
        });
        let mut expected: Vec<Expected> = expected.iter().cloned().chain(exceeding).collect();
        let there = self.documents.iter().map(|document| Expected {
            plan: document.plan.clone(),
            file: document.file_name.clone(),
            state: document.state.clone(),
            reason: document.reason_code.clone(),
        });
        let mut there: Vec<Expected> = there.collect();
        expected.sort();
        there.sort();
        ensure!(there == expected, "there is {there:#?} instead of {expected:#?}");
        Ok(())
    }

    fn check_counters(&self) -> Result<()> {
        ensure!(self.accounts.len() == 2, "two accounts, not {:?}", self.accounts);
        for account in &self.accounts {
            let own = || {
                self.documents
                    .iter()
                    .filter(|document| document.owner == account.id)
            };
            let bytes: i64 = own().filter_map(|document| document.size).sum();
            let exact = account.bytes_used == bytes
                && account.documents == own().count() as i64
                && account.bytes_reserved == 0
                && own().all(|document| document.reserved_bytes == 0);
            ensure!(
                exact,
                "{account:?} stores {} documents of {bytes} bytes",
                own().count()
            );
            let is_free = account.plan == "free";
            ensure!(account.over_quota == is_free, "{account:?}");
            ensure!(account.excursion == i64::from(is_free), "{account:?}");
        }
        let mut totals = BTreeMap::new();
        for document in &self.documents {
            let kind = document.kind.clone().context("a kind")?;
            let total: &mut (u64, u64) = totals.entry((document.plan.clone(), kind)).or_default();
            total.0 += 1;
            total.1 += document.size.unwrap_or_default() as u64;
        }
        let counted = self.totals.iter().map(|total| {
            let plan = format!("{:?}", total.plan).to_lowercase();
            ((plan, total.kind.clone()), (total.documents, total.bytes))
        });
        let counted: BTreeMap<_, _> = counted.collect();
        ensure!(
            counted == totals,
            "the totals are {counted:?} instead of {totals:?}"
        );
        Ok(())
    }

    fn check_mail(&self) -> Result<()> {
        ensure!(self.mail_files == 1, "{} mails", self.mail_files);
        let sent = matches!(&self.mails[..], [(state, Some(_))] if state == "sent");
        ensure!(sent, "the ledger has {:?}", self.mails);
        Ok(())
    }

    fn check_workflows(&self) -> Result<()> {
        ensure!(self.dead_letters == 0, "{} dead letters", self.dead_letters);
        for (table, rows) in &self.open_work {
            ensure!(*rows == 0, "{rows} rows are left in {table}");
        }
        for run in &self.runs {
            let (execution, events) = (&run.execution, &run.events);
            let id = &execution.id.workflow_id;
            ensure!(
                execution.close_status() == Some(CloseStatus::Completed),
                "{id} ended as {:?}",
                execution.close_status()
            );
            check_history(events).with_context(|| format!("the history of {id}: {events:#?}"))?;
        }
        for document in &self.documents {
            let id = format!("upload-complete-{}", document.id);
            let processed = self.runs.iter().any(|run| *run.execution.id.workflow_id == id);
            ensure!(processed, "no workflow has processed {}", document.file_name);
        }
        Ok(())
    }
}

/// Ids without gaps, everything started and closed at most once, nothing after the end.
fn check_history(events: &[Event]) -> Result<()> {
    let (mut started, mut closed) = (HashSet::new(), HashSet::new());
    for (event, id) in events.iter().zip(1..) {
        ensure!(event.id == id, "event {} stands where {id} should", event.id);
        if let Some(scheduled) = started_by(&event.attributes) {
            ensure!(started.insert(scheduled), "{scheduled} is started again by {id}");
        }
        if let Some(scheduled) = closed_by(&event.attributes) {
            ensure!(closed.insert(scheduled), "{scheduled} is closed again by {id}");
        }
        let ends = matches!(event.attributes, EventAttributes::WorkflowExecutionCompleted(_));
        ensure!(
            ends == (id as usize == events.len()),
            "event {id} is at the wrong place"
        );
    }
    Ok(())
}

fn started_by(attributes: &EventAttributes) -> Option<EventId> {
    match attributes {
        EventAttributes::ActivityTaskStarted(it) => Some(it.scheduled_event_id),
        EventAttributes::DecisionTaskStarted(it) => Some(it.scheduled_event_id),
        EventAttributes::ChildWorkflowExecutionStarted(it) => Some(it.initiated_event_id),
        _ => None,
    }
}

fn closed_by(attributes: &EventAttributes) -> Option<EventId> {
    match attributes {
        EventAttributes::ActivityTaskCompleted(it) => Some(it.scheduled_event_id),
        EventAttributes::ActivityTaskFailed(it) => Some(it.scheduled_event_id),
        EventAttributes::ActivityTaskTimedOut(it) => Some(it.scheduled_event_id),
        EventAttributes::ActivityTaskCanceled(it) => Some(it.scheduled_event_id),
        EventAttributes::DecisionTaskCompleted(it) => Some(it.scheduled_event_id),
        EventAttributes::DecisionTaskTimedOut(it) => Some(it.scheduled_event_id),
        EventAttributes::TimerFired(it) => Some(it.started_event_id),
        EventAttributes::TimerCanceled(it) => Some(it.started_event_id),
        EventAttributes::ChildWorkflowExecutionCompleted(it) => Some(it.initiated_event_id),
        EventAttributes::ChildWorkflowExecutionFailed(it) => Some(it.initiated_event_id),
        EventAttributes::ChildWorkflowExecutionTimedOut(it) => Some(it.initiated_event_id),
        EventAttributes::ChildWorkflowExecutionCanceled(it) => Some(it.initiated_event_id),
        EventAttributes::ChildWorkflowExecutionTerminated(it) => Some(it.initiated_event_id),
        _ => None,
    }
}

fn count_mails(outbox: &Path) -> Result<usize> {
    let mut mails = 0;
    for entry in std::fs::read_dir(outbox)? {
        mails += usize::from(
            entry?
                .path()
                .extension()
                .is_some_and(|extension| extension == "eml"),
        );
    }
    Ok(mails)
}
