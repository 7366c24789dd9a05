//! Lists from memory and from a replica: never older than what was written before.

use anyhow::{Context, Result};
use docstore_activities::catalog::{Catalog, in_schema};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Api, QUOTAS, Setup, User, expect};

async fn titles(user: &User<'_>) -> Result<Vec<Value>> {
    let page = user.get("/v1/documents?sort=title&order=asc").await?;
    let documents = page["documents"].as_array().context("documents")?;
    Ok(documents
        .iter()
        .map(|document| document["title"].clone())
        .collect())
}

/// A database that stands in for a replica which has stopped following: it is filled once, and then lags behind.
async fn copy(api: &Api, to: &Catalog) -> Result<()> {
    let pool = api.app.catalog.pool();
    for table in ["accounts", "account_usage", "documents"] {
        let rows: Value = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "SELECT coalesce(jsonb_agg(t.*), '[]') FROM {table} t"
        )))
        .fetch_one(pool)
        .await?;
        let columns: String = sqlx::query_scalar(
            "SELECT string_agg(quote_ident(column_name), ',') FROM information_schema.columns
             WHERE table_schema = 'docstore' AND table_name = $1 AND is_generated = 'NEVER'",
        )
        .bind(table)
        .fetch_one(pool)
        .await?;
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1)"
        )))
        .bind(rows)
        .execute(to.pool())
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn what_was_written_is_listed_at_once_whoever_wrote_it() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    assert!(titles(&user).await?.is_empty());
    let id = user.upload("a.txt", "a").await?;
    for _ in 0..2 {
        assert_eq!(titles(&user).await?, ["a.txt"]);
    }
    let path = format!("/v1/documents/{id}");
    user.change(Method::PATCH, &path, &json!({ "title": "b" }), StatusCode::OK)
        .await?;
    assert_eq!(titles(&user).await?, ["b"]);
    // By another process, which knows nothing of this one's memory.
    sqlx::query("UPDATE documents SET title = 'c'")
        .execute(api.app.catalog.pool())
        .await?;
    assert_eq!(titles(&user).await?, ["c"]);
    let trashed = user.request(Method::DELETE, &path).send().await?;
    expect(trashed, StatusCode::OK).await?;
    assert!(titles(&user).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn pages_that_are_kept_are_their_owners() -> Result<()> {
    let api = Api::start().await?;
    let (ada, bob) = (
        api.user("ada@example.com", "free").await?,
        api.user("bob@example.com", "free").await?,
    );
    ada.upload("ada.txt", "a").await?;
    bob.upload("bob.txt", "b").await?;
    for _ in 0..2 {
        assert_eq!(titles(&ada).await?, ["ada.txt"]);
        assert_eq!(titles(&bob).await?, ["bob.txt"]);
    }
    Ok(())
}

#[tokio::test]
async fn a_replica_is_read_while_it_keeps_up_and_not_when_it_lags() -> Result<()> {
    let database = apus_tests::database().await;
    let pool = database
        .pool_options()
        .connect_with(in_schema(database.connect_options()))
        .await?;
    let replica = Catalog::new(pool, QUOTAS);
    let setup = Setup {
        replica: Some(replica.clone()),
        ..Setup::default()
    };
    let api = Api::start_with(setup).await?;
    let user = api.user("ada@example.com", "free").await?;
    user.upload("a.txt", "a").await?;
    assert_eq!(
        titles(&user).await?,
        ["a.txt"],
        "the replica does not know the account yet"
    );
    let id = user.upload("b.txt", "b").await?;
    copy(&api, &replica).await?;
    // So that it can be told which of the two answers; the number of changes stays what it was.
    sqlx::query("ALTER TABLE documents DISABLE TRIGGER USER")
        .execute(replica.pool())
        .await?;
    sqlx::query("UPDATE documents SET title = 'from the replica' WHERE title = 'b.txt'")
        .execute(replica.pool())
        .await?;
    let caught_up: i64 = sqlx::query_scalar("SELECT changes FROM account_usage")
        .fetch_one(api.app.catalog.pool())
        .await?;
    sqlx::query("UPDATE account_usage SET changes = $1")
        .bind(caught_up)
        .execute(replica.pool())
        .await?;
    assert_eq!(titles(&user).await?, ["a.txt", "from the replica"]);
    let path = format!("/v1/documents/{id}");
    user.change(Method::PATCH, &path, &json!({ "title": "c" }), StatusCode::OK)
        .await?;
    assert_eq!(titles(&user).await?, ["a.txt", "c"], "it lags behind");
    replica.pool().close().await;
    user.change(Method::PATCH, &path, &json!({ "title": "d" }), StatusCode::OK)
        .await?;
    assert_eq!(titles(&user).await?, ["a.txt", "d"], "it is gone");
    Ok(())
}
