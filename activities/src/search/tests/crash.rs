//! kill -9 of a process that writes the index: what it was told is durable is there afterwards.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::*;

const DIRECTORY: &str = "SEARCH_CRASH_TEST_DIRECTORY";
const OWNER: Uuid = Uuid::from_u128(7);
/// The mark of a line that this test's child prints, among those of the test runner.
const PUT: &str = "put ";

#[test]
#[ignore = "runs forever: it is the process that the test below starts and kills"]
fn child_puts_documents_until_killed() {
    let Some(dir) = std::env::var_os(DIRECTORY).map(PathBuf::from) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let index = SearchIndex::open(&dir).await.unwrap();
        loop {
            let puts = (0..5)
                .map(|_| document(OWNER, "Crash", &["survivor"]))
                .map(|document| async {
                    let id = document.document;
                    index.put(document).await.unwrap();
                    println!("\n{PUT}{id}");
                });
            futures::future::join_all(puts).await;
        }
    });
}

#[tokio::test]
async fn what_was_committed_survives_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    let mut told = Vec::new();
    for puts in [1, 13, 40] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--nocapture",
                "--exact",
                "search::tests::crash::child_puts_documents_until_killed",
            ])
            .env(DIRECTORY, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        told.extend(
            lines
                .filter_map(|line| {
                    line.unwrap()
                        .strip_prefix(PUT)
                        .map(|id| id.parse::<Uuid>().unwrap())
                })
                .take(puts),
        );
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let index = SearchIndex::open(dir.path()).await.unwrap();
    for id in told {
        assert!(is_found(&index, id).await, "{id} was told to be durable");
    }
}

async fn is_found(index: &SearchIndex, id: Uuid) -> bool {
    let mut offset = 0;
    loop {
        let page = Page {
            offset,
            limit: limits::PAGE_HITS_MAX,
        };
        let hits = index
            .search(Query {
                page,
                ..query(OWNER, "survivor")
            })
            .await
            .unwrap()
            .hits;
        if hits.iter().any(|hit| hit.document == id) {
            return true;
        }
        if hits.is_empty() {
            return false;
        }
        offset += hits.len();
    }
}
