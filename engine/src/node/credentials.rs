//! The credentials as this node knows them: a snapshot that is replaced whole, so that no request waits for Postgres.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use sqlx::postgres::PgPool;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::model::Fault;
use crate::store::{self, CredentialRecord, StoreError};

use super::{Node, database_failed};

/// The most credentials that count at the same time.
pub(crate) const CREDENTIALS_MAX: i64 = 10_000;
/// Whoever has just created a credential may use it before this node has heard of it. So Postgres is asked about one
/// that is not known; but those who ask wait, so that it is not asked more often than this.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// Holds the current snapshot: the credentials that are not revoked.
#[derive(Debug)]
pub struct Credentials {
    pool: PgPool,
    current: RwLock<Arc<HashMap<String, Arc<CredentialRecord>>>>,
    /// When Postgres was asked last; held while it is.
    asked: Mutex<Instant>,
}

impl Credentials {
    /// Reads the credentials.
    pub async fn load(pool: PgPool) -> Result<Self, StoreError> {
        let credentials = Credentials {
            pool,
            current: RwLock::default(),
            asked: Mutex::new(Instant::now()),
        };
        credentials.refresh().await?;
        Ok(credentials)
    }

    /// Reads the credentials again.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let mut asked = self.asked.lock().await;
        self.read(&mut asked).await
    }

    /// Looks again into Postgres.
    async fn find(&self, access_key: &str) -> Result<Option<Arc<CredentialRecord>>, StoreError> {
        let now = Instant::now();
        let mut asked = self.asked.lock().await;
        // Else somebody asked while this caller waited for his turn.
        if *asked < now {
            tokio::time::sleep_until(*asked + ASK_EVERY).await;
            self.read(&mut asked).await?;
        }
        Ok(self.known(access_key))
    }

    fn known(&self, access_key: &str) -> Option<Arc<CredentialRecord>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.get(access_key).cloned()
    }

    async fn read(&self, asked: &mut Instant) -> Result<(), StoreError> {
        let started = Instant::now();
        let all = store::list_credentials(&self.pool, false, CREDENTIALS_MAX).await?;
        *asked = started;
        let all = all.into_iter().map(|one| (one.access_key.clone(), Arc::new(one)));
        let snapshot = Arc::new(all.collect());
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = snapshot;
        Ok(())
    }
}

impl Node {
    /// The credential with that access key id, if this node knows it.
    pub(crate) fn known_credential(&self, access_key: &str) -> Option<Arc<CredentialRecord>> {
        self.shared.credentials.known(access_key)
    }

    /// The credential with that access key id, unless it is revoked, as Postgres has it. May wait a moment.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub(crate) async fn find_credential(
        &self,
        access_key: &str,
    ) -> Result<Option<Arc<CredentialRecord>>, Fault> {
        let found = self.shared.credentials.find(access_key).await;
        found.map_err(|error| database_failed(&error))
    }
}
