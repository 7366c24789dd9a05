//! A gate in the database, between the last write of a transaction and the end of its commit.

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

/// Runs when a transaction commits, after everything it wrote and before it is durable, once for each row of history in
/// it: it waits as long as somebody else holds the lock that is named like the workflow.
const TRIGGER: &str = "
    create function gate() returns trigger language plpgsql as $$
    begin
        perform pg_advisory_xact_lock_shared(hashtext(workflow_id)) from (
            select workflow_id from apus.open_executions where run_id = new.run_id
            union all select workflow_id from apus.closed_executions where run_id = new.run_id) run;
        return null;
    end $$;
    create constraint trigger gate after insert on apus.history deferrable initially deferred
        for each row execute function gate()";

/// Server processes that wait at the gate: nothing but the trigger asks for such a lock, so they are committing.
const AT_THE_GATE: &str = "
    select a.pid from pg_stat_activity a join pg_locks l on l.pid = a.pid
    where a.datname = current_database() and l.locktype = 'advisory' and not l.granted";

/// Holds up the commits of one workflow id at a time.
pub struct Gate(PgConnection);

/// What others can see of a workflow: rows of its history, its tasks and its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visible {
    history: i64,
    tasks: i64,
    messages: i64,
}

impl Gate {
    /// Builds the gate into a database, open.
    pub async fn build(database: &PgConnectOptions) -> Self {
        let mut connection = PgConnection::connect_with(database).await.unwrap();
        sqlx::raw_sql(TRIGGER).execute(&mut connection).await.unwrap();
        Gate(connection)
    }

    /// From now on no commit with events of this workflow ends.
    pub async fn close(&mut self, workflow_id: &str) {
        self.lock("select pg_advisory_lock(hashtext($1))", workflow_id)
            .await;
    }

    /// Lets what waits go on.
    pub async fn open(&mut self, workflow_id: &str) {
        self.lock("select pg_advisory_unlock(hashtext($1))", workflow_id)
            .await;
    }

    async fn lock(&mut self, statement: &'static str, workflow_id: &str) {
        sqlx::query(statement)
            .bind(workflow_id)
            .execute(&mut self.0)
            .await
            .unwrap();
    }

    /// Waits until a server process has got as far as the gate: it was told to commit, and has not.
    pub async fn reached(&mut self) {
        while self.waiting().await.is_empty() {}
    }

    /// The server processes that wait at the gate.
    pub async fn waiting(&mut self) -> Vec<i32> {
        sqlx::query_scalar(AT_THE_GATE)
            .fetch_all(&mut self.0)
            .await
            .unwrap()
    }

    /// Ends the server processes that wait, so that what they were told to commit is lost.
    pub async fn lose(&mut self) {
        let end = format!("select pg_terminate_backend(pid, 60000) from ({AT_THE_GATE}) waiting");
        let ended: Vec<bool> = sqlx::query_scalar(sqlx::AssertSqlSafe(end))
            .fetch_all(&mut self.0)
            .await
            .unwrap();
        assert_eq!(ended, [true]);
    }

    /// What everybody but the held transaction sees.
    pub async fn visible(&mut self, workflow_id: &str) -> Visible {
        let (history, tasks, messages) = sqlx::query_as(
            "with runs as (select run_id from apus.open_executions where workflow_id = $1
                           union all select run_id from apus.closed_executions where workflow_id = $1)
             select (select count(*) from apus.history where run_id in (table runs)),
                    (select count(*) from apus.tasks where run_id in (table runs)),
                    (select count(*) from apus.outbox where source_run_id in (table runs))",
        )
        .bind(workflow_id)
        .fetch_one(&mut self.0)
        .await
        .unwrap();
        Visible {
            history,
            tasks,
            messages,
        }
    }
}
