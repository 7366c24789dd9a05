//! The object store: where the bytes of documents are.
//!
//! One client, [`S3Objects`](s3::S3Objects), speaks to S3 and to the embedded server alike; they
//! differ by an endpoint and by where credentials come from.

mod disposition;
pub mod embedded;
mod key;
mod multipart;
pub mod parts;
mod policy;
pub mod s3;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use key::{KEY_BYTES_MAX, KEY_SEGMENT_BYTES_MAX, KEY_SEGMENTS_MAX, KeyError, ObjectKey};

use super::fault::ServiceFault;
use parts::{Part, PartsUpload};

/// The longest life of a signed link or form. S3 takes seven days at most; a link is a key to one
/// document and ought to be short-lived.
pub const SIGNED_LIFE_MAX: Duration = Duration::from_secs(12 * 3600);
/// Bytes of all names and values of an object's metadata, as S3 limits it.
pub const METADATA_BYTES_MAX: usize = 2048;

/// A store of objects by key, in one bucket.
#[async_trait]
pub trait Objects: Send + Sync {
    /// What the store knows of an object, or nothing if there is none.
    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectHead>, ObjectError>;

    /// Reads an object of at most `bytes_max` bytes into memory.
    async fn get(&self, key: &ObjectKey, bytes_max: u64) -> Result<Bytes, ObjectError>;

    /// Streams an object of at most `bytes_max` bytes into a file, which is created or replaced;
    /// gives the number of bytes. After an error the file's content is undefined.
    async fn get_to_file(&self, key: &ObjectKey, path: &Path, bytes_max: u64) -> Result<u64, ObjectError>;

    /// Stores bytes under a key, in place of what was there.
    async fn put(&self, key: &ObjectKey, body: Bytes, content_type: &str) -> Result<(), ObjectError>;

    /// Streams a file into the store under a key, in place of what was there.
    async fn put_file(&self, key: &ObjectKey, path: &Path, content_type: &str) -> Result<(), ObjectError>;

    /// Deletes an object. Deleting what is not there succeeds.
    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectError>;

    /// A link that downloads the object as an attachment named `file_name`, without further
    /// credentials, for `life` (at most [`SIGNED_LIFE_MAX`]).
    ///
    /// The name may be any text; it is made harmless. The content is served as
    /// `application/octet-stream`, so that no browser renders it in the store's origin.
    async fn signed_get(
        &self,
        key: &ObjectKey,
        file_name: &str,
        life: Duration,
    ) -> Result<String, ObjectError>;

    /// A form that uploads one object from a browser, and nothing but what the policy says.
    async fn upload_form(&self, policy: &UploadPolicy) -> Result<SignedForm, ObjectError>;

    /// Begins the upload of an object in parts; gives the name of the upload. No object is seen before
    /// [`Objects::join_parts`].
    async fn begin_parts(&self, key: &ObjectKey, content_type: &str) -> Result<String, ObjectError>;

    /// A link that puts one part of exactly `bytes` bytes, without further credentials, for `life` (at most
    /// [`SIGNED_LIFE_MAX`]). Putting a part again replaces it.
    async fn signed_part(
        &self,
        upload: &PartsUpload<'_>,
        number: u32,
        bytes: u64,
        life: Duration,
    ) -> Result<String, ObjectError>;

    /// The parts that have arrived, in order; none for an upload that has ended.
    async fn arrived_parts(&self, upload: &PartsUpload<'_>) -> Result<Vec<Part>, ObjectError>;

    /// Makes the object of these parts, which ends the upload.
    async fn join_parts(&self, upload: &PartsUpload<'_>, parts: &[Part]) -> Result<(), ObjectError>;

    /// Gives an upload up and its parts with it. One that has ended is fine.
    async fn abort_parts(&self, upload: &PartsUpload<'_>) -> Result<(), ObjectError>;
}

/// What the store knows of an object without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectHead {
    /// Length in bytes.
    pub size: u64,
    /// The type that the uploader declared. Nobody has looked at the content.
    pub content_type: Option<String>,
    /// The store's version of the content, without quotes.
    pub etag: String,
    /// The `x-amz-meta-*` fields, names without that prefix, values decoded to text.
    pub metadata: BTreeMap<String, String>,
    /// When the object was stored.
    pub last_modified: DateTime<Utc>,
}

/// What one upload through a form may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadPolicy {
    /// The only key that can be written.
    pub key: ObjectKey,
    /// The only content type that the form may declare.
    pub content_type: String,
    /// Fewest bytes of the file.
    pub bytes_min: u64,
    /// Most bytes of the file: what is left of the quota.
    pub bytes_max: u64,
    /// `x-amz-meta-*` fields whose value is fixed, names without that prefix.
    pub metadata: BTreeMap<String, String>,
    /// `x-amz-meta-*` fields that the client may fill in as it likes, names without that prefix.
    pub open_metadata: Vec<String>,
    /// Where the store sends the browser after the upload; the store appends `bucket`, `key` and
    /// `etag`. Without it the store answers 204.
    pub success_redirect: Option<String>,
    /// When the form stops working, at most [`SIGNED_LIFE_MAX`] from now.
    pub expires_at: DateTime<Utc>,
}

/// A form as a browser posts it: `multipart/form-data`, first the fields, then the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedForm {
    /// Where the form is posted to.
    pub url: String,
    /// Names and values, in the order in which they are sent. A field of the policy's
    /// `open_metadata` stands here with an empty value for the client to fill in.
    pub fields: Vec<(String, String)>,
    /// Name of the part that carries the file. It has to come last.
    pub file_field: String,
    /// When the form stops working.
    pub expires_at: DateTime<Utc>,
}

/// Why the object store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// No object has this key.
    #[error("there is no object {0}")]
    NotFound(ObjectKey),
    /// The object is larger than the caller can take.
    #[error("object {key} is larger than {bytes_max} bytes")]
    TooLarge {
        /// The object.
        key: ObjectKey,
        /// The caller's limit.
        bytes_max: u64,
    },
    /// A policy or link that the store would not honour, or that should not be signed.
    #[error("cannot sign: {0}")]
    Unsignable(String),
    /// The store is throttling, failing or out of reach: the same call may succeed later.
    #[error("the object store is not available, try again: {0}")]
    Unavailable(#[source] ServiceFault),
    /// The store refuses the call and will refuse it again: permissions, bucket or settings.
    #[error("the object store refused, check its bucket and credentials: {0}")]
    Refused(#[source] ServiceFault),
    /// A local file could not be read or written.
    #[error("cannot use the file {path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl ObjectError {
    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<ServiceFault> for ObjectError {
    fn from(fault: ServiceFault) -> Self {
        if fault.retryable {
            Self::Unavailable(fault)
        } else {
            Self::Refused(fault)
        }
    }
}
