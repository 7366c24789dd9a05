//! Uploads of large files in parts: an interrupted one goes on where it was.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use docstore_activities::catalog::Document;
use docstore_activities::ports::objects::ObjectKey;
use docstore_activities::ports::objects::parts::PartsUpload;
use docstore_activities::uploaded_parts::cut_of;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::{App, AppState};
use crate::auth::{Login, OwnedVersion};
use crate::input::{self, Body, Bytes, ContentType, MAX_NAME_CHARS, Name, Tag};
use crate::problem::{Problem, ProblemBody, Result};
use crate::uploads::{self, Wanted};

/// Links that are given out at once.
const LINKS_MAX: usize = 50;

/// A large document to be uploaded.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartsRequest {
    /// The file's name. It is shown and never part of a path.
    #[schema(example = "archive 2024.pdf")]
    file_name: Name,
    /// The content type; `application/octet-stream` without it.
    #[schema(example = "application/pdf")]
    content_type: Option<ContentType>,
    /// Its size in bytes, which is reserved.
    #[schema(value_type = u64, minimum = 1, maximum = 9007199254740991u64)]
    size: Bytes,
    /// The document's title; the file's name without it. A further version keeps the document's.
    title: Option<Name>,
    /// The document's tags. A further version keeps the document's.
    #[serde(default)]
    #[schema(max_items = 20)]
    tags: Vec<Tag>,
    /// The document that this is a new version of.
    version_of: Option<Uuid>,
}

/// An upload in parts, and what is missing of it.
#[derive(Serialize, ToSchema)]
#[schema(as = PartsUpload)]
pub struct PartsBody {
    /// The document that the file will be, or will be a version of.
    document: Uuid,
    /// The number of that version.
    version: i32,
    /// How many parts there are.
    parts: u32,
    /// Bytes of every part but the last.
    part_bytes: u64,
    /// Parts that have arrived.
    arrived: u32,
    /// Parts that have not arrived: at most 50 of them, the first first. Put each to its link; ask again for further
    /// ones. When nothing is missing, call `upload-complete`.
    missing: Vec<PartBody>,
    /// When the upload ends, if it is not complete before.
    expires: DateTime<Utc>,
}

/// A part that has not arrived.
#[derive(Serialize, ToSchema)]
#[schema(as = Part)]
pub struct PartBody {
    /// Its number, from 1: it begins at byte `(number - 1) * part_bytes` of the file.
    number: u32,
    /// Its length; nothing else is taken.
    bytes: u64,
    /// Where to put it, without further credentials. Good for as long as a form is.
    url: String,
}

/// Begin an upload in parts
///
/// For large files, and for connections that break: parts are put one by one, in any order or at the same time, and what
/// has arrived stays.
#[utoipa::path(post, operation_id = "begin_parts", path = "/v1/uploads/in-parts", tag = "uploads", request_body = PartsRequest, responses(
    (status = 201, description = "The upload, with links for its first parts", body = PartsBody),
    (status = 403, description = "It does not fit in the quota", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "It is to be a version of a document that is not yours", body = ProblemBody, content_type = "application/problem+json"),
    (status = 409, description = "The document lies in the trash, or has too many versions", body = ProblemBody, content_type = "application/problem+json"),
    (status = 401, description = "Not logged in", body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn begin(
    State(app): State<AppState>,
    login: Login,
    Body(asked): Body<PartsRequest>,
) -> Result<(StatusCode, Json<PartsBody>)> {
    let size = asked.size.0;
    if size == 0 {
        return Err(Problem::invalid(
            "size",
            "is at least 1; an empty file takes a form",
        ));
    }
    let owner = login.account_id();
    let file_name = input::line("file_name", &asked.file_name, MAX_NAME_CHARS)?;
    let (title, tags) = match asked.version_of {
        Some(document) => {
            let document = app.catalog.owned_document(owner, document).await?;
            (document.title, document.tags)
        }
        None => {
            let title = asked.title.as_deref().unwrap_or(&file_name);
            let title = input::line("title", title, MAX_NAME_CHARS)?;
            (title, input::tags(asked.tags.iter().map(|tag| &**tag))?)
        }
    };
    let wanted = Wanted {
        version_of: asked.version_of,
        file_name,
        title,
        tags,
        content_type: input::content_type(asked.content_type.as_deref())?,
        size: Some(size),
        redirect: false,
    };
    let version = uploads::begin_parts(&app, owner, &wanted, size).await?;
    Ok((StatusCode::CREATED, Json(state_of(&app, version).await?)))
}

/// What is missing of an upload in parts
///
/// With links for the missing parts: to begin with, and to go on after an interruption.
#[utoipa::path(get, operation_id = "missing_parts", path = "/v1/documents/{document}/versions/{version}/parts", tag = "uploads",
    params(("document" = Uuid, Path, description = "The document"), ("version" = i32, Path, description = "The number of the version")),
    responses(
    (status = 200, description = "The upload", body = PartsBody),
    (status = 404, description = "No version of a document of yours, or one that does not come in parts, or one that has arrived",
        body = ProblemBody, content_type = "application/problem+json"),
))]
pub async fn missing(State(app): State<AppState>, owned: OwnedVersion) -> Result<Json<PartsBody>> {
    Ok(Json(state_of(&app, owned.version).await?))
}

async fn state_of(app: &App, version: Document) -> Result<PartsBody> {
    let (Some(name), Some(cut)) = (&version.upload_name, cut_of(&version)) else {
        return Err(Problem::NotFound);
    };
    if !version.state.is_awaited() {
        return Err(Problem::NotFound);
    }
    let key = ObjectKey::new(version.object_key.clone()).map_err(Problem::internal)?;
    let upload = PartsUpload { key: &key, name };
    let arrived = app.objects.arrived_parts(&upload).await?;
    let is_missing = |number: &u32| {
        let there = arrived.iter().find(|part| part.number == *number);
        there.map(|part| part.bytes) != cut.bytes_of(*number)
    };
    let numbers: Vec<u32> = (1..=cut.count()).filter(is_missing).collect();
    let mut missing = Vec::new();
    for number in numbers.iter().copied().take(LINKS_MAX) {
        let bytes = cut.bytes_of(number).unwrap_or(0);
        let life = app.site.form_lifetime;
        let url = app.objects.signed_part(&upload, number, bytes, life).await?;
        missing.push(PartBody { number, bytes, url });
    }
    Ok(PartsBody {
        document: version.id,
        version: version.version,
        parts: cut.count(),
        part_bytes: cut.part_bytes,
        arrived: cut.count() - u32::try_from(numbers.len()).unwrap_or(0),
        missing,
        expires: version.form_expires,
    })
}
