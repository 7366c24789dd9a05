//! The trash, and attempts at what failed.

use anyhow::Result;
use docstore_activities::catalog::{
    CatalogError, DocumentState, ListQuery, Outcome, Plan, Reason, TRASH_KEPT,
};
use uuid::Uuid;

use super::{Fixture, fixture};

async fn listed(it: &Fixture, trashed: bool) -> Result<Vec<Uuid>> {
    let query = ListQuery {
        trashed,
        limit: 10,
        ..ListQuery::default()
    };
    let page = it.catalog.list(it.account.id, &query).await?;
    Ok(page.documents.iter().map(|document| document.id).collect())
}

/// Lets this much time pass for what lies in the trash.
async fn let_pass(it: &Fixture, seconds: f64) -> Result<()> {
    sqlx::query("UPDATE documents SET trashed = trashed - make_interval(secs => $1)")
        .bind(seconds)
        .execute(it.catalog.pool())
        .await?;
    Ok(())
}

async fn happened(it: &Fixture, document: Uuid) -> Result<Vec<String>> {
    let page = it.catalog.history(it.account.id, document, None, 100).await?;
    Ok(page.entries.into_iter().map(|entry| entry.event).collect())
}

#[tokio::test]
async fn what_lies_in_the_trash_counts_and_comes_back() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let document = it.arrived(300).await?.id;
    it.catalog.count_usage(document, 300).await?;
    for _ in 0..2 {
        let trashed = it.catalog.trash(it.account.id, document).await?;
        assert!(trashed.trashed.is_some());
    }
    assert_eq!(
        (listed(&it, false).await?, listed(&it, true).await?),
        (vec![], vec![document])
    );
    assert_eq!(it.catalog.usage(it.account.id).await?.bytes_used, 300);
    let version = it.reserve_version(document, Some(1)).await;
    assert!(matches!(version, Err(CatalogError::InTrash)));
    for _ in 0..2 {
        assert!(
            it.catalog
                .restore(it.account.id, document)
                .await?
                .trashed
                .is_none()
        );
    }
    assert_eq!(
        (listed(&it, false).await?, listed(&it, true).await?),
        (vec![document], vec![])
    );
    assert_eq!(
        happened(&it, document).await?,
        ["awaiting_upload", "processing", "trashed", "restored"]
    );
    Ok(())
}

#[tokio::test]
async fn what_has_lain_in_the_trash_for_its_time_is_deleted() -> Result<()> {
    let it = fixture(Plan::Premium).await?;
    let (old, new) = (it.arrived(1).await?.id, it.arrived(1).await?.id);
    it.catalog.trash(it.account.id, old).await?;
    let_pass(&it, TRASH_KEPT.as_secs_f64() - 60.0).await?;
    assert!(it.catalog.begin_delete_expired_trash(10).await?.is_empty());
    let_pass(&it, 61.0).await?;
    it.catalog.trash(it.account.id, new).await?;
    let deleted = it.catalog.begin_delete_expired_trash(10).await?;
    assert_eq!(
        deleted.iter().map(|version| version.id).collect::<Vec<_>>(),
        [old]
    );
    assert!(it.catalog.begin_delete_expired_trash(10).await?.is_empty());
    let gone = it.catalog.restore(it.account.id, old).await;
    assert!(matches!(gone, Err(CatalogError::NoSuchDocument)));
    Ok(())
}

#[tokio::test]
async fn emptying_takes_what_lies_in_the_trash_and_nothing_else() -> Result<()> {
    let it = fixture(Plan::Premium).await?;
    let (kept, trashed) = (it.arrived(1).await?.id, it.arrived(1).await?.id);
    it.reserve_version(trashed, Some(1)).await?;
    it.catalog.trash(it.account.id, trashed).await?;
    let deleted = it.catalog.begin_delete_trash(it.account.id, 10).await?;
    let versions: Vec<_> = deleted
        .iter()
        .map(|version| (version.id, version.version))
        .collect();
    assert_eq!(versions, [(trashed, 1), (trashed, 2)]);
    assert_eq!(listed(&it, false).await?, [kept]);
    assert!(listed(&it, true).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_an_attempt_before_says_late_is_not_listened_to() -> Result<()> {
    let it = fixture(Plan::Premium).await?;
    let document = it.arrived(1).await?.id;
    let failed = Outcome::Failed(Reason {
        code: "timed_out".to_owned(),
        message: "It took too long.".to_owned(),
    });
    let too_early = it.catalog.retry(it.account.id, document).await;
    assert!(matches!(too_early, Err(CatalogError::NotFailed)));
    it.catalog.finish(document, 0, &failed).await?;
    for _ in 0..2 {
        let again = it.catalog.retry(it.account.id, document).await?;
        assert_eq!((again.state, again.attempt), (DocumentState::Processing, 1));
        assert!(again.reason.is_none() && again.processed.is_none());
    }
    let late = it.catalog.finish(document, 0, &failed).await?;
    assert_eq!(late, DocumentState::Processing);
    assert_eq!(
        it.catalog.finish(document, 1, &Outcome::Ready).await?,
        DocumentState::Ready
    );
    let nothing_left = it.catalog.retry(it.account.id, document).await;
    assert!(matches!(nothing_left, Err(CatalogError::NotFailed)));
    let history = it.catalog.history(it.account.id, document, None, 100).await?;
    let reasons: Vec<_> = history
        .entries
        .iter()
        .filter_map(|entry| entry.reason_code.as_deref())
        .collect();
    assert_eq!(reasons, ["timed_out"], "the reason is kept where it happened");
    Ok(())
}

#[tokio::test]
async fn a_history_continues_where_the_page_before_ended() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let document = it.arrived(1).await?.id;
    it.catalog.finish(document, 0, &Outcome::Ready).await?;
    let (mut after, mut events) = (None, Vec::new());
    loop {
        let page = it.catalog.history(it.account.id, document, after, 1).await?;
        events.extend(page.entries.into_iter().map(|entry| entry.event));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(events, ["awaiting_upload", "processing", "ready"]);
    Ok(())
}
