//! A document counts once, however often and by however many it is counted.

use anyhow::Result;
use docstore_activities::catalog::{DocumentState, Outcome, Plan};
use docstore_activities::{CountUsage, ForgetDocument, ReadObjectMetadata};
use futures::future::try_join_all;

use super::{AT_ONCE, World, sample};

#[tokio::test]
async fn a_document_counts_once() -> Result<()> {
    let world = World::new(Plan::Premium).await?;
    let document = world.arrived(vec![b'x'; 700]).await?;
    world.run(ReadObjectMetadata { document }).await?;
    let count = || world.run(CountUsage { document, size: 700 });
    let mut counted = try_join_all((0..AT_ONCE).map(|_| count())).await?;
    for _ in 0..AT_ONCE {
        counted.push(count().await?);
    }
    assert_eq!(counted.iter().filter(|usage| usage.first_time).count(), 1);
    assert!(counted.iter().all(|usage| usage.bytes_used == 700));
    assert_eq!(world.usage().await?.documents, 1);
    let totals = world.environment.catalog.totals().await?;
    let totals: Vec<_> = totals
        .iter()
        .map(|total| (&*total.kind, total.documents, total.bytes))
        .collect();
    assert_eq!(totals, [("text", 1, 700)]);
    Ok(())
}

#[tokio::test]
async fn a_file_that_was_replaced_counts_as_what_it_is_now() -> Result<()> {
    let world = World::new(Plan::Free).await?;
    let catalog = &world.environment.catalog;
    let document = world.arrived("x".repeat(100)).await?;
    world.run(ReadObjectMetadata { document }).await?;
    world.run(CountUsage { document, size: 100 }).await?;
    catalog.finish(document, 0, &Outcome::Ready).await?;

    let picture = sample("delivery-note.png")?;
    let size = picture.len() as u64;
    world.upload(document, picture).await?;
    let again = catalog.record_replacement(document, size, "another").await?;
    assert_eq!(again.map(|again| again.attempt), Some(1));
    let known = catalog.record_replacement(document, size, "another").await?;
    assert!(known.is_none(), "{known:?}");
    world.run(ReadObjectMetadata { document }).await?;
    let count = || world.run(CountUsage { document, size });
    let mut counted = try_join_all((0..AT_ONCE).map(|_| count())).await?;
    counted.push(world.run(CountUsage { document, size: 100 }).await?);
    assert!(
        counted
            .iter()
            .all(|usage| !usage.first_time && usage.bytes_used == size),
        "a count of the old file comes too late: {counted:?}"
    );
    let usage = world.usage().await?;
    assert_eq!((usage.documents, usage.over_quota, usage.excursion), (1, true, 1));
    let totals: Vec<_> = catalog
        .totals()
        .await?
        .into_iter()
        .map(|total| (total.kind, total.documents, total.bytes))
        .collect();
    assert_eq!(totals, [("png".to_owned(), 1, size)]);
    let state = catalog.finish(document, 1, &Outcome::Ready).await?;
    assert_eq!(state, DocumentState::Ready);
    Ok(())
}

#[tokio::test]
async fn documents_counted_at_once_all_count() -> Result<()> {
    let world = World::new(Plan::Premium).await?;
    let mut documents = Vec::new();
    for _ in 0..AT_ONCE {
        documents.push(world.arrived("x".repeat(100)).await?);
    }
    let twice = documents.iter().chain(&documents);
    try_join_all(twice.map(|document| {
        world.run(CountUsage {
            document: *document,
            size: 100,
        })
    }))
    .await?;
    let usage = world.usage().await?;
    assert_eq!((usage.documents, usage.bytes_used), (10, 1_000));
    Ok(())
}

#[tokio::test]
async fn what_is_deleted_no_longer_counts() -> Result<()> {
    let world = World::new(Plan::Premium).await?;
    let document = world.arrived("x".repeat(100)).await?;
    let count = || world.run(CountUsage { document, size: 100 });
    count().await?;
    world
        .environment
        .catalog
        .begin_delete(world.account.id, document)
        .await?;
    assert!(!count().await?.first_time);
    let forget = || world.run(ForgetDocument { document });
    try_join_all((0..AT_ONCE).map(|_| forget())).await?;
    let usage = world.usage().await?;
    assert_eq!((usage.documents, usage.bytes_used), (0, 0));
    let gone = count().await.unwrap_err();
    assert_eq!(&*gone.reason, docstore_activities::NOTHING_TO_DO);
    Ok(())
}
