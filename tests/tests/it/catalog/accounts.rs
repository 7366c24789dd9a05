//! The life of an account in the catalog: plans and counters, what follows a change, the end.

use anyhow::Result;
use docstore_activities::catalog::{CatalogError, Document, Metadata, Outcome, Plan, UnsettledAccount};
use futures::future::{join_all, try_join_all};
use uuid::Uuid;

use super::{Fixture, QUOTAS, fixture};

impl Fixture {
    /// A document that was processed while the account had the wish that it has now.
    async fn processed(&self, size: u64) -> Result<Document> {
        let document = self.arrived(size).await?;
        self.read(document.id, size).await?;
        self.catalog.count_usage(document.id, size).await?;
        self.catalog.finish(document.id, 0, &Outcome::Ready).await?;
        Ok(document)
    }

    async fn read(&self, document: Uuid, size: u64) -> Result<()> {
        let metadata = Metadata {
            size,
            sniffed_type: "text/plain",
            kind: "text",
            digest: [7; 32],
            index_wanted: self.catalog.account(self.account.id).await?.index_wanted,
        };
        Ok(self.catalog.record_metadata(document, &metadata).await?)
    }

    /// Documents that can be indexed anew, and those that are still being processed.
    async fn unindexed(&self) -> Result<(Vec<Uuid>, i64)> {
        let left = self.catalog.unindexed(self.account.id, 100).await?;
        let left = left.expect("the account is open");
        let documents = left.documents.iter().map(|document| document.id);
        Ok((documents.collect(), left.processing))
    }

    /// What the reconciler finds, as if the time to look had come.
    async fn unsettled(&self) -> Result<Vec<UnsettledAccount>> {
        sqlx::query("UPDATE accounts SET next_check = now() WHERE next_check IS NOT NULL")
            .execute(self.catalog.pool())
            .await?;
        Ok(self.catalog.claim_unsettled_accounts(10).await?)
    }
}

#[tokio::test]
async fn a_plan_brings_its_quota_and_one_excursion() -> Result<()> {
    let it = fixture(Plan::Premium).await?;
    let (catalog, id) = (&it.catalog, it.account.id);
    it.processed(5_000).await?;
    let changes = join_all((0..10).map(|_| catalog.change_plan(id, Plan::Free))).await;
    let changed = changes
        .iter()
        .filter(|change| change.as_ref().is_ok_and(|change| change.changed));
    assert_eq!(changed.count(), 1);
    let usage = catalog.usage(id).await?;
    assert_eq!(
        (usage.quota_bytes, usage.over_quota, usage.excursion),
        (QUOTAS.free, true, 1)
    );
    catalog.change_plan(id, Plan::Premium).await?;
    let usage = catalog.usage(id).await?;
    assert_eq!(
        (usage.quota_bytes, usage.over_quota, usage.excursion),
        (QUOTAS.premium, false, 1)
    );
    Ok(())
}

#[tokio::test]
async fn totals_go_with_the_plan() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    for size in [100, 200, 300] {
        it.processed(size).await?;
    }
    it.catalog.change_plan(it.account.id, Plan::Premium).await?;
    let moved = try_join_all((0..5).map(|_| it.catalog.recount_under_plan(it.account.id))).await?;
    assert_eq!(moved.iter().sum::<u64>(), 3, "each once, however many do it");
    let totals = it.catalog.totals().await?;
    let totals: Vec<_> = totals
        .iter()
        .map(|total| (total.plan, total.documents, total.bytes))
        .collect();
    assert_eq!(totals, [(Plan::Premium, 3, 600)]);
    Ok(())
}

#[tokio::test]
async fn documents_are_indexed_anew_until_none_is_left() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let (catalog, id) = (&it.catalog, it.account.id);
    let old = it.processed(100).await?.id;
    // Its processing has begun under the old plan, and goes on beside the change.
    let under_way = it.arrived(100).await?.id;
    it.read(under_way, 100).await?;
    assert_eq!(it.unindexed().await?, (vec![], 0));

    let wanted = catalog.change_plan(id, Plan::Premium).await?.account.index_wanted;
    // This one is read under the new plan.
    let new = it.processed(100).await?.id;
    assert_eq!(it.unindexed().await?, (vec![old], 1));
    catalog.finish(under_way, 0, &Outcome::Ready).await?;
    assert_eq!(it.unindexed().await?, (vec![under_way, old], 0));

    for document in [old, under_way] {
        catalog.record_reindexed(document, wanted).await?;
    }
    assert_eq!(it.unindexed().await?, (vec![], 0));
    catalog.change_plan(id, Plan::Free).await?;
    assert!(
        !catalog.settle_index(id, wanted).await?,
        "it has another wish by now"
    );
    assert_eq!(it.unindexed().await?, (vec![new, under_way, old], 0));
    assert!(catalog.settle_index(id, wanted + 1).await?);
    Ok(())
}

#[tokio::test]
async fn what_follows_a_change_is_not_forgotten() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let (catalog, id) = (&it.catalog, it.account.id);
    let nothing = UnsettledAccount {
        id,
        deleting: false,
        created: false,
        changed: false,
        unindexed: false,
    };
    let created = UnsettledAccount {
        created: true,
        ..nothing
    };
    assert_eq!(it.unsettled().await?, [created]);
    assert!(
        catalog.claim_unsettled_accounts(10).await?.is_empty(),
        "claimed for a while"
    );
    assert!(catalog.settle_replicas(id, Some(1)).await?);
    assert_eq!(it.unsettled().await?, [nothing]);
    assert!(it.unsettled().await?.is_empty(), "settled");

    catalog.change_plan(id, Plan::Premium).await?;
    assert!(
        !catalog.settle_replicas(id, Some(1)).await?,
        "others know the old plan"
    );
    let changed = UnsettledAccount {
        changed: true,
        unindexed: true,
        ..nothing
    };
    assert_eq!(it.unsettled().await?, [changed]);
    assert!(catalog.settle_replicas(id, None).await?, "there are no others");
    catalog.begin_account_deletion(id).await?;
    assert!(it.unsettled().await?[0].deleting);
    Ok(())
}

#[tokio::test]
async fn an_account_goes_when_its_documents_have_gone() -> Result<()> {
    let it = fixture(Plan::Premium).await?;
    let (catalog, id) = (&it.catalog, it.account.id);
    let ready = it.processed(500).await?.id;
    let awaited = it.reserve(Some(100)).await?;
    assert!(
        catalog.mark_documents_of_deleted(id, 10).await?.is_empty(),
        "it is open"
    );
    assert!(!catalog.forget_account(id).await?, "it is open");

    assert!(catalog.begin_account_deletion(id).await?);
    assert!(!catalog.begin_account_deletion(id).await?);
    assert!(matches!(
        catalog.change_plan(id, Plan::Free).await,
        Err(CatalogError::NoSuchAccount)
    ));
    assert!(catalog.account_by_email(&it.account.email).await?.is_none());
    let mut marked = catalog.mark_documents_of_deleted(id, 10).await?;
    marked.sort_unstable();
    assert_eq!(marked, [ready, awaited]);
    catalog.finish_delete(ready).await?;
    assert!(!catalog.forget_account(id).await?, "a document is left");
    catalog.finish_delete(awaited).await?;
    assert!(catalog.forget_account(id).await?);
    assert!(catalog.forget_account(id).await?, "once more");
    assert!(matches!(
        catalog.account(id).await,
        Err(CatalogError::NoSuchAccount)
    ));
    assert!(catalog.totals().await?.is_empty());
    assert_eq!(catalog.audit_records(id, 10).await?.len(), 1, "noted once");
    super::create_account(catalog, &it.account.email, Plan::Free).await?;
    Ok(())
}
