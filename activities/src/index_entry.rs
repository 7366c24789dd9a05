//! A document's entry in the index, made of what the catalog says now.

use apus::sdk::ActivityError;
use uuid::Uuid;

use crate::catalog::{CatalogError, Document, DocumentState, Plan};
use crate::environment::{Environment, TEXT_BYTES_MAX};
use crate::ports::objects::ObjectError;
use crate::search::{Indexed, IndexedDocument, PageText};
use crate::{NOTHING_TO_DO, Stored};

/// Whether a document is found by its text, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// By its name and tags only.
    None,
    /// By its text, which was extracted.
    Required,
    /// By its text, where the account pays for that and there is one.
    IfEntitled,
}

/// Brings the entry of a document in line with the catalog, and removes it where nobody is to find it. Whoever changes
/// the catalog first and calls this then can do both at the same time as others: what is written last is right, because
/// everybody looks again after he has written.
pub(crate) async fn bring_up_to_date(
    with: &Environment,
    document: Uuid,
    text: Text,
) -> Result<Indexed, ActivityError> {
    let mut known = current(with, document).await?;
    loop {
        let written = visible(known.as_ref());
        let mut indexed = Indexed::default();
        match &written {
            Some(entry) => {
                let pages = match &known {
                    Some(found) => pages(with, found, text).await?,
                    None => Vec::new(),
                };
                let entry = IndexedDocument {
                    pages,
                    ..entry.clone()
                };
                indexed = with.search.put(entry).await?;
            }
            None => with.search.remove(document).await?,
        }
        let seen_version = known.as_ref().map(|found| found.version_id);
        known = current(with, document).await?;
        let version = known.as_ref().map(|found| found.version_id);
        if visible(known.as_ref()) == written && version == seen_version {
            if let Some(found) = &known {
                with.catalog
                    .record_indexed(found.version_id, found.revision)
                    .await?;
            }
            return match known {
                Some(_) => Ok(indexed),
                None => Err(ActivityError::permanent(NOTHING_TO_DO, "the document is gone")),
            };
        }
    }
}

async fn current(with: &Environment, document: Uuid) -> Result<Option<Document>, ActivityError> {
    match with.catalog.current(document).await {
        Ok(found) => Ok(Some(found)),
        Err(CatalogError::NoSuchDocument) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What is to be found of a document, but for its text; nothing of one that has not arrived, lies in the trash or is
/// being deleted.
fn visible(document: Option<&Document>) -> Option<IndexedDocument> {
    let document = document.filter(|found| {
        found.uploaded.is_some() && found.trashed.is_none() && found.state != DocumentState::Deleting
    })?;
    Some(IndexedDocument {
        document: document.id,
        owner: document.owner,
        title: document.title.clone(),
        file_name: document.file_name.clone(),
        tags: document.tags.clone(),
        kind: document.kind.clone().unwrap_or_else(|| "unknown".into()),
        created: document.created,
        modified: document.modified,
        size: document
            .size
            .and_then(|size| u64::try_from(size).ok())
            .unwrap_or(0),
        pages: Vec::new(),
    })
}

async fn pages(with: &Environment, document: &Document, text: Text) -> Result<Vec<PageText>, ActivityError> {
    let required = match text {
        Text::None => return Ok(Vec::new()),
        Text::Required => true,
        Text::IfEntitled => {
            if with.catalog.account(document.owner).await?.plan == Plan::Free {
                return Ok(Vec::new());
            }
            false
        }
    };
    let key = Stored::Text.key(document.owner, document.version_id)?;
    match with.objects.get(&key, TEXT_BYTES_MAX).await {
        Ok(text) => Ok(serde_json::from_slice(&text)?),
        Err(ObjectError::NotFound(_)) if !required => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}
