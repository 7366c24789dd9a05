//! How the embedded server says no to a form, in the words of S3.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Why a form was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the form carries no policy and signature, or they are not those of this store")]
    AccessDenied,
    #[error("the credential of the form is not one of this store, for this region and day")]
    InvalidAccessKeyId,
    #[error("the signature does not match the policy")]
    SignatureDoesNotMatch,
    #[error("the policy is no JSON document with an expiration and conditions")]
    InvalidPolicyDocument,
    #[error("the form has expired")]
    Expired,
    #[error("the form does not meet a condition of its policy")]
    ConditionFailed,
    #[error("the form has a field that its policy does not name")]
    ExtraField,
    #[error("the file is larger than the policy allows")]
    EntityTooLarge,
    #[error("the file is smaller than the policy allows")]
    EntityTooSmall,
    #[error("the metadata fields are larger than 2 KiB")]
    MetadataTooLarge,
    #[error("the fields before the file are too many or too large")]
    FieldsTooLarge,
    #[error("the request is no multipart form whose last part is the file")]
    MalformedPostRequest,
    #[error("a field of the form has a value that cannot be used, or stands there twice")]
    InvalidArgument,
    #[error("there is no such bucket")]
    NoSuchBucket,
    #[error("too many uploads at once, try again")]
    SlowDown,
    #[error("the store failed, try again")]
    InternalError,
}

impl Refusal {
    fn status_and_code(self) -> (StatusCode, &'static str) {
        match self {
            Self::AccessDenied | Self::Expired | Self::ConditionFailed | Self::ExtraField => {
                (StatusCode::FORBIDDEN, "AccessDenied")
            }
            Self::InvalidAccessKeyId => (StatusCode::FORBIDDEN, "InvalidAccessKeyId"),
            Self::SignatureDoesNotMatch => (StatusCode::FORBIDDEN, "SignatureDoesNotMatch"),
            Self::InvalidPolicyDocument => (StatusCode::BAD_REQUEST, "InvalidPolicyDocument"),
            Self::EntityTooLarge => (StatusCode::BAD_REQUEST, "EntityTooLarge"),
            Self::EntityTooSmall => (StatusCode::BAD_REQUEST, "EntityTooSmall"),
            Self::MetadataTooLarge => (StatusCode::BAD_REQUEST, "MetadataTooLarge"),
            Self::FieldsTooLarge => (StatusCode::BAD_REQUEST, "MaxPostPreDataLengthExceededError"),
            Self::MalformedPostRequest => (StatusCode::BAD_REQUEST, "MalformedPOSTRequest"),
            Self::InvalidArgument => (StatusCode::BAD_REQUEST, "InvalidArgument"),
            Self::NoSuchBucket => (StatusCode::NOT_FOUND, "NoSuchBucket"),
            Self::SlowDown => (StatusCode::SERVICE_UNAVAILABLE, "SlowDown"),
            Self::InternalError => (StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code) = self.status_and_code();
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{self}</Message></Error>"
        );
        (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
    }
}
