//! DocStore's tables in Postgres: accounts, sessions, documents, usage, mails sent.
//!
//! All of DocStore's SQL is in this module. Activities run at least once, so whatever they call here may be
//! called again with the same arguments and changes nothing the second time. Times are Postgres's.

mod access_logs;
mod accounts;
mod audit;
mod documents;
mod figures;
mod idempotency;
mod login_attempts;
mod mail_ledger;
mod search_index;
mod sessions;
mod usage;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};

pub use access_logs::{AccessLog, AccountHour, LoggedUsage, RequestHour, Traffic};
pub use accounts::{Account, NewAccount, Plan, PlanChange, Replica, ReplicaEnd, UnsettledAccount};
pub use audit::{AuditEvent, AuditRecord};
pub use documents::{
    Arrival, Cursor, CursorKey, Document, DocumentState, Edit, EditError, EndedForm, FailureCount,
    HistoryEntry, HistoryPage, ListQuery, MAX_OPEN_FORMS, MAX_OPEN_UNSIZED_FORMS, MAX_VERSIONS, Metadata,
    NewUpload, Outcome, Page, Reason, Reprocess, Reservation, Sort, Stalled, Standing, TRASH_KEPT, UNDER_WAY,
    Unindexed,
};
pub use figures::{ProcessingTimes, UnderWay, UploadHour};
pub use idempotency::Claim;
pub use login_attempts::{Attempt, BackOff};
pub use mail_ledger::MailState;
pub use search_index::IndexBacklog;
pub use sessions::{NewSession, Session, SessionKind, SessionRecord, TokenDigest};
pub use usage::{Total, Usage, UsageAfter};

/// The schema that DocStore's tables stand in.
pub const SCHEMA: &str = "docstore";

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations/docstore");

/// DocStore's tables, reached through a pool of connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Catalog {
    pool: PgPool,
    quotas: Quotas,
}

/// Bytes that an account may store, by plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Quotas {
    /// Of a free account.
    pub free: u64,
    /// Of a premium account.
    pub premium: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            free: 5_000_000_000,
            premium: 20_000_000_000,
        }
    }
}

impl Quotas {
    /// The bytes that an account of this plan may store.
    pub fn of(&self, plan: Plan) -> u64 {
        match plan {
            Plan::Free => self.free,
            Plan::Premium => self.premium,
        }
    }
}

/// Why the catalog did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Another account has this e-mail address.
    #[error("an account with this e-mail address exists; log in instead")]
    EmailTaken,
    /// There is no such account.
    #[error("there is no such account")]
    NoSuchAccount,
    /// There is no such document, or it belongs to somebody else.
    #[error("there is no such document")]
    NoSuchDocument,
    /// The current version of a document cannot be deleted alone.
    #[error("this version is the current one; delete the document, or upload a newer version first")]
    CurrentVersion,
    /// The document lies in the trash.
    #[error("the document lies in the trash; restore it first")]
    InTrash,
    /// The document was processed, or is being processed: nothing failed that could be tried again.
    #[error("nothing of this document's processing has failed")]
    NotFailed,
    /// The document has as many versions as one may have.
    #[error("a document has at most {limit} versions; delete old ones")]
    TooManyVersions {
        /// How many one may have.
        limit: usize,
    },
    /// What is asked for does not fit in what is left of the quota.
    #[error("{asked} bytes do not fit: {left} bytes of the quota are left; delete documents or upgrade")]
    QuotaExceeded {
        /// Bytes asked for.
        asked: u64,
        /// Bytes neither used nor reserved.
        left: u64,
    },
    /// The account stores more than its quota.
    #[error(
        "the account is over its quota: uploads are blocked until documents are deleted or the plan is upgraded"
    )]
    OverQuota,
    /// The account holds as many unused upload forms as one may.
    #[error(
        "{limit} uploads have been asked for and not finished; finish them or wait until their forms expire"
    )]
    TooManyOpenForms {
        /// How many an account may hold.
        limit: i64,
    },
    /// Postgres refused or could not be reached.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("the tables of DocStore could not be migrated: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

/// The catalog's usual result.
pub type Result<T> = std::result::Result<T, CatalogError>;

/// The same options with `search_path` set to DocStore's schema.
pub fn in_schema(options: PgConnectOptions) -> PgConnectOptions {
    options.options([("search_path", SCHEMA)])
}

/// Creates the schema and brings its tables up to date. Several programs may do so at once: one does, the others wait.
pub async fn migrate(options: PgConnectOptions) -> Result<()> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(in_schema(options))
        .await?;
    // Two first starts at once can both find the schema missing; the loser's error is harmless.
    let schema = sqlx::query("CREATE SCHEMA IF NOT EXISTS docstore")
        .execute(&pool)
        .await;
    if let Err(error) = schema
        && !is_unique_violation(&error)
    {
        return Err(error.into());
    }
    MIGRATIONS.run(&pool).await?;
    pool.close().await;
    Ok(())
}

impl Catalog {
    /// A catalog over a pool whose connections come from [`in_schema`].
    pub fn new(pool: PgPool, quotas: Quotas) -> Self {
        Self { pool, quotas }
    }

    /// Connects with at most `connections` connections. The tables must be migrated.
    pub async fn connect(options: PgConnectOptions, connections: u32, quotas: Quotas) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .connect_with(in_schema(options))
            .await?;
        Ok(Self::new(pool, quotas))
    }

    /// Tries once whether the database can be reached, and says at once why not; a pool tries until its time is up and
    /// then says no more than that.
    pub async fn try_reach(options: &PgConnectOptions) -> Result<()> {
        let connection = PgConnection::connect_with(options).await?;
        Ok(connection.close().await?)
    }

    /// What accounts may store.
    pub fn quotas(&self) -> Quotas {
        self.quotas
    }

    /// The pool, for the parts that share DocStore's database.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Succeeds when Postgres answers.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }
}

fn is_unique_violation(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.is_unique_violation())
}

/// Postgres has no unsigned integers; no size here comes near the half that `bigint` lacks.
fn to_bigint(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
