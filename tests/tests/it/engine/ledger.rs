//! Commits on a real Postgres, without a node.

use apus::model::{CloseStatus, EventId, RunId, Tags, Text, Timestamp};
use apus::store::{
    CloseRow, CommitConnection, NewDomain, OpenRow, Outcome, Turn, commit, connect, database_time,
    register_domain,
};
use sqlx::PgPool;
use uuid::Uuid;

/// A database with one domain, and a connection that commits.
pub struct Ledger {
    pub pool: PgPool,
    connection: CommitConnection,
    pub domain: i32,
    /// When the states that turns are built on were current.
    pub now: Timestamp,
    database: apus_tests::TestDatabase,
}

impl Ledger {
    pub async fn new() -> Self {
        let database = apus_tests::database().await;
        let pool = connect(&database.connect_options(), 2).await.unwrap();
        let now = Timestamp(database_time(&pool).await.unwrap() / 1_000);
        let new = NewDomain {
            name: "domain",
            description: None,
            retention_days: Some(1),
            tags: &Tags::new(),
        };
        register_domain(&pool, new, None, now).await.unwrap();
        let domain = sqlx::query_scalar("select id from domains")
            .fetch_one(&pool)
            .await
            .unwrap();
        Ledger {
            connection: CommitConnection::open(&database.connect_options()).await.unwrap(),
            pool,
            domain,
            now,
            database,
        }
    }

    pub async fn commit(&mut self, turns: &[Turn]) -> Vec<Outcome> {
        commit(&mut self.connection, turns, self.now).await.unwrap()
    }

    /// Commits over another connection from now on. The server process of the one before has ended: what it counted
    /// shows.
    pub async fn reconnect(&mut self) {
        let options = self.database.connect_options();
        let backend = self.connection.backend();
        self.connection = CommitConnection::open(&options).await.unwrap();
        self.connection.end_backend(backend).await.unwrap();
    }

    /// The first turn of a new run.
    pub fn opening(&self, workflow_id: &str) -> Turn {
        let run = RunId(Uuid::now_v7());
        self.first_turn(run, workflow_id, self.now, b"opened".to_vec())
    }

    /// A turn after which the run is closed.
    pub fn closing(&self, run: RunId, first_event_id: EventId) -> Turn {
        let close = CloseRow {
            status: CloseStatus::Completed,
            at: self.now,
            has_open_tasks: true,
        };
        Turn {
            closes: Some(close),
            ..Turn::new(run, first_event_id, b"closed".to_vec())
        }
    }

    /// The first turn of this run, with these events, encoded.
    pub fn first_turn(
        &self,
        run: RunId,
        workflow_id: impl Into<Text>,
        started_at: Timestamp,
        events: Vec<u8>,
    ) -> Turn {
        let row = OpenRow {
            domain: self.domain,
            workflow_id: workflow_id.into(),
            workflow_type: 0,
            started_at,
            deadline: started_at,
            tags: None,
            parent: None,
        };
        Turn {
            opens: Some(row),
            ..Turn::new(run, 1, events)
        }
    }
}
