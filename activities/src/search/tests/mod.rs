//! The index as its users see it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crash;
mod generated;
mod queries;
mod ranking;

use chrono::{TimeZone, Utc};
use tempfile::TempDir;

use super::*;

/// An index in a directory of its own.
struct Bench {
    index: SearchIndex,
    dir: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            index: SearchIndex::open(dir.path()).await.unwrap(),
            dir,
        }
    }

    /// Closes the index and opens it again, as after a restart.
    async fn reopened(self) -> Self {
        self.index.close().await.unwrap();
        Self {
            index: SearchIndex::open(self.dir.path()).await.unwrap(),
            dir: self.dir,
        }
    }

    async fn put(&self, document: IndexedDocument) -> Uuid {
        let id = document.document;
        self.index.put(document).await.unwrap();
        id
    }

    /// The documents that an owner finds, the best first.
    async fn found(&self, owner: Uuid, text: &str) -> Vec<Uuid> {
        self.hits(owner, text)
            .await
            .hits
            .into_iter()
            .map(|hit| hit.document)
            .collect()
    }

    async fn hits(&self, owner: Uuid, text: &str) -> Hits {
        self.index.search(query(owner, text)).await.unwrap()
    }
}

fn query(owner: Uuid, text: &str) -> Query {
    Query {
        owner,
        text: text.into(),
        scope: Scope::FullText,
        filters: Filters::default(),
        page: Page {
            offset: 0,
            limit: 100,
        },
    }
}

fn document(owner: Uuid, title: &str, pages: &[&str]) -> IndexedDocument {
    let uploaded = Utc.with_ymd_and_hms(2024, 3, 18, 9, 0, 0).unwrap();
    IndexedDocument {
        document: Uuid::new_v4(),
        owner,
        title: title.into(),
        file_name: "upload.pdf".into(),
        tags: Vec::new(),
        kind: "pdf".into(),
        created: uploaded,
        modified: uploaded,
        size: 1_000,
        pages: (1..)
            .zip(pages)
            .map(|(number, text)| PageText {
                number,
                text: (*text).into(),
            })
            .collect(),
    }
}

#[tokio::test]
async fn a_change_is_visible_at_once_and_after_a_restart() {
    let bench = Bench::new().await;
    let owner = Uuid::new_v4();
    let lease = bench.put(document(owner, "Lease", &["dilapidations"])).await;
    let letter = bench.put(document(owner, "Letter", &["hailstorm"])).await;
    assert_eq!(bench.found(owner, "dilapidations").await, [lease]);
    bench.index.remove(letter).await.unwrap();
    assert!(bench.found(owner, "hailstorm").await.is_empty());

    let bench = bench.reopened().await;
    assert_eq!(bench.found(owner, "dilapidations").await, [lease]);
    assert!(bench.found(owner, "hailstorm").await.is_empty());
}

#[tokio::test]
async fn putting_again_replaces() {
    let bench = Bench::new().await;
    let owner = Uuid::new_v4();
    let first = document(owner, "Draft", &["walrus", "penguin"]);
    let second = IndexedDocument {
        title: "Final".into(),
        pages: vec![],
        ..first.clone()
    };
    bench.put(first.clone()).await;
    bench.put(first.clone()).await;
    assert_eq!(bench.hits(owner, "walrus").await.total, 1);
    bench.put(second).await;
    assert_eq!(bench.hits(owner, "walrus").await.total, 0);
    assert_eq!(bench.found(owner, "final").await, [first.document]);
}

#[tokio::test]
async fn changes_made_together_are_all_there() {
    let bench = Bench::new().await;
    let owner = Uuid::new_v4();
    let puts = (0..300).map(|number| {
        bench
            .index
            .put(document(owner, &format!("Sheet {number}"), &["common"]))
    });
    futures::future::try_join_all(puts).await.unwrap();
    assert_eq!(bench.hits(owner, "common").await.total, 300);
    let removals = [
        bench.index.remove_owner(owner),
        bench.index.remove_owner(Uuid::new_v4()),
    ];
    futures::future::try_join_all(removals).await.unwrap();
    assert_eq!(bench.hits(owner, "common").await.total, 0);
}

#[tokio::test]
async fn an_open_index_cannot_be_opened_twice_and_a_closed_one_takes_no_changes() {
    let bench = Bench::new().await;
    assert!(matches!(
        SearchIndex::open(bench.dir.path()).await,
        Err(IndexError::Busy)
    ));
    bench.index.close().await.unwrap();
    assert!(matches!(
        bench.index.remove(Uuid::new_v4()).await,
        Err(IndexError::Closed)
    ));
    bench.index.close().await.unwrap();
    SearchIndex::open(bench.dir.path()).await.unwrap();
}

#[tokio::test]
async fn what_a_killed_process_leaves_is_no_obstacle() {
    let bench = Bench::new().await;
    let owner = Uuid::new_v4();
    let kept = bench.put(document(owner, "Kept", &["durable"])).await;
    bench.index.close().await.unwrap();
    // A lock file that nobody holds, a segment that was never committed, a half-written list of segments.
    std::fs::write(bench.dir.path().join(".tantivy-writer.lock"), b"").unwrap();
    std::fs::write(
        bench.dir.path().join("00000000000000000000000000000000.idx"),
        b"half",
    )
    .unwrap();
    std::fs::write(bench.dir.path().join(".tmpAbCdEf"), b"{").unwrap();
    let index = SearchIndex::open(bench.dir.path()).await.unwrap();
    let bench = Bench {
        index,
        dir: bench.dir,
    };
    bench.put(document(owner, "New", &["durable"])).await;
    assert_eq!(bench.hits(owner, "durable").await.total, 2);
    assert!(bench.found(owner, "kept").await.contains(&kept));
}

#[tokio::test]
async fn an_index_of_another_format_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let owner = Uuid::new_v4();
    let open = async || SearchIndex::open(dir.path()).await;
    let first = open().await.unwrap();
    first.put(document(owner, "Sheet", &["common"])).await.unwrap();
    first.close().await.unwrap();
    let id = first.id();
    drop(first);
    let same = open().await.unwrap();
    assert_eq!(same.id(), id);
    std::fs::write(dir.path().join("format-version"), "999\n").unwrap();
    assert!(
        matches!(open().await, Err(IndexError::Busy)),
        "somebody has it open"
    );
    same.close().await.unwrap();
    drop(same);
    let new = open().await.unwrap();
    assert_ne!(new.id(), id);
    let bench = Bench { index: new, dir };
    assert_eq!(bench.hits(owner, "common").await.total, 0);
}

#[tokio::test]
async fn what_another_program_wrote_is_left_alone() {
    let foreign = tempfile::tempdir().unwrap();
    std::fs::write(foreign.path().join("meta.json"), "{}").unwrap();
    assert!(matches!(
        SearchIndex::open(foreign.path()).await,
        Err(IndexError::Foreign(_))
    ));
}

#[tokio::test]
async fn limits_cut_and_say_so() {
    let bench = Bench::new().await;
    let owner = Uuid::new_v4();
    let long = IndexedDocument {
        title: "long ".repeat(limits::TITLE_CHARS_MAX),
        ..document(owner, "", &["text", " "])
    };
    assert_eq!(
        bench.index.put(long).await.unwrap(),
        Indexed {
            pages: 1,
            truncated: true
        }
    );
    let short = document(owner, "Short", &["text"]);
    assert_eq!(
        bench.index.put(short).await.unwrap(),
        Indexed {
            pages: 1,
            truncated: false
        }
    );
    assert_eq!(bench.hits(owner, "text").await.total, 2);
}
