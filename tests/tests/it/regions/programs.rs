//! Two regions as an operator starts them: two programs on one machine, with the settings of `deploy/regions`.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use apus_tests::{TestDatabase, database, program};
use docstore_activities::catalog::{Catalog, Plan, Quotas};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, header};
use serde_json::{Value, json};
use sqlx::ConnectOptions;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use super::{PASSWORD, SOUTH, WEST, learns};
use crate::operation::{docstore, done, run_with};

const EMAIL: &str = "ada@example.com";
/// The ports in the settings, which may be taken on this machine.
const PORTS: [&str; 6] = ["8480", "8481", "7070", "8580", "8581", "7170"];

/// What an operator prepares: both settings files and the key, in a directory where both programs are started.
struct Machine {
    dir: TempDir,
}

/// A region as its operator and its customers have it.
struct Region {
    name: &'static str,
    /// Where its customers reach it.
    url: String,
    database: TestDatabase,
    catalog: Catalog,
    serving: Serving,
}

/// A program that serves.
struct Serving {
    child: Child,
    /// Open as long as the program writes to it.
    _says: BufReader<ChildStdout>,
}

impl Machine {
    fn prepare() -> Result<Self> {
        let dir = TempDir::new()?;
        // All are held until the last is found, so that no two are the same.
        let free: Vec<_> = PORTS
            .iter()
            .map(|_| TcpListener::bind("127.0.0.1:0"))
            .collect::<Result<_, _>>()?;
        for region in [WEST, SOUTH] {
            let shown = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/regions");
            let mut settings = std::fs::read_to_string(shown.join(format!("{region}.toml")))?;
            for (port, free) in PORTS.iter().zip(&free) {
                let free = free.local_addr()?.port();
                settings = settings.replace(&format!(":{port}\""), &format!(":{free}\""));
            }
            std::fs::write(dir.path().join(format!("{region}.toml")), settings)?;
        }
        std::fs::create_dir(dir.path().join("docstore-regions"))?;
        let key = format!("{}=\n", "Q".repeat(43));
        std::fs::write(dir.path().join("docstore-regions/key"), key)?;
        Ok(Self { dir })
    }

    async fn start(&self, name: &'static str) -> Result<Region> {
        let database = database().await;
        let (serving, url) = Serving::start(self, name, &database).await?;
        let catalog = Catalog::connect(database.connect_options(), 1, Quotas::default()).await?;
        Ok(Region {
            name,
            url,
            database,
            catalog,
            serving,
        })
    }
}

impl Serving {
    /// Starts the program; returns where it says that it serves.
    async fn start(machine: &Machine, region: &str, database: &TestDatabase) -> Result<(Self, String)> {
        let mut child = Command::new(program("docstore"))
            .args(["serve", "--config", &format!("{region}.toml")])
            .current_dir(machine.dir.path())
            .env(
                "DOCSTORE_DATABASE_URL",
                database.connect_options().to_url_lossy().as_str(),
            )
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut says = BufReader::new(child.stdout.take().context("a pipe")?);
        let mut line = String::new();
        says.read_line(&mut line).await?;
        let url = line.trim_end().rsplit_once(' ').context("where it serves")?.1;
        ensure!(url.starts_with("http://"), "{line:?}");
        let url = url.to_owned();
        Ok((Self { child, _says: says }, url))
    }
}

impl Region {
    async fn post(&self, path: &str, body: &Value) -> Result<Response> {
        let request = client()?.post(format!("{}{path}", self.url)).json(body);
        Ok(request.send().await?)
    }

    /// What the log-in page's form sends.
    async fn log_in_on_page(&self) -> Result<Response> {
        let request = client()?
            .post(format!("{}/log-in", self.url))
            .header(header::ORIGIN, &self.url)
            .header("sec-fetch-site", "same-origin")
            .form(&[("email", EMAIL), ("password", PASSWORD)]);
        Ok(request.send().await?)
    }

    /// What `kill -9` does, and an operator who starts it again.
    async fn kill(&mut self) -> Result<()> {
        Ok(self.serving.child.kill().await?)
    }

    async fn start_again(&mut self, machine: &Machine) -> Result<()> {
        let (serving, url) = Serving::start(machine, self.name, &self.database).await?;
        ensure!(url == self.url, "{url} was {} before", self.url);
        self.serving = serving;
        Ok(())
    }

    async fn stop(mut self) -> Result<()> {
        let pid = self.serving.child.id().context("it runs")?;
        kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGTERM)?;
        let ended = self.serving.child.wait().await?;
        ensure!(ended.success(), "{}: {ended}", self.name);
        Ok(())
    }
}

fn client() -> Result<Client> {
    Ok(Client::builder().redirect(Policy::none()).build()?)
}

fn location(answer: &Response) -> Result<&str> {
    Ok(answer.headers()[header::LOCATION].to_str()?)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_know_each_others_accounts_also_after_one_was_killed() -> Result<()> {
    let machine = Machine::prepare()?;
    let (west, mut south) = tokio::try_join!(machine.start(WEST), machine.start(SOUTH))?;
    let shown = json!({ "email": EMAIL, "password": PASSWORD, "kind": "bearer" });
    let created = west
        .post("/v1/accounts", &json!({ "email": EMAIL, "password": PASSWORD }))
        .await?;
    assert_eq!(created.status(), StatusCode::CREATED);
    learns(&south.catalog, EMAIL, |account| account.is_some()).await?;

    let sent = south.post("/v1/sessions", &shown).await?;
    let home = format!("{}/v1/sessions", west.url);
    assert_eq!(
        (sent.status(), location(&sent)?),
        (StatusCode::TEMPORARY_REDIRECT, home.as_str())
    );
    let sent = south.log_in_on_page().await?;
    let home = format!("{}/log-in", west.url);
    assert_eq!(
        (sent.status(), location(&sent)?),
        (StatusCode::SEE_OTHER, home.as_str())
    );
    let logged_in = west.log_in_on_page().await?;
    assert_eq!(
        (logged_in.status(), location(&logged_in)?),
        (StatusCode::SEE_OTHER, "/documents")
    );
    assert!(logged_in.headers().contains_key(header::SET_COOKIE));

    let mut log_in = docstore(&["account", "log-in", EMAIL, "--server", &south.url]);
    log_in.env("HOME", machine.dir.path());
    let said = done(run_with(&mut log_in, PASSWORD).await?)?;
    assert!(
        said.starts_with(&format!("Logged in at {} as {EMAIL}", west.url)),
        "{said}"
    );

    // Whoever follows the redirect is logged in at home, and what he uploads goes into the bucket there.
    let following = Client::new()
        .post(format!("{}/v1/sessions", south.url))
        .json(&shown);
    let session: Value = following.send().await?.error_for_status()?.json().await?;
    let token = session["token"].as_str().context("a token")?;
    let form = client()?
        .post(format!("{}/v1/uploads", west.url))
        .bearer_auth(token)
        .json(&json!({ "file_name": "a.txt", "size": 5 }));
    let form: Value = form.send().await?.error_for_status()?.json().await?;
    let bucket = "/docstore-documents-us-west-2";
    assert!(
        form["url"].as_str().is_some_and(|url| url.ends_with(bucket)),
        "{form}"
    );

    south.kill().await?;
    let premium = client()?
        .patch(format!("{}/v1/account", west.url))
        .bearer_auth(token);
    let changed = premium.json(&json!({ "plan": "premium" })).send().await?;
    assert_eq!(changed.status(), StatusCode::OK);
    south.start_again(&machine).await?;
    learns(&south.catalog, EMAIL, |account| {
        account.is_some_and(|account| account.plan == Plan::Premium)
    })
    .await?;
    tokio::try_join!(west.stop(), south.stop())?;
    Ok(())
}
