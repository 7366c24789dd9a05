//! A real browser: Chromium without a window, steered through its driver as a person steers it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use fantoccini::elements::Element;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The driver of Debian's Chromium, which `make deps-test` installs.
const DRIVER: &str = "chromedriver";
/// What the driver says when it listens, before the port.
const LISTENING: &str = "successfully on port ";
/// How long a page may take to show what is waited for. Documents are processed meanwhile, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at a page.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Chromium's switches: no window, no sandbox of its own (tests may run as root), nothing asked of the network, and
/// steered through a pipe, whose end is its end.
const SWITCHES: [&str; 13] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--lang=en-GB",
    "--remote-debugging-pipe",
];

/// How large a window is and what its owner prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
    /// Light on dark.
    pub dark: bool,
    /// A small screen that is touched.
    pub phone: bool,
}

/// A browser with one window and no cookies. Dropped, it ends.
pub struct Browser {
    client: Client,
    _driver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts one.
    ///
    /// # Errors
    /// When Chromium or its driver can't be started, with what to do.
    pub async fn start() -> Result<Self> {
        let profile = TempDir::new()?;
        let (driver, port) = start_driver().await?;
        let mut switches: Vec<String> = SWITCHES.map(str::to_owned).to_vec();
        switches.push(format!("--user-data-dir={}", profile.path().display()));
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), json!({ "args": switches }));
        capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .context("Chromium does not start; run `make deps-test`, which installs it")?;
        Ok(Self {
            client,
            _driver: driver,
            _profile: profile,
        })
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) -> Result<()> {
        Ok(self.client.goto(url).await?)
    }

    /// The address that is shown.
    pub async fn address(&self) -> Result<String> {
        Ok(self.client.current_url().await?.to_string())
    }

    /// Waits until there is an element that this CSS selector names.
    pub async fn see(&self, selector: &str) -> Result<Element> {
        self.wait_for(Locator::Css(selector), selector).await
    }

    /// Waits until some element's own text contains `text`, which must have no quotation marks.
    pub async fn see_text(&self, text: &str) -> Result<Element> {
        ensure!(!text.contains('"'), "{text} cannot be looked for");
        let path = format!(r#"//body//*[contains(normalize-space(.), "{text}") and not(self::script)]"#);
        self.wait_for(Locator::XPath(&path), text).await
    }

    /// Waits until JavaScript finds it true.
    pub async fn until(&self, condition: &str) -> Result<()> {
        let holds = async {
            loop {
                if self.evaluate(&format!("return Boolean({condition})")).await? == Value::Bool(true) {
                    return anyhow::Ok(());
                }
            }
        };
        match tokio::time::timeout(PATIENCE, holds).await {
            Ok(held) => held,
            Err(_) => bail!("never true: {condition}; the page shows: {}", self.text().await?),
        }
    }

    /// Clicks what the selector names, when it is there.
    pub async fn click(&self, selector: &str) -> Result<()> {
        let element = self.see(selector).await?;
        element
            .click()
            .await
            .with_context(|| format!("cannot click {selector}"))
    }

    /// Types into a field, in place of what was there.
    pub async fn fill(&self, selector: &str, text: &str) -> Result<()> {
        let field = self.see(selector).await?;
        field.clear().await?;
        field.send_keys(text).await?;
        Ok(())
    }

    /// Types wherever the keyboard's focus is. Keys without a letter are code points of WebDriver.
    pub async fn press(&self, keys: &str) -> Result<()> {
        Ok(self.client.active_element().await?.send_keys(keys).await?)
    }

    /// Chooses files in a field, shown or not.
    pub async fn choose_files(&self, selector: &str, files: &[&Path]) -> Result<()> {
        let field = self.client.find(Locator::Css(selector)).await?;
        // Chromium takes no path with `..` in it.
        let paths = files
            .iter()
            .map(|file| Ok(file.canonicalize()?.display().to_string()));
        let paths = paths.collect::<Result<Vec<_>>>()?;
        Ok(field.send_keys(&paths.join("\n")).await?)
    }

    /// How many elements the selector names now.
    pub async fn count(&self, selector: &str) -> Result<usize> {
        Ok(self.client.find_all(Locator::Css(selector)).await?.len())
    }

    /// All that the page shows as text.
    pub async fn text(&self) -> Result<String> {
        let text = self.evaluate("return document.body.innerText").await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// What a script returns.
    pub async fn evaluate(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// What the browser complained of since it was last asked: refused by the content security policy, not found,
    /// thrown by a script.
    pub async fn complaints(&self) -> Result<Vec<String>> {
        let log = self.client.issue_cmd(ReadLog).await?;
        let entries = log.as_array().context("a log has entries")?;
        let grave = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        Ok(grave.map(|entry| entry["message"].to_string()).collect())
    }

    /// Switches the scripts of pages on or off, from the next page on.
    pub async fn allow_scripts(&self, allowed: bool) -> Result<()> {
        let parameters = json!({ "value": !allowed });
        self.developer("Emulation.setScriptExecutionDisabled", parameters)
            .await
    }

    /// Looks at pages so.
    pub async fn look(&self, look: Look) -> Result<()> {
        let screen = json!({
            "width": look.width, "height": look.height, "deviceScaleFactor": 1, "mobile": look.phone,
        });
        self.developer("Emulation.setDeviceMetricsOverride", screen)
            .await?;
        let scheme = if look.dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.developer("Emulation.setEmulatedMedia", media).await
    }

    /// What the window shows, as PNG.
    pub async fn screenshot(&self) -> Result<Vec<u8>> {
        Ok(self.client.screenshot().await?)
    }

    async fn wait_for(&self, locator: Locator<'_>, wanted: &str) -> Result<Element> {
        let wait = self.client.wait().at_most(PATIENCE).every(LOOK_EVERY);
        match wait.for_element(locator).await {
            Ok(element) => Ok(element),
            Err(error) => {
                let (address, text) = (self.address().await?, self.text().await?);
                Err(error).with_context(|| format!("{wanted} is not on {address}, which shows: {text}"))
            }
        }
    }

    async fn developer(&self, command: &'static str, parameters: Value) -> Result<()> {
        let command = DeveloperCommand { command, parameters };
        self.client.issue_cmd(command).await?;
        Ok(())
    }
}

/// Starts the driver on a free port. It ends with its browsers when it is dropped.
async fn start_driver() -> Result<(Child, u16)> {
    let mut driver = Command::new(DRIVER)
        .arg("--port=0")
        // Times on pages are the reader's.
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("{DRIVER} cannot be started; run `make deps-test`, which installs it"))?;
    let output = driver.stdout.take().context("standard output is piped")?;
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, port)) = line.split_once(LISTENING) {
            return Ok((driver, port.trim_end_matches('.').parse()?));
        }
    }
    bail!("{DRIVER} ended before it listened")
}

/// What Chromium can do beyond WebDriver.
#[derive(Debug)]
struct DeveloperCommand {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DeveloperCommand {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        of_session(base, session, "goog/cdp/execute")
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        let body = json!({ "cmd": self.command, "params": self.parameters });
        (Method::POST, Some(body.to_string()))
    }
}

/// What was written to the browser's log since it was last read.
#[derive(Debug)]
struct ReadLog;

impl WebDriverCompatibleCommand for ReadLog {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        of_session(base, session, "se/log")
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

fn of_session(base: &url::Url, session: Option<&str>, path: &str) -> Result<url::Url, url::ParseError> {
    base.join(&format!("session/{}/{path}", session.unwrap_or_default()))
}
