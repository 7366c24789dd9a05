//! `docstore status`, and waiting until documents are processed.

use std::time::Duration;

use clap::Args;
use docstore_activities::catalog::DocumentState;
use futures::future::try_join_all;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;
use uuid::Uuid;

use super::client::{Client, Connection};
use super::document::{self, PAGE};
use super::{Failure, output};

/// Between two looks at documents that are being processed.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The states of documents that something still happens to.
const UNDER_WAY: [&str; 3] = ["awaiting_upload", "uploading", "processing"];

/// Shows how far the processing is.
#[derive(Args)]
pub struct Status {
    /// Documents, by their ids; without any, all that are not processed yet
    #[arg(value_name = "DOCUMENT", value_parser = document::parse_id)]
    documents: Vec<Uuid>,
    /// Wait until their processing has ended; exit code 8 if one failed
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Status {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let client = self.connection.log_in()?;
        let mut documents = if self.documents.is_empty() {
            under_way(&client).await?
        } else {
            try_join_all(self.documents.iter().map(|id| document::show(&client, *id))).await?
        };
        if self.wait {
            documents = wait(&client, documents).await?;
        }
        if documents.is_empty() && !self.connection.json {
            return output::line("All documents are processed.");
        }
        show(&documents, self.connection.json)?;
        if self.wait { check(&documents) } else { Ok(()) }
    }
}

/// Shows documents and where each stands; nothing where there is none.
pub fn show(documents: &[Value], json: bool) -> Result<(), Failure> {
    if json {
        return output::json(&documents);
    }
    if documents.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::new();
    for shown in documents {
        let document = document::read(shown)?;
        rows.push(vec![
            document.id.to_string(),
            document.title.clone(),
            document.standing(),
        ]);
    }
    output::table(&["ID", "TITLE", "STATUS"], rows)
}

/// Looks at documents until nothing more happens to them; shows the pages meanwhile.
pub async fn wait(client: &Client, mut documents: Vec<Value>) -> Result<Vec<Value>, Failure> {
    let bars = MultiProgress::new();
    let mut shown: Vec<ProgressBar> = Vec::new();
    for value in &documents {
        let title = document::read(value)?.title;
        let bar = bars.add(ProgressBar::no_length().with_style(style()));
        bar.set_prefix(output::printable(&title).into_owned());
        shown.push(bar);
    }
    loop {
        let mut open = false;
        for (value, bar) in documents.iter_mut().zip(&shown) {
            let mut document = document::read(value)?;
            if !is_settled(document.state) {
                *value = document::show(client, document.id).await?;
                document = document::read(value)?;
                open |= !is_settled(document.state);
            }
            bar.set_message(output::printable(&document.standing()).into_owned());
            if is_settled(document.state) {
                bar.finish_and_clear();
            }
        }
        if !open {
            return Ok(documents);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Says which documents could not be processed.
pub fn check(documents: &[Value]) -> Result<(), Failure> {
    let mut failed = 0;
    for value in documents {
        failed += usize::from(document::read(value)?.state == DocumentState::Failed);
    }
    match failed {
        0 => Ok(()),
        failed => Err(Failure::Processing(format!(
            "{failed} of {} documents could not be processed; they can be downloaded and found by name",
            documents.len()
        ))),
    }
}

async fn under_way(client: &Client) -> Result<Vec<Value>, Failure> {
    let mut documents = Vec::new();
    for state in UNDER_WAY {
        documents.extend(document::list(client, &[("state", state)], PAGE).await?);
    }
    Ok(documents)
}

/// Nothing more happens to the document by itself.
fn is_settled(state: DocumentState) -> bool {
    !UNDER_WAY.contains(&document::state_name(state).as_str())
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {prefix:.bold}  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}
