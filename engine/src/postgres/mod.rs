//! A private Postgres for the embedded default: started from the installed binaries, reached through a unix socket
//! only, durable (fsync on), and stopped with the program that started it.
//!
//! ```text
//! <data directory>/lock          held (flock) while a program uses the directory
//! <data directory>/startup.log   what the server said before it opened its own log
//! <data directory>/cluster/      PGDATA, or a link to it; the server's log is in cluster/log/
//! ```
//!
//! The server is never left behind: it gets SIGINT (a fast shutdown) from the kernel when the program dies, however it
//! dies, and whatever is still there at the next start is stopped first. `kill -9` of everything at once is a crash
//! that Postgres recovers from by itself.

mod account;
mod binaries;
mod cluster;
mod error;
mod leftover;
mod postmaster;
mod socket_dir;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tokio::time::Instant;

use cluster::Cluster;
pub use error::PostgresError;
use postmaster::Postmaster;
use socket_dir::SocketDir;

/// The oldest major version of PostgreSQL that the engine's SQL is written for.
pub const MINIMUM_MAJOR: u32 = 15;

/// The superuser of the cluster, and the name of its maintenance database.
const SUPERUSER: &str = "postgres";

/// The port names the socket file (`.s.PGSQL.5432`); nothing listens on it.
const PORT: u16 = 5432;

/// How long a start may take. Recovery after a crash replays up to `max_wal_size` (1 GB) of log.
const START_TIMEOUT: Duration = Duration::from_secs(300);

/// The pause between two attempts to connect to a server that is starting.
const START_POLL: Duration = Duration::from_millis(20);

/// How long a fast shutdown may take; its checkpoint writes at most `shared_buffers`.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(60);

/// Postgres cuts longer names off silently, so they are refused.
const NAME_BYTES_MAX: usize = 63;

/// Settings that differ from PostgreSQL's defaults or that durability rests on. Given on the command line, so an edit
/// of `postgresql.conf` cannot open the server to the network or switch fsync off.
const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("synchronous_commit", "on"),
    ("shared_buffers", "128MB"),
    ("max_connections", "100"),
    // One file a weekday, overwritten after a week: the log is bounded without a second program.
    ("logging_collector", "on"),
    ("log_directory", "log"),
    ("log_filename", "postgres-%a.log"),
    ("log_truncate_on_rotation", "on"),
    ("log_rotation_age", "1d"),
    ("log_rotation_size", "0"),
    ("log_line_prefix", "%m [%p] %q%a@%d "),
];

/// A running Postgres server that belongs to this program.
///
/// Keep it alive as long as the database is used and end it with [`shutdown`](Self::shutdown). Dropping it asks the
/// server to stop without waiting for it.
pub struct PrivatePostgres {
    // Fields drop in this order: the server is told to stop before the lock of its directory is given back.
    postmaster: Postmaster,
    socket_dir: SocketDir,
    cluster: Cluster,
}

impl PrivatePostgres {
    /// Starts the server of `data_dir`, creating the directory and the database cluster when they are new, and
    /// returns when it accepts connections.
    ///
    /// # Errors
    /// When no suitable PostgreSQL is installed, another program uses the directory, or the server does not start;
    /// every error says what to do.
    pub async fn start(data_dir: &Path) -> Result<Self, PostgresError> {
        Self::start_with(data_dir, &[]).await
    }

    /// Like [`start`](Self::start), with server settings (`postgresql.conf` names) that override the usual ones.
    ///
    /// # Errors
    /// As [`start`](Self::start); an unknown setting is a server that does not start.
    pub async fn start_with(data_dir: &Path, settings: &[(&str, &str)]) -> Result<Self, PostgresError> {
        let data_dir = data_dir.to_path_buf();
        let cluster = blocking(move || Cluster::lock(&data_dir)).await?;
        leftover::stop(&cluster).await?;
        let cluster = blocking(move || cluster.initialise()).await?;
        let mut command = cluster.server_command()?;
        let socket_dir = cluster.socket_dir()?;
        command
            .arg("-D")
            .arg(cluster.pgdata())
            .args(["-p", &PORT.to_string()]);
        command
            .arg("-c")
            .arg(format!("unix_socket_directories={}", socket_dir.path().display()));
        for (name, value) in SETTINGS.iter().chain(settings) {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        let postmaster = Postmaster::spawn(command).await.map_err(PostgresError::Spawn)?;
        let started = Self {
            postmaster,
            socket_dir,
            cluster,
        };
        started.wait_until_ready().await?;
        tracing::info!(
            data_dir = %started.cluster.data_dir().display(),
            socket_dir = %started.socket_dir.path().display(),
            "private PostgreSQL started"
        );
        Ok(started)
    }

    /// Removes the cluster of `data_dir` with everything in it, wherever it is; a server that an earlier program left
    /// behind is stopped first.
    ///
    /// # Errors
    /// When another program uses the directory, or a file can't be removed.
    pub async fn remove(data_dir: &Path) -> Result<(), PostgresError> {
        let data_dir = data_dir.to_path_buf();
        let cluster = blocking(move || Cluster::lock(&data_dir)).await?;
        leftover::stop(&cluster).await?;
        blocking(move || cluster.remove()).await
    }

    /// How to connect: through the unix socket, as superuser, to the database `postgres`. Add `.database(name)` for
    /// another one.
    pub fn connect_options(&self) -> PgConnectOptions {
        connect_options(self.socket_dir.path())
    }

    /// Creates a database if it does not exist yet.
    ///
    /// # Errors
    /// When the name is empty or longer than 63 bytes, or the server refuses.
    pub async fn create_database(&self, name: &str) -> Result<(), PostgresError> {
        if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains('\0') {
            return Err(PostgresError::DatabaseName {
                name: name.to_owned(),
            });
        }
        let mut connection = PgConnection::connect_with(&self.connect_options()).await?;
        let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(name)
            .fetch_one(&mut connection)
            .await?;
        if !known {
            let statement = format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\""));
            let created = sqlx::raw_sql(AssertSqlSafe(statement))
                .execute(&mut connection)
                .await;
            if let Err(error) = created
                && !created_meanwhile(&error)
            {
                return Err(error.into());
            }
        }
        connection.close().await?;
        Ok(())
    }

    /// Resolves when the server ends without having been asked to. The program has lost its database then and should
    /// end too, so that a restart begins with recovery.
    pub async fn ended(&self) {
        self.postmaster.ended().await;
    }

    /// The operating-system process of the server.
    pub fn pid(&self) -> u32 {
        self.postmaster.pid()
    }

    /// Stops the server: open transactions are rolled back, everything committed is written, connections are closed.
    ///
    /// # Errors
    /// When the server does not end in time. It is then ended at once, and recovers at the next start.
    pub async fn shutdown(self) -> Result<(), PostgresError> {
        self.postmaster.stop(SHUTDOWN_TIMEOUT).await?;
        tracing::info!(data_dir = %self.cluster.data_dir().display(), "private PostgreSQL stopped");
        Ok(())
    }

    async fn wait_until_ready(&self) -> Result<(), PostgresError> {
        let options = self
            .connect_options()
            .log_statements(tracing::log::LevelFilter::Off);
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            let attempt = tokio::select! {
                attempt = PgConnection::connect_with(&options) => attempt,
                () = self.postmaster.ended() => return Err(self.cluster.start_failure()),
            };
            match attempt {
                Ok(connection) => return Ok(connection.close().await?),
                Err(error) if Instant::now() > deadline => return Err(error.into()),
                Err(_) => tokio::time::sleep(START_POLL).await,
            }
        }
    }
}

/// How to connect to the server that another program runs on this data directory, as
/// [`PrivatePostgres::connect_options`] says it there.
///
/// # Errors
/// When no program runs one there.
pub fn running(data_dir: &Path) -> Result<PgConnectOptions, PostgresError> {
    let pgdata = Cluster::pgdata_of(data_dir)?;
    let socket_dir = SocketDir::path_for(&pgdata);
    if !socket_dir.join(format!(".s.PGSQL.{PORT}")).exists() {
        return Err(PostgresError::NotRunning {
            path: data_dir.to_path_buf(),
        });
    }
    Ok(connect_options(&socket_dir))
}

fn connect_options(socket_dir: &Path) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .host("localhost")
        .port(PORT)
        .socket(socket_dir)
        .username(SUPERUSER)
        .database(SUPERUSER)
        .ssl_mode(PgSslMode::Disable)
        .application_name("apus")
}

/// Whether `CREATE DATABASE` failed because somebody else created the same database in between: `duplicate_database`,
/// or `unique_violation` when both were at the catalogue at once.
fn created_meanwhile(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|e| e.code());
    matches!(code.as_deref(), Some("42P04" | "23505"))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PostgresError> + Send + 'static,
) -> Result<T, PostgresError> {
    tokio::task::spawn_blocking(work)
        .await
        .expect("the work neither panics nor is aborted")
}
