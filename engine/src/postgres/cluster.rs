//! The files of a cluster: where they are, whose they are, who may use them, and how they come to be.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::account::Account;
use super::binaries::{self, Binaries};
use super::socket_dir::SocketDir;
use super::{PostgresError, SUPERUSER};

/// Where clusters go when the server's account cannot reach the data directory (root's home is closed to it).
const OUTSIDE_ROOT: &str = "/var/lib/apus";

/// How much of a log an error quotes, in bytes.
const LOG_TAIL_BYTES: usize = 2_000;

/// The programs that are run see no environment but this: `PG*` and `LC_*` variables would change what they do.
const ENVIRONMENT: [(&str, &str); 3] = [("PATH", "/usr/bin:/bin"), ("LC_ALL", "C"), ("TZ", "UTC")];

/// What a cluster's name begins with while `initdb` works on it.
const UNFINISHED: &str = "cluster.new";

/// How long a lock that is held is tried again. A program that has just released it may have been starting another
/// one meanwhile, which holds a copy of the lock from its birth until it runs its own code.
const LOCK_WITHIN: Duration = Duration::from_secs(2);
/// How long files are removed again that others still add to. An `initdb` that was killed leaves a server process
/// of its own, which ends when it has done what it was told before.
const DISCARD_WITHIN: Duration = Duration::from_secs(10);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// A data directory that this program holds the lock of.
#[derive(Debug)]
pub(super) struct Cluster {
    data_dir: PathBuf,
    /// The real path of PGDATA, without links; the same as the plain one while it does not exist.
    pgdata: PathBuf,
    account: Account,
    /// Released by the kernel when the file is closed, however the program ends.
    _lock: File,
}

impl Cluster {
    /// Takes the data directory for this program, creating it when it is new.
    pub(super) fn lock(data_dir: &Path) -> Result<Self, PostgresError> {
        fs::create_dir_all(data_dir).map_err(PostgresError::file("create", data_dir))?;
        let data_dir = data_dir
            .canonicalize()
            .map_err(PostgresError::file("resolve", data_dir))?;
        let lock_path = data_dir.join("lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(PostgresError::file("open", &lock_path))?;
        match try_lock(&lock) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(PostgresError::InUse { path: data_dir }),
            Err(TryLockError::Error(error)) => return Err(PostgresError::file("lock", lock_path)(error)),
        }
        let pgdata = resolve(&data_dir.join("cluster"))?;
        let account = Account::choose(&pgdata)?;
        Ok(Self {
            data_dir,
            pgdata,
            account,
            _lock: lock,
        })
    }

    /// The real path of the PGDATA that a data directory has.
    pub(super) fn pgdata_of(data_dir: &Path) -> Result<PathBuf, PostgresError> {
        let data_dir = data_dir
            .canonicalize()
            .map_err(PostgresError::file("find", data_dir))?;
        resolve(&data_dir.join("cluster"))
    }

    pub(super) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub(super) fn pgdata(&self) -> &Path {
        &self.pgdata
    }

    /// Runs `initdb` when there is no cluster yet. It works under another name until it is complete, so that one
    /// which is interrupted leaves nothing that looks like a cluster; and under a new name each time, so that what is
    /// left of an interrupted one never gets into the next.
    pub(super) fn initialise(mut self) -> Result<Self, PostgresError> {
        let finished = self.data_dir.join("cluster");
        if finished.exists() {
            return Ok(self);
        }
        self.discard_unfinished()?;
        let unfinished = self.data_dir.join(format!("{UNFINISHED}.{}", Uuid::now_v7()));
        self.create_pgdata(&unfinished)?;
        let real = unfinished
            .canonicalize()
            .map_err(PostgresError::file("resolve", &unfinished))?;
        self.initdb(&real)?;
        fs::rename(&unfinished, &finished).map_err(PostgresError::file("rename", &unfinished))?;
        sync(&self.data_dir)?;
        self.pgdata = finished
            .canonicalize()
            .map_err(PostgresError::file("resolve", &finished))?;
        Ok(self)
    }

    /// Removes the cluster, finished or not.
    pub(super) fn remove(self) -> Result<(), PostgresError> {
        self.discard_unfinished()?;
        discard(&self.data_dir.join("cluster"))
    }

    /// Removes what interrupted `initdb`s have left.
    fn discard_unfinished(&self) -> Result<(), PostgresError> {
        let read = PostgresError::file("read", &self.data_dir);
        let names: Vec<_> = fs::read_dir(&self.data_dir)
            .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect())
            .map_err(read)?;
        names
            .iter()
            .filter(|name| name.as_encoded_bytes().starts_with(UNFINISHED.as_bytes()))
            .try_for_each(|name| discard(&self.data_dir.join(name)))
    }

    /// The command that runs the server, without its arguments.
    pub(super) fn server_command(&self) -> Result<Command, PostgresError> {
        let binaries = Binaries::find(Some(self.major()?))?;
        let log = self.startup_log();
        let output = File::create(&log).map_err(PostgresError::file("create", &log))?;
        let errors = output.try_clone().map_err(PostgresError::file("open", &log))?;
        let mut command = self.command(&binaries.postgres(), "INT")?;
        command.stdout(output).stderr(errors);
        Ok(command)
    }

    /// The directory for the server's socket.
    pub(super) fn socket_dir(&self) -> Result<SocketDir, PostgresError> {
        SocketDir::create(&self.pgdata, &self.account)
    }

    /// The error for a server that ended while it was starting, with the end of its log.
    pub(super) fn start_failure(&self) -> PostgresError {
        let logs = fs::read_dir(self.pgdata.join("log"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path());
        let newest = logs.max_by_key(|log| fs::metadata(log).and_then(|found| found.modified()).ok());
        // The server's own log exists once it has read its settings; what came before is in ours.
        let log = newest
            .filter(|_| self.redirected())
            .unwrap_or_else(|| self.startup_log());
        let output = tail(&fs::read(&log).unwrap_or_default());
        PostgresError::Start { log, output }
    }

    /// Whether the server said that its messages go to its own log from here on.
    fn redirected(&self) -> bool {
        fs::read_to_string(self.startup_log()).is_ok_and(|text| text.contains("redirecting log output"))
    }

    fn startup_log(&self) -> PathBuf {
        self.data_dir.join("startup.log")
    }

    fn major(&self) -> Result<u32, PostgresError> {
        let file = self.pgdata.join("PG_VERSION");
        let text = fs::read_to_string(&file).map_err(PostgresError::file("read", &file))?;
        text.trim().parse().map_err(|_| {
            PostgresError::file("read a version from", file)(io::Error::from(io::ErrorKind::InvalidData))
        })
    }

    /// Creates the empty directory that `initdb` fills, at `place` or, when the server's account cannot reach that,
    /// elsewhere with a link at `place`.
    fn create_pgdata(&self, place: &Path) -> Result<(), PostgresError> {
        if self.account.can_enter(&self.data_dir) {
            return self.create_private(place);
        }
        DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(OUTSIDE_ROOT)
            .map_err(PostgresError::file("create", OUTSIDE_ROOT))?;
        let outside = Path::new(OUTSIDE_ROOT).join(Uuid::now_v7().to_string());
        // The link first: whoever finds it knows what to remove.
        std::os::unix::fs::symlink(&outside, place).map_err(PostgresError::file("create", place))?;
        tracing::info!(
            data_dir = %self.data_dir.display(),
            cluster = %outside.display(),
            "the data directory is closed to the account that PostgreSQL runs under; its files go elsewhere"
        );
        self.create_private(&outside)
    }

    fn create_private(&self, dir: &Path) -> Result<(), PostgresError> {
        DirBuilder::new()
            .mode(0o700)
            .create(dir)
            .map_err(PostgresError::file("create", dir))?;
        self.account.own(dir)
    }

    fn initdb(&self, pgdata: &Path) -> Result<(), PostgresError> {
        let binaries = Binaries::find(None)?;
        // A commit that needs a new file of the write-ahead log writes all of it first, and everybody waits: one of the
        // usual 16 MB takes some 70 ms. That happens only until old files come back into use.
        let wal_file = "--wal-segsize=1";
        // Nobody but the owner of the socket's directory gets as far as the server, so it trusts whoever does.
        let output = self
            .command(&binaries.initdb(), "KILL")?
            .args([
                "--auth-local=trust",
                "--auth-host=reject",
                "--data-checksums",
                wal_file,
            ])
            .args([
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--username",
                SUPERUSER,
                "--pgdata",
            ])
            .arg(pgdata)
            .output()
            .map_err(PostgresError::Spawn)?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        Err(PostgresError::Initialise {
            path: pgdata.to_path_buf(),
            output: tail(&said),
        })
    }

    /// A command that runs `program` under the server's account and gets `death_signal` when the thread that started
    /// it ends.
    fn command(&self, program: &Path, death_signal: &str) -> Result<Command, PostgresError> {
        // The signal is lost when a process changes its user, so setpriv comes after that change.
        let mut command = Command::new(binaries::setpriv()?);
        command.args(["--pdeathsig", death_signal, "--"]).arg(program);
        command
            .env_clear()
            .envs(ENVIRONMENT)
            .current_dir("/")
            .stdin(Stdio::null());
        // A group of its own: Ctrl-C in a terminal is for the program, which stops the server when it is done with it.
        command.process_group(0);
        self.account.apply(&mut command);
        Ok(command)
    }
}

/// Follows a link. What is not there at all stays as it is, but a link to nothing is an error: the cluster is on a
/// disk that is not mounted, say, and a new one must not take its place.
fn resolve(place: &Path) -> Result<PathBuf, PostgresError> {
    match fs::symlink_metadata(place) {
        Ok(_) => place
            .canonicalize()
            .map_err(PostgresError::file("find what belongs at", place)),
        Err(_) => Ok(place.to_path_buf()),
    }
}

/// Removes a cluster, or what an interrupted `initdb` left of one, at `place`: a directory or a link to one.
fn discard(place: &Path) -> Result<(), PostgresError> {
    let Ok(found) = fs::symlink_metadata(place) else {
        return Ok(());
    };
    if found.is_symlink() {
        if let Ok(outside) = place.canonicalize() {
            remove_dir(&outside)?;
        }
        return fs::remove_file(place).map_err(PostgresError::file("remove", place));
    }
    remove_dir(place)
}

/// Removes a directory, waiting for whoever still adds files to it.
fn remove_dir(dir: &Path) -> Result<(), PostgresError> {
    let added = |error: &io::Error| error.kind() == io::ErrorKind::DirectoryNotEmpty;
    retry(DISCARD_WITHIN, added, || fs::remove_dir_all(dir)).map_err(PostgresError::file("remove", dir))
}

fn sync(dir: &Path) -> Result<(), PostgresError> {
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(PostgresError::file("write", dir))
}

/// The last lines of a log, in at most [`LOG_TAIL_BYTES`].
fn tail(log: &[u8]) -> String {
    let text = &log[log.len().saturating_sub(LOG_TAIL_BYTES)..];
    String::from_utf8_lossy(text).trim().to_owned()
}

/// Takes the lock, waiting a moment for copies of it to go.
fn try_lock(lock: &File) -> Result<(), TryLockError> {
    let held = |error: &TryLockError| matches!(error, TryLockError::WouldBlock);
    retry(LOCK_WITHIN, held, || lock.try_lock())
}

/// Tries again what fails because of `passing`, for as long as `within`.
fn retry<E>(
    within: Duration,
    passing: impl Fn(&E) -> bool,
    attempt: impl Fn() -> Result<(), E>,
) -> Result<(), E> {
    let began = Instant::now();
    loop {
        match attempt() {
            Err(error) if passing(&error) && began.elapsed() < within => std::thread::sleep(PAUSE),
            tried => return tried,
        }
    }
}
