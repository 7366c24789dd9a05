//! What can go wrong with a private server, each with what to do about it.

use std::io;
use std::path::PathBuf;

/// Why the private Postgres could not be started, used or stopped.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No installed PostgreSQL fits.
    #[error(
        "{wanted} is not installed (looked on PATH and in /usr/lib/postgresql); \
         on Debian and Ubuntu: apt-get install {package}"
    )]
    NotInstalled {
        /// The version that is needed, in words.
        wanted: String,
        /// The Debian package that has it.
        package: String,
    },
    /// `setpriv`, which ties the server's life to the program's, is missing.
    #[error("setpriv is not on PATH; on Debian and Ubuntu: apt-get install util-linux")]
    NoSetpriv,
    /// Another program holds the data directory.
    #[error("{path} is in use by another program; stop it or choose another data directory")]
    InUse {
        /// The data directory.
        path: PathBuf,
    },
    /// No program runs a server on the data directory.
    #[error("no database runs in {path}")]
    NotRunning {
        /// The data directory.
        path: PathBuf,
    },
    /// The cluster belongs to another operating-system user.
    #[error(
        "{path} belongs to user id {owner}; run as that user or as root, or choose another data directory"
    )]
    NotOwner {
        /// The cluster's directory.
        path: PathBuf,
        /// The user id that owns it.
        owner: u32,
    },
    /// The program runs as root, which PostgreSQL refuses, and there is no account to switch to.
    #[error(
        "PostgreSQL does not run as root, and neither user postgres nor user nobody exists; create user postgres"
    )]
    NoAccount,
    /// The directory for the socket exists and is not ours alone.
    #[error("{path} must be a directory of user id {owner} with mode 0700; remove it and start again")]
    SocketDirectory {
        /// The socket's directory.
        path: PathBuf,
        /// The user id that the server runs under.
        owner: u32,
    },
    /// A file operation failed.
    #[error("could not {action} {path}")]
    File {
        /// What was attempted, a verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A program could not be started at all.
    #[error("could not run PostgreSQL's programs")]
    Spawn(#[source] io::Error),
    /// `initdb` failed.
    #[error("initdb could not create {path}: {output}")]
    Initialise {
        /// The new cluster's directory.
        path: PathBuf,
        /// The end of what it printed.
        output: String,
    },
    /// The server ended while it was starting.
    #[error("PostgreSQL ended while starting; the end of {log}: {output}")]
    Start {
        /// The log file with the whole story.
        log: PathBuf,
        /// The end of that file.
        output: String,
    },
    /// The server did not end when asked to.
    #[error("PostgreSQL (process {pid}) did not stop; look at its log, and end it with kill -QUIT {pid}")]
    Stop {
        /// The process of the server.
        pid: i32,
    },
    /// A database name that Postgres would refuse or cut off.
    #[error("{name:?} is no database name: 1 to 63 bytes, without NUL")]
    DatabaseName {
        /// The name as given.
        name: String,
    },
    /// The server answered with an error, or could not be reached.
    #[error("the private PostgreSQL refused")]
    Sql(#[from] sqlx::Error),
}

impl PostgresError {
    /// For `map_err`: names the operation and the file with an [`io::Error`].
    pub(super) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { action, path, source }
    }
}
