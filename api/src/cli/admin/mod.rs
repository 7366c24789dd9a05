//! `docstore admin`: on the database and the queue of a deployment, with the settings that `docstore serve` has.

mod dead_letters;
mod index;
mod reprocess;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use docstore_activities::catalog::Catalog;
use docstore_activities::ports::{self, queue::Queue};

use super::Failure;
use crate::config::Settings;
use crate::database::Database;

/// Connections to the database that a command takes: one to ask, one that the queue listens on, one to spare.
const CONNECTIONS: u32 = 3;

/// What an operator can do.
#[derive(Subcommand)]
pub enum Verb {
    /// Count the documents that failed or lack something, by reason
    Failures(reprocess::Failures),
    /// Process documents again that failed
    Reprocess(reprocess::Reprocessing),
    /// Look at messages that could not be handled, and put them back into the queue
    #[command(subcommand)]
    DeadLetters(dead_letters::Verb),
    /// Fill the full-text index anew, and see what it still lacks
    #[command(subcommand)]
    Index(index::Verb),
}

/// Which deployment.
#[derive(Args)]
pub struct Deployment {
    /// The TOML file with the deployment's settings
    #[arg(long, env = "DOCSTORE_CONFIG", value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The data directory of a DocStore that is running, where it has no database of its own elsewhere
    #[arg(long, env = "DOCSTORE_DATA_DIR", value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
    /// The deployment's database
    #[arg(
        long,
        env = "DOCSTORE_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    database_url: Option<String>,
    /// Write the result as JSON
    #[arg(long, global = true)]
    json: bool,
}

/// A deployment that is reached.
struct Opened {
    catalog: Catalog,
    queue: Arc<dyn Queue>,
}

/// Does it.
pub async fn run(verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Failures(failures) => failures.run().await,
        Verb::Reprocess(reprocessing) => reprocessing.run().await,
        Verb::DeadLetters(verb) => dead_letters::run(verb).await,
        Verb::Index(verb) => index::run(verb).await,
    }
}

impl Deployment {
    async fn open(&self) -> Result<Opened, Failure> {
        let settings = Settings {
            config: self.config.clone(),
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone(),
            ..Settings::default()
        };
        let config = settings.resolve()?;
        let database = Database::running(config.database.clone(), &config.data_dir)?;
        Catalog::try_reach(&database).await.map_err(anyhow::Error::from)?;
        let catalog = Catalog::connect(database, CONNECTIONS, config.quotas)
            .await
            .map_err(anyhow::Error::from)?;
        let public_url = config.public_url.clone().unwrap_or_default();
        let queue = ports::open_queue(&config.ports(&public_url).queue, catalog.pool()).await;
        Ok(Opened { catalog, queue })
    }
}
