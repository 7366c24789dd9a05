//! The demo of all samples, once.

use anyhow::{Context, Result};
use apus_tests::durable_cluster;

use super::state::State;
use super::{Samples, demo, samples_dir};

#[tokio::test]
async fn every_document_ends_as_its_sample_says() -> Result<()> {
    let (dir, samples) = (durable_cluster(), Samples::read(&samples_dir())?);
    let output = demo(dir.data_dir(), &samples_dir())?.output().await?;
    let said = String::from_utf8(output.stdout)?;
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    assert_eq!(said.lines().last().context("a last line")?, samples.last_line());
    assert!(!said.contains('\u{1b}'), "no terminal, no control characters");
    State::read(dir.data_dir()).await?.check(&samples.expected())
}
