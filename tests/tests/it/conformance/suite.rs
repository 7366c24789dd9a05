//! The part of the suite that is written in Python, for boto3: `tests/conformance`.

use anyhow::{Context, Result, ensure};
use apus_tests::python_program;

use super::dev::{Dev, root};
use super::rows::Row;

/// Most of the tests wait for clocks of a second or two, so there are more of them at work than processors.
const WORKERS: &str = "4";

/// Runs every test, those of limits and rates against the engines that have them, and gives the rows of those that
/// passed.
///
/// # Errors
/// When a test failed, with what pytest says of it.
pub async fn run(dev: &Dev, limited: &Dev, throttled: &Dev) -> Result<Vec<Row>> {
    let dir = tempfile::tempdir()?;
    let report = dir.path().join("rows.json");
    let output = dev
        .client(python_program("python"))
        .current_dir(root().join("tests/conformance"))
        .env("APUS_LIMITED_URL", limited.url())
        .env("APUS_THROTTLED_URL", throttled.url())
        .args(["-m", "pytest", "--numprocesses", WORKERS])
        .arg(format!("--rows={}", report.display()))
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "pytest:\n{said}\n{errors}");
    let rows = std::fs::read_to_string(&report).context("pytest writes its rows")?;
    Ok(serde_json::from_str(&rows)?)
}
