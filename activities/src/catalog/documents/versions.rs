//! The versions of a document: which there are, and which of them is current.

use sqlx::PgConnection;
use uuid::Uuid;

use super::Document;
use crate::catalog::{Catalog, CatalogError, Result};

/// Versions of one document that are kept at a time; further ones need older ones to be deleted.
pub const MAX_VERSIONS: usize = 100;

impl Catalog {
    /// The versions of a document of `owner`, the newest first; not those that were given up.
    pub async fn versions(&self, owner: Uuid, document: Uuid) -> Result<Vec<Document>> {
        let versions: Vec<Document> = sqlx::query_as(
            "SELECT * FROM documents WHERE lineage = $1 AND owner = $2 AND state <> 'abandoned' ORDER BY version DESC",
        )
        .bind(document)
        .bind(owner)
        .fetch_all(&self.pool)
        .await?;
        if versions.is_empty() {
            return Err(CatalogError::NoSuchDocument);
        }
        Ok(versions)
    }

    /// One version of a document of `owner`.
    pub async fn owned_version(&self, owner: Uuid, document: Uuid, version: i32) -> Result<Document> {
        sqlx::query_as("SELECT * FROM documents WHERE lineage = $1 AND owner = $2 AND version = $3")
            .bind(document)
            .bind(owner)
            .bind(version)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(CatalogError::NoSuchDocument)
    }
}

/// All versions of a document of `owner`, locked in their order.
pub(super) async fn lock(
    connection: &mut PgConnection,
    owner: Uuid,
    document: Uuid,
) -> Result<Vec<Document>> {
    sqlx::query("SELECT 1 FROM documents WHERE lineage = $1 AND owner = $2 ORDER BY version FOR UPDATE")
        .bind(document)
        .bind(owner)
        .execute(&mut *connection)
        .await?;
    // Read anew: what was entered while this waited for the locks was not there when it began to.
    let versions: Vec<Document> =
        sqlx::query_as("SELECT * FROM documents WHERE lineage = $1 AND owner = $2 ORDER BY version")
            .bind(document)
            .bind(owner)
            .fetch_all(connection)
            .await?;
    if versions.is_empty() {
        return Err(CatalogError::NoSuchDocument);
    }
    Ok(versions)
}

/// Makes a version that has arrived the current one, unless a newer one has. It takes over what holds for the document:
/// title, tags, age and place. All `versions` of the document are locked.
pub(super) async fn make_current(
    connection: &mut PgConnection,
    versions: &[Document],
    version_id: Uuid,
) -> Result<()> {
    let current = versions.iter().find(|version| version.current);
    let arrived = versions.iter().find(|version| version.version_id == version_id);
    let (Some(old), Some(new)) = (current, arrived) else {
        return Ok(());
    };
    if old.version >= new.version {
        return Ok(());
    }
    sqlx::query("UPDATE documents SET current = false, trashed = NULL WHERE id = $1")
        .bind(old.version_id)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "UPDATE documents AS new SET current = true, title = old.title, tags = old.tags, edited = old.edited,
            created = old.created, trashed = $3
         FROM documents AS old WHERE new.id = $1 AND old.id = $2",
    )
    .bind(new.version_id)
    .bind(old.version_id)
    .bind(old.trashed)
    .execute(connection)
    .await?;
    Ok(())
}
