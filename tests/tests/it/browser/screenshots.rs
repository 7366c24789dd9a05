//! Pictures of the pages for people, in `docs/screenshots/`: each at a desk, in the dark and on a phone.
//!
//! Written only when asked for (`WRITE_SCREENSHOTS=1`), since fonts differ from machine to machine; the pages are
//! walked through and looked at in every size all the same: nothing may be wider than its window.

use std::path::Path;

use anyhow::{Result, ensure};
use apus_tests::{Browser, Look};
use serde_json::Value;

use super::{DESK, Site, no_complaints, sample};

const LOOKS: [(&str, Look); 3] = [
    ("light", DESK),
    ("dark", Look { dark: true, ..DESK }),
    (
        "phone",
        Look {
            width: 390,
            height: 844,
            dark: false,
            phone: true,
        },
    ),
];

/// Documents of a tidy account, in the order of their upload.
const SAMPLES: [&str; 8] = [
    "stock-count.xlsx",
    "payroll-encrypted.pdf",
    "volunteer-handbook.odt",
    "insurer-blank-reverse.pdf",
    "archive-move.pptx",
    "water-notice.jpg",
    "invoice-2041.pdf",
    "lease-agreement.pdf",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_every_window() -> Result<()> {
    let site = Site::start().await?;
    let browser = Browser::start().await?;
    for (page, path) in [("sign-up", "/sign-up"), ("log-in", "/log-in")] {
        picture(&browser, page, &site.at(path)).await?;
    }
    site.sign_up(&browser, "ada@example.com", "premium").await?;
    for file in SAMPLES {
        browser.choose_files("#files", &[&sample(file)]).await?;
        browser
            .until("!document.querySelector('#uploads li:not([data-state=done])')")
            .await?;
    }
    browser.until("document.querySelectorAll('tr[data-row]').length === 8 && !document.querySelector('[data-live]')").await?;
    let lease = browser
        .evaluate("return document.querySelector('#listing a.title').getAttribute('href')")
        .await?;
    let lease = lease.as_str().unwrap_or_default().to_owned();
    let pages = [
        ("documents", "/documents"),
        ("document", lease.as_str()),
        ("search", "/search?q=rent+OR+glazing"),
        ("account", "/account"),
    ];
    for (page, path) in pages {
        picture(&browser, page, &site.at(path)).await?;
    }
    browser.look(DESK).await?;
    browser.open(&site.dashboard()).await?;
    browser
        .until("document.querySelector('.tile dd')?.textContent === '8'")
        .await?;
    picture(&browser, "dashboard", &site.dashboard()).await?;
    no_complaints(&browser).await?;
    site.stop().await
}

async fn picture(browser: &Browser, page: &str, url: &str) -> Result<()> {
    for (name, look) in LOOKS {
        browser.look(look).await?;
        browser.open(url).await?;
        browser
            .until("[...document.images].every((image) => image.complete)")
            .await?;
        let fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
        ensure!(
            browser.evaluate(&format!("return {fits}")).await? == Value::Bool(true),
            "{url} is wider than {name}"
        );
        if std::env::var_os("WRITE_SCREENSHOTS").is_some() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screenshots");
            std::fs::create_dir_all(&folder)?;
            std::fs::write(
                folder.join(format!("{page}-{name}.png")),
                browser.screenshot().await?,
            )?;
        }
    }
    Ok(())
}
