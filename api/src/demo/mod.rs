//! `docstore demo`: the main job on real documents, for people to watch and for tests to check.
//!
//! Two customers sign up, upload the samples through the signed form, and find them again; one of them goes over his
//! quota. Everything they do goes through the web API. Killed at any moment and started again on its data, the demo
//! goes on where it ended.

mod customer;
mod data;
mod progress;
mod quota;
mod report;
mod samples;
mod screen;
mod search;
mod steps;
mod table;
mod upload;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::node::Node;
use crate::routes::accounts::PlanName;
use crate::{logs, throwaway};
use customer::{Customer, PASSWORD, email};
use progress::{Awaited, follow, workflows_end};
use report::Report;
use samples::Samples;
use screen::Screen;

/// What a program that was interrupted answers to its shell.
const INTERRUPTED: u8 = 130;

/// How the demo is to run.
#[derive(clap::Args)]
pub struct Options {
    /// End when everything has been shown; the exit code says whether it was as it should be
    #[arg(long)]
    once: bool,
    /// Where everything is kept; a demo that is started again on its data goes on where it ended
    #[arg(long, value_name = "DIR", default_value = "target/demo")]
    data_dir: PathBuf,
    /// The documents and the list of them, samples.toml
    #[arg(long, value_name = "DIR", default_value = "samples")]
    samples: PathBuf,
    /// Begin anew: remove what an earlier demo left in the data directory
    #[arg(long)]
    fresh: bool,
}

/// Runs the demo.
///
/// # Errors
/// When something failed that the demo rests on. What only went otherwise than it should is in the exit code.
pub async fn run(options: &Options) -> Result<ExitCode> {
    logs::start(logs::QUIET)?;
    // Asked for before anything is started, so that no signal is missed.
    let mut stop = Stop::new()?;
    let begun = Instant::now();
    let samples = Samples::read(&options.samples)?;
    throwaway::prepare(&options.data_dir, data::MARK, options.fresh).await?;
    let mut screen = Screen::new();
    screen.line(&format!("DocStore starts in {}", options.data_dir.display()))?;
    let config = data::config(&options.data_dir, &samples, !options.once)?;
    let node = Node::start(config).await.context("DocStore does not start")?;
    let shown = tokio::select! {
        shown = show(&mut screen, &node, options, &samples, begun) => Some(shown),
        () = stop.asked_for() => None,
    };
    if !options.once && matches!(shown, Some(Ok(_))) {
        screen.line("Ctrl-C ends it.")?;
        stop.asked_for().await;
    }
    node.stop().await?;
    let Some(report) = shown.transpose()? else {
        let said = format!(
            "Interrupted; started on {} again, it goes on from here.",
            options.data_dir.display()
        );
        screen.line(&said)?;
        return Ok(ExitCode::from(INTERRUPTED));
    };
    if options.once {
        screen.line(&report.last_line())?;
    }
    Ok(report.exit_code())
}

/// Everything, from the two accounts to the summary.
async fn show(
    screen: &mut Screen,
    node: &Node,
    options: &Options,
    samples: &Samples,
    begun: Instant,
) -> Result<Report> {
    let (free, premium) = tokio::try_join!(
        Customer::arrive(node.url(), PlanName::Free),
        Customer::arrive(node.url(), PlanName::Premium),
    )?;
    let engine = node.engine().node();
    let mut report = Report::default();
    screen.heading("A free and a premium account upload the samples")?;
    let awaited = [&free, &premium].map(|customer| Awaited {
        customer,
        files: samples
            .of(customer.plan)
            .map(|sample| sample.file.as_str())
            .collect(),
    });
    let (_, _, ended) = tokio::try_join!(
        upload::samples(&free, samples),
        upload::samples(&premium, samples),
        follow(screen, engine, &awaited),
    )?;
    report.documents(&ended, samples)?;
    search::run(screen, &mut report, &premium, samples, &ended).await?;
    search::run(screen, &mut report, &free, samples, &ended).await?;
    quota::exceed(screen, engine, &free, &options.data_dir.join("outbox")).await?;
    if options.once {
        let workflows = workflows_end(screen, engine).await?;
        screen.line(&format!("All {workflows} workflows have completed."))?;
    }
    report.complaints(screen)?;
    screen.heading(&format!("It took {:.1} s", begun.elapsed().as_secs_f64()))?;
    if !options.once {
        screen.line(&report.last_line())?;
        screen.heading(&format!("DocStore serves at {}", node.url()))?;
        screen.line(&format!(
            "The operator's dashboard: http://{}/dashboard",
            node.operators()
        ))?;
        for customer in [&premium, &free] {
            screen.line(&format!(
                "Log in as {} with the password: {PASSWORD}",
                email(customer.plan)
            ))?;
        }
    }
    Ok(report)
}

/// The signals that end the program.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn new() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn asked_for(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
