//! Without scripts: everything still works, one page at a time.

use anyhow::{Result, ensure};
use apus_tests::Browser;

use super::{DESK, PASSWORD, Site};

#[tokio::test(flavor = "multi_thread")]
async fn a_form_uploads_to_the_store_which_leads_back() -> Result<()> {
    let site = Site::start().await?;
    let browser = Browser::start().await?;
    browser.look(DESK).await?;
    browser.allow_scripts(false).await?;
    site.sign_up(&browser, "ada@example.com", "free").await?;
    browser.click("aside a[href='/upload']").await?;
    browser.fill("#name", "plum cake").await?;
    browser.fill("#tags", "recipes, summer").await?;
    browser.click("main .without-script button.primary").await?;
    let form = browser.see("form[enctype='multipart/form-data']").await?;
    let store = form.attr("action").await?.unwrap_or_default();
    ensure!(
        !store.starts_with(site.node.url()),
        "{store} is the web server itself"
    );
    browser
        .choose_files("#file", &[&super::sample("plum-cake.txt")])
        .await?;
    browser.click("main button.primary").await?;
    // The store has sent the browser to the completion page, and that to the list.
    browser.see("tr[data-row] .title").await?;
    ensure!(
        browser
            .address()
            .await?
            .starts_with(&site.at("/documents#document-")),
        "led back"
    );
    browser.see_text("plum cake").await?;
    browser.click(".tag").await?;
    browser.see(".chip").await?;
    site.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_logs_in_goes_where_he_wanted_to_go() -> Result<()> {
    let site = Site::start().await?;
    let browser = Browser::start().await?;
    browser.look(DESK).await?;
    browser.allow_scripts(false).await?;
    site.sign_up(&browser, "ada@example.com", "free").await?;
    browser.click("details.menu summary").await?;
    browser.click("button[formaction='/log-out']").await?;
    browser.see_text("No account yet?").await?;
    browser.open(&site.at("/search?q=cake")).await?;
    browser.fill("#email", "ada@example.com").await?;
    browser.fill("#password", "wrong wrong wrong").await?;
    browser.click("button.primary").await?;
    browser
        .see_text("The e-mail address or the password is wrong.")
        .await?;
    browser.fill("#password", PASSWORD).await?;
    browser.click("button.primary").await?;
    browser.see("#found").await?;
    ensure!(browser.address().await?.ends_with("/search?q=cake"));
    site.stop().await
}
