//! Databases for tests: an empty, migrated one for each test, and clusters that may be killed.

mod server;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use apus::postgres::{PostgresError, PrivatePostgres};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tempfile::TempDir;

use server::Server;

/// How many connections a test's pool opens at most, so that tests side by side stay within the server's limit.
const POOL_CONNECTIONS_MAX: u32 = 8;

/// A database of one test, with all tables and nothing in them. Dropping it drops the database.
///
/// Its server writes without fsync: a killed *server* may lose what was committed. Tests about that use
/// [`durable_cluster`].
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    server: &'static Server,
}

/// A fresh database for the test that asks.
///
/// # Panics
/// When the server cannot be started or a migration fails, with the reason.
pub async fn database() -> TestDatabase {
    let server = Server::of_this_process();
    TestDatabase {
        name: server.create().await,
        server,
    }
}

impl TestDatabase {
    /// How to connect to it.
    pub fn connect_options(&self) -> PgConnectOptions {
        self.server.connect_options().database(&self.name)
    }

    /// Options of a small pool, for [`connect_with`](PgPoolOptions::connect_with) and
    /// [`connect_options`](Self::connect_options).
    pub fn pool_options(&self) -> PgPoolOptions {
        PgPoolOptions::new().max_connections(POOL_CONNECTIONS_MAX)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        self.server.drop_later(std::mem::take(&mut self.name));
    }
}

/// A data directory for servers that a test stops, kills and starts as it likes: durable, empty, not migrated.
/// Dropping it removes the directory.
#[derive(Debug)]
pub struct DurableCluster {
    dir: TempDir,
}

/// A new directory for a server that survives being killed.
///
/// # Panics
/// When the directory cannot be created.
pub fn durable_cluster() -> DurableCluster {
    // When the tests run as root the server does not, and must get through.
    let open = Permissions::from_mode(0o711);
    let dir = tempfile::Builder::new()
        .prefix("apus-")
        .permissions(open)
        .tempdir();
    DurableCluster {
        dir: dir.expect("the temporary directory is writable"),
    }
}

impl DurableCluster {
    /// The directory, for a program under test that starts its own server in it.
    pub fn data_dir(&self) -> &Path {
        self.dir.path()
    }

    /// Starts a server on the directory.
    ///
    /// # Errors
    /// As [`PrivatePostgres::start`].
    pub async fn start(&self) -> Result<PrivatePostgres, PostgresError> {
        PrivatePostgres::start(self.data_dir()).await
    }
}
