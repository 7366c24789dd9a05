//! `docstore bench`, as small as it can be: what it measures is answered as it should be.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use super::{docstore, done, run, text};

#[tokio::test]
async fn what_is_measured_is_answered() -> Result<()> {
    // Not in a directory that only its owner may enter: the private server may run as somebody else.
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))?;
    for (workload, documents, figures) in [
        ("lists", "40", 2),
        ("searches", "400", 1),
        ("events", "0", 2),
        ("uploads", "0", 2),
    ] {
        let dir = folder.path().join(workload);
        let small = ["--accounts", "2", "--rate", "20", "--seconds", "2"];
        let args = [
            "bench",
            workload,
            "--json",
            "--documents",
            documents,
            "--data-dir",
            text(&dir),
        ];
        let out = done(run(&mut docstore(&[&args[..], &small].concat())).await?)?;
        let measured: Vec<Value> = serde_json::Deserializer::from_str(&out)
            .into_iter()
            .collect::<Result<_, _>>()
            .with_context(|| out.clone())?;
        ensure!(measured.len() == figures, "{workload}: {out}");
        for figures in measured {
            ensure!(
                figures["n"].as_u64() > Some(0) && figures["p99_ms"].as_f64() > Some(0.0),
                "{out}"
            );
        }
    }
    Ok(())
}
