//! The calls of S3's protocol that DocStore makes, on the [`Store`]. Signatures are checked by
//! s3s before any of them runs; every other call answers `NotImplemented`.

use std::collections::BTreeMap;

use futures::TryStreamExt as _;
use s3s::crypto::{Checksum as _, Crc32};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput,
    DeleteObjectInput, DeleteObjectOutput, ETag, GetObjectInput, GetObjectOutput, HeadBucketInput,
    HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListPartsInput, ListPartsOutput, Metadata, Part,
    PutObjectInput, PutObjectOutput, StreamingBlob, Timestamp, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, TrailingHeaders, s3_error};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use super::OBJECT_BYTES_MAX;
use super::parts::Parts;
use super::store::{Declared, Record, Store};
use crate::ports::objects::{METADATA_BYTES_MAX, ObjectKey};

/// Bytes read from a file at once.
const READ_BUFFER_BYTES: usize = 64 * 1024;
/// The header, or the field behind the body, with the checksum that the SDK sends by default.
const CRC32_TRAILER: &str = "x-amz-checksum-crc32";

/// S3's protocol for one bucket.
#[derive(Debug)]
pub(super) struct Protocol {
    /// The only bucket there is.
    pub bucket: String,
    /// Its objects.
    pub store: Store,
    /// Its uploads in parts.
    pub parts: Parts,
}

impl Protocol {
    fn check_bucket(&self, bucket: &str) -> S3Result<()> {
        if bucket == self.bucket {
            Ok(())
        } else {
            Err(s3_error!(NoSuchBucket))
        }
    }

    async fn find(&self, bucket: &str, key: &str) -> S3Result<(Record, File)> {
        self.check_bucket(bucket)?;
        self.store
            .read(&parse_key(key)?)
            .await
            .map_err(internal)?
            .ok_or_else(|| s3_error!(NoSuchKey))
    }
}

#[async_trait::async_trait]
impl S3 for Protocol {
    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.check_bucket(&request.input.bucket)?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let (record, _) = self.find(&request.input.bucket, &request.input.key).await?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: Some(length(record.size)?),
            last_modified: Some(modified(&record)),
            e_tag: Some(ETag::Strong(record.etag)),
            content_type: record.content_type,
            metadata: metadata_of(record.metadata),
            ..Default::default()
        }))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let (record, mut file) = self.find(&request.input.bucket, &request.input.key).await?;
        let mut part = 0..record.size;
        let mut content_range = None;
        if let Some(range) = request.input.range {
            part = range.check(record.size)?;
            content_range = Some(format!("bytes {}-{}/{}", part.start, part.end - 1, record.size));
            file.seek(std::io::SeekFrom::Start(part.start))
                .await
                .map_err(internal)?;
        }
        let content_length = part.end - part.start;
        let body = ReaderStream::with_capacity(file.take(content_length), READ_BUFFER_BYTES);
        Ok(S3Response::new(GetObjectOutput {
            body: Some(StreamingBlob::wrap(body)),
            content_length: Some(length(content_length)?),
            content_range,
            accept_ranges: Some("bytes".to_owned()),
            last_modified: Some(modified(&record)),
            e_tag: Some(ETag::Strong(record.etag)),
            content_type: record.content_type,
            metadata: metadata_of(record.metadata),
            ..Default::default()
        }))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let PutObjectInput {
            bucket,
            key,
            body,
            content_type,
            metadata,
            checksum_crc32,
            ..
        } = request.input;
        self.check_bucket(&bucket)?;
        let metadata: BTreeMap<String, String> = metadata.unwrap_or_default().into_iter().collect();
        if metadata
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum::<usize>()
            > METADATA_BYTES_MAX
        {
            return Err(s3_error!(MetadataTooLarge));
        }
        let mut body = body.ok_or_else(|| s3_error!(IncompleteBody))?;
        let mut upload = self.store.begin(parse_key(&key)?).await.map_err(internal)?;
        let mut checksum = Crc32::new();
        while let Some(chunk) = body
            .try_next()
            .await
            .map_err(|error| S3Error::with_source(S3ErrorCode::IncompleteBody, error))?
        {
            if upload.size() + chunk.len() as u64 > OBJECT_BYTES_MAX {
                return Err(s3_error!(EntityTooLarge));
            }
            checksum.update(&chunk);
            upload.write(&chunk).await.map_err(internal)?;
        }
        let declared_checksum = checksum_crc32.or_else(|| request.trailing_headers.and_then(crc32_of));
        check_checksum(checksum, declared_checksum)?;
        let record = upload
            .commit(Declared {
                content_type,
                metadata,
            })
            .await
            .map_err(internal)?;
        let e_tag = Some(ETag::Strong(record.etag));
        Ok(S3Response::new(PutObjectOutput {
            e_tag,
            ..Default::default()
        }))
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.check_bucket(&request.input.bucket)?;
        self.store
            .delete(&parse_key(&request.input.key)?)
            .await
            .map_err(internal)?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        let name = self.parts.begin(parse_key(&input.key)?, input.content_type).await;
        Ok(S3Response::new(CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(name.map_err(internal)?),
            ..Default::default()
        }))
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        let number = u32::try_from(input.part_number).map_err(|_| s3_error!(InvalidArgument))?;
        let body = input.body.ok_or_else(|| s3_error!(IncompleteBody))?;
        let part = self
            .parts
            .put(
                &parse_key(&input.key)?,
                &input.upload_id,
                number,
                body.map_err(std::io::Error::other),
            )
            .await
            .map_err(internal)?
            .ok_or_else(|| s3_error!(NoSuchUpload))?;
        Ok(S3Response::new(UploadPartOutput {
            e_tag: Some(ETag::Strong(part.etag)),
            ..Default::default()
        }))
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        let parts = self.parts.list(&parse_key(&input.key)?, &input.upload_id).await;
        let parts = parts.map_err(internal)?.ok_or_else(|| s3_error!(NoSuchUpload))?;
        let parts = parts.into_iter().map(|part| {
            Ok(Part {
                part_number: Some(i32::try_from(part.number).map_err(internal)?),
                size: Some(length(part.size)?),
                e_tag: Some(ETag::Strong(part.etag)),
                ..Default::default()
            })
        });
        Ok(S3Response::new(ListPartsOutput {
            parts: Some(parts.collect::<S3Result<_>>()?),
            is_truncated: Some(false),
            ..Default::default()
        }))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        let named = input
            .multipart_upload
            .and_then(|upload| upload.parts)
            .unwrap_or_default();
        let named = named.into_iter().map(|part| {
            let number = u32::try_from(part.part_number?).ok()?;
            Some((number, part.e_tag?.into_value()))
        });
        let named: Option<Vec<(u32, String)>> = named.collect();
        let named = named.ok_or_else(|| s3_error!(InvalidPart))?;
        let joined = self
            .parts
            .join(&parse_key(&input.key)?, &input.upload_id, named)
            .await;
        match joined.map_err(internal)? {
            Some(true) => Ok(S3Response::new(CompleteMultipartUploadOutput {
                bucket: Some(input.bucket),
                key: Some(input.key),
                ..Default::default()
            })),
            Some(false) => Err(s3_error!(InvalidPart)),
            None => Err(s3_error!(NoSuchUpload)),
        }
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let input = request.input;
        self.check_bucket(&input.bucket)?;
        let found = self.parts.abort(&parse_key(&input.key)?, &input.upload_id).await;
        match found.map_err(internal)? {
            true => Ok(S3Response::new(AbortMultipartUploadOutput::default())),
            false => Err(s3_error!(NoSuchUpload)),
        }
    }
}

fn parse_key(key: &str) -> S3Result<ObjectKey> {
    ObjectKey::new(key)
        .map_err(|error| S3Error::with_message(S3ErrorCode::InvalidArgument, error.to_string()))
}

fn crc32_of(trailers: TrailingHeaders) -> Option<String> {
    trailers
        .take()?
        .get(CRC32_TRAILER)?
        .to_str()
        .ok()
        .map(str::to_owned)
}

fn check_checksum(checksum: Crc32, declared: Option<String>) -> S3Result<()> {
    use base64::Engine as _;
    let actual = base64::engine::general_purpose::STANDARD.encode(checksum.finalize());
    match declared {
        Some(declared) if declared != actual => Err(s3_error!(BadDigest)),
        _ => Ok(()),
    }
}

fn metadata_of(metadata: BTreeMap<String, String>) -> Option<Metadata> {
    (!metadata.is_empty()).then(|| metadata.into_iter().collect())
}

fn modified(record: &Record) -> Timestamp {
    Timestamp::from(std::time::SystemTime::from(record.last_modified))
}

fn length(bytes: u64) -> S3Result<i64> {
    i64::try_from(bytes).map_err(internal)
}

/// The client learns only that it failed; the reason is for the log.
fn internal(error: impl std::error::Error + Send + Sync + 'static) -> S3Error {
    tracing::error!(%error, "the object store cannot use its directory");
    s3_error!(InternalError)
}
