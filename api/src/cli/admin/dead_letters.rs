//! Messages that could not be handled.

use clap::{Args, Subcommand};
use docstore_activities::ports::queue::DEAD_LETTERS_MAX;
use serde_json::json;

use super::{Deployment, Failure};
use crate::cli::output;
use crate::pages::words::count;

/// Characters of a message that a table shows.
const SHOWN_CHARS: usize = 60;

/// What can be done with them.
#[derive(Subcommand)]
pub enum Verb {
    /// List them, the oldest first
    List(List),
    /// Put them back into the queue
    Redrive(Redrive),
}

/// Lists them.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    deployment: Deployment,
}

/// Puts them back.
#[derive(Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub struct Redrive {
    /// These, by the ids that `list` shows
    #[arg(value_name = "ID", group = "which")]
    ids: Vec<String>,
    /// All of them
    #[arg(long, group = "which")]
    all: bool,
    #[command(flatten)]
    deployment: Deployment,
}

pub(super) async fn run(verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List(list) => list.run().await,
        Verb::Redrive(redrive) => redrive.run().await,
    }
}

impl List {
    async fn run(self) -> Result<(), Failure> {
        let queue = self.deployment.open().await?.queue;
        let letters = queue.dead_letters(DEAD_LETTERS_MAX).await;
        let letters = letters.map_err(anyhow::Error::from)?;
        if self.deployment.json {
            return output::json(&letters);
        }
        if letters.is_empty() {
            return output::line("There are no dead letters.");
        }
        let rows = letters.iter().map(|letter| {
            let body = letter.body.chars().take(SHOWN_CHARS).collect();
            vec![
                letter.id.clone(),
                output::time(letter.died_at),
                letter.reason.clone(),
                body,
            ]
        });
        output::table(&["ID", "GIVEN UP", "REASON", "MESSAGE"], rows.collect())
    }
}

impl Redrive {
    async fn run(self) -> Result<(), Failure> {
        let queue = self.deployment.open().await?.queue;
        let ids = if self.all {
            let letters = queue.dead_letters(DEAD_LETTERS_MAX).await;
            letters
                .map_err(anyhow::Error::from)?
                .into_iter()
                .map(|letter| letter.id)
                .collect()
        } else {
            self.ids
        };
        let redriven = queue.redrive(&ids).await.map_err(anyhow::Error::from)?;
        if self.deployment.json {
            output::json(&json!({ "redriven": redriven }))?;
        } else if ids.is_empty() {
            output::line("There are no dead letters.")?;
        } else if redriven > 0 {
            let messages = count(redriven as u64, "message");
            output::line(&format!("Back in the queue: {messages}."))?;
        }
        if self.all || redriven == ids.len() {
            return Ok(());
        }
        let missing = count((ids.len() - redriven) as u64, "dead letter");
        let asked = ids.len();
        Err(Failure::NotFound(format!("not there: {missing} of {asked}")))
    }
}
