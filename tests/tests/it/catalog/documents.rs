//! A document's states, under events that come twice, late and out of order.

use anyhow::Result;
use docstore_activities::catalog::{CatalogError, DocumentState, Metadata, Outcome, Plan, Reason};

use super::{arrival, create_account, fixture};

fn failed(code: &str) -> Outcome {
    Outcome::Failed(Reason {
        code: code.to_owned(),
        message: "It cannot be read.".to_owned(),
    })
}

#[tokio::test]
async fn the_first_outcome_stands() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let document = it.arrived(10).await?;
    assert_eq!(
        it.catalog.finish(document.id, 0, &failed("corrupt")).await?,
        DocumentState::Failed
    );
    assert_eq!(
        it.catalog.finish(document.id, 0, &Outcome::Ready).await?,
        DocumentState::Failed
    );
    let document = it.catalog.document(document.id).await?;
    assert_eq!(document.reason_code.as_deref(), Some("corrupt"));
    assert!(document.processed.is_some());
    Ok(())
}

#[tokio::test]
async fn what_comes_late_does_not_lead_back() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let document = it.arrived(10).await?;
    it.catalog.finish(document.id, 0, &Outcome::Ready).await?;
    let after_begun = it.catalog.upload_begun(it.account.id, document.id).await?;
    let after_arrival = it.catalog.record_arrival(document.id, &arrival(99)).await?;
    let after_abandon = it.catalog.abandon(document.id).await?;
    assert_eq!(
        (after_begun.state, after_arrival.state, after_abandon),
        (DocumentState::Ready, DocumentState::Ready, DocumentState::Ready)
    );
    assert_eq!(after_arrival.size, Some(10));
    Ok(())
}

#[tokio::test]
async fn progress_never_goes_back() -> Result<()> {
    let it = fixture(Plan::Premium).await?;
    let document = it.arrived(10).await?;
    for (done, total) in [(1, Some(5)), (4, None), (2, Some(5)), (9, Some(5))] {
        it.catalog.record_progress(document.id, done, total).await?;
    }
    let document = it.catalog.document(document.id).await?;
    assert_eq!(
        (document.pages_done, document.pages_total),
        (5, Some(5)),
        "never more than there are"
    );
    Ok(())
}

#[tokio::test]
async fn a_document_that_is_being_deleted_stays_so() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let document = it.arrived(10).await?;
    it.catalog.begin_delete(it.account.id, document.id).await?;
    assert_eq!(
        it.catalog.finish(document.id, 0, &Outcome::Ready).await?,
        DocumentState::Deleting
    );
    let metadata = Metadata {
        size: 10,
        sniffed_type: "text/plain",
        kind: "text",
        digest: [0; 32],
        index_wanted: 0,
    };
    it.catalog.record_metadata(document.id, &metadata).await?;
    it.catalog.finish_delete(document.id).await?;
    it.catalog.finish_delete(document.id).await?;
    assert!(matches!(
        it.catalog.record_metadata(document.id, &metadata).await,
        Err(CatalogError::NoSuchDocument)
    ));
    Ok(())
}

#[tokio::test]
async fn only_the_owner_finds_a_document() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let other = create_account(&it.catalog, "bob@example.com", Plan::Free).await?;
    let document = it.arrived(10).await?;
    assert!(
        it.catalog
            .owned_document(it.account.id, document.id)
            .await
            .is_ok()
    );
    for refused in [
        it.catalog.owned_document(other.id, document.id).await,
        it.catalog.upload_begun(other.id, document.id).await,
        it.catalog.trash(other.id, document.id).await,
        it.catalog.restore(other.id, document.id).await,
        it.catalog.retry(other.id, document.id).await,
        it.catalog.owned_version(other.id, document.id, 1).await,
    ] {
        assert!(matches!(refused, Err(CatalogError::NoSuchDocument)));
    }
    for refused in [
        it.catalog.begin_delete(other.id, document.id).await,
        it.catalog.versions(other.id, document.id).await,
    ] {
        assert!(matches!(refused, Err(CatalogError::NoSuchDocument)));
    }
    assert_eq!(
        it.catalog.document(document.id).await?.state,
        DocumentState::Processing
    );
    Ok(())
}

#[tokio::test]
async fn an_address_has_one_account_however_capitalised() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let again = create_account(&it.catalog, "ADA@example.com", Plan::Free).await;
    let refused = again.expect_err("the address is taken");
    assert!(matches!(refused.downcast_ref(), Some(CatalogError::EmailTaken)));
    let found = it.catalog.account_by_email("Ada@Example.com").await?;
    assert_eq!(found.map(|account| account.id), Some(it.account.id));
    Ok(())
}
