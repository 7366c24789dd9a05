//! The account's page: plan, password, sessions, the end.

use anyhow::{Result, ensure};
use apus_tests::Browser;

use super::{DESK, PASSWORD, Site, no_complaints, sample};

const EMAIL: &str = "ada@example.com";
const NEW_PASSWORD: &str = "another horse another battery";

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_makes_texts_found_and_a_downgrade_forgets_them() -> Result<()> {
    let site = Site::start().await?;
    let browser = site.visitor(EMAIL, "free").await?;
    browser
        .choose_files("#files", &[&sample("lease-agreement.pdf")])
        .await?;
    browser.see("#listing .pill.good").await?;
    browser.open(&site.at("/search?q=dilapidations")).await?;
    browser.see_text("Nothing found").await?;

    browser.open(&site.at("/account")).await?;
    browser.click("#plan button.primary").await?;
    browser.see_text("Your plan has been changed.").await?;
    // The documents that are there are read now, one after the other; the search finds them when they are.
    let found = || async {
        browser.open(&site.at("/search?q=dilapidations")).await?;
        browser.see("#found p[role=status]").await?;
        browser.count(".hit .snippet mark").await
    };
    while found().await? == 0 {}

    browser.open(&site.at("/account")).await?;
    browser.click("#plan details.confirm summary").await?;
    browser.click("#plan button[value=free]").await?;
    browser.see_text("Your plan has been changed.").await?;
    while found().await? > 0 {}
    no_complaints(&browser).await?;
    site.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_password_ends_the_other_sessions() -> Result<()> {
    let site = Site::start().await?;
    let browser = site.visitor(EMAIL, "free").await?;
    let other = Browser::start().await?;
    other.look(DESK).await?;
    site.log_in(&other, EMAIL).await?;

    browser.open(&site.at("/account")).await?;
    browser.fill("#current_password", "wrong wrong wrong").await?;
    browser.fill("#new_password", NEW_PASSWORD).await?;
    browser.click("#password form button:not([data-reveal])").await?;
    browser.see_text("The current password is wrong.").await?;
    browser.fill("#current_password", PASSWORD).await?;
    browser.fill("#new_password", NEW_PASSWORD).await?;
    browser.click("#password form button:not([data-reveal])").await?;
    browser.see_text("Your password has been changed.").await?;
    ensure!(
        browser.count("#sessions li").await? == 1,
        "only this session is left"
    );

    other.open(&site.at("/documents")).await?;
    other.see_text("No account yet?").await?;
    other.fill("#email", EMAIL).await?;
    other.fill("#password", NEW_PASSWORD).await?;
    other.click("button.primary").await?;
    other.see("#listing").await?;
    site.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_ended_from_another_one() -> Result<()> {
    let site = Site::start().await?;
    let browser = site.visitor(EMAIL, "free").await?;
    let other = Browser::start().await?;
    site.log_in(&other, EMAIL).await?;
    browser.open(&site.at("/account")).await?;
    ensure!(browser.count("#sessions li").await? == 2);
    browser.see_text("This one").await?;
    browser.click("#sessions button").await?;
    browser.see_text("The session has ended.").await?;
    ensure!(browser.count("#sessions li").await? == 1);
    other.open(&site.at("/documents")).await?;
    other.see_text("No account yet?").await?;
    site.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_deletes_his_account_is_gone() -> Result<()> {
    let site = Site::start().await?;
    let browser = site.visitor(EMAIL, "free").await?;
    browser.open(&site.at("/account")).await?;
    browser.click("#deletion summary").await?;
    browser
        .fill("#deletion input[type=password]", "wrong wrong wrong")
        .await?;
    browser.click("#deletion form button.danger").await?;
    browser.see_text("The current password is wrong.").await?;
    browser.fill("#deletion input[type=password]", PASSWORD).await?;
    browser.click("#deletion form button.danger").await?;
    browser.see_text("Your account has been closed").await?;
    browser.fill("#email", EMAIL).await?;
    browser.fill("#password", PASSWORD).await?;
    browser.click("button.primary").await?;
    browser
        .see_text("The e-mail address or the password is wrong.")
        .await?;
    site.stop().await
}
