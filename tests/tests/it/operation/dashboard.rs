//! The operator's dashboard and metrics.

use anyhow::{Context, Result, ensure};
use reqwest::Client;

use super::{Deployment, sample, text};

#[tokio::test]
async fn figures_are_shown_live_to_the_operator_only() -> Result<()> {
    let deployment = Deployment::start().await?;
    deployment.sign_up("premium").await?;
    let (lease, payroll) = (sample("lease-agreement.pdf"), sample("payroll-encrypted.pdf"));
    super::run(&mut deployment.docstore(&["upload", text(&lease), text(&payroll), "--wait"])).await?;

    let operators = format!("http://{}", deployment.node.operators());
    let http = Client::new();
    let mut events = http.get(format!("{operators}/dashboard/events")).send().await?;
    let mut seen = String::new();
    // The document shows up in the stream of figures, whenever they are gathered next.
    while !(seen.contains("encrypted") && seen.contains("<td>pdf</td>")) {
        let event = events.chunk().await?.context("figures are sent until the end")?;
        seen.push_str(&String::from_utf8_lossy(&event));
    }
    let page = http.get(format!("{operators}/dashboard")).send().await?;
    let policy = page.headers()["content-security-policy"].to_str()?.to_owned();
    ensure!(policy.contains("default-src 'none'"), "{policy}");
    let page = page.text().await?;
    for shown in [
        "<td>pdf</td>",
        "<td>premium</td>",
        "encrypted",
        "99 of 100 within",
        "Uploads an hour",
        "<svg",
    ] {
        ensure!(page.contains(shown), "{shown} is not on {page}");
    }
    for asset in ["style.css", "live.js"] {
        let answer = http.get(format!("{operators}/dashboard/{asset}")).send().await?;
        ensure!(
            answer.status().is_success() && !answer.text().await?.is_empty(),
            "{asset}"
        );
    }
    let outside = http
        .get(format!("{}/dashboard", deployment.node.url()))
        .send()
        .await?;
    assert_eq!(outside.status(), 404, "customers do not see it");
    let rebound = http
        .get(format!("{operators}/dashboard"))
        .header("host", "evil.example")
        .send()
        .await?;
    assert_eq!(
        rebound.status(),
        403,
        "nor do pages that name this machine otherwise"
    );
    deployment.stop().await
}

#[tokio::test]
async fn the_same_figures_are_metrics() -> Result<()> {
    let deployment = Deployment::start().await?;
    let operators = format!("http://{}", deployment.node.operators());
    let http = Client::new();
    let mut events = http.get(format!("{operators}/dashboard/events")).send().await?;
    // The first round of figures is published, too.
    events.chunk().await?.context("figures")?;
    let metrics = http
        .get(format!("{operators}/metrics"))
        .send()
        .await?
        .text()
        .await?;
    for series in [
        "docstore_hourly_uploads{account_type=\"free\",hour=\"current\"} 0",
        "docstore_queue_messages{state=\"waiting\"} 0",
        "docstore_tasks_waiting{task_list=\"documents\"} 0",
    ] {
        ensure!(
            metrics.lines().any(|line| line == series),
            "{series} is not in {metrics}"
        );
    }
    deployment.stop().await
}
