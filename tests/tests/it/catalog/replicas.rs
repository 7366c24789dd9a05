//! Accounts of other regions: written by their home only, in any order, and gone for good once they are removed.

use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};
use docstore_activities::catalog::{Plan, Replica, ReplicaEnd};
use uuid::Uuid;

use super::fixture;

const HOME: &str = "ap-southeast-2";

fn replica(id: Uuid, email: &str, revision: i64) -> Replica<'_> {
    Replica {
        id,
        email,
        password_hash: "$argon2id$theirs",
        plan: if revision > 1 { Plan::Premium } else { Plan::Free },
        created: DateTime::<Utc>::UNIX_EPOCH,
        revision,
    }
}

#[tokio::test]
async fn the_latest_revision_stands_in_whatever_order_they_come() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let id = Uuid::now_v7();
    for (revision, end) in [
        (2, ReplicaEnd::Stored),
        (1, ReplicaEnd::Known),
        (2, ReplicaEnd::Known),
        (3, ReplicaEnd::Stored),
    ] {
        let stored = it
            .catalog
            .put_replica(HOME, &replica(id, "bob@example.com", revision))
            .await?;
        assert_eq!(stored, end, "{revision}");
    }
    let account = it.catalog.account(id).await?;
    assert_eq!(
        (account.revision, account.plan, account.home_region.as_str()),
        (3, Plan::Premium, HOME)
    );
    Ok(())
}

#[tokio::test]
async fn a_removed_account_does_not_come_back() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let id = Uuid::now_v7();
    let account = replica(id, "bob@example.com", 1);
    it.catalog.put_replica(HOME, &account).await?;
    assert!(it.catalog.remove_replica(HOME, id).await?);
    assert!(it.catalog.remove_replica(HOME, id).await?, "once more");
    let late = it
        .catalog
        .put_replica(HOME, &replica(id, "bob@example.com", 9))
        .await?;
    assert_eq!(late, ReplicaEnd::Known);
    assert!(it.catalog.account_by_email("bob@example.com").await?.is_none());

    // The removal may come first, too.
    let other = Uuid::now_v7();
    assert!(it.catalog.remove_replica(HOME, other).await?);
    let late = it
        .catalog
        .put_replica(HOME, &replica(other, "eve@example.com", 1))
        .await?;
    assert_eq!(late, ReplicaEnd::Known);
    assert!(it.catalog.account_by_email("eve@example.com").await?.is_none());
    Ok(())
}

#[tokio::test]
async fn a_region_speaks_for_its_own_accounts_only() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let mine = it.account.id;
    let forged = replica(mine, "ada@example.com", 100);
    assert_eq!(
        it.catalog.put_replica(HOME, &forged).await?,
        ReplicaEnd::NotTheirs
    );
    assert!(!it.catalog.remove_replica(HOME, mine).await?);
    let account = it.catalog.account(mine).await?;
    assert_eq!(account.password_hash, it.account.password_hash);

    let taken = replica(Uuid::now_v7(), "ADA@example.com", 1);
    assert_eq!(
        it.catalog.put_replica(HOME, &taken).await?,
        ReplicaEnd::AddressTaken
    );
    Ok(())
}

#[tokio::test]
async fn a_region_that_is_new_is_told_of_everybody() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let (catalog, id) = (&it.catalog, it.account.id);
    let theirs = Uuid::now_v7();
    catalog
        .put_replica(HOME, &replica(theirs, "bob@example.com", 1))
        .await?;
    catalog.settle_replicas(id, None).await?;
    let others = [HOME.to_owned()];
    assert_eq!(catalog.know_regions("us-west-2", &others).await?, 1);
    let unsettled = catalog.claim_unsettled_accounts(10).await?;
    assert_eq!(
        unsettled.iter().map(|account| account.id).collect::<Vec<_>>(),
        [id],
        "not of those who are at home elsewhere"
    );
    assert_eq!(catalog.know_regions("us-west-2", &others).await?, 0);
    assert_eq!(catalog.know_regions("us-west-2", &[]).await?, 0);
    assert_eq!(
        catalog.know_regions("us-west-2", &others).await?,
        1,
        "it was gone"
    );
    Ok(())
}

#[tokio::test]
async fn a_request_is_taken_once() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let (nonce, keep) = ("00112233445566778899aabbccddeeff", Duration::from_secs(600));
    assert!(it.catalog.accept_nonce(HOME, nonce, keep).await?);
    assert!(!it.catalog.accept_nonce(HOME, nonce, keep).await?);
    assert!(it.catalog.accept_nonce("us-east-1", nonce, keep).await?);
    assert_eq!(it.catalog.purge_nonces(10).await?, 0);
    let past = "ffeeddccbbaa99887766554433221100";
    it.catalog.accept_nonce(HOME, past, Duration::ZERO).await?;
    assert_eq!(it.catalog.purge_nonces(10).await?, 1);
    Ok(())
}
