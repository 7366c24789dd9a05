//! A DocStore with accounts and documents. Documents go through the catalog and the index as processing would put them
//! there, but for their files, which neither lists nor searches look at.

use std::time::Duration;

use anyhow::{Context, Result};
use docstore_activities::catalog::{Arrival, Metadata, NewUpload, Outcome};
use docstore_activities::search::IndexedDocument;
use futures::stream::{StreamExt, TryStreamExt};
use reqwest::{Client, Method, RequestBuilder};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::Options;
use super::corpus::{Corpus, KINDS, TAGS};
use super::load::receive;
use crate::app::App;
use crate::node::Node;

/// Documents that are made at once.
const AT_ONCE: usize = 256;
/// Bytes that a document is said to have.
const DOCUMENT_BYTES: u64 = 40_000;
/// Forms outlast the bench.
const FORM_LIFETIME: Duration = Duration::from_secs(86_400);
/// The password of accounts that exist on this machine only.
const PASSWORD: &str = "correct horse battery staple";

/// Who and what there is.
pub struct Filled {
    http: Client,
    site: String,
    accounts: Vec<Account>,
    /// The documents; they belong to the accounts in turn.
    pub documents: Vec<Uuid>,
}

/// A premium account that is logged in.
struct Account {
    id: Uuid,
    token: String,
}

impl Filled {
    /// A request of the account that has the document of this number.
    pub fn request(&self, method: Method, number: usize, path: &str) -> RequestBuilder {
        let account = &self.accounts[number % self.accounts.len()];
        let request = self.http.request(method, format!("{}{path}", self.site));
        request.bearer_auth(&account.token)
    }

    /// The connections of the customers.
    pub fn http(&self) -> &Client {
        &self.http
    }

    /// The bearer token of one of the accounts.
    pub fn token(&self) -> &str {
        &self.accounts[0].token
    }

    /// The account that has the document of this number.
    pub fn account(&self, number: usize) -> Uuid {
        self.accounts[number % self.accounts.len()].id
    }

    /// How many accounts there are.
    pub fn accounts(&self) -> usize {
        self.accounts.len()
    }
}

/// A DocStore with documents that can be listed and found.
pub async fn documents(node: &Node, options: &Options) -> Result<Filled> {
    fill(node, options, options.documents, async |app, owner, number| {
        let id = reserve(app, owner, number).await?;
        process(app, id, number).await?;
        Ok(id)
    })
    .await
}

/// A DocStore with as many forms as uploads will begin.
pub async fn forms(node: &Node, options: &Options) -> Result<Filled> {
    fill(node, options, options.requests(), reserve).await
}

async fn fill(
    node: &Node,
    options: &Options,
    documents: usize,
    make: impl AsyncFn(&App, Uuid, usize) -> Result<Uuid>,
) -> Result<Filled> {
    let (http, site) = (Client::new(), node.url().to_owned());
    let mut accounts = Vec::new();
    for number in 0..options.accounts {
        accounts.push(arrive(&http, &site, number).await?);
    }
    let make = &make;
    let making = (0..documents).map(|number| {
        let owner = accounts[number % accounts.len()].id;
        async move { make(node.app(), owner, number).await }
    });
    let documents = futures::stream::iter(making)
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(Filled {
        http,
        site,
        accounts,
        documents,
    })
}

async fn arrive(http: &Client, site: &str, number: u16) -> Result<Account> {
    #[derive(Deserialize)]
    struct Created {
        id: Uuid,
    }
    #[derive(Deserialize)]
    struct Opened {
        token: String,
    }
    let email = format!("customer-{number}@example.com");
    let wanted = json!({ "email": email, "password": PASSWORD, "plan": "premium" });
    let created = receive(http.post(format!("{site}/v1/accounts")).json(&wanted)).await?;
    let credentials = json!({ "email": email, "password": PASSWORD, "kind": "bearer" });
    let opened = receive(http.post(format!("{site}/v1/sessions")).json(&credentials)).await?;
    Ok(Account {
        id: serde_json::from_slice::<Created>(created.as_ref())
            .context("a new account")?
            .id,
        token: serde_json::from_slice::<Opened>(opened.as_ref())
            .context("a new session")?
            .token,
    })
}

async fn reserve(app: &App, owner: Uuid, number: usize) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let mut corpus = Corpus::new(number as u64);
    let new = NewUpload {
        id,
        version_of: None,
        owner,
        object_key: &format!("{owner}/{id}/original"),
        file_name: &format!("{number}.{}", kind(number)),
        title: &corpus.title(4),
        tags: &[TAGS[number % TAGS.len()].to_owned()],
        declared_type: "application/octet-stream",
        size: Some(DOCUMENT_BYTES),
        max_size: DOCUMENT_BYTES,
        form_lifetime: FORM_LIFETIME,
    };
    app.catalog.reserve_upload(&new).await?;
    Ok(id)
}

async fn process(app: &App, id: Uuid, number: usize) -> Result<()> {
    let arrival = Arrival {
        size: DOCUMENT_BYTES,
        etag: None,
        title: None,
        tags: None,
    };
    let arrived = app.catalog.record_arrival(id, &arrival).await?;
    let mut digest = [0; 32];
    digest[..16].copy_from_slice(id.as_bytes());
    let metadata = Metadata {
        size: DOCUMENT_BYTES,
        sniffed_type: "application/octet-stream",
        kind: kind(number),
        digest,
        index_wanted: 0,
    };
    app.catalog.record_metadata(id, &metadata).await?;
    app.catalog.count_usage(id, DOCUMENT_BYTES).await?;
    let entry = IndexedDocument {
        document: id,
        owner: arrived.owner,
        title: arrived.title,
        file_name: arrived.file_name,
        tags: arrived.tags,
        kind: kind(number).to_owned(),
        created: arrived.created,
        modified: arrived.modified,
        size: DOCUMENT_BYTES,
        pages: Corpus::new(number as u64).pages(),
    };
    app.index.put(entry).await?;
    app.catalog.finish(id, arrived.attempt, &Outcome::Ready).await?;
    Ok(())
}

fn kind(number: usize) -> &'static str {
    KINDS[number % KINDS.len()]
}
