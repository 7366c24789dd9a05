//! Changing what a document is called and tagged with.

use uuid::Uuid;

use super::{Document, indexing::INDEXED_WITHIN};
use crate::catalog::{Catalog, CatalogError, Result};

/// What is to be changed; the rest stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Edit<'a> {
    /// At most 255 characters.
    pub title: Option<&'a str>,
    /// At most 20, in place of all that there are.
    pub tags: Option<&'a [String]>,
}

/// Why a document was not edited.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It is another version or revision than the caller has seen.
    #[error("the document has changed meanwhile; read it again")]
    Changed,
    /// It could not be asked for.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

impl From<sqlx::Error> for EditError {
    fn from(error: sqlx::Error) -> Self {
        Self::Catalog(error.into())
    }
}

impl Catalog {
    /// Edits the document that was `seen`. With `unless_changed` only if it still is what was seen, version and
    /// revision.
    pub async fn edit(
        &self,
        seen: &Document,
        edit: &Edit<'_>,
        unless_changed: bool,
    ) -> std::result::Result<Document, EditError> {
        let edited: Option<Document> = sqlx::query_as(
            "UPDATE documents SET title = coalesce($3, title), tags = coalesce($4, tags), edited = clock_timestamp(),
                modified = now(), index_due = now() + make_interval(secs => $6)
             WHERE lineage = $1 AND owner = $2 AND current AND state <> 'deleting'
                AND ($5::bigint IS NULL OR (revision = $5 AND id = $7))
             RETURNING *",
        )
        .bind(seen.id)
        .bind(seen.owner)
        .bind(edit.title)
        .bind(edit.tags)
        .bind(unless_changed.then_some(seen.revision))
        .bind(INDEXED_WITHIN.as_secs_f64())
        .bind(seen.version_id)
        .fetch_optional(self.pool())
        .await?;
        match edited {
            Some(edited) => Ok(edited),
            None => Err(self.why_not_edited(seen.owner, seen.id, unless_changed).await?),
        }
    }

    async fn why_not_edited(&self, owner: Uuid, id: Uuid, conditional: bool) -> Result<EditError> {
        let found = self.owned_document(owner, id).await?;
        if conditional && found.state != super::DocumentState::Deleting {
            Ok(EditError::Changed)
        } else {
            Ok(CatalogError::NoSuchDocument.into())
        }
    }
}
