//! The calls of S3 for uploads in parts.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use super::parts::{Part, PartsUpload};
use super::{ObjectError, ObjectKey};
use crate::ports::fault::ServiceFault;

/// The code of an answer about an upload that has ended.
const NO_SUCH_UPLOAD: &str = "NoSuchUpload";

/// The calls on one bucket.
pub(super) struct MultipartCalls<'a> {
    pub client: &'a Client,
    /// Signs links with the address that clients use; never connects.
    pub signer: &'a Client,
    pub bucket: &'a str,
}

impl MultipartCalls<'_> {
    pub async fn begin(&self, key: &ObjectKey, content_type: &str) -> Result<String, ObjectError> {
        let request = self
            .client
            .create_multipart_upload()
            .bucket(self.bucket)
            .key(key.as_str());
        let begun = request
            .content_type(content_type)
            .send()
            .await
            .map_err(ServiceFault::from)?;
        begun
            .upload_id
            .ok_or_else(|| unexpected("an upload in parts has no name"))
    }

    pub async fn sign(
        &self,
        upload: &PartsUpload<'_>,
        number: u32,
        bytes: u64,
        presigning: PresigningConfig,
    ) -> Result<String, ObjectError> {
        let request = self
            .signer
            .upload_part()
            .bucket(self.bucket)
            .key(upload.key.as_str());
        let link = request
            .upload_id(upload.name)
            .part_number(part_number(number)?)
            // Signed with the rest: a part of another length is refused.
            .content_length(i64::try_from(bytes).map_err(|_| unexpected("a part is too long"))?)
            .presigned(presigning)
            .await
            .map_err(ServiceFault::from)?;
        Ok(link.uri().to_owned())
    }

    pub async fn arrived(&self, upload: &PartsUpload<'_>) -> Result<Vec<Part>, ObjectError> {
        let mut parts = Vec::new();
        let mut after = None;
        loop {
            let request = self
                .client
                .list_parts()
                .bucket(self.bucket)
                .key(upload.key.as_str());
            let listed = request
                .upload_id(upload.name)
                .set_part_number_marker(after)
                .send()
                .await;
            let page = match listed {
                Ok(page) => page,
                Err(error) if error.code() == Some(NO_SUCH_UPLOAD) => return Ok(Vec::new()),
                Err(error) => return Err(ServiceFault::from(error).into()),
            };
            parts.extend(page.parts().iter().filter_map(part_of));
            after = page.next_part_number_marker.clone();
            if !page.is_truncated().unwrap_or(false) || after.is_none() {
                parts.sort_by_key(|part| part.number);
                return Ok(parts);
            }
        }
    }

    pub async fn join(&self, upload: &PartsUpload<'_>, parts: &[Part]) -> Result<(), ObjectError> {
        let parts = parts.iter().map(|part| {
            let number = part_number(part.number)?;
            Ok(CompletedPart::builder()
                .part_number(number)
                .e_tag(&part.etag)
                .build())
        });
        let parts = parts.collect::<Result<Vec<_>, ObjectError>>()?;
        let joined = self
            .client
            .complete_multipart_upload()
            .bucket(self.bucket)
            .key(upload.key.as_str())
            .upload_id(upload.name)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
            .send()
            .await;
        match joined {
            Ok(_) => Ok(()),
            // Joined at the same time by somebody else, or by an attempt whose answer was lost.
            Err(error) if error.code() == Some(NO_SUCH_UPLOAD) => Ok(()),
            Err(error) => Err(ServiceFault::from(error).into()),
        }
    }

    pub async fn abort(&self, upload: &PartsUpload<'_>) -> Result<(), ObjectError> {
        let request = self
            .client
            .abort_multipart_upload()
            .bucket(self.bucket)
            .key(upload.key.as_str());
        match request.upload_id(upload.name).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some(NO_SUCH_UPLOAD) => Ok(()),
            Err(error) => Err(ServiceFault::from(error).into()),
        }
    }
}

fn part_of(part: &aws_sdk_s3::types::Part) -> Option<Part> {
    Some(Part {
        number: u32::try_from(part.part_number?).ok()?,
        bytes: u64::try_from(part.size?).ok()?,
        etag: part.e_tag.clone()?,
    })
}

fn part_number(number: u32) -> Result<i32, ObjectError> {
    i32::try_from(number).map_err(|_| unexpected("a part has too large a number"))
}

fn unexpected(what: &str) -> ObjectError {
    ObjectError::Unsignable(what.to_owned())
}
