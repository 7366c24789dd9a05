//! The database: somebody else's, or a private one that the program starts and stops.

use std::path::Path;

use anyhow::Context;
use apus::postgres::{self, PrivatePostgres};
use sqlx::postgres::PgConnectOptions;

/// The name of the private server's database.
const NAME: &str = "docstore";
/// Its place in the data directory.
const DIR: &str = "postgres";

/// A database that is ready to be used.
pub struct Database {
    options: PgConnectOptions,
    private: Option<PrivatePostgres>,
}

impl Database {
    /// The database that is named, or a private one in `data_dir`.
    pub async fn open(named: Option<PgConnectOptions>, data_dir: &Path) -> anyhow::Result<Self> {
        if let Some(options) = named {
            return Ok(Self {
                options,
                private: None,
            });
        }
        let private = PrivatePostgres::start(&data_dir.join(DIR))
            .await
            .context("cannot start the private database")?;
        private
            .create_database(NAME)
            .await
            .context("cannot create the private database")?;
        Ok(Self {
            options: private.connect_options().database(NAME),
            private: Some(private),
        })
    }

    /// How to connect to the database that is named, or to the private one of a program that runs in `data_dir`.
    pub fn running(named: Option<PgConnectOptions>, data_dir: &Path) -> anyhow::Result<PgConnectOptions> {
        match named {
            Some(options) => Ok(options),
            None => Ok(postgres::running(&data_dir.join(DIR))
                .context("there is no database: name one with --database-url, or the data directory of a running DocStore")?
                .database(NAME)),
        }
    }

    /// How to connect to it.
    pub fn connect_options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// Waits until it ends unasked, if it is private; another one's end is its operator's business.
    pub async fn ended(&self) {
        match &self.private {
            Some(private) => private.ended().await,
            None => std::future::pending().await,
        }
    }

    /// Stops it, if it is private. Everything that uses it must have ended.
    pub async fn shutdown(self) -> anyhow::Result<()> {
        match self.private {
            Some(private) => private
                .shutdown()
                .await
                .context("cannot stop the private database"),
            None => Ok(()),
        }
    }
}
