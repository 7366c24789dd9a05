//! The full-text index: filled anew while DocStore runs, which does the work; here it is asked for and watched.

use std::time::Duration;

use clap::{Args, Subcommand};
use docstore_activities::catalog::{Catalog, CatalogError, IndexBacklog};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use super::{Deployment, Failure, Opened};
use crate::cli::output;
use crate::events::{AccountEvent, Event};
use crate::pages::words::count;

/// Accounts that are marked at once.
const BATCH: usize = 500;
/// Between two looks at what is left.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// When nothing was indexed for so long, whoever waits is told where to look.
const STALLED_AFTER: Duration = Duration::from_secs(60);

/// What can be done with it.
#[derive(Subcommand)]
pub enum Verb {
    /// Index documents anew while DocStore runs; what is found stays found meanwhile
    Rebuild(Rebuild),
    /// Show what has still to be indexed
    Status(Status),
}

/// Indexes anew.
#[derive(Args)]
pub struct Rebuild {
    /// The documents of this account only, by its e-mail address or its id
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Wait until all of them are indexed
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    deployment: Deployment,
}

/// Shows what is left.
#[derive(Args)]
pub struct Status {
    /// Of this account only, by its e-mail address or its id
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// Wait until nothing is left
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    deployment: Deployment,
}

pub(super) async fn run(verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Rebuild(rebuild) => rebuild.run().await,
        Verb::Status(status) => status.run().await,
    }
}

impl Rebuild {
    async fn run(self) -> Result<(), Failure> {
        let opened = self.deployment.open().await?;
        let only = resolve(&opened.catalog, self.account.as_deref()).await?;
        let marked = mark(&opened, only).await?;
        let left = look(&opened.catalog, only, self.wait).await?;
        if self.deployment.json {
            return output::json(&json!({
                "accounts": marked,
                "accounts_left": left.accounts_left,
                "documents_left": left.documents_left,
            }));
        }
        if marked == 0 {
            return output::line("There is no document to be indexed.");
        }
        let accounts = count(marked, "account");
        output::line(&format!("The documents of {accounts} are indexed anew."))?;
        show(&left)?;
        if left.is_empty() {
            return Ok(());
        }
        output::line("`docstore admin index status --wait` waits for the end.")
    }
}

impl Status {
    async fn run(self) -> Result<(), Failure> {
        let catalog = self.deployment.open().await?.catalog;
        let only = resolve(&catalog, self.account.as_deref()).await?;
        let left = look(&catalog, only, self.wait).await?;
        if self.deployment.json {
            output::json(&left)
        } else {
            show(&left)
        }
    }
}

fn show(left: &IndexBacklog) -> Result<(), Failure> {
    if left.is_empty() {
        return output::line("All documents are indexed.");
    }
    output::line(&format!(
        "Left to index: {} of {}.",
        count(left.documents_left.unsigned_abs(), "document"),
        count(left.accounts_left.unsigned_abs(), "account"),
    ))
}

/// The account that was named.
async fn resolve(catalog: &Catalog, named: Option<&str>) -> Result<Option<Uuid>, Failure> {
    let Some(named) = named else {
        return Ok(None);
    };
    let found = match named.parse() {
        Ok(id) => match catalog.account(id).await {
            Err(CatalogError::NoSuchAccount) => Ok(None),
            found => found.map(Some),
        },
        Err(_) => catalog.account_by_email(named).await,
    };
    match found.map_err(anyhow::Error::from)? {
        Some(account) => Ok(Some(account.id)),
        None => Err(Failure::NotFound(format!("there is no account {named}"))),
    }
}

/// Marks accounts and sends their events, a batch at a time; returns how many. Started again after it was broken off, it
/// does no harm: what is indexed twice is the same.
async fn mark(opened: &Opened, only: Option<Uuid>) -> anyhow::Result<u64> {
    let (mut marked, mut after) = (0, Uuid::nil());
    loop {
        let batch = opened.catalog.index_anew(only, after, BATCH as i64).await?;
        for account in &batch {
            Event::ReindexAccount(AccountEvent::now(*account))
                .send(&*opened.queue)
                .await?;
        }
        marked += batch.len() as u64;
        match batch.last() {
            Some(last) if batch.len() == BATCH => after = *last,
            _ => return Ok(marked),
        }
    }
}

/// What is left; with `wait` looks until nothing is, and shows it meanwhile.
async fn look(catalog: &Catalog, only: Option<Uuid>, wait: bool) -> anyhow::Result<IndexBacklog> {
    let mut left = catalog.index_backlog(only).await?;
    let bar = ProgressBar::new(left.documents_left.unsigned_abs()).with_style(style());
    let mut moved = Instant::now();
    while wait && !left.is_empty() {
        let documents = left.documents_left.unsigned_abs();
        // Documents that are uploaded meanwhile can make it more than it was.
        bar.set_length(documents.max(bar.length().unwrap_or(0)));
        bar.set_position(bar.length().unwrap_or(0) - documents);
        if moved.elapsed() > STALLED_AFTER {
            bar.set_message("nothing moves: does `docstore serve` run, and what does it log?");
        }
        tokio::time::sleep(LOOK_EVERY).await;
        let now = catalog.index_backlog(only).await?;
        if now != left {
            moved = Instant::now();
            bar.set_message("");
        }
        left = now;
    }
    bar.finish_and_clear();
    Ok(left)
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{wide_bar} {pos}/{len} documents {eta} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
