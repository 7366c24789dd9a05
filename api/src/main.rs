//! The program `docstore`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use docstore::config::Settings;
use docstore::node::Node;
use docstore::{demo, logs};
use tokio::signal::unix::{SignalKind, signal};

/// A document store: upload documents, find them again by their text.
#[derive(Parser)]
#[command(name = "docstore", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the web API and the pages, and work on what is uploaded
    Serve(Box<Settings>),
    /// Run everything on the samples, show it, and keep serving
    Demo(demo::Options),
    /// Print the description of the web API (OpenAPI 3.1)
    Openapi,
}

fn main() -> Result<ExitCode> {
    // Before anything else: this program reads documents in processes of its own.
    docstore_activities::extract::run_child_if_asked();
    tokio::runtime::Runtime::new()?.block_on(run(Cli::parse().command))
}

async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Serve(settings) => serve(*settings).await?,
        Command::Demo(options) => return demo::run(&options).await,
        Command::Openapi => {
            println!("{}", docstore::router::openapi().to_pretty_json()?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(settings: Settings) -> Result<()> {
    logs::start(logs::USUAL)?;
    // Asked for before anything is started, so that no signal is missed.
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut node = Node::start(settings.resolve()?).await?;
    println!("DocStore serves at {}", node.url());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        // No orderly stop: it would wait for the part that failed.
        error = node.failed() => return Err(error),
    }
    node.stop().await
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
