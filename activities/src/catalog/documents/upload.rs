//! The way of a document into the store: a form that reserves quota, the upload, the arrival or its absence.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Document, DocumentState, MAX_VERSIONS, versions};
use crate::catalog::{Catalog, CatalogError, Result, Usage, to_bigint, usage};

/// Forms that an account may hold without having uploaded to them.
pub const MAX_OPEN_FORMS: i64 = 1_000;

/// Of these, forms that declare no size. They reserve nothing, so together they bound how far an account can go
/// over its quota.
pub const MAX_OPEN_UNSIZED_FORMS: i64 = 4;

/// An upload that began before its form expired may still be on its way so long after.
pub const UNDER_WAY: Duration = Duration::from_secs(900);

/// How long after its form expired, or after it arrived, an unsettled document is looked at again.
pub(super) const CHECK_AFTER: Duration = Duration::from_secs(2 * 60);

/// A document, or a version of one, that is to be uploaded.
#[derive(Clone, Debug)]
pub struct NewUpload<'a> {
    /// The id of its version, a UUID of version 7; the document's too, if this is its first.
    pub id: Uuid,
    /// The document that it will be a version of, if there is one already.
    pub version_of: Option<Uuid>,
    /// The account that it will belong to.
    pub owner: Uuid,
    /// Where the object will be.
    pub object_key: &'a str,
    /// At most 255 characters.
    pub file_name: &'a str,
    /// At most 255 characters. A further version takes over the document's.
    pub title: &'a str,
    /// At most 20. A further version takes over the document's.
    pub tags: &'a [String],
    /// The content type that the client declares.
    pub declared_type: &'a str,
    /// The size in bytes that the client declares. Without one nothing is reserved, and the form takes what is left.
    pub size: Option<u64>,
    /// No document may have more bytes.
    pub max_size: u64,
    /// How long the form is valid, or the upload in parts may take.
    pub form_lifetime: Duration,
}

/// What an upload form may promise.
#[derive(Clone, Copy, Debug)]
pub struct Reservation {
    /// The number of the version.
    pub version: i32,
    /// The bytes that the object may have at most.
    pub max_bytes: u64,
    /// When the form ends.
    pub expires: DateTime<Utc>,
}

/// An object that has arrived.
#[derive(Clone, Debug)]
pub struct Arrival<'a> {
    /// Its size in bytes.
    pub size: u64,
    /// The object store's tag of the content.
    pub etag: Option<&'a str>,
    /// The title that came with the object, where it differs from the one given before.
    pub title: Option<&'a str>,
    /// The tags that came with the object, where they differ from those given before.
    pub tags: Option<&'a [String]>,
}

impl Catalog {
    /// Enters a document that awaits its upload and reserves its declared size. Never reserves more than the quota,
    /// however many ask at once: the account's usage row is locked first.
    pub async fn reserve_upload(&self, new: &NewUpload<'_>) -> Result<Reservation> {
        let mut tx = self.pool.begin().await?;
        let version = next_version(&mut tx, new).await?;
        let usage: Usage = sqlx::query_as("SELECT * FROM account_usage WHERE account_id = $1 FOR UPDATE")
            .bind(new.owner)
            .fetch_optional(&mut *tx)
            .await?
            .ok_or(CatalogError::NoSuchAccount)?;
        let max_bytes = admissible_bytes(&usage, new)?;
        check_open_forms(&mut tx, new).await?;
        let reserved = new.size.unwrap_or(0);
        let expires = insert(&mut tx, new, version, reserved).await?;
        sqlx::query("UPDATE account_usage SET bytes_reserved = bytes_reserved + $2 WHERE account_id = $1")
            .bind(new.owner)
            .bind(to_bigint(reserved))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Reservation {
            version,
            max_bytes,
            expires,
        })
    }

    /// This version comes in parts, in the upload that the object store calls so.
    pub async fn record_parts(&self, version_id: Uuid, upload_name: &str, bytes: u64) -> Result<()> {
        sqlx::query("UPDATE documents SET upload_name = $2, declared_bytes = $3 WHERE id = $1")
            .bind(version_id)
            .bind(upload_name)
            .bind(to_bigint(bytes))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The client has begun to upload this version.
    pub async fn upload_begun(&self, owner: Uuid, version_id: Uuid) -> Result<Document> {
        let begun: Option<Document> = sqlx::query_as(
            "UPDATE documents SET state = 'uploading', upload_begun = now(), modified = now()
             WHERE id = $1 AND owner = $2 AND state = 'awaiting_upload' RETURNING *",
        )
        .bind(version_id)
        .bind(owner)
        .fetch_optional(&self.pool)
        .await?;
        let found = match begun {
            Some(begun) => begun,
            None => self.document(version_id).await?,
        };
        if found.owner == owner {
            Ok(found)
        } else {
            Err(CatalogError::NoSuchDocument)
        }
    }

    /// The object has been seen in the object store: the version is being processed from here on, and is the current
    /// one if no newer one has arrived. One that was given up returns.
    pub async fn record_arrival(&self, version_id: Uuid, arrival: &Arrival<'_>) -> Result<Document> {
        let found = self.document(version_id).await?;
        let mut tx = self.pool.begin().await?;
        let versions = versions::lock(&mut tx, found.owner, found.id).await?;
        let arrived = sqlx::query(
            "UPDATE documents SET state = 'processing', size = $2, etag = $3,
                title = CASE WHEN edited IS NULL THEN coalesce($4, title) ELSE title END,
                tags = CASE WHEN edited IS NULL THEN coalesce($5, tags) ELSE tags END,
                uploaded = now(), modified = now(), next_check = now() + make_interval(secs => $6)
             WHERE id = $1 AND state IN ('awaiting_upload', 'uploading', 'abandoned')",
        )
        .bind(version_id)
        .bind(to_bigint(arrival.size))
        .bind(arrival.etag)
        .bind(arrival.title)
        .bind(arrival.tags)
        .bind(CHECK_AFTER.as_secs_f64())
        .execute(&mut *tx)
        .await?;
        if arrived.rows_affected() == 1 {
            versions::make_current(&mut tx, &versions, version_id).await?;
        }
        tx.commit().await?;
        self.document(version_id).await
    }

    /// No object came before the form expired: gives back what was reserved. A document that did arrive stays.
    /// Returns the state after it.
    pub async fn abandon(&self, document: Uuid) -> Result<DocumentState> {
        let mut tx = self.pool.begin().await?;
        let found: Option<(Uuid, DocumentState, i64)> =
            sqlx::query_as("SELECT owner, state, reserved_bytes FROM documents WHERE id = $1 FOR UPDATE")
                .bind(document)
                .fetch_optional(&mut *tx)
                .await?;
        let (owner, state, reserved) = found.ok_or(CatalogError::NoSuchDocument)?;
        if !matches!(state, DocumentState::AwaitingUpload | DocumentState::Uploading) {
            return Ok(state);
        }
        sqlx::query(
            "UPDATE documents SET state = 'abandoned', reserved_bytes = 0, modified = now() WHERE id = $1",
        )
        .bind(document)
        .execute(&mut *tx)
        .await?;
        usage::release(&mut tx, owner, reserved).await?;
        tx.commit().await?;
        Ok(DocumentState::Abandoned)
    }
}

/// The most bytes that a form may admit, or why there can be none.
fn admissible_bytes(usage: &Usage, new: &NewUpload<'_>) -> Result<u64> {
    let left = usage.bytes_left();
    if usage.over_quota {
        return Err(CatalogError::OverQuota);
    }
    match new.size {
        Some(asked) if asked > left => Err(CatalogError::QuotaExceeded { asked, left }),
        Some(asked) => Ok(asked),
        None if left == 0 => Err(CatalogError::QuotaExceeded { asked: 1, left }),
        None => Ok(left.min(new.max_size)),
    }
}

async fn check_open_forms(connection: &mut PgConnection, new: &NewUpload<'_>) -> Result<()> {
    let (open, unsized_open): (i64, i64) = sqlx::query_as(
        "SELECT count(*), count(*) FILTER (WHERE reserved_bytes = 0) FROM documents
         WHERE owner = $1 AND state IN ('awaiting_upload', 'uploading')",
    )
    .bind(new.owner)
    .fetch_one(connection)
    .await?;
    if open >= MAX_OPEN_FORMS {
        return Err(CatalogError::TooManyOpenForms {
            limit: MAX_OPEN_FORMS,
        });
    }
    if new.size.is_none() && unsized_open >= MAX_OPEN_UNSIZED_FORMS {
        return Err(CatalogError::TooManyOpenForms {
            limit: MAX_OPEN_UNSIZED_FORMS,
        });
    }
    Ok(())
}

/// The number of the version that is to be uploaded. The versions that there are get locked, so that no two get one
/// number.
async fn next_version(connection: &mut PgConnection, new: &NewUpload<'_>) -> Result<i32> {
    let Some(document) = new.version_of else {
        return Ok(1);
    };
    let versions = versions::lock(connection, new.owner, document).await?;
    let current = versions.iter().find(|version| version.current);
    match current {
        Some(current) if current.trashed.is_some() => return Err(CatalogError::InTrash),
        Some(current) if current.state != DocumentState::Deleting => {}
        _ => return Err(CatalogError::NoSuchDocument),
    }
    let kept = versions
        .iter()
        .filter(|version| version.state != DocumentState::Abandoned)
        .count();
    if kept >= MAX_VERSIONS {
        return Err(CatalogError::TooManyVersions { limit: MAX_VERSIONS });
    }
    Ok(versions.last().map_or(1, |last| last.version + 1))
}

async fn insert(
    connection: &mut PgConnection,
    new: &NewUpload<'_>,
    version: i32,
    reserved: u64,
) -> Result<DateTime<Utc>> {
    let expires = sqlx::query_scalar(
        "WITH entered AS (
            INSERT INTO documents (id, owner, object_key, file_name, title, tags, declared_type, state, reserved_bytes,
                form_expires, next_check, lineage, version, current)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 'awaiting_upload', $8,
                now() + make_interval(secs => $9), now() + make_interval(secs => $10), $11, $12, $12 = 1)
            RETURNING id, object_key, form_expires),
         form AS (
            INSERT INTO upload_forms (version_id, object_key, due)
            SELECT id, object_key, form_expires + make_interval(secs => $13) FROM entered)
         SELECT form_expires FROM entered",
    )
    .bind(new.id)
    .bind(new.owner)
    .bind(new.object_key)
    .bind(new.file_name)
    .bind(new.title)
    .bind(new.tags)
    .bind(new.declared_type)
    .bind(to_bigint(reserved))
    .bind(new.form_lifetime.as_secs_f64())
    .bind((new.form_lifetime + CHECK_AFTER).as_secs_f64())
    .bind(new.version_of.unwrap_or(new.id))
    .bind(version)
    .bind(UNDER_WAY.as_secs_f64())
    .fetch_one(connection)
    .await?;
    Ok(expires)
}
