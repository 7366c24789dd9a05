//! The life of an upload as the API sees it: a form that reserves quota, the client's word that it has begun, the
//! object's arrival. Whatever is asked may be asked again: the answer and the event are the same.

use std::collections::BTreeMap;
use std::time::Duration;

use docstore_activities::catalog::{Arrival, Document, DocumentState, NewUpload, Reservation};
use docstore_activities::ports::objects::{ObjectHead, ObjectKey, SIGNED_LIFE_MAX, SignedForm, UploadPolicy};
use docstore_activities::uploaded_parts;
use uuid::Uuid;

use crate::app::App;
use crate::events::{DocumentEvent, Event};
use crate::input;
use crate::problem::{Problem, Result};

/// The metadata field of an object that carries the document's title.
const TITLE: &str = "title";
/// The metadata field of an object that carries the document's tags, separated by commas.
const TAGS: &str = "tags";

/// What a client wants to upload; every text has been checked.
pub struct Wanted {
    /// The document that it will be a version of; without it, a new one.
    pub version_of: Option<Uuid>,
    /// The file's name, to be shown.
    pub file_name: String,
    /// The document's title, to be shown.
    pub title: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The content type that the client declares.
    pub content_type: String,
    /// The size in bytes, where the client knows it.
    pub size: Option<u64>,
    /// Whether the object store sends the client to the completion page.
    pub redirect: bool,
}

/// A form for a document that has been entered.
pub struct Issued {
    /// The document.
    pub document: Uuid,
    /// The number of the version that the file will be.
    pub version: i32,
    /// The most bytes that the form takes.
    pub max_bytes: u64,
    /// What to post.
    pub form: SignedForm,
}

/// Enters a document or a version, reserves its size and signs the form that uploads it.
pub async fn issue_form(app: &App, owner: Uuid, wanted: &Wanted) -> Result<Issued> {
    let entered = enter(app, owner, wanted, app.site.form_lifetime).await?;
    let (document, reservation) = (entered.document, entered.reservation);
    let policy = UploadPolicy {
        key: entered.key,
        content_type: wanted.content_type.clone(),
        bytes_min: 0,
        bytes_max: reservation.max_bytes,
        metadata: metadata(wanted),
        open_metadata: Vec::new(),
        success_redirect: wanted.redirect.then(|| {
            let (site, version) = (&app.site.public_url, reservation.version);
            format!("{site}/uploads/complete?document={document}&version={version}")
        }),
        expires_at: reservation.expires,
    };
    match app.objects.upload_form(&policy).await {
        Ok(form) => Ok(Issued {
            document,
            version: reservation.version,
            max_bytes: reservation.max_bytes,
            form,
        }),
        Err(error) => {
            app.catalog.abandon(entered.version_id).await?;
            Err(error.into())
        }
    }
}

/// Enters a document or a version, reserves its size and begins its upload in parts. It may take as long as links
/// live.
pub async fn begin_parts(app: &App, owner: Uuid, wanted: &Wanted, bytes: u64) -> Result<Document> {
    let entered = enter(app, owner, wanted, SIGNED_LIFE_MAX).await?;
    let begun = app.objects.begin_parts(&entered.key, &wanted.content_type).await;
    let name = match begun {
        Ok(name) => name,
        Err(error) => {
            app.catalog.abandon(entered.version_id).await?;
            return Err(error.into());
        }
    };
    app.catalog.record_parts(entered.version_id, &name, bytes).await?;
    let version = entered.reservation.version;
    Ok(app
        .catalog
        .owned_version(owner, entered.document, version)
        .await?)
}

/// A document or a version that has been entered.
struct Entered {
    document: Uuid,
    version_id: Uuid,
    key: ObjectKey,
    reservation: Reservation,
}

async fn enter(app: &App, owner: Uuid, wanted: &Wanted, lifetime: Duration) -> Result<Entered> {
    input::check_labels(&wanted.title, &wanted.tags)?;
    if wanted.size.is_some_and(|size| size > app.site.max_document_bytes) {
        let limit = app.site.max_document_bytes;
        return Err(Problem::invalid(
            "size",
            format!("a document has at most {limit} bytes"),
        ));
    }
    let version_id = Uuid::now_v7();
    // Nothing that a user typed is in a key, and every owner has a prefix of his own.
    let key = ObjectKey::new(format!("{owner}/{version_id}/original")).map_err(Problem::internal)?;
    let reservation = app
        .catalog
        .reserve_upload(&NewUpload {
            id: version_id,
            version_of: wanted.version_of,
            owner,
            object_key: key.as_str(),
            file_name: &wanted.file_name,
            title: &wanted.title,
            tags: &wanted.tags,
            declared_type: &wanted.content_type,
            size: wanted.size,
            max_size: app.site.max_document_bytes,
            form_lifetime: lifetime,
        })
        .await?;
    Ok(Entered {
        document: wanted.version_of.unwrap_or(version_id),
        version_id,
        key,
        reservation,
    })
}

/// The client has begun to upload.
pub async fn begin(app: &App, document: &Document) -> Result<Document> {
    let document = app
        .catalog
        .upload_begun(document.owner, document.version_id)
        .await?;
    if matches!(
        document.state,
        DocumentState::AwaitingUpload | DocumentState::Uploading
    ) {
        Event::UploadInitiated(DocumentEvent::now(document.version_id, document.owner))
            .send(&*app.queue)
            .await?;
    }
    Ok(document)
}

/// The client says that the object is there: looks, writes down what the object store knows of it, and says so to the
/// rest of DocStore.
pub async fn complete(app: &App, document: Document) -> Result<Document> {
    match document.state {
        DocumentState::Deleting => return Err(Problem::NotFound),
        state if state.is_final() => return Ok(document),
        _ => {}
    }
    let key = ObjectKey::new(document.object_key.clone()).map_err(Problem::internal)?;
    let head = match app.objects.head(&key).await? {
        Some(head) => head,
        None if uploaded_parts::join(&*app.objects, &key, &document).await? => {
            app.objects.head(&key).await?.ok_or(Problem::NotUploaded)?
        }
        None => return Err(Problem::NotUploaded),
    };
    let document = record_arrival(app, document.version_id, &head).await?;
    if document.state == DocumentState::Processing {
        Event::UploadComplete(DocumentEvent::now(document.version_id, document.owner))
            .send(&*app.queue)
            .await?;
    }
    Ok(document)
}

async fn record_arrival(app: &App, version_id: Uuid, head: &ObjectHead) -> Result<Document> {
    // Whoever else writes to the bucket may write what he likes: what does not pass the checks is left as it was.
    let title = head
        .metadata
        .get(TITLE)
        .and_then(|title| input::line(TITLE, title, input::MAX_NAME_CHARS).ok());
    let tags = head
        .metadata
        .get(TAGS)
        .and_then(|tags| input::tags(split_tags(tags)).ok());
    let arrival = Arrival {
        size: head.size,
        etag: Some(&head.etag),
        title: title.as_deref(),
        tags: tags.as_deref(),
    };
    Ok(app.catalog.record_arrival(version_id, &arrival).await?)
}

/// Tags as a form field and an object's metadata have them.
pub fn split_tags(tags: &str) -> impl Iterator<Item = &str> {
    tags.split(',').map(str::trim).filter(|tag| !tag.is_empty())
}

fn metadata(wanted: &Wanted) -> BTreeMap<String, String> {
    let mut metadata = BTreeMap::from([(TITLE.to_owned(), wanted.title.clone())]);
    if !wanted.tags.is_empty() {
        metadata.insert(TAGS.to_owned(), wanted.tags.join(","));
    }
    metadata
}
