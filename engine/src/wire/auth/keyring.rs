//! Creating, listing, rotating and revoking credentials. It works on the database, because whoever creates the first
//! credential has none to call the endpoint with.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::postgres::{PgConnectOptions, PgPool};

use crate::model::Timestamp;
use crate::node::CREDENTIALS_MAX;
use crate::store::{self, CredentialRecord, NewCredentialRow, StoreError};

use super::Role;
use super::vault::Vault;
use crate::wire::keys::MasterKey;

/// How access key ids begin. AWS's begin with `AKIA`.
const PREFIX: &str = "APUS";
/// What the rest of an access key id is made of: 32 characters, so that a byte picks one evenly.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Characters after the prefix.
const ID_CHARS: usize = 16;
/// Random bytes of a secret: 40 characters.
const SECRET_BYTES: usize = 30;
/// Domains that a credential may be limited to.
const DOMAINS_MAX: usize = 100;
/// The longest name of a domain.
const DOMAIN_CHARS_MAX: usize = 256;
/// The longest description.
const DESCRIPTION_CHARS_MAX: usize = 1_024;
/// How long two secrets of a credential may count.
const GRACE_MAX: Duration = Duration::from_secs(30 * 86_400);
/// Credentials in a list, revoked ones included.
const LIST_MAX: i64 = 100_000;

/// The credentials of a database, for whoever has the cluster's key.
pub struct Keyring {
    pool: PgPool,
    vault: Vault,
}

/// A credential that is to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCredential {
    /// What its holder may do.
    pub role: Role,
    /// The domains that it is limited to, at most 100; empty is all. They need not be registered yet.
    pub domains: Vec<String>,
    /// What it is for, at most 1,024 characters.
    pub description: Option<String>,
}

/// A credential with its secret, which nobody can read again.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// The access key id.
    pub access_key: String,
    /// The secret access key.
    pub secret: String,
}

/// Why credentials can't be worked with.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is stored was sealed under another key.
    #[error(
        "the credentials in this database were sealed under another key; \
         take the key file that its nodes have"
    )]
    OtherKey,
    /// There is no such credential.
    #[error("no credential has the access key id {0}, or it is revoked")]
    Unknown(String),
    /// There are enough.
    #[error("there are {CREDENTIALS_MAX} credentials already; revoke some that are not needed")]
    TooMany,
    /// What is asked for breaks a limit.
    #[error("{0}")]
    Invalid(String),
}

impl Keyring {
    /// The credentials of this database; its tables are created or brought up to date first.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn open(database: &PgConnectOptions, key: &MasterKey) -> Result<Self, KeyringError> {
        store::migrate(database).await?;
        Ok(Keyring {
            pool: store::connect(database, 1).await?,
            vault: Vault::new(key),
        })
    }

    /// Creates a credential. Nodes accept it at once.
    ///
    /// # Errors
    /// When it breaks a limit, or the key is not that of the other credentials.
    pub async fn create(&self, new: &NewCredential) -> Result<Issued, KeyringError> {
        new.check()?;
        self.check_key().await?;
        let issued = Issued::new(access_key());
        let row = NewCredentialRow {
            access_key: &issued.access_key,
            sealed: &self.vault.seal(&issued.access_key, &issued.secret),
            role: new.role.as_str(),
            domains: Some(new.domains.as_slice()).filter(|domains| !domains.is_empty()),
            description: new.description.as_deref(),
        };
        let now = self.now().await?;
        let created = store::create_credential(&self.pool, &row, CREDENTIALS_MAX, now).await?;
        if created {
            Ok(issued)
        } else {
            Err(KeyringError::TooMany)
        }
    }

    /// All credentials, in the order of their creation; those that are revoked only on request.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn list(&self, with_revoked: bool) -> Result<Vec<CredentialRecord>, KeyringError> {
        Ok(store::list_credentials(&self.pool, with_revoked, LIST_MAX).await?)
    }

    /// Gives a credential another secret. The present one counts for `grace`, at most 30 days, so that callers can be
    /// switched one by one; the one before it no more.
    ///
    /// # Errors
    /// When there is no such credential, or the key is not that of the other credentials.
    pub async fn rotate(&self, access_key: &str, grace: Duration) -> Result<Issued, KeyringError> {
        if grace > GRACE_MAX {
            let days = GRACE_MAX.as_secs() / 86_400;
            return Err(KeyringError::Invalid(format!(
                "the old secret can't count for more than {days} days"
            )));
        }
        self.check_key().await?;
        let issued = Issued::new(access_key.to_owned());
        let sealed = self.vault.seal(access_key, &issued.secret);
        let now = self.now().await?;
        let until = Timestamp(now.0 + grace.as_millis() as i64);
        let rotated = store::rotate_credential(&self.pool, access_key, &sealed, until, now).await?;
        if rotated {
            Ok(issued)
        } else {
            Err(KeyringError::Unknown(access_key.to_owned()))
        }
    }

    /// Revokes a credential for ever. Nodes refuse it within a second, also when it has just been used.
    ///
    /// # Errors
    /// When there is no such credential.
    pub async fn revoke(&self, access_key: &str) -> Result<(), KeyringError> {
        let now = self.now().await?;
        if store::revoke_credential(&self.pool, access_key, now).await? {
            Ok(())
        } else {
            Err(KeyringError::Unknown(access_key.to_owned()))
        }
    }

    async fn now(&self) -> Result<Timestamp, StoreError> {
        Ok(Timestamp(store::database_time(&self.pool).await? / 1_000))
    }

    /// Nodes could not read what is sealed under another key than theirs: this is told here rather than there.
    async fn check_key(&self) -> Result<(), KeyringError> {
        let oldest = store::list_credentials(&self.pool, false, 1).await?;
        let opens = |one: &CredentialRecord| {
            let mut secrets = one.secrets.iter();
            secrets.all(|secret| self.vault.open(&one.access_key, &secret.sealed).is_some())
        };
        if oldest.iter().all(opens) {
            Ok(())
        } else {
            Err(KeyringError::OtherKey)
        }
    }
}

impl NewCredential {
    fn check(&self) -> Result<(), KeyringError> {
        let invalid = |message: String| Err(KeyringError::Invalid(message));
        if self.domains.len() > DOMAINS_MAX {
            return invalid(format!(
                "a credential can be limited to {DOMAINS_MAX} domains at most"
            ));
        }
        let is_name = |name: &String| (1..=DOMAIN_CHARS_MAX).contains(&name.chars().count());
        if !self.domains.iter().all(is_name) {
            return invalid(format!(
                "the name of a domain has 1 to {DOMAIN_CHARS_MAX} characters"
            ));
        }
        let description = self.description.as_deref().unwrap_or_default();
        if description.chars().count() > DESCRIPTION_CHARS_MAX {
            return invalid(format!(
                "a description has at most {DESCRIPTION_CHARS_MAX} characters"
            ));
        }
        Ok(())
    }
}

impl Issued {
    fn new(access_key: String) -> Self {
        let secret: [u8; SECRET_BYTES] = rand::random();
        Issued {
            access_key,
            secret: URL_SAFE_NO_PAD.encode(secret),
        }
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued")
            .field("access_key", &self.access_key)
            .finish_non_exhaustive()
    }
}

fn access_key() -> String {
    let picked: [u8; ID_CHARS] = rand::random();
    let picked = picked.map(|byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
    PREFIX.chars().chain(picked).collect()
}
