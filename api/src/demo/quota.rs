//! How an account gets over its quota, the one mail about it, and what is refused from then on.
//!
//! A form that declares a size never gets there: its size is reserved. Forms that declare none reserve nothing; two of
//! them, issued before anything is uploaded, each take what is left, and together more than that.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::customer::{Customer, problem};
use super::progress::{Awaited, follow};
use super::screen::Screen;
use super::upload::{ask_for_form, delete, post, settle, wait_until_deleted};

/// Bytes of the free account's quota that its samples leave.
pub const ROOM: u64 = 400_000;
/// Bytes of each document that goes into the room: one fits, two do not.
const BYTES: u64 = 300_000;
/// The two documents.
const FILES: [&str; 2] = ["attic-inventory-1.txt", "attic-inventory-2.txt"];
/// Between two looks into the outbox.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long a mail may take: it is tried again when its worker has died.
const MAIL_WITHIN: Duration = Duration::from_secs(120);

#[derive(Deserialize)]
struct Account {
    usage: Usage,
}

#[derive(Deserialize)]
struct Usage {
    quota_bytes: u64,
    bytes_used: u64,
    over_quota: bool,
}

/// Brings the account over its quota and shows what comes of it.
pub async fn exceed(
    screen: &mut Screen,
    engine: &apus::node::Node,
    customer: &Customer,
    outbox: &Path,
) -> Result<()> {
    screen.heading("The free account goes over its quota")?;
    fill(screen, customer).await?;
    let awaited = [Awaited {
        customer,
        files: FILES.to_vec(),
    }];
    follow(screen, engine, &awaited).await?;
    let Account { usage } = customer.get("/v1/account", &[]).await?;
    ensure!(usage.over_quota, "the account is not over its quota");
    screen.line(&format!(
        "Together they exceed it: {} bytes of {} are used.",
        usage.bytes_used, usage.quota_bytes
    ))?;
    show_mail(screen, outbox).await?;
    show_refusal(screen, customer).await
}

/// Uploads both documents, unless both are there.
async fn fill(screen: &mut Screen, customer: &Customer) -> Result<()> {
    let mut there = settle(customer).await?;
    there.retain(|document| FILES.contains(&document.file_name.as_str()));
    if there.len() == FILES.len() {
        return Ok(());
    }
    // A form for the second one, issued after the first has arrived, would not take it.
    for document in there {
        delete(customer, document.id).await?;
    }
    wait_until_deleted(customer).await?;
    let mut forms = Vec::new();
    for file in FILES {
        let form = ask_for_form(customer, &wanted(file)).await?;
        screen.line(&format!(
            "A form for {file} takes up to {} bytes.",
            form.max_bytes
        ))?;
        ensure!(
            form.max_bytes >= BYTES,
            "the form for {file} does not take {BYTES} bytes"
        );
        forms.push((file, form));
    }
    for (file, form) in forms {
        post(customer, form, file, content(file)).await?;
        screen.line(&format!("{file} has {BYTES} bytes and is uploaded."))?;
    }
    Ok(())
}

fn wanted(file: &str) -> Value {
    json!({
        "file_name": file, "content_type": "text/plain", "title": "Inventory of the attic",
        "tags": ["inventory"], "redirect": true,
    })
}

fn content(file: &str) -> Vec<u8> {
    let lines =
        (1..).flat_map(|number| format!("{file}: box {number}, not opened since the move.\n").into_bytes());
    lines.take(BYTES as usize).collect()
}

/// Shows the mail, which may be sent a moment after the documents are done.
async fn show_mail(screen: &mut Screen, outbox: &Path) -> Result<()> {
    let waiting = async {
        loop {
            let mails = mails_in(outbox)?;
            if !mails.is_empty() {
                return anyhow::Ok(mails);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    let mails = tokio::time::timeout(MAIL_WITHIN, waiting)
        .await
        .context("no mail was sent")??;
    let [mail] = &mails[..] else {
        bail!("{} mails were sent instead of one", mails.len());
    };
    screen.line(&format!("One mail was sent, {}:", mail.display()))?;
    for line in std::fs::read_to_string(mail)?.lines() {
        let line = screen.faint(line);
        screen.line(&format!("  {line}"))?;
    }
    Ok(())
}

fn mails_in(outbox: &Path) -> Result<Vec<PathBuf>> {
    let mut mails = Vec::new();
    for entry in
        std::fs::read_dir(outbox).with_context(|| format!("cannot look into {}", outbox.display()))?
    {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "eml") {
            mails.push(path);
        }
    }
    Ok(mails)
}

async fn show_refusal(screen: &mut Screen, customer: &Customer) -> Result<()> {
    let answer = customer
        .change(Method::POST, "/v1/uploads")
        .json(&json!({ "file_name": "one-more.txt", "size": 1 }))
        .send()
        .await?;
    let status = answer.status();
    let refused = problem(answer).await.context("an upload was not refused")?;
    ensure!(
        refused.code == "over_quota",
        "an upload was refused for {}",
        refused.code
    );
    screen.line(&format!(
        "A further upload is refused ({status}): {}",
        refused.detail
    ))
}
