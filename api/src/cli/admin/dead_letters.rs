//! Messages that could not be handled.

use clap::{Args, Subcommand};
use docstore_activities::ports::queue::DEAD_LETTERS_MAX;
use serde_json::json;

use super::{Deployment, Failure};
use crate::cli::output;

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
            return output::json(&json!({ "redriven": redriven }));
        }
        output::line(&format!("{redriven} messages are in the queue again."))?;
        match self.all || redriven == ids.len() {
            true => Ok(()),
            false => Err(Failure::NotFound(format!(
                "{} of {} dead letters are not there",
                ids.len() - redriven,
                ids.len()
            ))),
        }
    }
}
