//! Calls that schemathesis makes up from the description of the API: every answer is one that the description knows, and
//! what the description forbids is refused. What it has to know beyond that is in `tests/schemathesis/`.
//!
//! `make fuzz-api` makes many more calls.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use apus_tests::{database, program, python_program};
use docstore::config::{Config, Settings};
use docstore::node::Node;
use tempfile::TempDir;
use tokio::process::Command;

/// How many calls to make, at least.
const CALLS: &str = "API_CALLS";
const USUAL_CALLS: usize = 1_500;
/// What schemathesis makes whatever it is told, to visit every corner once.
const CORNERS: usize = 1_300;
/// Calls that one more case for each operation leads to, at least.
const CALLS_A_CASE: usize = 34;
/// The same calls every time.
const SEED: &str = "5";
/// Below that the calls would be about nothing that is there. About half of them are wrong on purpose.
const SUCCESSFUL_PERCENT: usize = 25;

/// How often each operation gave each status.
type Answers = BTreeMap<String, BTreeMap<u16, usize>>;

#[tokio::test(flavor = "multi_thread")]
async fn calls_made_up_from_the_description_are_answered_as_described() -> Result<()> {
    let asked = std::env::var(CALLS).ok().map(|calls| calls.parse()).transpose()?;
    let wanted: usize = asked.unwrap_or(USUAL_CALLS);
    let (database, data) = (database().await, TempDir::new()?);
    let anywhere = Some((Ipv4Addr::LOCALHOST, 0).into());
    let settings = Settings {
        data_dir: Some(data.path().to_owned()),
        listen: anywhere,
        objects_listen: anywhere,
        engine_listen: anywhere,
        account_requests: Some(0),
        address_requests: Some(0),
        // So that every call can come from an address of its own.
        forwarded_hops: Some(1),
        reader_program: Some(program("docstore-extract")),
        ..Settings::default()
    };
    let config = Config {
        database: Some(database.connect_options()),
        ..settings.resolve()?
    };
    let node = Node::start(config).await?;
    let answers = call(node.url(), wanted).await?;
    node.stop().await?;

    let count = |answers: &BTreeMap<u16, usize>| answers.values().sum::<usize>();
    let good =
        |answers: &BTreeMap<u16, usize>| answers.range(200..400).map(|(_, count)| count).sum::<usize>();
    let calls: usize = answers.values().map(count).sum();
    let successful: usize = answers.values().map(good).sum();
    println!("{calls} calls, {successful} of them successful: {answers:#?}");
    ensure!(calls >= wanted, "only {calls} calls were made");
    ensure!(
        successful * 100 >= calls * SUCCESSFUL_PERCENT,
        "only {successful} succeeded"
    );
    let never = answers.iter().filter(|(_, answers)| good(answers) == 0);
    let never: Vec<_> = never.map(|(operation, _)| operation).collect();
    ensure!(never.is_empty(), "{never:?} never succeeded");
    Ok(())
}

async fn call(url: &str, calls: usize) -> Result<Answers> {
    let known = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemathesis");
    // It writes where it stands.
    let place = TempDir::new()?;
    let cases = calls.saturating_sub(CORNERS) / CALLS_A_CASE;
    let output = Command::new(python_program("st"))
        .current_dir(place.path())
        .env("DOCSTORE_URL", url)
        .env("PYTHONPATH", &known)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg("--config-file")
        .arg(known.join("schemathesis.toml"))
        .args([
            "run",
            &format!("{url}/openapi.json"),
            "--no-color",
            "--seed",
            SEED,
        ])
        .args(["--max-examples", &cases.max(1).to_string()])
        .kill_on_drop(true)
        .output()
        .await?;
    let (said, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    ensure!(output.status.success(), "schemathesis:\n{said}\n{errors}");
    println!("{said}");
    let answers = std::fs::read_to_string(place.path().join("answers.json")).context("the hooks write it")?;
    Ok(serde_json::from_str(&answers)?)
}
