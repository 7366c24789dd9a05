//! Starts, stops and kills real servers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, geteuid};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use super::{PostgresError, PrivatePostgres};

/// Set for the child process that [`program`] is: the data directory that it shall start a server in.
const PROGRAM_DATA_DIR: &str = "APUS_TEST_PROGRAM_DATA_DIR";

/// Waiting longer than this for a process to end means that it does not.
const PATIENCE: Duration = Duration::from_secs(60);

/// A directory that other accounts may pass through, as a data directory's parents must be.
fn open_dir() -> TempDir {
    tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o711))
        .tempdir()
        .unwrap()
}

async fn execute(postgres: &PrivatePostgres, statement: &'static str) {
    let mut connection = PgConnection::connect_with(&postgres.connect_options())
        .await
        .unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
}

async fn kept_rows(postgres: &PrivatePostgres) -> i64 {
    let mut connection = PgConnection::connect_with(&postgres.connect_options())
        .await
        .unwrap();
    sqlx::query_scalar("SELECT count(*) FROM kept")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

async fn setting(postgres: &PrivatePostgres, name: &str) -> String {
    let mut connection = PgConnection::connect_with(&postgres.connect_options())
        .await
        .unwrap();
    sqlx::query_scalar("SELECT current_setting($1)")
        .bind(name)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

/// Not a test of its own: the program that other tests start and kill. It starts a server, prints the server's
/// process id and waits to be killed.
#[tokio::test]
async fn program() {
    let Some(data_dir) = std::env::var_os(PROGRAM_DATA_DIR) else {
        return;
    };
    let postgres = PrivatePostgres::start(data_dir.as_ref()).await.unwrap();
    execute(
        &postgres,
        "CREATE TABLE IF NOT EXISTS kept (); INSERT INTO kept DEFAULT VALUES",
    )
    .await;
    println!("\nserver {}", postgres.pid());
    postgres.ended().await;
}

fn start_program(exe: &Path, data_dir: &Path, user: Option<&User>) -> (Child, Pid) {
    let mut command = Command::new(exe);
    command.args(["postgres::tests::program", "--exact", "--nocapture"]);
    command
        .env(PROGRAM_DATA_DIR, data_dir)
        .current_dir("/")
        .stdout(Stdio::piped());
    if let Some(user) = user {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let server = lines
        .filter_map(|line| line.strip_prefix("server ")?.parse().ok())
        .next();
    (
        child,
        Pid::from_raw(server.expect("the program prints its server's process id")),
    )
}

#[tokio::test]
async fn data_is_there_after_a_stop_and_a_start() {
    let dir = open_dir();
    let data_dir = dir.path().join("made/on/the/way");
    let postgres = PrivatePostgres::start(&data_dir).await.unwrap();
    execute(&postgres, "CREATE TABLE kept (); INSERT INTO kept DEFAULT VALUES").await;
    postgres.shutdown().await.unwrap();

    let postgres = PrivatePostgres::start(&data_dir).await.unwrap();
    assert_eq!(kept_rows(&postgres).await, 1);
    postgres.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_server_is_durable_and_closed_to_the_network() {
    let dir = open_dir();
    let postgres = PrivatePostgres::start(dir.path()).await.unwrap();
    let expected = [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("wal_segment_size", "1MB"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
    ];
    for (name, value) in expected {
        assert_eq!(setting(&postgres, name).await, value, "{name}");
    }
    let socket_dir = setting(&postgres, "unix_socket_directories").await;
    assert_eq!(
        fs::metadata(&socket_dir).unwrap().permissions().mode() & 0o777,
        0o700
    );
    postgres.shutdown().await.unwrap();
    assert!(
        !fs::exists(socket_dir).unwrap(),
        "the socket's directory goes with the server"
    );
}

#[tokio::test]
async fn a_database_is_created_once_whatever_its_name() {
    let dir = open_dir();
    let postgres = PrivatePostgres::start(dir.path()).await.unwrap();
    let name = r#"it's "quoted""#;
    let (first, second) = tokio::join!(postgres.create_database(name), postgres.create_database(name));
    first.unwrap();
    second.unwrap();
    postgres.create_database(name).await.unwrap();
    let options = postgres.connect_options().database(name);
    PgConnection::connect_with(&options)
        .await
        .unwrap()
        .close()
        .await
        .unwrap();

    for name in ["", "nul\0", &"n".repeat(64)] {
        let refused = postgres.create_database(name).await.unwrap_err();
        assert!(matches!(refused, PostgresError::DatabaseName { .. }), "{refused}");
    }
    postgres.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_second_program_is_refused() {
    let dir = open_dir();
    let postgres = PrivatePostgres::start(dir.path()).await.unwrap();
    let refused = PrivatePostgres::start(dir.path()).await.err().unwrap();
    assert!(matches!(refused, PostgresError::InUse { .. }), "{refused}");
    postgres.shutdown().await.unwrap();
    PrivatePostgres::start(dir.path())
        .await
        .unwrap()
        .shutdown()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_killed_server_is_noticed_and_recovers() {
    let dir = open_dir();
    let postgres = PrivatePostgres::start(dir.path()).await.unwrap();
    execute(&postgres, "CREATE TABLE kept (); INSERT INTO kept DEFAULT VALUES").await;
    kill(Pid::from_raw(postgres.pid().cast_signed()), Signal::SIGKILL).unwrap();
    tokio::time::timeout(PATIENCE, postgres.ended()).await.unwrap();
    drop(postgres);

    let postgres = PrivatePostgres::start(dir.path()).await.unwrap();
    assert_eq!(kept_rows(&postgres).await, 1);
    postgres.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_killed_program_takes_its_server_along() {
    let dir = open_dir();
    let exe = std::env::current_exe().unwrap();
    for round in 1..=3 {
        let (mut child, _) = start_program(&exe, dir.path(), None);
        child.kill().unwrap();
        child.wait().unwrap();
        // The server of the killed program is still shutting down, or gone already. Either way the next one starts.
        let postgres = PrivatePostgres::start(dir.path()).await.unwrap();
        assert_eq!(kept_rows(&postgres).await, round);
        postgres.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn program_and_server_killed_at_once_recover() {
    let dir = open_dir();
    let (mut child, server) = start_program(&std::env::current_exe().unwrap(), dir.path(), None);
    kill(server, Signal::SIGKILL).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let postgres = PrivatePostgres::start(dir.path()).await.unwrap();
    assert_eq!(kept_rows(&postgres).await, 1);
    postgres.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_server_left_behind_is_stopped_first() {
    let dir = open_dir();
    let postgres = PrivatePostgres::start(dir.path()).await.unwrap();
    execute(&postgres, "CREATE TABLE kept (); INSERT INTO kept DEFAULT VALUES").await;
    let server = fs::read_link(format!("/proc/{}/exe", postgres.pid())).unwrap();
    postgres.shutdown().await.unwrap();

    let mut stray = start_stray_server(&server, &dir.path().join("cluster"));
    let postgres = PrivatePostgres::start(dir.path()).await.unwrap();
    assert!(
        stray.try_wait().unwrap().is_some_and(|status| status.success()),
        "a fast shutdown ends with status 0"
    );
    assert_eq!(kept_rows(&postgres).await, 1);
    postgres.shutdown().await.unwrap();
}

/// A server of the cluster that is tied to no program; returns when it is ready.
fn start_stray_server(server: &Path, pgdata: &Path) -> Child {
    let owner = fs::metadata(pgdata).unwrap();
    let mut command = Command::new(server);
    command
        .arg("-D")
        .arg(pgdata)
        .args(["-c", "listen_addresses=", "-c", "unix_socket_directories=."]);
    command.current_dir("/").stderr(Stdio::piped());
    if geteuid().is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    let mut stray = command.spawn().unwrap();
    let mut lines = BufReader::new(stray.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    assert!(
        lines.any(|line| line.contains("ready to accept connections")),
        "the stray server starts"
    );
    stray
}

#[tokio::test]
async fn another_process_with_the_old_process_id_does_no_harm() {
    let dir = open_dir();
    let postgres = PrivatePostgres::start(dir.path()).await.unwrap();
    execute(&postgres, "CREATE TABLE kept ()").await;
    postgres.shutdown().await.unwrap();

    // What a killed container leaves: files that name a process which is now somebody else's, here this test's own.
    let me = std::process::id();
    let cluster = dir.path().join("cluster");
    let pid_file = format!("{me}\n{}\n0\n5432\n/tmp\n\n0 0\nready\n", cluster.display());
    fs::write(cluster.join("postmaster.pid"), pid_file).unwrap();

    let postgres = PrivatePostgres::start(dir.path()).await.unwrap();
    assert_eq!(kept_rows(&postgres).await, 0);
    postgres.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_interrupted_initdb_is_begun_again() {
    let dir = open_dir();
    let half = dir.path().join("cluster.new");
    fs::create_dir(&half).unwrap();
    fs::write(half.join("PG_VERSION"), "15\n").unwrap();
    PrivatePostgres::start(dir.path())
        .await
        .unwrap()
        .shutdown()
        .await
        .unwrap();
    assert!(!half.exists());
}

#[tokio::test]
async fn an_interrupted_initdb_may_still_be_writing() {
    /// For so long, what was killed goes on.
    const GOES_ON: Duration = Duration::from_millis(300);
    let dir = open_dir();
    let half = dir.path().join("cluster.new.1");
    let base = half.join("base");
    fs::create_dir_all(&base).unwrap();
    let add = move |number: u32| fs::write(base.join(number.to_string()), "");
    (0..1_000).for_each(|number| add(number).unwrap());
    let began = Instant::now();
    let writer = std::thread::spawn(move || {
        // What has been removed is not made again.
        (1_000..)
            .take_while(|number| began.elapsed() < GOES_ON && add(*number).is_ok())
            .count()
    });
    let postgres = PrivatePostgres::start(dir.path()).await.unwrap();
    writer.join().unwrap();
    assert!(!half.exists());
    postgres.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let dir = open_dir();
    let refused = PrivatePostgres::start_with(dir.path(), &[("no_such_setting", "1")])
        .await
        .err()
        .unwrap();
    assert!(matches!(refused, PostgresError::Start { .. }), "{refused}");
    assert!(refused.to_string().contains("no_such_setting"), "{refused}");

    // This one fails after the server has opened its own log.
    fs::write(dir.path().join("cluster/global/pg_control"), "torn").unwrap();
    let refused = PrivatePostgres::start(dir.path()).await.err().unwrap();
    assert!(refused.to_string().contains("pg_control"), "{refused}");
}

#[tokio::test]
async fn a_cluster_of_another_version_names_the_package_to_install() {
    let dir = open_dir();
    PrivatePostgres::start(dir.path())
        .await
        .unwrap()
        .shutdown()
        .await
        .unwrap();
    fs::write(dir.path().join("cluster/PG_VERSION"), "9\n").unwrap();
    let refused = PrivatePostgres::start(dir.path()).await.err().unwrap();
    assert!(
        refused.to_string().contains("apt-get install postgresql-9"),
        "{refused}"
    );
}

/// Needs root, because only root can become somebody else.
#[tokio::test]
async fn it_runs_as_an_ordinary_user() {
    if !geteuid().is_root() {
        return;
    }
    let user = User::from_name("nobody").unwrap().unwrap();
    let dir = open_dir();
    let exe = dir.path().join("program");
    fs::copy(std::env::current_exe().unwrap(), &exe).unwrap();
    let data_dir = dir.path().join("data");
    fs::create_dir(&data_dir).unwrap();
    std::os::unix::fs::chown(&data_dir, Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();

    let (mut child, server) = start_program(&exe, &data_dir, Some(&user));
    let status = fs::read_to_string(format!("/proc/{server}/status")).unwrap();
    assert!(status.contains(&format!("Uid:\t{}", user.uid)), "{status}");
    child.kill().unwrap();
    child.wait().unwrap();

    // Root may use the same directory; the server still belongs to its owner.
    let postgres = PrivatePostgres::start(&data_dir).await.unwrap();
    assert_eq!(kept_rows(&postgres).await, 1);
    postgres.shutdown().await.unwrap();
}

/// Needs root: its home is closed to the account that the server runs under.
#[tokio::test]
async fn as_root_a_closed_data_directory_gets_its_cluster_elsewhere() {
    if !geteuid().is_root() {
        return;
    }
    let closed = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o700))
        .tempdir()
        .unwrap();
    let data_dir = closed.path().join("data");
    let postgres = PrivatePostgres::start(&data_dir).await.unwrap();
    execute(&postgres, "CREATE TABLE kept (); INSERT INTO kept DEFAULT VALUES").await;
    postgres.shutdown().await.unwrap();
    let outside = data_dir.join("cluster").canonicalize().unwrap();
    assert!(outside.starts_with("/var/lib/apus"), "{}", outside.display());

    let postgres = PrivatePostgres::start(&data_dir).await.unwrap();
    assert_eq!(kept_rows(&postgres).await, 1);
    postgres.shutdown().await.unwrap();

    fs::remove_dir_all(&outside).unwrap();
    let refused = PrivatePostgres::start(&data_dir).await.err().unwrap();
    assert!(
        matches!(refused, PostgresError::File { .. }),
        "a lost cluster is not replaced: {refused}"
    );
}
