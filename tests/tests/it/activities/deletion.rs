//! A deletion leaves nothing behind, whatever is being done to the document meanwhile.

use anyhow::Result;
use apus::sdk::ActivityError;
use docstore_activities::catalog::{CatalogError, Plan};
use docstore_activities::{
    CheckUploadStatus, DeleteObjects, ExtractText, ForgetDocument, IndexDocument, MakeThumbnail,
    NOTHING_TO_DO, RemoveFromIndex, UploadStatus,
};
use uuid::Uuid;

use super::{World, sample};

/// Races that are run: which side is ahead differs from one to the next.
const RACES: usize = 20;

async fn begin_delete(world: &World, document: Uuid) -> Result<()> {
    world
        .environment
        .catalog
        .begin_delete(world.account.id, document)
        .await?;
    Ok(())
}

/// As the workflow does it.
async fn delete(world: &World, document: Uuid) -> Result<()> {
    begin_delete(world, document).await?;
    world.run(RemoveFromIndex { document }).await?;
    world.run(DeleteObjects { document }).await?;
    world.run(ForgetDocument { document }).await?;
    Ok(())
}

/// What loses a race against a deletion finds nothing to do; anything else would be repeated for nothing.
fn ended_quietly<T>(outcome: Result<T, ActivityError>) {
    if let Err(error) = outcome {
        assert!(
            [NOTHING_TO_DO, "no_object"].contains(&&*error.reason),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn what_is_indexed_meanwhile_is_not_found() -> Result<()> {
    let world = World::new(Plan::Premium).await?;
    for _ in 0..RACES {
        let document = world.arrived("a kingfisher").await?;
        let index = world.run(IndexDocument {
            document,
            with_text: false,
        });
        let (indexed, deleted) = tokio::join!(index, delete(&world, document));
        deleted?;
        ended_quietly(indexed);
        assert_eq!(world.found("kingfisher").await?, Vec::<Uuid>::new());
    }
    Ok(())
}

#[tokio::test]
async fn what_is_read_and_drawn_meanwhile_is_not_stored() -> Result<()> {
    let world = World::new(Plan::Premium).await?;
    let note = sample("delivery-note.png")?;
    for late in [false, true] {
        let document = world.arrived(note.clone()).await?;
        if late {
            begin_delete(&world, document).await?;
            ended_quietly(world.run(ExtractText { document }).await);
            ended_quietly(world.run(MakeThumbnail { document }).await);
            assert_eq!(world.stored(document).await?, [true, false, false]);
            continue;
        }
        let (read, drawn, deleted) = tokio::join!(
            world.run(ExtractText { document }),
            world.run(MakeThumbnail { document }),
            delete(&world, document)
        );
        deleted?;
        ended_quietly(read);
        ended_quietly(drawn);
        assert_eq!(world.stored(document).await?, [false; 3]);
    }
    Ok(())
}

#[tokio::test]
async fn each_step_may_be_repeated() -> Result<()> {
    let world = World::new(Plan::Premium).await?;
    let document = world.arrived(sample("plum-cake.txt")?).await?;
    world.run(ExtractText { document }).await?;
    world
        .run(IndexDocument {
            document,
            with_text: true,
        })
        .await?;
    assert_eq!(world.found("zwetschgendatschi").await?, [document]);
    assert_eq!(world.stored(document).await?, [true, true, false]);
    begin_delete(&world, document).await?;
    let status = world.run(CheckUploadStatus { document }).await?;
    assert_eq!(status, UploadStatus::Settled);
    for _ in 0..3 {
        world.run(RemoveFromIndex { document }).await?;
        world.run(DeleteObjects { document }).await?;
    }
    assert_eq!(world.found("zwetschgendatschi").await?, Vec::<Uuid>::new());
    assert_eq!(world.stored(document).await?, [false; 3]);
    world.run(ForgetDocument { document }).await?;
    delete_again(&world, document).await?;
    let gone = world.environment.catalog.document(document).await;
    assert!(matches!(gone, Err(CatalogError::NoSuchDocument)));
    Ok(())
}

/// The steps of a deletion whose last answer was lost.
pub async fn delete_again(world: &World, document: Uuid) -> Result<()> {
    world.run(RemoveFromIndex { document }).await?;
    world.run(DeleteObjects { document }).await?;
    world.run(ForgetDocument { document }).await?;
    Ok(())
}
