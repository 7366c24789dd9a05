//! The program `docstore`.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use docstore::config::Settings;
use docstore::node::Node;
use docstore::{bench, cli, demo, logs};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

/// A document store: upload documents, find them again by their text.
#[derive(Parser)]
#[command(name = "docstore", version, after_help = cli::EXIT_CODES)]
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
    /// Measure lists, searches and events on this machine
    Bench(bench::Options),
    /// Print the description of the web API (OpenAPI 3.1)
    Openapi,
    #[command(flatten)]
    Cli(cli::Command),
}

fn main() -> Result<ExitCode> {
    // Before anything else: this program reads documents in processes of its own.
    docstore_activities::extract::run_child_if_asked();
    open_many_files();
    tokio::runtime::Runtime::new()?.block_on(run(Cli::parse().command))
}

/// Every connection is an open file, and the usual limit of 1,024 is for programs that still call `select`. Where the
/// limit can't be raised, more connections wait.
fn open_many_files() {
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}

async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Serve(settings) => serve(*settings).await?,
        Command::Demo(options) => return demo::run(&options).await,
        Command::Bench(options) => bench::run(&options).await?,
        Command::Cli(command) => return Ok(cli::run(command).await),
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
    println!("Its dashboard is at http://{}/dashboard", node.operators());
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

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    /// What people read and scripts rely on: it changes only on purpose.
    #[test]
    fn the_help_stays() {
        let mut command = Cli::command();
        command.build();
        let mut all = String::new();
        collect_help(&mut command, &mut all);
        insta::assert_snapshot!(all);
    }

    fn collect_help(command: &mut clap::Command, all: &mut String) {
        // The environment of whoever runs the tests is not part of the help.
        let shown = command.clone().mut_args(|arg| arg.hide_env_values(true));
        let help = shown.term_width(100).render_long_help();
        all.push_str(&format!("{help}\n{}\n", "=".repeat(100)));
        for sub in command
            .get_subcommands_mut()
            .filter(|sub| sub.get_name() != "help" && !sub.is_hide_set())
        {
            collect_help(sub, all);
        }
    }
}
