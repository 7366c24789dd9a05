//! Search as you type, for those who pay and those who do not.

use anyhow::{Result, ensure};

use super::{Site, no_complaints, sample};

#[tokio::test(flavor = "multi_thread")]
async fn from_sign_up_to_a_search_hit_on_its_page() -> Result<()> {
    let site = Site::start().await?;
    let browser = site.visitor("ada@example.com", "premium").await?;
    browser
        .choose_files(
            "#files",
            &[&sample("lease-agreement.pdf"), &sample("plum-cake.txt")],
        )
        .await?;
    browser
        .until("document.querySelectorAll('#listing .pill.good').length === 2")
        .await?;

    browser.open(&site.at("/search")).await?;
    browser.fill("input[name=q]", "dilapidat*").await?;
    let marked = browser.see(".hit .snippet mark").await?;
    ensure!(
        marked.text().await?.eq_ignore_ascii_case("dilapidations"),
        "{}",
        marked.text().await?
    );
    browser.see_text("Page 2").await?;
    browser.until("location.search.includes('dilapidat')").await?;
    // The text of the field stays, letter for letter, while results come in.
    browser.fill("input[name=q]", "lease -unit").await?;
    browser.see_text("Nothing found").await?;
    browser.fill("input[name=q]", "\"not closed").await?;
    browser.see_text("is not closed").await?;

    browser.open(&site.at("/search?q=the")).await?;
    browser.click(".facets section:first-child li a").await?;
    browser.see(".facets a[aria-current]").await?;
    browser
        .until("document.querySelectorAll('.hit').length === 1")
        .await?;
    browser.click(".hit a.title").await?;
    browser.see("#document h1").await?;
    no_complaints(&browser).await?;
    site.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_free_account_finds_by_name_and_is_told_what_it_does_not_search() -> Result<()> {
    let site = Site::start().await?;
    let browser = site.visitor("bob@example.com", "free").await?;
    browser
        .choose_files("#files", &[&sample("lease-agreement.pdf")])
        .await?;
    browser.see("#listing .pill.good").await?;
    browser.open(&site.at("/search?q=dilapidations")).await?;
    browser
        .see_text("Premium searches the text of documents too")
        .await?;
    browser.open(&site.at("/search?q=lease")).await?;
    let found = browser.see(".hit a.title mark").await?;
    ensure!(found.text().await?.eq_ignore_ascii_case("lease"));
    site.stop().await
}
