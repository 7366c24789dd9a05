//! The program `apus`: a local engine, a production node, and what operators do with runs.

mod bench;
mod client;
mod connection;
mod credentials;
mod domain;
mod duration;
mod failure;
mod output;
mod serve;
mod signer;
mod workflow;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use tokio::runtime::Runtime;

use failure::{EXIT_CODES, Failure};

/// A request is many small pieces of memory, most of them freed by another thread than the one that took them. With the
/// system's allocator an eighth of a node's work is that. It does not ask for huge pages (`no_thp`): for what waits a
/// moment only, to get and to clear them costs more than they save (`docs/performance.md`).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// A durable workflow engine that speaks Amazon SWF's protocol.
#[derive(Parser)]
#[command(name = "apus", version, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a local engine with a database of its own
    Dev(serve::Dev),
    /// Run a node on a PostgreSQL that others may share
    Serve(serve::Serve),
    /// Register domains, look at them and retire them
    #[command(after_help = EXIT_CODES)]
    Domain(domain::Domain),
    /// Say who may call the nodes of a database
    #[command(after_help = EXIT_CODES)]
    Credentials(credentials::Credentials),
    /// Look at runs, start and steer them
    #[command(visible_alias = "wf", after_help = EXIT_CODES)]
    Workflow(workflow::Workflow),
    /// Measure what the engine does on this machine
    Bench(bench::Bench),
    /// A process of `apus bench`, which starts it
    #[command(hide = true)]
    BenchProcess(bench::BenchProcess),
}

impl Command {
    fn runtime(&self) -> std::io::Result<Runtime> {
        match self {
            Command::BenchProcess(process) => process.runtime(),
            _ => Runtime::new(),
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match cli.command.runtime() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::Io("cannot start".to_owned(), error).report(),
    };
    let done = runtime.block_on(async {
        match cli.command {
            Command::Dev(dev) => serve::dev(dev).await,
            Command::Serve(serve) => serve::serve(serve).await,
            Command::Domain(domain) => domain::run(domain).await,
            Command::Credentials(credentials) => credentials::run(credentials).await,
            Command::Workflow(workflow) => workflow::run(workflow).await,
            Command::Bench(bench) => bench::run(bench).await,
            Command::BenchProcess(process) => bench::run_process(process).await,
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
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
