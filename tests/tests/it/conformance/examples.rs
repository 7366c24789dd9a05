//! The programs of `examples/` together, against `apus dev`.

use std::process::Stdio;

use anyhow::{Context, Result};
use apus_tests::{program, python_program};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::dev::{Dev, root};

/// A program of the examples, gone when it is dropped.
struct Example {
    _child: Child,
}

impl Example {
    /// Starts it and waits until it says that it is at work.
    async fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("standard output is piped")?).lines();
        lines.next_line().await?.context("it says what it does")?;
        // It may go on speaking.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { _child: child })
    }
}

#[tokio::test]
async fn a_decider_and_workers_in_two_languages_price_a_parcel() -> Result<()> {
    let dev = Dev::start(&[]).await?;
    let script = |name: &str| root().join("examples/python").join(name);
    let interpreter = python_program("python");
    let programs = [
        Example::start(dev.client(&interpreter).arg(script("decider.py"))).await?,
        Example::start(dev.client(&interpreter).arg(script("worker.py"))).await?,
        Example::start(&mut dev.client(program("apus-example-worker"))).await?,
    ];

    let started = dev
        .client(program("apus"))
        .args(["workflow", "start", "--wait", "--domain", "parcels"])
        .args([
            "--type",
            "label-parcel",
            "--input",
            r#"{"items": [300, 1200]}"#,
            "parcel-1",
        ])
        .output()
        .await?;
    let errors = String::from_utf8_lossy(&started.stderr);
    assert!(started.status.success(), "{errors}");
    let result: Value = serde_json::from_slice(&started.stdout)?;
    assert_eq!(result, json!({ "grams": 1550, "cents": 490 }));
    drop(programs);
    dev.stop().await
}
