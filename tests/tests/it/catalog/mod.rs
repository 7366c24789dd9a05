//! DocStore's tables: exact under repetition and under concurrency.

mod accounts;
mod documents;
mod list;
mod log_in;
mod mail;
mod quota;
mod replicas;
mod trash;
mod versions;

use anyhow::Result;
use apus_tests::TestDatabase;
use docstore_activities::catalog::{
    Account, Arrival, Catalog, CatalogError, Document, NewAccount, NewUpload, Plan, Quotas, in_schema,
};
use std::time::Duration;
use uuid::Uuid;

/// Small, so that tests reach them.
const QUOTAS: Quotas = Quotas {
    free: 1_000,
    premium: 10_000,
};

struct Fixture {
    catalog: Catalog,
    account: Account,
    // Dropping it drops the database.
    _database: TestDatabase,
}

/// A catalog with one account.
async fn fixture(plan: Plan) -> Result<Fixture> {
    let database = apus_tests::database().await;
    let pool = database
        .pool_options()
        .connect_with(in_schema(database.connect_options()))
        .await?;
    let catalog = Catalog::new(pool, QUOTAS);
    let account = create_account(&catalog, "ada@example.com", plan).await?;
    Ok(Fixture {
        catalog,
        account,
        _database: database,
    })
}

async fn create_account(catalog: &Catalog, email: &str, plan: Plan) -> Result<Account> {
    let new = NewAccount {
        id: Uuid::now_v7(),
        email,
        password_hash: "$argon2id$test",
        plan,
        home_region: "us-west-2",
    };
    Ok(catalog.create_account(&new).await?)
}

impl Fixture {
    async fn reserve(&self, size: Option<u64>) -> Result<Uuid, CatalogError> {
        self.reserve_upload(None, size).await
    }

    /// Reserves a further version of a document.
    async fn reserve_version(&self, document: Uuid, size: Option<u64>) -> Result<Uuid, CatalogError> {
        self.reserve_upload(Some(document), size).await
    }

    async fn reserve_upload(
        &self,
        version_of: Option<Uuid>,
        size: Option<u64>,
    ) -> Result<Uuid, CatalogError> {
        let id = Uuid::now_v7();
        let owner = self.account.id;
        let new = NewUpload {
            id,
            version_of,
            owner,
            object_key: &format!("{owner}/{id}/original"),
            file_name: "a.txt",
            title: "A",
            tags: &["tax".to_owned()],
            declared_type: "text/plain",
            size,
            max_size: 1_000_000,
            form_lifetime: Duration::from_secs(60),
        };
        self.catalog.reserve_upload(&new).await.map(|_| id)
    }

    /// A document whose object has arrived.
    async fn arrived(&self, size: u64) -> Result<Document> {
        let id = self.reserve(Some(size)).await?;
        Ok(self.catalog.record_arrival(id, &arrival(size)).await?)
    }
}

fn arrival(size: u64) -> Arrival<'static> {
    Arrival {
        size,
        etag: Some("etag"),
        title: None,
        tags: None,
    }
}
