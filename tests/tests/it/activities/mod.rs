//! Activities in the real world: Postgres, the embedded object store, the outbox, the index and the reader.
//! What each may be trusted with: to be repeated, to be made at the same time as itself and to race a deletion.

mod accounts;
mod changes;
mod counting;
mod deletion;
mod logs;
mod mail;
mod reading;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use apus::sdk::testkit::activity_task;
use apus::sdk::{Activity, ActivityError};
use apus_tests::TestDatabase;
use bytes::Bytes;
use docstore_activities::catalog::{
    Account, Arrival, Catalog, NewAccount, NewUpload, Plan, Quotas, Usage, in_schema,
};
use docstore_activities::extract::{Extractor, Limits};
use docstore_activities::ports::objects::ObjectKey;
use docstore_activities::ports::regions::Regions;
use docstore_activities::ports::{Ports, Settings};
use docstore_activities::search::{Filters, Page, Query, Scope, SearchIndex};
use docstore_activities::{Environment, Stored};
use tempfile::TempDir;
use uuid::Uuid;

/// Small, so that tests reach them.
const QUOTAS: Quotas = Quotas {
    free: 1_000,
    premium: 1_000_000,
};
const MAX_DOCUMENT_BYTES: u64 = 1_000_000;
/// How often an activity is made at the same time.
const AT_ONCE: usize = 10;

/// Everything that activities reach, with one account.
struct World {
    environment: Arc<Environment>,
    account: Account,
    data: TempDir,
    // The object store serves as long as the ports are held.
    _ports: Ports,
    // Dropping it drops the database.
    _database: TestDatabase,
}

impl World {
    async fn new(plan: Plan) -> Result<Self> {
        let database = apus_tests::database().await;
        let pool = database
            .pool_options()
            .connect_with(in_schema(database.connect_options()))
            .await?;
        let data = TempDir::new()?;
        let settings = Settings::embedded(data.path(), (Ipv4Addr::LOCALHOST, 0).into(), Vec::new());
        let ports = Ports::open(&settings, &pool).await?;
        let catalog = Catalog::new(pool, QUOTAS);
        let new = NewAccount {
            id: Uuid::now_v7(),
            email: "ada@example.com",
            password_hash: "$argon2id$test",
            plan,
            home_region: "us-west-2",
        };
        let account = catalog.create_account(&new).await?;
        let environment = Environment {
            catalog,
            objects: ports.objects.clone(),
            mail: ports.mail.clone(),
            metrics: ports.metrics.clone(),
            regions: Regions::open("us-west-2", &[])?,
            search: SearchIndex::open(&data.path().join("index")).await?,
            extractor: Extractor::new(apus_tests::program("docstore-extract"), Limits::default()),
            max_document_bytes: MAX_DOCUMENT_BYTES,
        };
        Ok(Self {
            environment: Arc::new(environment),
            account,
            data,
            _ports: ports,
            _database: database,
        })
    }

    /// Makes one attempt at an activity.
    async fn run<A: Activity<Context = Environment>>(&self, activity: A) -> Result<A::Output, ActivityError> {
        activity.run(activity_task(), self.environment.clone()).await
    }

    /// A document for which a form was given out.
    async fn awaited(&self) -> Result<Uuid> {
        let id = Uuid::now_v7();
        let key = original(self.account.id, id)?;
        let new = NewUpload {
            id,
            version_of: None,
            owner: self.account.id,
            object_key: key.as_str(),
            file_name: "kingfisher.bin",
            title: "Kingfisher",
            tags: &[],
            declared_type: "application/octet-stream",
            size: None,
            max_size: MAX_DOCUMENT_BYTES,
            form_lifetime: Duration::from_secs(60),
        };
        self.environment.catalog.reserve_upload(&new).await?;
        Ok(id)
    }

    /// Puts the document's object into the store.
    async fn upload(&self, document: Uuid, content: impl Into<Bytes>) -> Result<()> {
        let key = original(self.account.id, document)?;
        let media_type = "application/octet-stream";
        self.environment
            .objects
            .put(&key, content.into(), media_type)
            .await?;
        Ok(())
    }

    /// A document that has arrived and is being processed.
    async fn arrived(&self, content: impl Into<Bytes>) -> Result<Uuid> {
        let content = content.into();
        let document = self.awaited().await?;
        let arrival = Arrival {
            size: content.len() as u64,
            etag: None,
            title: None,
            tags: None,
        };
        self.upload(document, content).await?;
        self.environment
            .catalog
            .record_arrival(document, &arrival)
            .await?;
        Ok(document)
    }

    async fn usage(&self) -> Result<Usage> {
        Ok(self.environment.catalog.usage(self.account.id).await?)
    }

    /// The documents in which this is found.
    async fn found(&self, text: &str) -> Result<Vec<Uuid>> {
        let query = Query {
            owner: self.account.id,
            text: text.into(),
            scope: Scope::FullText,
            filters: Filters::default(),
            page: Page::default(),
        };
        let hits = self.environment.search.search(query).await?.hits;
        Ok(hits.into_iter().map(|hit| hit.document).collect())
    }

    /// Whether the object store has the document itself, its text and its thumbnail.
    async fn stored(&self, document: Uuid) -> Result<[bool; 3]> {
        let owner = self.account.id;
        let keys = [
            original(owner, document)?,
            Stored::Text.key(owner, document)?,
            Stored::Thumbnail.key(owner, document)?,
        ];
        let mut stored = [false; 3];
        for (key, stored) in keys.iter().zip(&mut stored) {
            *stored = self.environment.objects.head(key).await?.is_some();
        }
        Ok(stored)
    }

    /// The mails that lie in the outbox.
    fn mails(&self) -> Result<Vec<String>> {
        let mut mails = Vec::new();
        for entry in std::fs::read_dir(self.data.path().join("outbox"))? {
            mails.push(std::fs::read_to_string(entry?.path())?);
        }
        Ok(mails)
    }
}

fn original(owner: Uuid, document: Uuid) -> Result<ObjectKey> {
    Ok(ObjectKey::new(format!("{owner}/{document}/original"))?)
}

/// A document of the samples.
fn sample(name: &str) -> Result<Vec<u8>> {
    let samples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../samples");
    Ok(std::fs::read(samples.join(name))?)
}
