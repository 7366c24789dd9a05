//! The command line as a customer uses it.

use std::os::unix::fs::PermissionsExt;

use anyhow::{Context, Result};

use super::{Deployment, EMAIL, PASSWORD, docstore, done, refused, run, run_with, sample, text};

#[tokio::test]
async fn from_sign_up_to_log_out() -> Result<()> {
    let deployment = Deployment::start().await?;
    deployment.sign_up("premium").await?;
    let kept = std::fs::metadata(deployment.data.path().join(".config/docstore/session.json"))?;
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    let shown = done(run(&mut deployment.docstore(&["account", "show"])).await?)?;
    assert!(shown.contains(EMAIL) && shown.contains("premium"), "{shown}");

    let (lease, letter) = (sample("lease-agreement.pdf"), sample("chateau-letter-latin1.txt"));
    let upload = ["upload", text(&lease), text(&letter), "--tag", "legal", "--wait"];
    let uploaded = deployment.json(&upload).await?;
    let uploaded = uploaded.as_array().context("a list")?;
    assert_eq!(uploaded.len(), 2);
    assert!(
        uploaded.iter().all(|document| document["state"] == "ready"),
        "{uploaded:?}"
    );
    let id = uploaded[0]["id"].as_str().context("an id")?;

    let listed = done(run(&mut deployment.docstore(&["list", "--tag", "legal", "--sort", "title"])).await?)?;
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(
        listed.contains(id) && listed.contains("lease-agreement.pdf"),
        "{listed}"
    );
    let found = done(run(&mut deployment.docstore(&["search", "\"peaceful enjoyment\""])).await?)?;
    assert!(found.contains(id) && found.contains("page 1"), "{found}");
    assert!(found.ends_with("1 document found.\n"), "{found}");
    let status = done(run(&mut deployment.docstore(&["status", id])).await?)?;
    assert!(status.contains("ready"), "{status}");

    let target = deployment.data.path().join("lease.pdf");
    let download = ["download", id, "--output", text(&target)];
    done(run(&mut deployment.docstore(&download)).await?)?;
    assert_eq!(std::fs::read(&target)?, std::fs::read(&lease)?);
    let again = refused(run(&mut deployment.docstore(&download)).await?, 2)?;
    assert!(again.contains("--force"), "{again}");
    // What was begun is continued: a part that is there is not asked for again, a damaged one is thrown away.
    let part = target
        .with_added_extension(id.replace('-', ""))
        .with_added_extension("part");
    let content = std::fs::read(&lease)?;
    std::fs::write(&part, &content[..1_000])?;
    done(run(deployment.docstore(&download).arg("--force")).await?)?;
    assert_eq!(std::fs::read(&target)?, content);
    std::fs::write(&part, [0; 1_000])?;
    let damaged = refused(run(deployment.docstore(&download).arg("--force")).await?, 1)?;
    assert!(damaged.contains("SHA-256"), "{damaged}");
    done(run(deployment.docstore(&download).arg("--force")).await?)?;
    assert_eq!(std::fs::read(&target)?, content);

    done(run(&mut deployment.docstore(&["account", "log-out"])).await?)?;
    let after = refused(run(&mut deployment.docstore(&["list"])).await?, 3)?;
    assert!(after.contains("account log-in"), "{after}");
    deployment.stop().await
}

#[tokio::test]
async fn failures_have_codes_and_say_what_to_do() -> Result<()> {
    let deployment = Deployment::start().await?;
    let log_in = ["account", "log-in", EMAIL];
    let stranger = refused(run_with(&mut deployment.docstore(&log_in), PASSWORD).await?, 3)?;
    assert!(stranger.contains("sign-up"), "{stranger}");
    deployment.sign_up("free").await?;
    let twice = ["account", "sign-up", EMAIL];
    let taken = refused(run_with(&mut deployment.docstore(&twice), PASSWORD).await?, 5)?;
    assert!(taken.contains("log-in"), "{taken}");

    let unknown = uuid::Uuid::nil().to_string();
    let missing = refused(run(&mut deployment.docstore(&["status", &unknown])).await?, 4)?;
    assert!(missing.contains("docstore list"), "{missing}");
    let query = refused(run(&mut deployment.docstore(&["search", "colour:red"])).await?, 2)?;
    assert!(query.contains("search --help"), "{query}");
    let nowhere = ["list", "--server", "http://127.0.0.1:9", "--token", "x"];
    let unreachable = refused(run(&mut deployment.docstore(&nowhere)).await?, 7)?;
    assert!(unreachable.contains("docstore serve"), "{unreachable}");
    // The token of one server is not shown to another.
    let other = ["list", "--server", "http://127.0.0.1:9"];
    let not_there = refused(run(&mut deployment.docstore(&other)).await?, 3)?;
    assert!(not_there.contains(deployment.node.url()), "{not_there}");
    let no_id = run(&mut deployment.docstore(&["download", "1"])).await?;
    assert!(
        no_id.code == Some(2) && no_id.err.contains("an id looks like"),
        "{no_id:?}"
    );
    let none = done(run(&mut deployment.docstore(&["list"])).await?)?;
    assert_eq!(none, "There are no documents yet.\n");
    let no_file = refused(
        run(&mut deployment.docstore(&["upload", "/nowhere.txt"])).await?,
        4,
    )?;
    assert!(no_file.contains("/nowhere.txt"), "{no_file}");
    let broken = sample("broken-download.pdf");
    deployment.json(&["upload", text(&broken), "--wait"]).await?;
    deployment.stop().await
}

#[tokio::test]
async fn a_file_is_read_without_a_server() -> Result<()> {
    let notice = sample("water-notice.jpg");
    let mut command = docstore(&["extract", text(&notice), "--json"]);
    let read: serde_json::Value = serde_json::from_str(&done(run(&mut command).await?)?)?;
    assert_eq!(read["kind"], "jpeg");
    assert_eq!(read["pages"][0]["source"], "ocr");
    assert!(
        read["pages"][0]["text"]
            .as_str()
            .is_some_and(|text| text.to_lowercase().contains("water"))
    );
    let encrypted = sample("payroll-encrypted.pdf");
    let refusal = refused(run(&mut docstore(&["extract", text(&encrypted)])).await?, 8)?;
    assert!(refusal.contains("encrypted"), "{refusal}");
    Ok(())
}
