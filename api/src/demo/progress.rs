//! Follows documents until all of them are processed, and shows the way there.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use apus::store::Filter;
use docstore_activities::catalog::DocumentState;
use docstore_workflows::RollUpLogs;

use super::customer::{Customer, Document};
use super::screen::Screen;
use super::steps::Steps;
use super::table::{Row, Table, state_name};
use crate::engine::DOMAIN;
use crate::routes::accounts::PlanName;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(400);
/// When nothing has changed for so long, something is wrong. Longer than a retry after a crash takes.
const STALLED_AFTER: Duration = Duration::from_secs(180);

/// Documents of one customer that are to be processed, by the names of their files.
pub struct Awaited<'a> {
    /// Whose documents they are.
    pub customer: &'a Customer,
    /// Their files.
    pub files: Vec<&'a str>,
}

/// A document whose processing has ended.
pub struct Ended {
    /// What its account pays for.
    pub plan: PlanName,
    /// The document.
    pub document: Document,
}

/// Shows the documents until the processing of every one has ended.
///
/// # Errors
/// When one of them is there twice, or nothing moves any more.
pub async fn follow(
    screen: &mut Screen,
    engine: &apus::node::Node,
    awaited: &[Awaited<'_>],
) -> Result<Vec<Ended>> {
    let expected: usize = awaited.iter().map(|awaited| awaited.files.len()).sum();
    let (mut table, mut steps) = (Table::default(), Steps::new(engine));
    let begun = Instant::now();
    let (mut changed, mut before) = (begun, Vec::new());
    Table::head(screen)?;
    loop {
        let rows = look(&mut steps, awaited).await?;
        let done = rows.iter().filter(|row| row.document.state.is_final()).count();
        let open = engine.count_open(DOMAIN, &Filter::default()).await?;
        let seconds = begun.elapsed().as_secs();
        let below = format!("{done} of {expected} documents done, {open} workflows open, {seconds} s");
        table.show(screen, &rows, &below)?;
        ensure!(
            rows.len() <= expected,
            "{} documents are there instead of {expected}",
            rows.len()
        );
        if done == expected {
            screen.draw(&[], &[])?;
            return Ok(rows.into_iter().map(Ended::from).collect());
        }
        let now: Vec<_> = rows.iter().map(Row::position).collect();
        if now != before {
            (changed, before) = (Instant::now(), now);
        } else if changed.elapsed() > STALLED_AFTER {
            bail!(
                "nothing has changed for {} s: {}",
                STALLED_AFTER.as_secs(),
                open_rows(&rows)
            );
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn look(steps: &mut Steps<'_>, awaited: &[Awaited<'_>]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for Awaited { customer, files } in awaited {
        let documents = customer.documents().await.context("cannot list the documents")?;
        for document in documents {
            if !files.contains(&document.file_name.as_str()) {
                continue;
            }
            let step = match document.state {
                DocumentState::Processing => steps
                    .of(document.id)
                    .await?
                    .unwrap_or_else(|| "waits for its workflow".to_owned()),
                _ => String::new(),
            };
            rows.push(Row {
                plan: customer.plan,
                document,
                step,
            });
        }
    }
    Ok(rows)
}

fn open_rows(rows: &[Row]) -> String {
    let open = rows.iter().filter(|row| !row.document.state.is_final());
    open.map(|row| {
        format!(
            "{} is {} ({})",
            row.document.file_name,
            state_name(row.document.state),
            row.step
        )
    })
    .collect::<Vec<_>>()
    .join("; ")
}

impl From<Row> for Ended {
    fn from(row: Row) -> Self {
        Self {
            plan: row.plan,
            document: row.document,
        }
    }
}

/// Waits until no workflow is open; returns how many there were.
///
/// # Errors
/// When some ended otherwise than completed, or some do not end.
pub async fn workflows_end(screen: &mut Screen, engine: &apus::node::Node) -> Result<u64> {
    let (mut changed, mut before) = (Instant::now(), None);
    loop {
        let open = engine.count_open(DOMAIN, &Filter::default()).await?;
        let open = open - engine.count_open(DOMAIN, &always_there()).await?;
        if open == 0 {
            break;
        }
        let below = format!("{open} workflows watch over their uploads for some seconds more");
        let below = screen.faint(&below);
        screen.draw(&[], &[below])?;
        if before != Some(open) {
            (changed, before) = (Instant::now(), Some(open));
        }
        ensure!(changed.elapsed() < STALLED_AFTER, "{open} workflows do not end");
        tokio::time::sleep(LOOK_EVERY).await;
    }
    screen.draw(&[], &[])?;
    let all = engine.count_closed(DOMAIN, &Filter::default()).await?;
    let completed = Filter {
        close_status: Some(apus::model::CloseStatus::Completed),
        ..Filter::default()
    };
    let completed = engine.count_closed(DOMAIN, &completed).await?;
    let ended = all - engine.count_closed(DOMAIN, &always_there()).await?;
    ensure!(
        completed == ended,
        "{} workflows of {ended} ended without completing",
        ended.saturating_sub(completed)
    );
    Ok(ended)
}

/// The runs of the workflow that waits for the next hour, whatever else there is to do.
fn always_there() -> Filter {
    Filter {
        workflow_id: Some(RollUpLogs::ID.to_owned()),
        ..Filter::default()
    }
}
