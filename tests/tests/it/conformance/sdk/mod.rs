//! The part of the suite that calls with the AWS SDK for Rust: every action, every modelled fault, a whole execution.

mod domain;
mod executions;
mod faults;
mod registration;
mod tasks;

use anyhow::{Context, Result};
use futures::future::{BoxFuture, try_join_all};

use super::dev::Dev;
use super::rows::Row;
use domain::Domain;

/// A test of the suite, and what it proves.
struct Case {
    /// Area and subject of each of its rows.
    proves: &'static [(&'static str, &'static str)],
    /// What, in a sentence.
    text: &'static str,
    name: &'static str,
    run: fn(Domain) -> BoxFuture<'static, Result<()>>,
}

/// A [`Case`] of an async function that takes a domain of its own.
macro_rules! case {
    ($run:ident, $proves:expr, $text:expr) => {
        super::Case {
            proves: $proves,
            text: $text,
            name: stringify!($run),
            run: |domain| Box::pin($run(domain)),
        }
    };
}
use case;

/// Runs every case and gives their rows.
///
/// # Errors
/// When a case failed, with its name.
pub async fn run(dev: &Dev) -> Result<Vec<Row>> {
    let files = [
        ("registration", registration::CASES),
        ("executions", executions::CASES),
        ("tasks", tasks::CASES),
        ("faults", faults::CASES),
    ];
    let all = files
        .into_iter()
        .flat_map(|(file, cases)| cases.iter().map(move |case| (file, case)));
    let rows = try_join_all(all.map(|(file, case)| prove(dev, file, case))).await?;
    Ok(rows.into_iter().flatten().collect())
}

/// Runs the case that leaves no domain to be registered, and gives its rows.
///
/// # Errors
/// As [`run`].
pub async fn use_up_domains(limited: &Dev) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for case in faults::OF_LIMITS {
        rows.extend(prove(limited, "faults", case).await?);
    }
    Ok(rows)
}

async fn prove(dev: &Dev, file: &str, case: &Case) -> Result<Vec<Row>> {
    let test = format!("sdk/{file}::{}", case.name);
    let domain = Domain::register(dev.url(), case.name).await?;
    (case.run)(domain).await.with_context(|| test.clone())?;
    let row = |(area, subject): &(&str, &str)| Row {
        area: (*area).to_owned(),
        subject: (*subject).to_owned(),
        client: "aws-sdk-swf".to_owned(),
        test: test.clone(),
        text: case.text.to_owned(),
        decision: None,
        outcome: "passed".to_owned(),
    };
    Ok(case.proves.iter().map(row).collect())
}
