//! Names, tags and texts that are made to run as scripts (F44).

use anyhow::{Result, ensure};
use serde_json::Value;

use super::{Site, no_complaints};

const SCRIPT: &str = "<img src=x onerror=window.taken=1><script>window.taken=1</script>";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_to_run_is_shown() -> Result<()> {
    let site = Site::start().await?;
    let browser = site.visitor("eve@example.com", "premium").await?;
    let name = "<img src=x onerror=window.taken=1>\"'&.txt";
    let file = site.file(
        name,
        format!("A poisoned well. {SCRIPT} poisoned again.").as_bytes(),
    )?;
    browser.choose_files("#files", &[&file]).await?;
    browser.see("#listing .pill.good").await?;
    let title = browser.see("#listing a.title").await?;
    ensure!(title.text().await? == name, "{}", title.text().await?);
    for path in [
        "/documents",
        "/search?q=poisoned",
        "/search?q=%22%3E%3Cscript%3Ewindow.taken%3D1%3C%2Fscript%3E",
    ] {
        browser.open(&site.at(path)).await?;
        browser.see("main h1").await?;
        ensure!(
            browser.evaluate("return window.taken").await? == Value::Null,
            "{path}"
        );
    }
    browser.open(&site.at("/search?q=poisoned")).await?;
    let snippet = browser.see(".hit .snippet").await?;
    ensure!(
        snippet.text().await?.contains("<script>"),
        "{}",
        snippet.text().await?
    );
    browser.click(".hit a.title").await?;
    let title = browser.see("#document h1").await?;
    ensure!(title.text().await? == name);
    ensure!(browser.evaluate("return window.taken").await? == Value::Null);
    no_complaints(&browser).await?;
    site.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_got_into_a_page_would_not_run() -> Result<()> {
    let site = Site::start().await?;
    let browser = site.visitor("eve@example.com", "free").await?;
    browser
        .evaluate(
            "const script = document.createElement('script'); script.textContent = 'window.taken = 1'; document.body.append(script);
             const image = document.createElement('div'); image.innerHTML = '<img src=x onerror=\"window.taken = 1\">'; document.body.append(image);",
        )
        .await?;
    browser.until("performance.now() > 0").await?;
    ensure!(browser.evaluate("return window.taken").await? == Value::Null);
    let complaints = browser.complaints().await?;
    ensure!(
        complaints
            .iter()
            .any(|line| line.contains("Content Security Policy")),
        "{complaints:?}"
    );
    site.stop().await
}
