//! The server that the tests of one process share.
//!
//! Each test process has a server, started by the first test that needs a database and stopped by the kernel when the
//! process ends. Its cluster stays in a numbered directory and is used again by a later process, which saves `initdb`;
//! processes that run at the same time take different numbers.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::LazyLock;
use std::thread;

use anyhow::{Context, Result};
use apus::postgres::{PostgresError, PrivatePostgres};
use nix::unistd::geteuid;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::{mpsc, oneshot};

/// The migrated database that all others are copies of.
const TEMPLATE: &str = "template_migrated";

/// How many test processes may run at the same time.
const CLUSTERS_MAX: usize = 64;

/// Speed for durability. Losing these databases costs nothing: they are made anew.
const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("synchronous_commit", "off"),
    ("max_connections", "400"),
];

/// The way to the thread that owns the server.
#[derive(Debug)]
pub(super) struct Server {
    requests: mpsc::UnboundedSender<Request>,
    options: PgConnectOptions,
}

#[derive(Debug)]
enum Request {
    /// Answered with the name of a new database.
    Create(oneshot::Sender<String>),
    Drop(String),
}

impl Server {
    /// The server of this process; the first call starts it and blocks until it is ready.
    pub(super) fn of_this_process() -> &'static Self {
        static SERVER: LazyLock<Server> =
            LazyLock::new(|| Server::start().expect("the tests' PostgreSQL starts"));
        &SERVER
    }

    pub(super) fn connect_options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    pub(super) async fn create(&self) -> String {
        let (reply, name) = oneshot::channel();
        self.requests
            .send(Request::Create(reply))
            .expect("the server's thread runs");
        name.await
            .expect("the server's thread says on standard error why it ended")
    }

    /// Drops the database soon. Nobody waits for it: what is not dropped when the process ends is by the next one.
    pub(super) fn drop_later(&self, name: String) {
        // The thread ends only after a failure, which the test that asked for it has reported.
        let _ = self.requests.send(Request::Drop(name));
    }

    /// Every test has an async runtime of its own that ends with it, so the server gets a thread and a runtime.
    fn start() -> Result<Self> {
        let (requests, inbox) = mpsc::unbounded_channel();
        let (ready, started) = std::sync::mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        thread::Builder::new()
            .name("test-postgres".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    match prepare().await {
                        Ok((postgres, admin)) => {
                            // The receiver waits below.
                            let _ = ready.send(Ok(postgres.connect_options()));
                            serve(admin, inbox)
                                .await
                                .expect("the tests' PostgreSQL creates and drops databases");
                        }
                        Err(error) => drop(ready.send(Err(error))),
                    }
                });
            })?;
        let options = started.recv().context("the server's thread ended")??;
        Ok(Self { requests, options })
    }
}

async fn serve(mut admin: PgConnection, mut inbox: mpsc::UnboundedReceiver<Request>) -> Result<()> {
    let mut created = 0_u64;
    while let Some(request) = inbox.recv().await {
        match request {
            Request::Create(reply) => {
                created += 1;
                let name = format!("test_{created}");
                execute(&mut admin, format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await?;
                if let Err(name) = reply.send(name) {
                    drop_database(&mut admin, &name).await?;
                }
            }
            Request::Drop(name) => drop_database(&mut admin, &name).await?,
        }
    }
    Ok(())
}

/// Starts the server, removes what an earlier process left in it and makes the template.
async fn prepare() -> Result<(PrivatePostgres, PgConnection)> {
    let postgres = start_in_free_dir().await?;
    let mut admin = PgConnection::connect_with(&postgres.connect_options()).await?;
    let left: Vec<String> =
        sqlx::query_scalar("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%' OR datname = $1")
            .bind(TEMPLATE)
            .fetch_all(&mut admin)
            .await?;
    for name in left {
        drop_database(&mut admin, &name).await?;
    }
    postgres.create_database(TEMPLATE).await?;
    migrate(postgres.connect_options().database(TEMPLATE)).await?;
    Ok((postgres, admin))
}

/// Creates all tables of all crates, as the program does when it starts.
async fn migrate(options: PgConnectOptions) -> Result<()> {
    apus::store::migrate(&options).await?;
    docstore_activities::catalog::migrate(options).await?;
    Ok(())
}

async fn start_in_free_dir() -> Result<PrivatePostgres> {
    let root = std::env::temp_dir().join(format!("apus-tests-{}", geteuid()));
    DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(&root)
        .with_context(|| root.display().to_string())?;
    for number in 0..CLUSTERS_MAX {
        match start_or_renew(&root.join(number.to_string())).await {
            Err(PostgresError::InUse { .. }) => {}
            started => return Ok(started?),
        }
    }
    anyhow::bail!(
        "{CLUSTERS_MAX} test processes use {} at the same time; end some",
        root.display()
    )
}

/// A cluster without fsync may not survive a crash of the machine; such a one is thrown away.
async fn start_or_renew(data_dir: &Path) -> Result<PrivatePostgres, PostgresError> {
    match PrivatePostgres::start_with(data_dir, SETTINGS).await {
        Err(PostgresError::Start { .. }) => {
            remove_cluster(data_dir);
            PrivatePostgres::start_with(data_dir, SETTINGS).await
        }
        other => other,
    }
}

fn remove_cluster(data_dir: &Path) {
    // If it cannot be removed, the start that follows fails with the reason.
    let _ = fs::remove_dir_all(data_dir.join("cluster"));
}

async fn drop_database(admin: &mut PgConnection, name: &str) -> Result<()> {
    execute(admin, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await
}

async fn execute(admin: &mut PgConnection, statement: String) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(admin).await?;
    Ok(())
}
