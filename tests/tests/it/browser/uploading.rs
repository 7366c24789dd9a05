//! Uploads: several at once with progress, refused ones, and an account that is full.

use anyhow::{Result, ensure};
use apus_tests::Browser;
use docstore_activities::catalog::Quotas;

use super::{Site, no_complaints, sample};

#[tokio::test(flavor = "multi_thread")]
async fn several_files_go_straight_to_the_store_and_are_followed_until_they_are_ready() -> Result<()> {
    let site = Site::start().await?;
    let browser = site.visitor("ada@example.com", "premium").await?;
    browser.see_text("No documents yet").await?;

    let files = ["lease-agreement.pdf", "stock-count.xlsx", "payroll-encrypted.pdf"].map(sample);
    browser
        .choose_files("#files", &files.each_ref().map(|file| file.as_path()))
        .await?;
    browser.see("#uploads:not([hidden]) li").await?;
    browser
        .until("document.querySelectorAll('#uploads li[data-state=done]').length === 3")
        .await?;
    // The list fills by itself and says how far each document is, until all has been said.
    browser
        .until("document.querySelectorAll('#listing tr[data-row]').length === 3")
        .await?;
    browser.until("!document.querySelector('[data-live]')").await?;
    ensure!(browser.count("#listing .pill.good").await? == 2);
    let refused = browser.see("#listing .standing:has(.pill.bad) small").await?;
    ensure!(
        refused.text().await?.contains("password"),
        "{}",
        refused.text().await?
    );
    browser.see_text("3 documents").await?;
    no_complaints(&browser).await?;
    site.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_refused_with_what_to_do() -> Result<()> {
    let site = Site::with_quotas(Quotas {
        free: 10_000,
        premium: 20_000,
    })
    .await?;
    let browser = site.visitor("ada@example.com", "free").await?;
    let large = site.file("large.txt", &[b'a'; 10_001])?;
    let small = site.file("small.txt", b"small enough")?;
    browser.choose_files("#files", &[&large, &small]).await?;
    let refused = browser.see("#uploads li[data-state=failed] .said").await?;
    ensure!(
        refused.text().await?.contains("do not fit"),
        "{}",
        refused.text().await?
    );
    browser.see("#uploads li[data-state=done]").await?;
    browser
        .see("#uploads li[data-state=failed] button[data-again]:not([hidden])")
        .await?;
    browser
        .until("document.querySelectorAll('#listing tr[data-row]').length === 1")
        .await?;
    site.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_account_is_told_once_by_mail_and_on_every_list() -> Result<()> {
    let site = Site::with_quotas(Quotas {
        free: 10_000,
        premium: 20_000,
    })
    .await?;
    // Two forms that were signed while there was room, and take together more than there is.
    let file = site.file("half.txt", &[b'a'; 6_000])?;
    let browser = site.visitor("ada@example.com", "free").await?;
    let other = Browser::start().await?;
    site.log_in(&other, "ada@example.com").await?;
    for window in [&browser, &other] {
        window.allow_scripts(false).await?;
        window.open(&site.at("/upload")).await?;
        window.fill("#name", "half.txt").await?;
        window.click("main .without-script button.primary").await?;
        window.see("#file").await?;
    }
    for window in [&browser, &other] {
        window.choose_files("#file", &[&file]).await?;
        window.click("main button.primary").await?;
        window.see("#listing").await?;
        window.allow_scripts(true).await?;
    }
    browser.open(&site.at("/documents")).await?;
    browser.until("!document.querySelector('[data-live]')").await?;
    browser.see_text("Your storage is full").await?;
    browser.open(&site.at("/documents")).await?;
    browser.see("a[data-upload][aria-disabled=true]").await?;
    let outbox = site.data.path().join("outbox");
    let mails = std::fs::read_dir(outbox)?.filter(|entry| {
        entry
            .as_ref()
            .is_ok_and(|entry| entry.path().extension().is_some_and(|found| found == "eml"))
    });
    ensure!(mails.count() == 1, "exactly one mail");
    site.stop().await
}
