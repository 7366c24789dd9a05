//! Uploads by form, straight from a browser: `POST /bucket` as `multipart/form-data`.
//!
//! s3s has such a handler, but it gathers the whole file in memory and refuses forms signed more
//! than 15 minutes ago. Here the file streams to disk and a form lives as long as its policy says.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Path, Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use futures::{StreamExt as _, stream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::grant::{Fields, Grant, Signer};
use super::refusal::Refusal;
use super::store::{Record, Store};
use crate::ports::objects::policy::FILE_FIELD;

/// Uploads by form at once; more are told to come back.
const UPLOADS_MAX: usize = 64;
/// Most fields before the file.
const FIELDS_MAX: usize = 64;
/// Most bytes of the fields before the file, as S3 limits them.
const FIELDS_BYTES_MAX: usize = 20 * 1024;
/// Bytes that may be read beyond what is accounted for: headers of parts, boundaries, and what
/// arrives in one piece with a field.
const SLACK_BYTES: u64 = 1024 * 1024;
/// Bytes that are still read, and thrown away, after a refusal. A browser that is cut off while it
/// sends shows a broken connection and not the answer.
const DRAIN_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// How long a client may send nothing.
const IDLE_MAX: Duration = Duration::from_secs(30);

/// What handling forms needs.
pub(super) struct Forms {
    signer: Signer,
    store: Store,
    uploads: Semaphore,
}

impl Forms {
    /// Takes forms that `signer` honours, into `store`.
    pub fn new(signer: Signer, store: Store) -> Self {
        Self {
            signer,
            store,
            uploads: Semaphore::new(UPLOADS_MAX),
        }
    }

    async fn receive(
        &self,
        bucket: &str,
        form: &mut Multipart,
        budget: &Budget,
    ) -> Result<Response, Refusal> {
        if bucket != self.signer.bucket {
            return Err(Refusal::NoSuchBucket);
        }
        let mut fields = FieldReader::default();
        while let Some(field) = form.next_field().await.map_err(malformed)? {
            let name = field
                .name()
                .ok_or(Refusal::MalformedPostRequest)?
                .to_ascii_lowercase();
            if name == FILE_FIELD {
                let grant = self.signer.check(fields.read, Utc::now())?;
                budget.allow(grant.bytes_max.saturating_add(SLACK_BYTES));
                return self.store_file(grant, field).await;
            }
            fields.read(name, field).await?;
        }
        Err(Refusal::MalformedPostRequest)
    }

    async fn store_file(&self, grant: Grant, mut file: Field<'_>) -> Result<Response, Refusal> {
        let mut upload = self.store.begin(grant.key).await.map_err(failed)?;
        while let Some(chunk) = file.chunk().await.map_err(malformed)? {
            if upload.size() + chunk.len() as u64 > grant.bytes_max {
                return Err(Refusal::EntityTooLarge);
            }
            upload.write(&chunk).await.map_err(failed)?;
        }
        if upload.size() < grant.bytes_min {
            return Err(Refusal::EntityTooSmall);
        }
        let record = upload.commit(grant.declared).await.map_err(failed)?;
        Ok(match grant.redirect {
            Some(address) => {
                let location = with_outcome(&address, &self.signer.bucket, &record);
                (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
            }
            None => (
                StatusCode::NO_CONTENT,
                [(header::ETAG, format!("\"{}\"", record.etag))],
            )
                .into_response(),
        })
    }
}

/// Handles `POST /bucket`.
pub(super) async fn post(
    State(forms): State<Arc<Forms>>,
    Path(bucket): Path<String>,
    request: Request,
) -> Response {
    let Ok(_permit) = forms.uploads.try_acquire() else {
        return Refusal::SlowDown.into_response();
    };
    let budget = Budget::default();
    let request = request.map(|body| budget.meter(body));
    let Ok(mut form) = Multipart::from_request(request, &()).await else {
        return Refusal::MalformedPostRequest.into_response();
    };
    match forms.receive(&bucket, &mut form, &budget).await {
        Ok(response) => response,
        Err(refusal) => {
            tracing::info!(reason = %refusal, "refused an upload form");
            budget.allow(DRAIN_BYTES_MAX);
            drain(&mut form).await;
            refusal.into_response()
        }
    }
}

/// The fields before the file, within their limits.
#[derive(Default)]
struct FieldReader {
    read: Fields,
    bytes: usize,
}

impl FieldReader {
    async fn read(&mut self, name: String, mut field: Field<'_>) -> Result<(), Refusal> {
        self.bytes += name.len();
        let mut value = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(malformed)? {
            self.bytes += chunk.len();
            if self.bytes > FIELDS_BYTES_MAX {
                return Err(Refusal::FieldsTooLarge);
            }
            value.extend_from_slice(&chunk);
        }
        if self.read.len() == FIELDS_MAX {
            return Err(Refusal::FieldsTooLarge);
        }
        let value = String::from_utf8(value).map_err(|_| Refusal::InvalidArgument)?;
        // Two fields of one name could be checked by the one and stored by the other.
        if self.read.insert(name, value).is_some() {
            return Err(Refusal::InvalidArgument);
        }
        Ok(())
    }
}

/// How many bytes of a request may still be read. Before the signature is known to be good that is
/// little, afterwards what the policy allows.
#[derive(Clone)]
struct Budget(Arc<AtomicU64>);

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(SLACK_BYTES)))
    }
}

impl Budget {
    fn allow(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }

    fn spend(&self, bytes: u64) -> Result<(), std::io::Error> {
        let spend = |left: u64| left.checked_sub(bytes);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend)
            .map(drop)
            .map_err(|_| std::io::Error::other("the request is larger than its form allows"))
    }

    /// The same body, ending in an error when the budget is spent or the client falls silent.
    fn meter(&self, body: Body) -> Body {
        let metered = stream::try_unfold(
            (body.into_data_stream(), self.clone()),
            |(mut body, budget)| async {
                let next = timeout(IDLE_MAX, body.next())
                    .await
                    .map_err(|_| std::io::ErrorKind::TimedOut)?;
                let Some(chunk) = next.transpose().map_err(std::io::Error::other)? else {
                    return Ok::<_, std::io::Error>(None);
                };
                budget.spend(chunk.len() as u64)?;
                Ok(Some((chunk, (body, budget))))
            },
        );
        Body::from_stream(metered)
    }
}

async fn drain(form: &mut Multipart) {
    while let Ok(Some(mut field)) = form.next_field().await {
        while let Ok(Some(_)) = field.chunk().await {}
    }
}

/// The address with what S3 appends to it: bucket, key and the quoted entity tag.
fn with_outcome(address: &Uri, bucket: &str, record: &Record) -> String {
    let separator = if address.query().is_some() { '&' } else { '?' };
    let key = record.key.as_str().replace('/', "%2F");
    format!(
        "{address}{separator}bucket={bucket}&key={key}&etag=%22{}%22",
        record.etag
    )
}

fn malformed(error: MultipartError) -> Refusal {
    tracing::debug!(%error, "an upload form ended early or cannot be read");
    Refusal::MalformedPostRequest
}

/// The client learns only that it failed; the reason is for the log.
fn failed(error: std::io::Error) -> Refusal {
    tracing::error!(%error, "the object store cannot use its directory");
    Refusal::InternalError
}
