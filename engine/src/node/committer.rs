//! Connections that commit, one batch at a time each. A batch whose answer was lost is looked up, never guessed.

use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use tokio::sync::mpsc;

use crate::metrics::{COMMIT_FAILURES, COMMIT_SECONDS, COMMIT_TURNS};
use crate::model::{RunId, Timestamp};
use crate::store::{self, CommitConnection, Outcome, StoreError, Turn};

use super::inputs::Input;

/// Before the database is tried again; doubled up to the maximum.
const RETRY_FIRST: Duration = Duration::from_millis(50);
/// The longest pause between two tries.
const RETRY_MAX: Duration = Duration::from_secs(2);

/// Turns that a commit beside another has at least: fewer cost more than they gain.
const TURNS_BESIDE_MIN: usize = 50;

/// The planner's side: what each connection is at.
pub struct Committers {
    connections: Vec<Connection>,
}

struct Connection {
    jobs: mpsc::UnboundedSender<Job>,
    /// Turns that it is committing; none while it is free.
    under_way: usize,
}

struct Job {
    runs: Vec<RunId>,
    turns: Vec<Turn>,
    built_at: Timestamp,
}

impl Committers {
    /// Starts `connections` committers that report to the planner.
    pub fn start(database: &PgConnectOptions, connections: usize, planner: &mpsc::Sender<Input>) -> Self {
        let connect = |number| {
            let (jobs, todo) = mpsc::unbounded_channel();
            tokio::spawn(work(number, database.clone(), todo, planner.clone()));
            Connection { jobs, under_way: 0 }
        };
        Committers {
            connections: (0..connections).map(connect).collect(),
        }
    }

    /// A free connection and how many of so many turns go there, if they are worth a commit now: its part of all that
    /// are busy. Beside others that are under way they are only when they are as many as those: so about half of what is
    /// busy is committed while the other half is at work, and batches stay large.
    pub fn free_for(&self, turns: usize) -> Option<(usize, usize)> {
        let free = self
            .connections
            .iter()
            .position(|connection| connection.under_way == 0)?;
        let under_way: usize = self
            .connections
            .iter()
            .map(|connection| connection.under_way)
            .sum();
        let part = (turns + under_way)
            .div_ceil(self.connections.len())
            .max(TURNS_BESIDE_MIN);
        (under_way == 0 || turns >= under_way.max(TURNS_BESIDE_MIN)).then_some((free, part))
    }

    /// The connection is free again.
    pub fn set_idle(&mut self, connection: usize) {
        self.connections[connection].under_way = 0;
    }

    /// Whether no commit is under way.
    pub fn all_idle(&self) -> bool {
        self.connections
            .iter()
            .all(|connection| connection.under_way == 0)
    }

    /// Commits on a connection that was free. Without turns it stays so.
    pub fn commit(&mut self, connection: usize, runs: Vec<RunId>, turns: Vec<Turn>, built_at: Timestamp) {
        if turns.is_empty() {
            return;
        }
        let connection = &mut self.connections[connection];
        let under_way = turns.len();
        let job = Job {
            runs,
            turns,
            built_at,
        };
        if connection.jobs.send(job).is_ok() {
            connection.under_way = under_way;
        }
    }
}

async fn work(
    number: usize,
    database: PgConnectOptions,
    mut todo: mpsc::UnboundedReceiver<Job>,
    planner: mpsc::Sender<Input>,
) {
    let mut link = Link {
        database,
        connection: None,
        lost_backend: None,
    };
    while let Some(Job {
        runs,
        turns,
        built_at,
    }) = todo.recv().await
    {
        let began = Instant::now();
        let outcomes = link.commit(&turns, built_at).await;
        metrics::histogram!(COMMIT_SECONDS).record(began.elapsed());
        metrics::histogram!(COMMIT_TURNS).record(turns.len() as f64);
        if planner
            .send(Input::Committed {
                connection: number,
                runs,
                outcomes,
            })
            .await
            .is_err()
        {
            return;
        }
    }
}

struct Link {
    database: PgConnectOptions,
    connection: Option<CommitConnection>,
    /// A server process that may still be at work on a batch that we know nothing of.
    lost_backend: Option<i32>,
}

impl Link {
    /// Commits, whatever it takes: returns once it is known what became of every turn.
    async fn commit(&mut self, turns: &[Turn], built_at: Timestamp) -> Vec<Outcome> {
        let mut pause = RETRY_FIRST;
        loop {
            match self.try_commit(turns, built_at).await {
                Ok(outcomes) => return outcomes,
                Err(error) if is_poison(&error) => return self.one_by_one(turns, built_at, &error).await,
                Err(error) => {
                    metrics::counter!(COMMIT_FAILURES).increment(1);
                    tracing::warn!(%error, turns = turns.len(), "a commit failed; looking up what became of it");
                    if let Some(outcomes) = self.look_up(turns, &mut pause).await {
                        return outcomes;
                    }
                }
            }
        }
    }

    async fn try_commit(&mut self, turns: &[Turn], built_at: Timestamp) -> Result<Vec<Outcome>, StoreError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None => self
                .connection
                .insert(CommitConnection::open(&self.database).await?),
        };
        store::commit(connection, turns, built_at).await
    }

    /// After a failure: which turns are durable. The others are built anew, as if they had lost the fence.
    async fn look_up(&mut self, turns: &[Turn], pause: &mut Duration) -> Option<Vec<Outcome>> {
        if let Some(lost) = self.connection.take() {
            self.lost_backend = Some(lost.backend());
        }
        tokio::time::sleep(*pause).await;
        *pause = (*pause * 2).min(RETRY_MAX);
        match self.reconnect(turns).await {
            Ok(durable) => Some(
                durable
                    .into_iter()
                    .map(|durable| {
                        if durable {
                            Outcome::Committed
                        } else {
                            Outcome::Conflict
                        }
                    })
                    .collect(),
            ),
            Err(error) => {
                tracing::warn!(%error, "the database is away; trying again");
                None
            }
        }
    }

    async fn reconnect(&mut self, turns: &[Turn]) -> Result<Vec<bool>, StoreError> {
        let mut connection = CommitConnection::open(&self.database).await?;
        if let Some(backend) = self.lost_backend {
            connection.end_backend(backend).await?;
            self.lost_backend = None;
        }
        let durable = connection.look_up(turns).await?;
        self.connection = Some(connection);
        Ok(durable)
    }

    /// One turn holds what Postgres refuses, and the whole batch fell with it: find it, let the others pass.
    async fn one_by_one(&mut self, turns: &[Turn], built_at: Timestamp, error: &StoreError) -> Vec<Outcome> {
        self.connection = None;
        if let [turn] = turns {
            tracing::error!(run = %turn.run, %error, "Postgres refuses what a run would write");
            return vec![Outcome::Refused(error.to_string())];
        }
        let mut outcomes = Vec::with_capacity(turns.len());
        for turn in turns {
            outcomes.extend(Box::pin(self.commit(std::slice::from_ref(turn), built_at)).await);
        }
        outcomes
    }
}

/// Data that Postgres will refuse however often it is tried: SQLSTATE classes 22 (data), 23 (constraint), 54 (limit).
fn is_poison(error: &StoreError) -> bool {
    match error {
        StoreError::Database(sqlx::Error::Database(error)) => error
            .code()
            .is_some_and(|code| ["22", "23", "54"].iter().any(|class| code.starts_with(class))),
        StoreError::Database(sqlx::Error::Encode(_)) => true,
        _ => false,
    }
}
