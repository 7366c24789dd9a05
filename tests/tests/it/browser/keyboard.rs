//! With the keyboard alone.

use anyhow::{Result, ensure};

use super::{Site, sample};

/// WebDriver's code points of keys.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_reaches_what_the_mouse_does() -> Result<()> {
    let site = Site::start().await?;
    let browser = site.visitor("ada@example.com", "free").await?;
    browser
        .choose_files("#files", &[&sample("plum-cake.txt")])
        .await?;
    browser.see("#listing .pill.good").await?;

    browser.open(&site.at("/documents")).await?;
    browser.press(TAB).await?;
    browser.until("document.activeElement.matches('.skip')").await?;
    browser.press(ENTER).await?;
    browser.until("document.activeElement.id === 'main'").await?;
    browser.press("/").await?;
    browser
        .until("document.activeElement.matches('input[name=q]')")
        .await?;
    browser.press("plum").await?;
    browser.press(ENTER).await?;
    browser.see(".hit").await?;
    ensure!(browser.address().await?.ends_with("/search?q=plum"));

    browser
        .evaluate("document.querySelector('details.menu summary').focus()")
        .await?;
    browser.press(ENTER).await?;
    browser.see("details.menu[open]").await?;
    browser.press(ESCAPE).await?;
    browser
        .until("!document.querySelector('details.menu[open]')")
        .await?;
    // Every control that does something can be reached and has a name.
    let nameless = browser
        .evaluate(
            "return [...document.querySelectorAll('a[href]:not([aria-hidden]), button, input:not([type=hidden]):not([hidden]), select')]
                .filter((control) => !(control.textContent.trim() || control.getAttribute('aria-label') || control.labels?.length || control.title))
                .map((control) => control.outerHTML)",
        )
        .await?;
    ensure!(
        nameless.as_array().is_some_and(Vec::is_empty),
        "without a name: {nameless}"
    );
    site.stop().await
}
