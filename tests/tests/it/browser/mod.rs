//! The pages in a real browser, on a whole DocStore: what its customers do, from sign-up to search hit.

mod account;
mod dashboard;
mod documents;
mod finding;
mod hostile;
mod keyboard;
mod plain;
mod screenshots;
mod uploading;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use apus_tests::{Browser, Look, TestDatabase};
use docstore::config::{Config, Settings};
use docstore::node::Node;
use docstore_activities::catalog::Quotas;
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery staple";

/// The window of somebody at a desk.
const DESK: Look = Look {
    width: 1280,
    height: 860,
    dark: false,
    phone: false,
};

/// A DocStore of one test.
struct Site {
    node: Node,
    data: TempDir,
    // Dropping it drops the database.
    _database: TestDatabase,
}

impl Site {
    async fn start() -> Result<Self> {
        Self::with_quotas(Quotas::default()).await
    }

    async fn with_quotas(quotas: Quotas) -> Result<Self> {
        let database = apus_tests::database().await;
        let data = TempDir::new()?;
        let anywhere = Some((Ipv4Addr::LOCALHOST, 0).into());
        let settings = Settings {
            data_dir: Some(data.path().to_owned()),
            listen: anywhere,
            objects_listen: anywhere,
            engine_listen: anywhere,
            reader_program: Some(apus_tests::program("docstore")),
            ..Settings::default()
        };
        let config = Config {
            database: Some(database.connect_options()),
            quotas,
            ..settings.resolve()?
        };
        Ok(Self {
            node: Node::start(config).await?,
            data,
            _database: database,
        })
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.node.url())
    }

    /// Where its operators look.
    fn dashboard(&self) -> String {
        format!("http://{}/dashboard", self.node.operators())
    }

    /// A browser in which somebody has just signed up.
    async fn visitor(&self, email: &str, plan: &str) -> Result<Browser> {
        let browser = Browser::start().await?;
        browser.look(DESK).await?;
        self.sign_up(&browser, email, plan).await?;
        Ok(browser)
    }

    async fn sign_up(&self, browser: &Browser, email: &str, plan: &str) -> Result<()> {
        browser.open(&self.at("/sign-up")).await?;
        browser.fill("#email", email).await?;
        browser.fill("#password", PASSWORD).await?;
        browser.click(&format!("input[name=plan][value={plan}]")).await?;
        browser.click("button.primary").await?;
        browser.see("#listing").await?;
        Ok(())
    }

    async fn log_in(&self, browser: &Browser, email: &str) -> Result<()> {
        browser.open(&self.at("/log-in")).await?;
        browser.fill("#email", email).await?;
        browser.fill("#password", PASSWORD).await?;
        browser.click("button.primary").await?;
        browser.see("#listing").await?;
        Ok(())
    }

    /// A file to be uploaded.
    fn file(&self, name: &str, content: &[u8]) -> Result<PathBuf> {
        let path = self.data.path().join(name);
        std::fs::write(&path, content)?;
        Ok(path)
    }

    async fn stop(self) -> Result<()> {
        self.node.stop().await
    }
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../samples")
        .join(name)
}

/// The browser had nothing to complain of.
async fn no_complaints(browser: &Browser) -> Result<()> {
    let complaints = browser.complaints().await?;
    ensure!(complaints.is_empty(), "the browser complains: {complaints:?}");
    Ok(())
}
