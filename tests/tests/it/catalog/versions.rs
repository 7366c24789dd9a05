//! Versions of a document, and what holds for all of them.

use anyhow::Result;
use docstore_activities::catalog::{
    CatalogError, Document, DocumentState, Edit, EditError, ListQuery, Metadata, Plan,
};
use futures::future::join_all;

use super::{Fixture, arrival, fixture};

/// A further version whose object has arrived.
async fn newer(it: &Fixture, document: &Document, size: u64) -> Result<Document> {
    let id = it.reserve_version(document.id, Some(size)).await?;
    Ok(it.catalog.record_arrival(id, &arrival(size)).await?)
}

async fn listed(it: &Fixture) -> Result<Vec<(i32, String)>> {
    let query = ListQuery {
        limit: 10,
        ..ListQuery::default()
    };
    let page = it.catalog.list(it.account.id, &query).await?;
    let documents = page.documents.into_iter();
    Ok(documents.map(|found| (found.version, found.title)).collect())
}

#[tokio::test]
async fn the_newest_that_has_arrived_is_listed_under_the_documents_name() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let first = it.arrived(100).await?;
    let awaited = it.reserve_version(first.id, Some(200)).await?;
    assert_eq!(listed(&it).await?, [(1, "A".to_owned())], "it may never come");
    let title = Edit {
        title: Some("Renamed"),
        tags: None,
    };
    it.catalog.edit(&first, &title, false).await?;
    let second = it.catalog.record_arrival(awaited, &arrival(200)).await?;
    assert_eq!(
        (second.id, second.version, second.current, second.created),
        (first.id, 2, true, first.created)
    );
    assert_eq!(listed(&it).await?, [(2, "Renamed".to_owned())]);
    let found = it.catalog.owned_document(it.account.id, first.id).await?;
    assert_eq!(found.version_id, awaited);
    let old = it.catalog.owned_version(it.account.id, first.id, 1).await?;
    assert_eq!((old.current, old.object_key), (false, first.object_key));
    Ok(())
}

#[tokio::test]
async fn whichever_arrives_first_the_newest_stays_current() -> Result<()> {
    let it = fixture(Plan::Premium).await?;
    let first = it.arrived(1).await?;
    let mut awaited = Vec::new();
    for _ in 0..8 {
        awaited.push(it.reserve_version(first.id, Some(1)).await?);
    }
    let found = arrival(1);
    let arrivals = awaited.iter().map(|id| it.catalog.record_arrival(*id, &found));
    for arrived in join_all(arrivals).await {
        arrived?;
    }
    let versions = it.catalog.versions(it.account.id, first.id).await?;
    let numbers: Vec<i32> = versions.iter().map(|version| version.version).collect();
    assert_eq!(numbers, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
    let current: Vec<i32> = versions
        .iter()
        .filter(|version| version.current)
        .map(|version| version.version)
        .collect();
    assert_eq!(current, [9]);
    Ok(())
}

#[tokio::test]
async fn versions_asked_for_at_once_have_numbers_of_their_own() -> Result<()> {
    let it = fixture(Plan::Premium).await?;
    let first = it.arrived(1).await?;
    let asked = join_all((0..20).map(|_| it.reserve_version(first.id, Some(10)))).await;
    for granted in asked {
        granted?;
    }
    let versions = it.catalog.versions(it.account.id, first.id).await?;
    assert_eq!(versions.len(), 21);
    assert_eq!(versions[0].version, 21);
    assert_eq!(it.catalog.usage(it.account.id).await?.bytes_reserved, 1 + 20 * 10);
    Ok(())
}

#[tokio::test]
async fn every_version_counts_for_its_bytes_and_the_document_once() -> Result<()> {
    let it = fixture(Plan::Premium).await?;
    let first = it.arrived(100).await?;
    let second = newer(&it, &first, 200).await?;
    let counts = [(first.version_id, 100), (second.version_id, 200)];
    for counted in join_all(counts.map(|(id, size)| it.catalog.count_usage(id, size))).await {
        assert!(counted?.first_time);
    }
    let usage = it.catalog.usage(it.account.id).await?;
    assert_eq!(
        (usage.bytes_used, usage.bytes_reserved, usage.documents),
        (300, 0, 1)
    );

    let current = it.catalog.begin_delete_version(it.account.id, first.id, 2).await;
    assert!(matches!(current, Err(CatalogError::CurrentVersion)));
    it.catalog
        .begin_delete_version(it.account.id, first.id, 1)
        .await?;
    it.catalog.finish_delete(first.version_id).await?;
    let usage = it.catalog.usage(it.account.id).await?;
    assert_eq!((usage.bytes_used, usage.documents), (200, 1));
    let left = it.catalog.owned_document(it.account.id, first.id).await?;
    assert_eq!(left.version, 2, "the document outlives its first version");

    it.catalog.begin_delete(it.account.id, first.id).await?;
    it.catalog.finish_delete(second.version_id).await?;
    let usage = it.catalog.usage(it.account.id).await?;
    assert_eq!((usage.bytes_used, usage.documents), (0, 0));
    assert!(it.catalog.totals().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_document_goes_with_all_its_versions() -> Result<()> {
    let it = fixture(Plan::Premium).await?;
    let first = it.arrived(1).await?;
    newer(&it, &first, 1).await?;
    it.reserve_version(first.id, Some(1)).await?;
    let marked = it.catalog.begin_delete(it.account.id, first.id).await?;
    let states: Vec<_> = marked
        .iter()
        .map(|version| (version.version, version.state))
        .collect();
    let deleting = DocumentState::Deleting;
    assert_eq!(states, [(1, deleting), (2, deleting), (3, deleting)]);
    let late = it.reserve_version(first.id, Some(1)).await;
    assert!(matches!(late, Err(CatalogError::NoSuchDocument)));
    assert!(listed(&it).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn of_two_who_edit_what_they_have_seen_one_is_refused() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let seen = it.arrived(1).await?;
    let edits = ["one", "two"].map(|title| Edit {
        title: Some(title),
        tags: None,
    });
    let outcomes = join_all(edits.iter().map(|edit| it.catalog.edit(&seen, edit, true))).await;
    let refused = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(EditError::Changed)))
        .count();
    assert_eq!(
        (outcomes.iter().filter(|outcome| outcome.is_ok()).count(), refused),
        (1, 1)
    );
    Ok(())
}

#[tokio::test]
async fn changes_are_counted_where_the_owner_can_see_them() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let changes = async || -> Result<i64> {
        let found = sqlx::query_scalar("SELECT changes FROM account_usage WHERE account_id = $1");
        Ok(found.bind(it.account.id).fetch_one(it.catalog.pool()).await?)
    };
    let document = it.arrived(1).await?;
    let before = changes().await?;
    it.catalog.count_usage(document.id, 1).await?;
    it.catalog.claim_stalled(10).await?;
    assert_eq!(changes().await?, before, "nothing that is listed changed");
    let metadata = Metadata {
        size: 1,
        sniffed_type: "text/plain",
        kind: "text",
        digest: [0; 32],
        index_wanted: 0,
    };
    it.catalog.record_metadata(document.id, &metadata).await?;
    assert_eq!(changes().await?, before + 1);
    it.catalog.trash(it.account.id, document.id).await?;
    assert_eq!(changes().await?, before + 2);
    it.catalog.begin_delete(it.account.id, document.id).await?;
    it.catalog.finish_delete(document.id).await?;
    assert_eq!(changes().await?, before + 4);
    Ok(())
}
