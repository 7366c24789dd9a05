//! The web API over HTTP, with a real database, object store and queue.

mod account_changes;
mod accounts;
mod changes;
mod content;
mod documents;
mod generated;
mod hostile;
mod limits;
mod openapi;
mod owners;
mod page_owners;
mod pages;
mod parts;
mod reads;
mod regions;
mod repeated;
mod search;
mod sessions;
mod uploads;
mod versions;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use apus_tests::TestDatabase;
use docstore::app::{App, Site, upload_origin};
use docstore::auth::password::Passwords;
use docstore::events::Event;
use docstore::lists::Lists;
use docstore::rate_limit::{RateLimits, Rates};
use docstore::router;
use docstore::texts::Texts;
use docstore_activities::catalog::{Catalog, Quotas, in_schema};
use docstore_activities::ports::regions::{PeerSettings, Regions};
use docstore_activities::ports::{Ports, Settings};
use docstore_activities::search::SearchIndex;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, multipart};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Small, so that tests reach them.
const QUOTAS: Quotas = Quotas {
    free: 10_000,
    premium: 100_000,
};
const PASSWORD: &str = "correct horse battery staple";

/// What a test's deployment allows.
struct Setup {
    rates: Rates,
    replica: Option<Catalog>,
    max_document_bytes: u64,
    peers: Vec<PeerSettings>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            // Tests send more requests at once than people do.
            rates: Rates {
                account: 0,
                address: 0,
            },
            replica: None,
            max_document_bytes: 50_000,
            peers: Vec::new(),
        }
    }
}

/// DocStore's web API, listening on a port of its own.
struct Api {
    app: Arc<App>,
    url: String,
    http: Client,
    ports: Ports,
    _stop: DropGuard,
    _data: TempDir,
    // Dropping it drops the database.
    _database: TestDatabase,
}

/// Somebody who is logged in as a program is.
struct User<'a> {
    api: &'a Api,
    token: String,
}

/// An upload form that has been issued.
struct Form {
    document: String,
    url: String,
    fields: Vec<(String, String)>,
}

impl Api {
    async fn start() -> Result<Self> {
        Self::start_with(Setup::default()).await
    }

    /// As [`Api::start`], with other regions.
    async fn start_among(others: Vec<PeerSettings>) -> Result<Self> {
        let peers = others;
        Self::start_with(Setup {
            peers,
            ..Setup::default()
        })
        .await
    }

    async fn start_with(setup: Setup) -> Result<Self> {
        let database = apus_tests::database().await;
        let pool = database
            .pool_options()
            .connect_with(in_schema(database.connect_options()))
            .await?;
        let data = TempDir::new()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let settings = Settings::embedded(data.path(), (Ipv4Addr::LOCALHOST, 0).into(), vec![url.clone()]);
        let ports = Ports::open(&settings, &pool).await?;
        let catalog = Catalog::new(pool, QUOTAS);
        let app = Arc::new(App {
            catalog: catalog.clone(),
            objects: ports.objects.clone(),
            queue: ports.queue.clone(),
            index: SearchIndex::open(&data.path().join("index")).await?,
            lists: Lists::new(catalog.clone(), setup.replica),
            rate_limits: RateLimits::new(setup.rates),
            texts: Texts::new(ports.objects.clone()),
            passwords: Passwords::new(2)?,
            regions: Regions::open("us-west-2", &setup.peers)?,
            site: Site {
                public_url: url.clone(),
                region: "us-west-2".to_owned(),
                forwarded_hops: 0,
                max_document_bytes: setup.max_document_bytes,
                form_lifetime: Duration::from_secs(600),
                link_lifetime: Duration::from_secs(60),
                upload_origin: upload_origin(&*ports.objects).await?,
            },
        });
        let stop = CancellationToken::new();
        tokio::spawn(apus::http::serve(
            listener,
            router::router(app.clone()),
            stop.clone(),
        ));
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            app,
            url,
            http,
            ports,
            _stop: stop.drop_guard(),
            _data: data,
            _database: database,
        })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Response> {
        Ok(self.request(Method::POST, path).json(body).send().await?)
    }

    /// Signs up and logs in.
    async fn user(&self, email: &str, plan: &str) -> Result<User<'_>> {
        let account = json!({ "email": email, "password": PASSWORD, "plan": plan });
        expect(self.post("/v1/accounts", &account).await?, StatusCode::CREATED).await?;
        let log_in = json!({ "email": email, "password": PASSWORD, "kind": "bearer" });
        let session = expect(self.post("/v1/sessions", &log_in).await?, StatusCode::CREATED).await?;
        let token = session["token"].as_str().context("a token")?.to_owned();
        Ok(User { api: self, token })
    }

    /// The events about documents that have been sent since the last call, in no order.
    async fn events(&self) -> Result<Vec<Event>> {
        let mut events = self.all_events().await?;
        events.retain(|event| {
            !matches!(
                event,
                Event::AccountCreated(_)
                    | Event::AccountChanged(_)
                    | Event::ReindexAccount(_)
                    | Event::DeleteAccount(_)
            )
        });
        Ok(events)
    }

    /// The events that have been sent since the last call, in no order.
    async fn all_events(&self) -> Result<Vec<Event>> {
        let mut events = Vec::new();
        loop {
            let messages = self.ports.queue.receive(10, Duration::ZERO).await?;
            if messages.is_empty() {
                return Ok(events);
            }
            let receipts: Vec<String> = messages.iter().map(|message| message.receipt.clone()).collect();
            self.ports.queue.delete(&receipts).await?;
            for message in messages {
                events.push(serde_json::from_str(&message.body)?);
            }
        }
    }

    async fn event_kinds(&self) -> Result<Vec<&'static str>> {
        let mut kinds: Vec<_> = self.events().await?.iter().map(Event::kind).collect();
        kinds.sort_unstable();
        Ok(kinds)
    }
}

impl User<'_> {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.api.request(method, path).bearer_auth(&self.token)
    }

    async fn get(&self, path: &str) -> Result<Value> {
        expect(self.request(Method::GET, path).send().await?, StatusCode::OK).await
    }

    /// Asks for a change of a document, which must have this status; returns the answer's body.
    async fn change(&self, method: Method, path: &str, body: &Value, status: StatusCode) -> Result<Value> {
        expect(self.request(method, path).json(body).send().await?, status).await
    }

    async fn ask_for_form(&self, wanted: &Value) -> Result<Response> {
        Ok(self
            .request(Method::POST, "/v1/uploads")
            .json(wanted)
            .send()
            .await?)
    }

    async fn form(&self, wanted: &Value) -> Result<Form> {
        Form::read(&expect(self.ask_for_form(wanted).await?, StatusCode::CREATED).await?)
    }

    /// Uploads a document as a program does; returns its id.
    async fn upload(&self, name: &str, content: &str) -> Result<String> {
        let form = self
            .form(&json!({ "file_name": name, "content_type": "text/plain", "size": content.len() }))
            .await?;
        let about = format!("/v1/documents/{}", form.document);
        self.send(&form, content, &about).await?;
        Ok(form.document)
    }

    /// Uploads a further version of a document; returns its number.
    async fn upload_version(&self, document: &str, content: &str) -> Result<i64> {
        let path = format!("/v1/documents/{document}/versions");
        let wanted = json!({ "content_type": "text/plain", "size": content.len() });
        let asked = self.request(Method::POST, &path).json(&wanted).send().await?;
        let form = expect(asked, StatusCode::CREATED).await?;
        let version = form["version"].as_i64().context("a version")?;
        self.send(&Form::read(&form)?, content, &format!("{path}/{version}"))
            .await?;
        Ok(version)
    }

    /// Posts a file and says so.
    async fn send(&self, form: &Form, content: &str, about: &str) -> Result<()> {
        let stored = self.api.send_form(form, content).await?;
        ensure!(
            stored.status().is_success(),
            "the object store answered {}",
            stored.status()
        );
        let complete = self.request(Method::POST, &format!("{about}/upload-complete"));
        expect(complete.send().await?, StatusCode::ACCEPTED).await?;
        Ok(())
    }
}

impl Form {
    fn read(form: &Value) -> Result<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned).context("a text");
        let fields = form["fields"].as_array().context("fields")?;
        let fields = fields
            .iter()
            .map(|field| Ok((text(&field["name"])?, text(&field["value"])?)));
        Ok(Form {
            document: text(&form["document"])?,
            url: text(&form["url"])?,
            fields: fields.collect::<Result<_>>()?,
        })
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The form with another value of a field that it must have.
    fn with(&self, name: &str, value: &str) -> Result<Self> {
        self.field(name).with_context(|| format!("a form has {name}"))?;
        let fields = self.fields.iter().map(|(found, old)| {
            let value = if found.eq_ignore_ascii_case(name) {
                value
            } else {
                old
            };
            (found.clone(), value.to_owned())
        });
        Ok(Self {
            document: self.document.clone(),
            url: self.url.clone(),
            fields: fields.collect(),
        })
    }
}

impl Api {
    async fn send_form(&self, form: &Form, content: &str) -> Result<Response> {
        let mut parts = multipart::Form::new();
        for (name, value) in &form.fields {
            parts = parts.text(name.clone(), value.clone());
        }
        let parts = parts.part(
            "file",
            multipart::Part::text(content.to_owned()).file_name("whatever.bin"),
        );
        Ok(self.http.post(&form.url).multipart(parts).send().await?)
    }
}

/// The body of an answer that must have this status.
async fn expect(response: Response, status: StatusCode) -> Result<Value> {
    let (found, url) = (response.status(), response.url().clone());
    let body = response.text().await?;
    ensure!(
        found == status,
        "{url} answered {found} instead of {status}: {body}"
    );
    Ok(if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&body)?
    })
}

/// The code of the problem that an answer must be, with this status.
async fn problem(response: Response, status: StatusCode) -> Result<String> {
    let content_type = response.headers().get("content-type").cloned();
    ensure!(
        content_type.is_some_and(|found| found == "application/problem+json"),
        "{} is no problem",
        response.status()
    );
    let body = expect(response, status).await?;
    for member in ["type", "title", "status", "detail"] {
        ensure!(body.get(member).is_some(), "{body} has no {member}");
    }
    Ok(body["code"].as_str().context("a code")?.to_owned())
}
