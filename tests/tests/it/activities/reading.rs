//! What an object is, when it has come, and what is read of it.

use anyhow::Result;
use docstore_activities::catalog::{DocumentState, Outcome, Plan};
use docstore_activities::extract::{DocumentKind, ExtractError};
use docstore_activities::search::PageText;
use docstore_activities::{
    CheckUploadStatus, ExtractText, FinishDocument, IndexDocument, MakeThumbnail, NOTHING_TO_DO,
    ReadObjectMetadata, Stored, TextFacts, UploadStatus, VerifyProcessed,
};

use super::{World, sample};

const TEXT_BYTES_MAX: u64 = 1_000_000;

#[tokio::test]
async fn an_upload_is_seen_when_it_is_there() -> Result<()> {
    let world = World::new(Plan::Free).await?;
    let document = world.awaited().await?;
    assert_eq!(
        world.run(CheckUploadStatus { document }).await?,
        UploadStatus::Awaited
    );
    let missing = world.run(ReadObjectMetadata { document }).await.unwrap_err();
    assert_eq!(&*missing.reason, "no_object");
    world.upload(document, "here").await?;
    assert_eq!(
        world.run(CheckUploadStatus { document }).await?,
        UploadStatus::Arrived
    );
    sqlx::query("UPDATE documents SET form_expires = now() - interval '1 day'")
        .execute(world.environment.catalog.pool())
        .await?;
    assert_eq!(
        world.run(CheckUploadStatus { document }).await?,
        UploadStatus::Arrived,
        "late is not lost"
    );
    let never = world.awaited().await?;
    sqlx::query("UPDATE documents SET form_expires = now() - interval '1 day'")
        .execute(world.environment.catalog.pool())
        .await?;
    let status = world.run(CheckUploadStatus { document: never }).await?;
    assert_eq!(status, UploadStatus::Expired);
    Ok(())
}

#[tokio::test]
async fn an_object_is_what_its_content_says() -> Result<()> {
    let world = World::new(Plan::Premium).await?;
    let content = sample("lease-agreement.pdf")?;
    let size = content.len() as u64;
    let document = world.arrived(content).await?;
    for _ in 0..2 {
        let facts = world.run(ReadObjectMetadata { document }).await?;
        assert_eq!(
            (facts.kind, facts.plan, facts.size),
            (DocumentKind::Pdf, Plan::Premium, size)
        );
    }
    assert!(!world.run(VerifyProcessed { document }).await?);
    let finish = |outcome| {
        world.run(FinishDocument {
            document,
            attempt: 0,
            outcome,
        })
    };
    assert_eq!(finish(Outcome::Ready).await?, DocumentState::Ready);
    assert_eq!(finish(Outcome::Ready).await?, DocumentState::Ready);
    assert!(world.run(VerifyProcessed { document }).await?);
    let again = world.run(ReadObjectMetadata { document }).await.unwrap_err();
    assert_eq!(&*again.reason, NOTHING_TO_DO);

    let empty = world.arrived("").await?;
    let facts = world.run(ReadObjectMetadata { document: empty }).await?;
    assert_eq!(facts.unreadable, Some(ExtractError::Empty));
    Ok(())
}

#[tokio::test]
async fn text_is_stored_and_found_page_by_page() -> Result<()> {
    let world = World::new(Plan::Premium).await?;
    let document = world.arrived(sample("lease-agreement.pdf")?).await?;
    let (once, again) = tokio::join!(
        world.run(ExtractText { document }),
        world.run(ExtractText { document })
    );
    let facts = TextFacts {
        pages: 3,
        without_text: 0,
        truncated: false,
        missing: None,
    };
    assert_eq!(once?, facts);
    assert_eq!(again?, facts);
    let key = Stored::Text.key(world.account.id, document)?;
    let text = world.environment.objects.get(&key, TEXT_BYTES_MAX).await?;
    let pages: Vec<PageText> = serde_json::from_slice(&text)?;
    assert_eq!(
        pages.iter().map(|page| page.number).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert!(pages[1].text.contains("dilapidations"), "{}", pages[1].text);

    for _ in 0..2 {
        let indexed = world
            .run(IndexDocument {
                document,
                with_text: true,
            })
            .await?;
        assert_eq!(indexed.pages, 3);
    }
    assert_eq!(world.found("dilapidations").await?, [document]);
    assert!(world.run(MakeThumbnail { document }).await?);
    assert_eq!(world.stored(document).await?, [true; 3]);
    Ok(())
}

#[tokio::test]
async fn what_can_not_be_read_is_a_typed_failure_that_stands() -> Result<()> {
    let world = World::new(Plan::Premium).await?;
    for (name, reason) in [
        ("payroll-encrypted.pdf", "encrypted"),
        ("broken-download.pdf", "corrupt"),
        ("zip-bomb.docx", "too_large"),
    ] {
        let document = world.arrived(sample(name)?).await?;
        let error = world.run(ExtractText { document }).await.unwrap_err();
        assert_eq!((&*error.reason, error.retryable), (reason, false), "{name}");
        assert_eq!(world.stored(document).await?, [true, false, false]);
    }
    Ok(())
}
