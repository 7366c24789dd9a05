//! The tests' own databases: migrated, separate, and gone afterwards.

use anyhow::Result;
use sqlx::{Connection, PgConnection, PgPool};

async fn tables(pool: &PgPool) -> Result<i64> {
    let count = "SELECT count(*) FROM information_schema.tables WHERE table_schema IN ('apus', 'docstore')";
    Ok(sqlx::query_scalar(count).fetch_one(pool).await?)
}

#[tokio::test]
async fn each_test_has_its_own_migrated_database() -> Result<()> {
    let (one, other) = tokio::join!(apus_tests::database(), apus_tests::database());
    let one_pool = one.pool_options().connect_with(one.connect_options()).await?;
    let other_pool = other.pool_options().connect_with(other.connect_options()).await?;
    let migrated = tables(&one_pool).await?;
    assert!(migrated > 0, "the template is migrated");

    sqlx::raw_sql("CREATE TABLE docstore.only_here ()")
        .execute(&one_pool)
        .await?;
    assert_eq!(tables(&one_pool).await?, migrated + 1);
    assert_eq!(tables(&other_pool).await?, migrated);
    Ok(())
}

#[tokio::test]
async fn a_database_goes_with_its_test() -> Result<()> {
    let database = apus_tests::database().await;
    let options = database.connect_options();
    let mut open = PgConnection::connect_with(&options).await?;
    drop(database);
    // Requests are served in order, so the next database exists only after the dropped one is gone.
    drop(apus_tests::database().await);
    assert!(open.ping().await.is_err(), "connections are closed");
    assert!(
        PgConnection::connect_with(&options).await.is_err(),
        "the database is gone"
    );
    Ok(())
}

#[tokio::test]
async fn a_durable_cluster_keeps_what_was_committed() -> Result<()> {
    let cluster = apus_tests::durable_cluster();
    let postgres = cluster.start().await?;
    let mut connection = PgConnection::connect_with(&postgres.connect_options()).await?;
    sqlx::raw_sql("CREATE TABLE kept ()")
        .execute(&mut connection)
        .await?;
    postgres.shutdown().await?;

    let postgres = cluster.start().await?;
    let mut connection = PgConnection::connect_with(&postgres.connect_options()).await?;
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM kept")
        .fetch_one(&mut connection)
        .await?;
    assert_eq!(rows, 0);
    postgres.shutdown().await?;
    Ok(())
}
