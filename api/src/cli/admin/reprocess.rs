//! What failed, and processing it again.

use clap::Args;
use docstore_activities::catalog::Reprocess;
use serde_json::json;
use uuid::Uuid;

use super::{Deployment, Failure, Opened};
use crate::cli::document::{parse_id, state_name};
use crate::cli::output;
use crate::events::{DocumentEvent, Event};
use crate::pages::words::count;

/// Documents that are taken up at once.
const BATCH: usize = 500;

/// Counts what failed.
#[derive(Args)]
pub struct Failures {
    #[command(flatten)]
    deployment: Deployment,
}

/// Processes again.
#[derive(Args)]
#[command(group = clap::ArgGroup::new("which").required(true).multiple(true))]
pub struct Reprocessing {
    /// Those that failed for this reason, as `admin failures` shows it
    #[arg(long, value_name = "REASON", group = "which")]
    reason: Option<String>,
    /// These documents, by their ids
    #[arg(long = "document", value_name = "ID", group = "which", value_parser = parse_id)]
    documents: Vec<Uuid>,
    /// All that failed
    #[arg(long, group = "which", conflicts_with_all = ["reason", "documents"])]
    all: bool,
    /// Also documents that are ready but lack something
    #[arg(long)]
    degraded: bool,
    #[command(flatten)]
    deployment: Deployment,
}

impl Failures {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let failures = self.deployment.open().await?.catalog.failures().await;
        let failures = failures.map_err(anyhow::Error::from)?;
        if self.deployment.json {
            return output::json(&failures);
        }
        if failures.is_empty() {
            return output::line("No document has failed, and none lacks anything.");
        }
        let rows = failures.iter().map(|count| {
            vec![
                count.documents.to_string(),
                state_name(count.state),
                count.reason.clone(),
            ]
        });
        output::table(&["DOCUMENTS", "STATE", "REASON"], rows.collect())
    }
}

impl Reprocessing {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let opened = self.deployment.open().await?;
        let which = Reprocess {
            reason: self.reason.as_deref(),
            documents: (!self.documents.is_empty()).then_some(&self.documents),
            degraded: self.degraded,
        };
        let begun = reprocess(&opened, &which).await?;
        if self.deployment.json {
            return output::json(&json!({ "documents": begun }));
        }
        if begun == 0 {
            return output::line("No such document has failed.");
        }
        output::line(&format!("To be processed again: {}.", count(begun, "document")))
    }
}

/// Takes documents up again and sends their events, a batch at a time; returns how many.
async fn reprocess(opened: &Opened, which: &Reprocess<'_>) -> anyhow::Result<u64> {
    let mut begun = 0;
    loop {
        let batch = opened.catalog.begin_reprocessing(which, BATCH as i64).await?;
        for (document, owner) in &batch {
            Event::UploadComplete(DocumentEvent::now(*document, *owner))
                .send(&*opened.queue)
                .await?;
        }
        begun += batch.len() as u64;
        if batch.len() < BATCH {
            return Ok(begun);
        }
    }
}
