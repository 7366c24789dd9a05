//! What is done with documents: renamed, read, replaced, thrown away, had back.

use anyhow::{Context, Result, ensure};
use apus_tests::Browser;

use super::{Site, no_complaints, sample};

/// Uploads a sample and opens its page.
async fn document(site: &Site, browser: &Browser, name: &str) -> Result<()> {
    browser.choose_files("#files", &[&sample(name)]).await?;
    browser
        .until("document.querySelector('#listing tr[data-row]') && !document.querySelector('[data-live]')")
        .await?;
    let title = browser.see("#listing a.title").await?;
    let path = title.attr("href").await?.context("a link")?;
    browser.open(&site.at(&path)).await?;
    browser.see("#document h1").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_renamed_and_read_page_by_page() -> Result<()> {
    let site = Site::start().await?;
    let browser = site.visitor("ada@example.com", "premium").await?;
    document(&site, &browser, "lease-agreement.pdf").await?;
    browser
        .until("document.querySelector('#document img')?.naturalWidth > 0")
        .await?;

    browser.click("details.unfold summary").await?;
    browser.fill("#title", "Lease of the workshop").await?;
    browser
        .fill(
            "#tags",
            "legal, a tag that is far too long to be taken as one of them",
        )
        .await?;
    browser.click("details.unfold button.primary").await?;
    browser.see_text("Has more than 40 characters.").await?;
    ensure!(browser.complaints().await?.len() == 1, "the refusal itself");
    browser.fill("#tags", "legal, workshop").await?;
    browser.click("details.unfold button.primary").await?;
    browser.see_text("Title and tags have been saved.").await?;
    let heading = browser.see("#document h1").await?;
    ensure!(heading.text().await? == "Lease of the workshop");
    browser.see_text("Title or tags changed").await?;

    browser.see_text("Page 1 of 3").await?;
    browser.click("#text a[rel=next]").await?;
    browser.see_text("Page 2 of 3").await?;
    browser
        .until("document.querySelector('#text pre').textContent.includes('dilapidations')")
        .await?;
    no_complaints(&browser).await?;
    site.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_thrown_away_can_be_had_back_until_it_is_deleted() -> Result<()> {
    let site = Site::start().await?;
    let browser = site.visitor("ada@example.com", "free").await?;
    document(&site, &browser, "plum-cake.txt").await?;
    browser.open(&site.at("/documents")).await?;
    browser.click("tr[data-row] button[formaction$='/trash']").await?;
    browser
        .see_text("The document has been moved to the trash.")
        .await?;
    browser.see_text("No documents yet").await?;
    browser.click(".notice button[formaction$='/restore']").await?;
    browser.see_text("The document has been restored.").await?;

    browser.click("#document button[formaction$='/trash']").await?;
    browser.see_text("No documents yet").await?;
    browser.open(&site.at("/trash")).await?;
    browser.click("tbody .title").await?;
    browser.see_text("This document lies in the trash.").await?;
    browser.open(&site.at("/trash")).await?;
    browser.click("tbody details.confirm summary").await?;
    browser.click("tbody details.confirm button.danger").await?;
    browser
        .see_text("The document is being deleted for good.")
        .await?;
    browser.see_text("The trash is empty").await?;
    no_complaints(&browser).await?;
    site.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_takes_the_place_of_the_old_one_which_is_kept() -> Result<()> {
    let site = Site::start().await?;
    let browser = site.visitor("ada@example.com", "premium").await?;
    let first = site.file("notes.txt", b"The first wording speaks of marmalade.")?;
    browser.choose_files("#files", &[&first]).await?;
    browser.see("#listing .pill.good").await?;
    browser.click("#listing a.title").await?;
    browser.see_text("marmalade").await?;

    let second = site.file("notes-2.txt", b"The second wording speaks of quinces.")?;
    browser.choose_files("#version", &[&second]).await?;
    browser.see_text("quinces").await?;
    browser.see_text("Version 2").await?;
    ensure!(browser.count("#versions li").await? == 2);
    browser.open(&site.at("/search?q=marmalade")).await?;
    browser.see_text("Nothing found").await?;
    no_complaints(&browser).await?;
    site.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_could_not_be_read_says_why_and_can_be_tried_again() -> Result<()> {
    let site = Site::start().await?;
    let browser = site.visitor("ada@example.com", "premium").await?;
    document(&site, &browser, "payroll-encrypted.pdf").await?;
    let standing = browser.see("#document .standing").await?;
    ensure!(
        standing.text().await?.contains("password"),
        "{}",
        standing.text().await?
    );
    browser.click("button[formaction$='/retry']").await?;
    browser
        .until("[...document.querySelectorAll('#history .bad')].length === 2")
        .await?;
    site.stop().await
}
