//! The quota: reserved, settled and given back, each exactly once.

use anyhow::Result;
use docstore_activities::catalog::{CatalogError, MAX_OPEN_UNSIZED_FORMS, Metadata, Plan};
use futures::future::join_all;
use uuid::Uuid;

use super::{arrival, fixture};

#[tokio::test]
async fn a_hundred_forms_at_once_reserve_no_more_than_the_quota() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let asked = join_all((0..100).map(|_| it.reserve(Some(30)))).await;
    let granted = asked.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(granted, 33, "1,000 bytes hold 33 times 30");
    for refused in asked.iter().filter_map(|answer| answer.as_ref().err()) {
        assert!(
            matches!(refused, CatalogError::QuotaExceeded { asked: 30, .. }),
            "{refused}"
        );
    }
    assert_eq!(it.catalog.usage(it.account.id).await?.bytes_reserved, 990);
    Ok(())
}

#[tokio::test]
async fn a_document_counts_once_however_often_it_is_counted() -> Result<()> {
    let it = fixture(Plan::Premium).await?;
    let document = it.arrived(500).await?;
    let counted = join_all((0..10).map(|_| it.catalog.count_usage(document.id, 500))).await;
    let first_times = counted
        .iter()
        .filter(|after| after.as_ref().is_ok_and(|after| after.first_time))
        .count();
    assert_eq!(first_times, 1);
    let usage = it.catalog.usage(it.account.id).await?;
    assert_eq!(
        (usage.bytes_used, usage.bytes_reserved, usage.documents),
        (500, 0, 1)
    );
    let totals = it.catalog.totals().await?;
    assert_eq!(
        totals
            .iter()
            .map(|total| (total.documents, total.bytes))
            .collect::<Vec<_>>(),
        [(1, 500)]
    );
    Ok(())
}

#[tokio::test]
async fn the_real_size_counts_not_the_declared_one() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let id = it.reserve(Some(700)).await?;
    it.catalog.record_arrival(id, &arrival(300)).await?;
    it.catalog.count_usage(id, 300).await?;
    let usage = it.catalog.usage(it.account.id).await?;
    assert_eq!(
        (usage.bytes_used, usage.bytes_reserved, usage.bytes_left()),
        (300, 0, 700)
    );
    Ok(())
}

#[tokio::test]
async fn deleting_gives_back_once_and_a_late_count_does_not_take_again() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let (kept, deleted, uncounted) = (
        it.arrived(100).await?,
        it.arrived(200).await?,
        it.arrived(300).await?,
    );
    it.catalog.count_usage(kept.id, 100).await?;
    it.catalog.count_usage(deleted.id, 200).await?;
    for document in [&deleted, &uncounted] {
        it.catalog.begin_delete(it.account.id, document.id).await?;
    }
    let late = it.catalog.count_usage(uncounted.id, 300).await?;
    assert!(!late.first_time, "it is being deleted");
    for document in [&deleted, &uncounted, &deleted] {
        it.catalog.finish_delete(document.id).await?;
    }
    assert!(matches!(
        it.catalog.count_usage(deleted.id, 200).await,
        Err(CatalogError::NoSuchDocument)
    ));
    let usage = it.catalog.usage(it.account.id).await?;
    assert_eq!(
        (usage.bytes_used, usage.bytes_reserved, usage.documents),
        (100, 0, 1)
    );
    assert_eq!(
        it.catalog
            .totals()
            .await?
            .iter()
            .map(|total| total.bytes)
            .sum::<u64>(),
        100
    );
    Ok(())
}

#[tokio::test]
async fn an_abandoned_document_gives_back_once_and_may_still_arrive() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let id = it.reserve(Some(400)).await?;
    it.catalog.abandon(id).await?;
    it.catalog.abandon(id).await?;
    assert_eq!(it.catalog.usage(it.account.id).await?.bytes_reserved, 0);
    it.catalog.record_arrival(id, &arrival(400)).await?;
    it.catalog.count_usage(id, 400).await?;
    let usage = it.catalog.usage(it.account.id).await?;
    assert_eq!((usage.bytes_used, usage.bytes_reserved), (400, 0));
    Ok(())
}

#[tokio::test]
async fn each_excursion_over_the_quota_has_its_number() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    // Forms without a size reserve nothing, so that several of them together can exceed the quota.
    let (one, two, three) = (
        it.reserve(None).await?,
        it.reserve(None).await?,
        it.reserve(None).await?,
    );
    for id in [one, two, three] {
        it.catalog.record_arrival(id, &arrival(800)).await?;
    }
    let over = |after: docstore_activities::catalog::UsageAfter| (after.over_quota, after.excursion);
    assert_eq!(over(it.catalog.count_usage(one, 800).await?), (false, 0));
    assert_eq!(over(it.catalog.count_usage(two, 800).await?), (true, 1));
    assert_eq!(
        over(it.catalog.count_usage(three, 800).await?),
        (true, 1),
        "the same excursion"
    );
    assert!(matches!(it.reserve(Some(1)).await, Err(CatalogError::OverQuota)));
    for id in [one, two] {
        it.catalog.begin_delete(it.account.id, id).await?;
        it.catalog.finish_delete(id).await?;
    }
    assert!(
        !it.catalog.usage(it.account.id).await?.over_quota,
        "space was freed"
    );
    let (four, five) = (it.reserve(None).await?, it.reserve(Some(100)).await?);
    it.catalog.record_arrival(four, &arrival(300)).await?;
    assert_eq!(
        over(it.catalog.count_usage(four, 300).await?),
        (true, 2),
        "the next excursion"
    );
    assert_eq!(
        it.catalog.abandon(five).await?,
        docstore_activities::catalog::DocumentState::Abandoned
    );
    Ok(())
}

#[tokio::test]
async fn only_a_few_forms_may_be_open_without_a_size() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let asked = join_all((0..20).map(|_| it.reserve(None))).await;
    let granted = i64::try_from(asked.iter().filter(|answer| answer.is_ok()).count())?;
    assert_eq!(granted, MAX_OPEN_UNSIZED_FORMS);
    Ok(())
}

#[tokio::test]
async fn totals_are_by_plan_and_kind() -> Result<()> {
    let it = fixture(Plan::Premium).await?;
    for (kind, size) in [("pdf", 10), ("png", 20), ("pdf", 30)] {
        let document = it.arrived(size).await?;
        let metadata = Metadata {
            size,
            sniffed_type: "x/y",
            kind,
            digest: [7; 32],
            index_wanted: 0,
        };
        it.catalog.record_metadata(document.id, &metadata).await?;
        it.catalog.count_usage(document.id, size).await?;
    }
    let totals: Vec<_> = it
        .catalog
        .totals()
        .await?
        .into_iter()
        .map(|total| (total.kind, total.documents, total.bytes))
        .collect();
    assert_eq!(totals, [("pdf".to_owned(), 2, 40), ("png".to_owned(), 1, 20)]);
    assert!(matches!(
        it.catalog.count_usage(Uuid::now_v7(), 1).await,
        Err(CatalogError::NoSuchDocument)
    ));
    Ok(())
}
