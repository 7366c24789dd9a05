//! The client of S3 and of the embedded server.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::Region;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use mail_parser::MessageParser;
use serde::Deserialize;
use tokio::io::AsyncWriteExt as _;

use super::multipart::MultipartCalls;
use super::parts::{Part, PartsUpload};
use super::policy::{FormTarget, sign_form};
use super::{
    ObjectError, ObjectHead, ObjectKey, Objects, SIGNED_LIFE_MAX, SignedForm, UploadPolicy, disposition,
};
use crate::ports::aws::AwsSettings;
use crate::ports::fault::ServiceFault;

/// The type that downloads are served as, so that no browser renders them.
const DOWNLOAD_TYPE: &str = "application/octet-stream";

/// Where the bucket is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3Settings {
    /// The bucket. It has to exist.
    pub bucket: String,
    /// Region, endpoint and credentials. A bucket behind an endpoint of its own is addressed by
    /// path (`endpoint/bucket`), as servers other than S3 want it.
    pub aws: AwsSettings,
    /// The address under which browsers reach the endpoint, if it is another: links and forms
    /// carry this one.
    #[serde(default)]
    pub public_endpoint: Option<String>,
}

/// One bucket of S3 or of a server that speaks its protocol.
pub struct S3Objects {
    client: Client,
    /// Signs links with the address that browsers use; never connects.
    signer: Client,
    credentials: SharedCredentialsProvider,
    bucket: String,
    region: String,
    form_url: String,
}

impl S3Objects {
    /// Builds the client; nothing is sent yet.
    pub async fn open(settings: &S3Settings) -> Result<Self, ObjectError> {
        let sdk = settings.aws.load().await;
        let credentials = sdk.credentials_provider().ok_or_else(|| {
            ObjectError::Unsignable(
                "there are no credentials, set them or give the machine a role".to_owned(),
            )
        })?;
        let public_endpoint = settings
            .public_endpoint
            .as_ref()
            .or(settings.aws.endpoint.as_ref());
        let config = aws_sdk_s3::config::Builder::from(&sdk).force_path_style(public_endpoint.is_some());
        let mut signing = config.clone();
        signing.set_endpoint_url(public_endpoint.cloned());
        let form_url = match public_endpoint {
            Some(endpoint) => format!("{}/{}", endpoint.trim_end_matches('/'), settings.bucket),
            None => format!(
                "https://{}.s3.{}.amazonaws.com/",
                settings.bucket, settings.aws.region
            ),
        };
        Ok(Self {
            client: Client::from_conf(config.build()),
            signer: Client::from_conf(signing.build()),
            credentials,
            bucket: settings.bucket.clone(),
            region: sdk
                .region()
                .map(Region::as_ref)
                .unwrap_or(&settings.aws.region)
                .to_owned(),
            form_url,
        })
    }

    async fn open_object(&self, key: &ObjectKey, bytes_max: u64) -> Result<GetObjectOutput, ObjectError> {
        let request = self.client.get_object().bucket(&self.bucket).key(key.as_str());
        let object = match request.send().await {
            Ok(object) => object,
            Err(error) if error.code() == Some("NoSuchKey") => {
                return Err(ObjectError::NotFound(key.clone()));
            }
            Err(error) => return Err(ServiceFault::from(error).into()),
        };
        let size = object
            .content_length()
            .and_then(|length| u64::try_from(length).ok())
            .unwrap_or(0);
        check_size(key, size, bytes_max)?;
        Ok(object)
    }

    async fn put_stream(
        &self,
        key: &ObjectKey,
        body: ByteStream,
        content_type: &str,
    ) -> Result<(), ObjectError> {
        let request = self.client.put_object().bucket(&self.bucket).key(key.as_str());
        request
            .content_type(content_type)
            .body(body)
            .send()
            .await
            .map_err(ServiceFault::from)?;
        Ok(())
    }
}

impl S3Objects {
    fn in_parts(&self) -> MultipartCalls<'_> {
        MultipartCalls {
            client: &self.client,
            signer: &self.signer,
            bucket: &self.bucket,
        }
    }
}

#[async_trait]
impl Objects for S3Objects {
    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectHead>, ObjectError> {
        match self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(key.as_str())
            .send()
            .await
        {
            Ok(output) => Ok(Some(head_of(output))),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_not_found()) => Ok(None),
            Err(error) => Err(ServiceFault::from(error).into()),
        }
    }

    async fn get(&self, key: &ObjectKey, bytes_max: u64) -> Result<Bytes, ObjectError> {
        let mut object = self.open_object(key, bytes_max).await?;
        let mut content = BytesMut::new();
        while let Some(chunk) = object.body.try_next().await.map_err(interrupted)? {
            check_size(key, (content.len() + chunk.len()) as u64, bytes_max)?;
            content.extend_from_slice(&chunk);
        }
        Ok(content.freeze())
    }

    async fn get_to_file(&self, key: &ObjectKey, path: &Path, bytes_max: u64) -> Result<u64, ObjectError> {
        let mut object = self.open_object(key, bytes_max).await?;
        let mut file = tokio::fs::File::create(path).await.map_err(file_error(path))?;
        let mut size = 0;
        while let Some(chunk) = object.body.try_next().await.map_err(interrupted)? {
            size += chunk.len() as u64;
            check_size(key, size, bytes_max)?;
            file.write_all(&chunk).await.map_err(file_error(path))?;
        }
        file.flush().await.map_err(file_error(path))?;
        Ok(size)
    }

    async fn put(&self, key: &ObjectKey, body: Bytes, content_type: &str) -> Result<(), ObjectError> {
        self.put_stream(key, ByteStream::from(body), content_type).await
    }

    async fn put_file(&self, key: &ObjectKey, path: &Path, content_type: &str) -> Result<(), ObjectError> {
        let body = ByteStream::from_path(path)
            .await
            .map_err(|error| file_error(path)(std::io::Error::other(error)))?;
        self.put_stream(key, body, content_type).await
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        let request = self.client.delete_object().bucket(&self.bucket).key(key.as_str());
        request.send().await.map_err(ServiceFault::from)?;
        Ok(())
    }

    async fn signed_get(
        &self,
        key: &ObjectKey,
        file_name: &str,
        life: Duration,
    ) -> Result<String, ObjectError> {
        let presigning = presigning(life)?;
        let request = self.signer.get_object().bucket(&self.bucket).key(key.as_str());
        let link = request
            .response_content_disposition(disposition::attachment(file_name))
            .response_content_type(DOWNLOAD_TYPE)
            .presigned(presigning)
            .await
            .map_err(ServiceFault::from)?;
        Ok(link.uri().to_owned())
    }

    async fn upload_form(&self, policy: &UploadPolicy) -> Result<SignedForm, ObjectError> {
        let credentials = self.credentials.provide_credentials().await.map_err(|error| {
            ObjectError::Unavailable(ServiceFault {
                code: "Credentials".to_owned(),
                message: error.to_string(),
                status: None,
                retryable: true,
            })
        })?;
        let target = FormTarget {
            url: &self.form_url,
            bucket: &self.bucket,
            region: &self.region,
        };
        sign_form(policy, target, &credentials, Utc::now())
    }

    async fn begin_parts(&self, key: &ObjectKey, content_type: &str) -> Result<String, ObjectError> {
        self.in_parts().begin(key, content_type).await
    }

    async fn signed_part(
        &self,
        upload: &PartsUpload<'_>,
        number: u32,
        bytes: u64,
        life: Duration,
    ) -> Result<String, ObjectError> {
        let presigning = presigning(life)?;
        self.in_parts().sign(upload, number, bytes, presigning).await
    }

    async fn arrived_parts(&self, upload: &PartsUpload<'_>) -> Result<Vec<Part>, ObjectError> {
        self.in_parts().arrived(upload).await
    }

    async fn join_parts(&self, upload: &PartsUpload<'_>, parts: &[Part]) -> Result<(), ObjectError> {
        self.in_parts().join(upload, parts).await
    }

    async fn abort_parts(&self, upload: &PartsUpload<'_>) -> Result<(), ObjectError> {
        self.in_parts().abort(upload).await
    }
}

fn presigning(life: Duration) -> Result<PresigningConfig, ObjectError> {
    if life > SIGNED_LIFE_MAX {
        return Err(ObjectError::Unsignable(
            "a link lives for 12 hours at most".to_owned(),
        ));
    }
    PresigningConfig::expires_in(life).map_err(|error| ObjectError::Unsignable(error.to_string()))
}

fn head_of(output: HeadObjectOutput) -> ObjectHead {
    let metadata = output.metadata.unwrap_or_default();
    let last_modified = output.last_modified.and_then(|at| at.to_millis().ok());
    ObjectHead {
        size: output
            .content_length
            .and_then(|length| u64::try_from(length).ok())
            .unwrap_or(0),
        content_type: output.content_type,
        etag: output.e_tag.unwrap_or_default().trim_matches('"').to_owned(),
        metadata: metadata
            .into_iter()
            .map(|(name, value)| (name, decoded(value)))
            .collect::<BTreeMap<_, _>>(),
        last_modified: last_modified
            .and_then(DateTime::from_timestamp_millis)
            .unwrap_or_default(),
    }
}

/// S3 gives metadata that is not ASCII as encoded words of RFC 2047, as in a mail's subject.
fn decoded(value: String) -> String {
    if !value.starts_with("=?") {
        return value;
    }
    let subject = format!("Subject: {value}\r\n\r\n");
    let parsed = MessageParser::new().parse(subject.as_bytes());
    parsed
        .as_ref()
        .and_then(|message| message.subject())
        .map(str::to_owned)
        .unwrap_or(value)
}

fn check_size(key: &ObjectKey, size: u64, bytes_max: u64) -> Result<(), ObjectError> {
    if size > bytes_max {
        return Err(ObjectError::TooLarge {
            key: key.clone(),
            bytes_max,
        });
    }
    Ok(())
}

fn interrupted(error: impl std::fmt::Display) -> ObjectError {
    ObjectError::Unavailable(ServiceFault {
        code: "Connection".to_owned(),
        message: format!("the download was interrupted: {error}"),
        status: None,
        retryable: true,
    })
}

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> ObjectError {
    move |source| ObjectError::File {
        path: path.display().to_string(),
        source,
    }
}
