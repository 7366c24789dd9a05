//! `docstore admin`.

use std::pin::pin;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{Deployment, EMAIL, docstore, done, refused, run, sample, text};

async fn admin(deployment: &Deployment, args: &[&str]) -> Result<Value> {
    let out = done(run(&mut deployment.admin(&[args, &["--json"]].concat())).await?)?;
    serde_json::from_str(&out).with_context(|| out)
}

#[tokio::test]
async fn what_failed_is_counted_and_processed_again() -> Result<()> {
    let deployment = Deployment::start().await?;
    deployment.sign_up("premium").await?;
    let (payroll, lease) = (sample("payroll-encrypted.pdf"), sample("lease-agreement.pdf"));
    let upload = ["upload", text(&payroll), text(&lease), "--wait"];
    refused_by_processing(run(&mut deployment.docstore(&upload)).await?)?;
    let failed = json!([{ "state": "failed", "reason": "encrypted", "documents": 1 }]);
    assert_eq!(admin(&deployment, &["failures"]).await?, failed);
    let other = ["reprocess", "--reason", "too_large"];
    assert_eq!(admin(&deployment, &other).await?, json!({ "documents": 0 }));
    let this = ["reprocess", "--reason", "encrypted"];
    assert_eq!(admin(&deployment, &this).await?, json!({ "documents": 1 }));
    refused_by_processing(run(&mut deployment.docstore(&["status", "--wait"])).await?).or_else(|error| {
        // It may have ended before it was looked at.
        error
            .to_string()
            .contains("code: Some(0)")
            .then_some(())
            .ok_or(error)
    })?;
    // A document is counted once, however often it is processed.
    let usage = deployment.json(&["account", "show"]).await?["usage"].take();
    assert_eq!(usage["documents"], 2);
    deployment.stop().await
}

fn refused_by_processing(ran: super::Ran) -> Result<()> {
    ensure!(ran.code == Some(8), "{ran:?}");
    Ok(())
}

#[tokio::test]
async fn dead_letters_are_listed_and_put_back() -> Result<()> {
    let deployment = Deployment::start().await?;
    let queue = &deployment.node.app().queue;
    queue.send("no event").await?;
    while queue.depth().await?.dead == 0 {
        tokio::task::yield_now().await;
    }
    let letters = admin(&deployment, &["dead-letters", "list"]).await?;
    assert_eq!(letters[0]["body"], "no event");
    assert!(
        letters[0]["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("not an event")),
        "{letters}"
    );
    let id = letters[0]["id"].as_str().context("an id")?;
    let missing = ["dead-letters", "redrive", &uuid::Uuid::nil().to_string()];
    let not_there = refused(run(&mut deployment.admin(&missing)).await?, 4)?;
    assert!(not_there.contains("1 dead letter of 1"), "{not_there}");
    assert_eq!(
        admin(&deployment, &["dead-letters", "redrive", id]).await?,
        json!({ "redriven": 1 })
    );
    // Nobody can make anything of it the second time either.
    while queue.depth().await?.dead == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        admin(&deployment, &["dead-letters", "redrive", "--all"]).await?,
        json!({ "redriven": 1 })
    );
    deployment.stop().await
}

/// The documents that a search finds.
async fn found(deployment: &Deployment, query: &str) -> Result<Vec<String>> {
    let found = deployment.json(&["search", query]).await?;
    let hits = found["hits"].as_array().context("hits")?.iter();
    Ok(hits
        .filter_map(|hit| Some(hit["document"].as_str()?.to_owned()))
        .collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_index_has_lost_is_put_into_it_again() -> Result<()> {
    let deployment = Deployment::start().await?;
    let nothing = json!({ "accounts": 0, "accounts_left": 0, "documents_left": 0 });
    assert_eq!(admin(&deployment, &["index", "rebuild"]).await?, nothing);
    deployment.sign_up("premium").await?;
    let (lease, letter) = (sample("lease-agreement.pdf"), sample("chateau-letter-latin1.txt"));
    let uploaded = deployment
        .json(&["upload", text(&lease), text(&letter), "--wait"])
        .await?;
    let (lost, kept) = (&uploaded[0]["id"], &uploaded[1]["id"]);
    let lost = lost.as_str().context("an id")?;
    assert_eq!(found(&deployment, "enjoyment").await?, [lost]);
    deployment.node.app().index.remove(lost.parse()?).await?;
    assert_eq!(found(&deployment, "enjoyment").await?, [""; 0]);

    let by_nobody = ["index", "rebuild", "--account", "nobody@example.com"];
    let refusal = refused(run(&mut deployment.admin(&by_nobody)).await?, 4)?;
    assert!(refusal.contains("nobody@example.com"), "{refusal}");
    let rebuild = ["index", "rebuild", "--account", EMAIL, "--wait"];
    let kept = kept.as_str().context("an id")?;
    let rebuilt = {
        let mut rebuilding = pin!(admin(&deployment, &rebuild));
        // What is there stays there meanwhile.
        loop {
            tokio::select! {
                biased;
                found = found(&deployment, "chateau") => assert_eq!(found?, [kept]),
                rebuilt = &mut rebuilding => break rebuilt?,
            }
        }
    };
    assert_eq!(
        rebuilt,
        json!({ "accounts": 1, "accounts_left": 0, "documents_left": 0 })
    );
    assert_eq!(found(&deployment, "enjoyment").await?, [lost]);
    let status = done(run(&mut deployment.admin(&["index", "status"])).await?)?;
    assert_eq!(status, "All documents are indexed.\n");
    deployment.stop().await
}

#[tokio::test]
async fn without_a_database_it_says_what_to_name() -> Result<()> {
    let data = tempfile::tempdir()?;
    let args = ["admin", "failures", "--data-dir", text(data.path())];
    let refusal = refused(run(&mut docstore(&args)).await?, 1)?;
    assert!(refusal.contains("--database-url"), "{refusal}");
    let nobody = "postgres://nobody@127.0.0.1:1/docstore";
    let args = ["admin", "failures", "--database-url", nobody];
    let refusal = refused(run(&mut docstore(&args)).await?, 1)?;
    assert!(refusal.ends_with("Connection refused\n"), "{refusal}");
    Ok(())
}
