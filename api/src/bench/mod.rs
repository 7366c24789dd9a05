//! `docstore bench`: how fast this machine lists, searches and takes events, with everything as durable as in production.
//!
//! ```text
//! fill.rs     a DocStore with accounts and documents, made for this
//! corpus.rs   what stands in the documents, and what is searched for
//! load.rs     so many requests a second, whatever the answers take
//! lists.rs    lists, beside edits that make the kept ones useless
//! searches.rs searches of every form
//! events.rs   uploads that begin, until their workflows have durably started, from the event or the request on
//! ```

mod corpus;
mod events;
mod fill;
mod lists;
mod load;
mod searches;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::config::Settings;
use crate::node::Node;
use crate::throwaway::{self, loopback};
use crate::{cli, logs};

use fill::Filled;
use load::Figures;

/// The file that says that a directory is a bench's, which may be emptied.
const MARK: &str = "made-by-docstore-bench";

/// What is to be measured, and how.
#[derive(clap::Args)]
pub struct Options {
    /// What to measure
    #[arg(value_enum)]
    workload: Workload,
    /// Documents that there are
    #[arg(long, value_name = "NUMBER", default_value_t = 100_000)]
    documents: usize,
    /// Accounts that they belong to
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    accounts: u16,
    /// Requests a second, sent whether earlier ones have been answered or not
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// Documents edited a second meanwhile, each of which changes an account's lists (lists)
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    edits: u32,
    /// For so long
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    seconds: u16,
    /// Measure nothing: say how another program can, and serve until Ctrl-C
    #[arg(long)]
    hold: bool,
    /// Where everything is kept; what an earlier bench left there is removed
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    data_dir: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What is to be measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Workload {
    /// Lists of documents
    Lists,
    /// Searches in the text of documents
    Searches,
    /// Events of uploads that begin, from the queue to the workflow that has durably started
    Events,
    /// Requests that say that an upload begins, and the same from there on
    Uploads,
}

impl Options {
    /// Requests in all.
    fn requests(&self) -> usize {
        self.rate as usize * usize::from(self.seconds)
    }
}

/// Fills a DocStore, puts the load on it and says what came out.
///
/// # Errors
/// When a request is not answered as it should be: then there is nothing to measure.
pub async fn run(options: &Options) -> Result<()> {
    logs::start(logs::QUIET)?;
    throwaway::prepare(&options.data_dir, MARK, true).await?;
    let settings = Settings {
        data_dir: Some(options.data_dir.clone()),
        listen: Some(loopback(0)),
        objects_listen: Some(loopback(0)),
        engine_listen: Some(loopback(0)),
        account_requests: Some(0),
        address_requests: Some(0),
        ..Settings::default()
    };
    let node = Node::start(settings.resolve()?)
        .await
        .context("DocStore does not start")?;
    let measured = measure(&node, options).await;
    node.stop().await?;
    for figures in measured? {
        if options.json {
            cli::output::json(&figures)?;
        } else {
            cli::output::line(&figures.text())?;
        }
    }
    Ok(())
}

async fn measure(node: &Node, options: &Options) -> Result<Vec<Figures>> {
    let filled = match options.workload {
        Workload::Lists | Workload::Searches => fill::documents(node, options).await?,
        Workload::Events | Workload::Uploads => fill::forms(node, options).await?,
    };
    let filled = Arc::new(filled);
    if options.hold {
        hold(node, &filled).await?;
        return Ok(Vec::new());
    }
    match options.workload {
        Workload::Lists => lists::measure(&filled, options).await,
        Workload::Searches => searches::measure(&filled, options).await,
        Workload::Events => events::from_the_event(node, &filled, options).await,
        Workload::Uploads => events::from_the_request(node, &filled, options).await,
    }
}

/// Serves until somebody has seen enough.
async fn hold(node: &Node, filled: &Filled) -> Result<()> {
    cli::output::line(&format!("DocStore serves at {}; Ctrl-C ends it.", node.url()))?;
    cli::output::line(&format!("Authorization: Bearer {}", filled.token()))?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}
