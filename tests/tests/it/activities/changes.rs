//! The index after changes: it ends as the catalog does, whatever happens at the same time.

use anyhow::Result;
use docstore_activities::catalog::{Document, Edit, NewUpload, Plan};
use docstore_activities::{
    DeleteObjects, ExtractText, ForgetDocument, IndexDocument, ReadObjectMetadata, RefreshIndex,
    RemoveFromIndex,
};
use uuid::Uuid;

use super::{MAX_DOCUMENT_BYTES, World, original};

/// Races that are run: which side is ahead differs from one to the next.
const RACES: usize = 20;

/// A document with this text that has been put into the index.
async fn indexed(world: &World, text: &'static str) -> Result<Document> {
    let id = world.arrived(text).await?;
    index(world, id).await?;
    Ok(world.environment.catalog.document(id).await?)
}

async fn index(world: &World, document: Uuid) -> Result<()> {
    world.run(ReadObjectMetadata { document }).await?;
    world.run(ExtractText { document }).await?;
    let with_text = true;
    world.run(IndexDocument { document, with_text }).await?;
    Ok(())
}

/// A further version whose object has been stored.
async fn newer(world: &World, of: &Document, text: &'static str) -> Result<Uuid> {
    let id = Uuid::now_v7();
    let key = original(of.owner, id)?;
    let new = NewUpload {
        id,
        version_of: Some(of.id),
        owner: of.owner,
        object_key: key.as_str(),
        file_name: "kingfisher-2.bin",
        title: &of.title,
        tags: &of.tags,
        declared_type: "application/octet-stream",
        size: None,
        max_size: MAX_DOCUMENT_BYTES,
        form_lifetime: std::time::Duration::from_secs(60),
    };
    world.environment.catalog.reserve_upload(&new).await?;
    world.upload(id, text).await?;
    Ok(id)
}

async fn is_due(world: &World) -> Result<bool> {
    let due = sqlx::query_scalar("SELECT count(*) > 0 FROM documents WHERE index_due IS NOT NULL");
    Ok(due.fetch_one(world.environment.catalog.pool()).await?)
}

#[tokio::test]
async fn an_edited_title_is_found_and_the_text_still_is() -> Result<()> {
    let world = World::new(Plan::Premium).await?;
    let document = indexed(&world, "a heron in the reeds").await?;
    let edit = Edit {
        title: Some("Bittern"),
        tags: None,
    };
    world.environment.catalog.edit(&document, &edit, false).await?;
    assert!(is_due(&world).await?);
    for _ in 0..2 {
        world
            .run(RefreshIndex {
                document: document.version_id,
            })
            .await?;
        assert_eq!(world.found("bittern").await?, [document.id]);
        assert_eq!(world.found("heron").await?, [document.id]);
    }
    assert!(!is_due(&world).await?, "the index knows");
    Ok(())
}

#[tokio::test]
async fn what_lies_in_the_trash_is_not_found_until_it_is_restored() -> Result<()> {
    let world = World::new(Plan::Premium).await?;
    let document = indexed(&world, "a heron in the reeds").await?;
    let refresh = || {
        world.run(RefreshIndex {
            document: document.version_id,
        })
    };
    world
        .environment
        .catalog
        .trash(document.owner, document.id)
        .await?;
    refresh().await?;
    assert_eq!(world.found("heron").await?, Vec::<Uuid>::new());
    let with_text = true;
    world
        .run(IndexDocument {
            document: document.version_id,
            with_text,
        })
        .await?;
    assert_eq!(
        world.found("heron").await?,
        Vec::<Uuid>::new(),
        "late, and not shown"
    );
    world
        .environment
        .catalog
        .restore(document.owner, document.id)
        .await?;
    refresh().await?;
    assert_eq!(world.found("heron").await?, [document.id]);
    Ok(())
}

#[tokio::test]
async fn the_text_of_the_newest_version_is_found_under_the_documents_id() -> Result<()> {
    let world = World::new(Plan::Premium).await?;
    let first = indexed(&world, "a heron in the reeds").await?;
    let second = newer(&world, &first, "a bittern in the reeds").await?;
    index(&world, second).await?;
    let late = true;
    world
        .run(IndexDocument {
            document: first.version_id,
            with_text: late,
        })
        .await?;
    assert_eq!(world.found("bittern").await?, [first.id]);
    assert_eq!(world.found("heron").await?, Vec::<Uuid>::new());

    let document = first.version_id;
    world
        .environment
        .catalog
        .begin_delete_version(first.owner, first.id, 1)
        .await?;
    for _ in 0..2 {
        world.run(RemoveFromIndex { document }).await?;
        world.run(DeleteObjects { document }).await?;
        world.run(ForgetDocument { document }).await?;
        assert_eq!(world.found("bittern").await?, [first.id], "an old version went");
    }
    assert_eq!(world.stored(first.version_id).await?, [false; 3]);
    assert_eq!(world.stored(second).await?, [true, true, false]);
    Ok(())
}

#[tokio::test]
async fn whoever_writes_last_the_index_ends_as_the_catalog_does() -> Result<()> {
    let world = World::new(Plan::Premium).await?;
    let document = indexed(&world, "a heron in the reeds").await?;
    let catalog = &world.environment.catalog;
    for race in 0..RACES {
        let trash_and_restore = async {
            catalog.trash(document.owner, document.id).await?;
            world
                .run(RefreshIndex {
                    document: document.version_id,
                })
                .await?;
            if race % 2 == 0 {
                catalog.restore(document.owner, document.id).await?;
                world
                    .run(RefreshIndex {
                        document: document.version_id,
                    })
                    .await?;
            }
            anyhow::Ok(())
        };
        let with_text = true;
        let late = world.run(IndexDocument {
            document: document.version_id,
            with_text,
        });
        let (changed, late) = tokio::join!(trash_and_restore, late);
        changed?;
        late?;
        let found = world.found("heron").await?;
        assert_eq!(found.is_empty(), race % 2 == 1, "race {race}");
        catalog.restore(document.owner, document.id).await?;
        world
            .run(RefreshIndex {
                document: document.version_id,
            })
            .await?;
    }
    Ok(())
}
