//! `apus credentials`: from the first credential to its end.

use std::path::Path;

use apus_tests::{Signer, TestDatabase};
use nix::sys::signal::Signal;
use serde_json::Value;
use sqlx::ConnectOptions;

use super::node::Program;
use super::program::{Ran, apus, run};

const LIST: &str = r#"{ "registrationStatus": "REGISTERED" }"#;

/// An operator at a database.
struct Operator<'a> {
    url: String,
    key_file: &'a Path,
}

impl Operator<'_> {
    fn at<'a>(database: &TestDatabase, key_file: &'a Path) -> Operator<'a> {
        Operator {
            url: database.connect_options().to_url_lossy().to_string(),
            key_file,
        }
    }

    async fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = apus(&["credentials"]);
        command.args(arguments).env("APUS_DATABASE_URL", &self.url);
        run(command.env("APUS_KEY_FILE", self.key_file)).await
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--output", "json"]].concat()).await;
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}");
        serde_json::from_str(&ran.out).unwrap()
    }
}

/// What a shell makes of what is printed.
fn exported(printed: &str) -> Signer {
    let value = |name: &str| {
        let start = format!("export {name}=");
        let mut values = printed.lines().filter_map(|line| line.strip_prefix(&start));
        values.next().unwrap().to_owned()
    };
    Signer::new(value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"))
}

#[tokio::test]
async fn the_first_credential_is_created_without_a_node_and_used_at_one() {
    let database = apus_tests::database().await;
    let dir = tempfile::tempdir().unwrap();
    let key_file = dir.path().join("key");
    let operator = Operator::at(&database, &key_file);
    let created = operator
        .run(&[
            "create",
            "--role",
            "reader",
            "--domain",
            "a",
            "--domain",
            "b",
            "--description",
            "shop",
        ])
        .await;
    assert_eq!(created.code, 0, "{}", created.err);
    assert_eq!(created.err, "The secret is not shown again.\n");
    let signer = exported(&created.out);

    let listed = operator.run(&["list"]).await;
    assert!(!listed.out.contains(&signer.secret));
    let row = listed.out.lines().nth(1).unwrap();
    for cell in [&signer.access_key, "reader", "a,b", "shop"] {
        assert!(row.contains(cell), "{row}");
    }

    let mut serve = apus(&["serve", "--listen", "127.0.0.1:0"]);
    serve
        .env("APUS_DATABASE_URL", &operator.url)
        .env("APUS_KEY_FILE", &key_file);
    let node = Program::start(serve.stderr(std::process::Stdio::null())).await;
    node.call_as(&signer, "ListDomains", LIST).await;
    node.stop(Signal::SIGTERM).await;
}

#[tokio::test]
async fn a_credential_is_rotated_and_revoked() {
    let database = apus_tests::database().await;
    let dir = tempfile::tempdir().unwrap();
    let key_file = dir.path().join("key");
    let operator = Operator::at(&database, &key_file);
    let created = operator.json(&["create", "--role", "admin"]).await;
    let id = created["accessKeyId"].as_str().unwrap();
    assert_eq!(id.len(), 20);
    assert_eq!(created["secretAccessKey"].as_str().unwrap().len(), 40);

    let rotated = operator.json(&["rotate", id, "--grace", "1d"]).await;
    assert_eq!(rotated["accessKeyId"], id);
    assert_ne!(rotated["secretAccessKey"], created["secretAccessKey"]);
    let listed = operator.json(&["list"]).await;
    let one = &listed["credentials"][0];
    let (from, until) = (one["rotatedAt"].as_f64(), one["previousSecretUntil"].as_f64());
    assert_eq!(until.unwrap() - from.unwrap(), 86_400.0);
    assert!(one.get("domains").is_none() && one.get("revokedAt").is_none());

    assert_eq!(operator.run(&["revoke", id]).await.out, format!("{id} revoked\n"));
    assert_eq!(
        operator.json(&["list"]).await["credentials"],
        Value::Array(Vec::new())
    );
    let all = operator.json(&["list", "--all"]).await;
    assert!(all["credentials"][0]["revokedAt"].is_f64());
    for verb in ["rotate", "revoke"] {
        let ran = operator.run(&[verb, id]).await;
        assert_eq!(ran.code, 4, "{}", ran.err);
        assert!(
            ran.err.contains("next: `apus credentials list --all`"),
            "{}",
            ran.err
        );
    }
}

#[tokio::test]
async fn what_can_not_be_is_told() {
    let database = apus_tests::database().await;
    let dir = tempfile::tempdir().unwrap();
    let (key_file, other) = (dir.path().join("key"), dir.path().join("other"));
    let operator = Operator::at(&database, &key_file);
    operator.json(&["create", "--role", "worker"]).await;
    for (arguments, code, message) in [
        (
            &["create", "--role", "king"][..],
            2,
            "\"king\" is no role: take admin, operator, worker or reader",
        ),
        (&["create"], 2, "--role"),
        (
            &["rotate", "APUSAAAAAAAAAAAAAAAA", "--grace", "31d"],
            2,
            "more than 30 days",
        ),
        (
            &["list", "--database-url", "nonsense"],
            2,
            "must look like postgres://",
        ),
    ] {
        let ran = operator.run(arguments).await;
        assert_eq!(ran.code, code, "{}", ran.err);
        assert!(ran.err.contains(message), "{}", ran.err);
    }
    let ran = Operator::at(&database, &other)
        .run(&["create", "--role", "worker"])
        .await;
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("sealed under another key"), "{}", ran.err);
    let nowhere = dir.path().to_str().unwrap();
    let ran = run(&mut apus(&["credentials", "list", "--data-dir", nowhere])).await;
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("start `apus dev`"), "{}", ran.err);
}

#[tokio::test]
async fn a_local_engine_has_credentials_too() {
    let dir = apus_tests::durable_cluster();
    let data_dir = dir.data_dir().to_str().unwrap();
    let dev = &["dev", "--listen", "127.0.0.1:0", "--data-dir", data_dir];
    let node = Program::start(&mut apus(dev)).await;
    let create = [
        "credentials",
        "create",
        "--role",
        "reader",
        "--data-dir",
        data_dir,
    ];
    let created = run(&mut apus(&create)).await;
    assert_eq!(created.code, 0, "{}", created.err);
    let signer = exported(&created.out);
    node.call_as(&signer, "ListDomains", LIST).await;

    let mut start = apus(&["workflow", "start", "w", "--type", "t:1", "--domain", "d"]);
    start
        .env("APUS_ENDPOINT", &node.url)
        .env("AWS_ACCESS_KEY_ID", &signer.access_key);
    let refused = run(start.env("AWS_SECRET_ACCESS_KEY", &signer.secret)).await;
    assert_eq!(refused.code, 3, "{}", refused.err);
    assert!(
        refused.err.contains("the role reader does not allow it"),
        "{}",
        refused.err
    );
    assert!(
        refused.err.contains("next: take a credential with another role"),
        "{}",
        refused.err
    );
    let unknown = run(start.env("AWS_SECRET_ACCESS_KEY", "guessed")).await;
    assert_eq!(unknown.code, 3, "{}", unknown.err);
    assert!(
        unknown.err.contains("next: set AWS_ACCESS_KEY_ID"),
        "{}",
        unknown.err
    );
    node.stop(Signal::SIGTERM).await;
}
