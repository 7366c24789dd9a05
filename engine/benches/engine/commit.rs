//! One batch of turns, on a private Postgres with the settings of production.

use std::time::{Duration, Instant};

use apus::core::Closed;
use apus::model::{RunId, Text, Timestamp};
use apus::postgres::PrivatePostgres;
use apus::store::{self, CloseRow, CommitConnection, OpenRow, Outcome, Turn, codec};
use criterion::{BenchmarkId, Criterion, Throughput};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::runs::{Domain, EPOCH, Run, complete};

/// Turns in a batch. A node commits at most so many as the last.
const BATCHES: [usize; 3] = [1, 100, 1_000];
/// Each of many batches; the usual hundred would take minutes.
const SAMPLES: usize = 20;
/// Of the batches' rows; no domain or type needs to be there.
const NUMBER: i32 = 1;

/// Runs of one activity: the batch that begins so many, and the batch that ends them.
pub fn batches(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    // Started by the first measurement: perhaps none of them is asked for.
    let mut store = None;
    let mut group = criterion.benchmark_group("commit");
    group.sample_size(SAMPLES);
    for turns in BATCHES {
        group.throughput(Throughput::Elements(turns as u64));
        for (name, part) in [("runs begin", Part::Begin), ("runs end", Part::End)] {
            group.bench_function(BenchmarkId::new(name, turns), |bencher| {
                let store = store.get_or_insert_with(|| runtime.block_on(Store::open()));
                bencher.iter_custom(|batches| runtime.block_on(store.measure(batches, turns, part)));
            });
        }
    }
    group.finish();
    if let Some(store) = store {
        runtime.block_on(store.close());
    }
}

/// Which of the two commits of a run is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Begin,
    End,
}

struct Store {
    dir: TempDir,
    postgres: PrivatePostgres,
    connection: CommitConnection,
    /// Two turns: from the start to the activity, and from its result to the end.
    run: Run,
    now: Timestamp,
}

impl Store {
    async fn open() -> Self {
        let dir = TempDir::new().unwrap();
        let postgres = PrivatePostgres::start(dir.path()).await.unwrap();
        let options = postgres.connect_options();
        store::migrate(&options).await.unwrap();
        let pool = store::connect(&options, 1).await.unwrap();
        let now = store::database_time(&pool).await.unwrap();
        pool.close().await;
        let domain = Domain::new();
        let mut run = domain.sequence(1);
        run.decide(&domain, vec![complete()]);
        Store {
            dir,
            connection: CommitConnection::open(&options).await.unwrap(),
            postgres,
            run,
            now: Timestamp(now),
        }
    }

    async fn close(self) {
        drop(self.connection);
        self.postgres.shutdown().await.unwrap();
        PrivatePostgres::remove(self.dir.path()).await.unwrap();
    }

    /// How long so many batches take, each of runs that were never there before.
    async fn measure(&mut self, batches: u64, turns: usize, part: Part) -> Duration {
        let mut took = Duration::ZERO;
        for _ in 0..batches {
            let runs: Vec<RunId> = (0..turns).map(|_| RunId(Uuid::now_v7())).collect();
            for now in [Part::Begin, Part::End] {
                let batch: Vec<Turn> = runs.iter().map(|run| self.turn(*run, now)).collect();
                let began = Instant::now();
                let outcomes = store::commit(&mut self.connection, &batch, self.now)
                    .await
                    .unwrap();
                if now == part {
                    took += began.elapsed();
                }
                assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Committed));
            }
        }
        took
    }

    fn turn(&self, run: RunId, part: Part) -> Turn {
        let events = &self.run.turns[part as usize];
        let execution = &self.run.execution;
        let begins = part == Part::Begin;
        let opens = OpenRow {
            domain: NUMBER,
            workflow_id: Text::from(run.to_string()),
            workflow_type: NUMBER,
            started_at: EPOCH,
            deadline: EPOCH,
            tags: None,
            parent: None,
        };
        let closes = execution.closed.map(|Closed { status, at }| CloseRow {
            status,
            at,
            has_open_tasks: false,
        });
        Turn {
            opens: begins.then_some(opens),
            closes: closes.filter(|_| !begins),
            ..Turn::new(run, events[0].id, codec::encode_events(events, rand::random()))
        }
    }
}
