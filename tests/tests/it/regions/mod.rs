//! Two whole regions, each with its database and its object store, that tell each other of their accounts.

mod programs;
mod road;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use apus_tests::{TestDatabase, database, program};
use docstore::config::Settings;
use docstore::node::Node;
use docstore_activities::catalog::{Account, Catalog, Plan};
use docstore_activities::ports::regions::PeerSettings;
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use road::Road;

const PASSWORD: &str = "correct horse battery staple";
const NEW_PASSWORD: &str = "another battery staple";
const PATIENCE: Duration = Duration::from_secs(120);
const WEST: &str = "us-west-2";
const SOUTH: &str = "ap-southeast-2";

/// A region and the road that leads to it.
struct Region {
    node: Node,
    road: Road,
    http: Client,
    _data: TempDir,
    // Dropping it drops the database.
    _database: TestDatabase,
}

/// The two regions, which share a key.
async fn both() -> Result<(Region, Region)> {
    let keys = TempDir::new()?;
    let key = keys.path().join("key");
    std::fs::write(&key, format!("{}=\n", "Q".repeat(43)))?;
    let (to_west, to_south) = (Road::open().await?, Road::open().await?);
    let peer = |region: &str, road: &Road| PeerSettings {
        region: region.to_owned(),
        url: road.url(),
        public_url: None,
        key_file: key.clone(),
    };
    let (see_west, see_south) = (peer(WEST, &to_west), peer(SOUTH, &to_south));
    let west = Region::start(WEST, to_west, see_south).await?;
    let south = Region::start(SOUTH, to_south, see_west).await?;
    Ok((west, south))
}

impl Region {
    async fn start(name: &str, road: Road, peer: PeerSettings) -> Result<Self> {
        let (database, data) = (database().await, TempDir::new()?);
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let settings = Settings {
            data_dir: Some(data.path().to_owned()),
            listen: Some(anywhere),
            objects_listen: Some(anywhere),
            engine_listen: Some(anywhere),
            public_url: Some(road.url()),
            region: Some(name.to_owned()),
            peers: Some(vec![peer]),
            reader_program: Some(program("docstore")),
            ..Settings::default()
        };
        let mut config = settings.resolve()?;
        config.database = Some(database.connect_options());
        let node = Node::start(config).await?;
        road.lead_to(node.address());
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            node,
            road,
            http,
            _data: data,
            _database: database,
        })
    }

    async fn send(&self, method: Method, path: &str, token: Option<&str>, body: Value) -> Result<Response> {
        let request = self.http.request(method, format!("{}{path}", self.road.url()));
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        Ok(request.json(&body).send().await?)
    }

    async fn sign_up(&self, email: &str) -> Result<()> {
        let body = json!({ "email": email, "password": PASSWORD });
        let created = self.send(Method::POST, "/v1/accounts", None, body).await?;
        ensure!(
            created.status() == StatusCode::CREATED,
            "{}",
            created.text().await?
        );
        Ok(())
    }

    async fn log_in(&self, email: &str, password: &str) -> Result<Response> {
        let body = json!({ "email": email, "password": password, "kind": "bearer" });
        self.send(Method::POST, "/v1/sessions", None, body).await
    }

    async fn token(&self, email: &str, password: &str) -> Result<String> {
        let session = self.log_in(email, password).await?.json::<Value>().await?;
        Ok(session["token"].as_str().context("a token")?.to_owned())
    }

    /// What this region knows of an account.
    async fn knows(&self, email: &str) -> Result<Option<Account>> {
        Ok(self.node.app().catalog.account_by_email(email).await?)
    }

    /// Waits until this region knows of an account what is wanted.
    async fn learns(&self, email: &str, wanted: impl Fn(Option<&Account>) -> bool) -> Result<()> {
        learns(&self.node.app().catalog, email, wanted).await
    }
}

/// Waits until a region knows of an account what is wanted.
async fn learns(catalog: &Catalog, email: &str, wanted: impl Fn(Option<&Account>) -> bool) -> Result<()> {
    let learning = async {
        while !wanted(catalog.account_by_email(email).await?.as_ref()) {
            tokio::task::yield_now().await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(PATIENCE, learning)
        .await
        .with_context(|| format!("{email} does not become what it should"))?
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_found_from_anywhere_and_its_changes_and_its_end_follow() -> Result<()> {
    let (west, south) = both().await?;
    let email = "ada@example.com";
    west.sign_up(email).await?;
    south.learns(email, |account| account.is_some()).await?;
    let replica = south.knows(email).await?.context("a replica")?;
    assert_eq!(replica.home_region, WEST);

    // The redirect keeps method and body: whoever follows it is logged in at home.
    let sent = south.log_in(email, PASSWORD).await?;
    assert_eq!(sent.status(), StatusCode::TEMPORARY_REDIRECT);
    let there = sent.headers()["location"].to_str()?.to_owned();
    assert_eq!(there, format!("{}/v1/sessions", west.road.url()));
    let following = Client::new();
    let shown = json!({ "email": email, "password": PASSWORD, "kind": "bearer" });
    let south_sessions = format!("{}/v1/sessions", south.road.url());
    let opened = following.post(south_sessions).json(&shown).send().await?;
    assert_eq!(opened.status(), StatusCode::CREATED);

    let token = west.token(email, PASSWORD).await?;
    let path = "/v1/account";
    let plan = json!({ "plan": "premium" });
    let changed = west.send(Method::PATCH, path, Some(&token), plan).await?;
    assert_eq!(changed.status(), StatusCode::OK);
    south
        .learns(email, |account| {
            account.is_some_and(|account| account.plan == Plan::Premium)
        })
        .await?;
    let passwords = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    let changed = west
        .send(Method::PUT, "/v1/account/password", Some(&token), passwords)
        .await?;
    assert_eq!(changed.status(), StatusCode::NO_CONTENT);
    south
        .learns(email, |account| {
            account.is_some_and(|account| account.password_hash != replica.password_hash)
        })
        .await?;
    assert_eq!(
        south.log_in(email, PASSWORD).await?.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        south.log_in(email, NEW_PASSWORD).await?.status(),
        StatusCode::TEMPORARY_REDIRECT
    );

    let confirmed = json!({ "password": NEW_PASSWORD });
    let closed = west.send(Method::DELETE, path, Some(&token), confirmed).await?;
    assert_eq!(closed.status(), StatusCode::ACCEPTED);
    south.learns(email, |account| account.is_none()).await?;
    south.sign_up(email).await?;
    west.learns(email, |account| {
        account.is_some_and(|account| account.home_region == SOUTH)
    })
    .await?;
    west.node.stop().await?;
    south.node.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_was_away_learns_everything_afterwards() -> Result<()> {
    let (west, south) = both().await?;
    let (gone, stays) = ("gone@example.com", "stays@example.com");
    west.sign_up(gone).await?;
    south.learns(gone, |account| account.is_some()).await?;
    south.road.close();
    west.sign_up(stays).await?;
    let token = west.token(stays, PASSWORD).await?;
    let plan = json!({ "plan": "premium" });
    west.send(Method::PATCH, "/v1/account", Some(&token), plan)
        .await?;
    let token = west.token(gone, PASSWORD).await?;
    let confirmed = json!({ "password": PASSWORD });
    west.send(Method::DELETE, "/v1/account", Some(&token), confirmed)
        .await?;
    // Of the sign-up, the change and the end: each has been tried in vain.
    tokio::time::timeout(PATIENCE, south.road.turned_away(3))
        .await
        .context("nobody tries")?;
    assert!(south.knows(gone).await?.is_some() && south.knows(stays).await?.is_none());

    south.road.lead_to(south.node.address());
    south
        .learns(stays, |account| {
            account.is_some_and(|account| account.plan == Plan::Premium)
        })
        .await?;
    south.learns(gone, |account| account.is_none()).await?;
    west.node.stop().await?;
    south.node.stop().await
}
