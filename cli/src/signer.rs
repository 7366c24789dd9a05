//! Signing calls, with the credentials that AWS's own tools would take from the environment.

use std::time::SystemTime;

use apus::wire::DEFAULT_REGION;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};

use crate::failure::Failure;

/// What `apus dev` accepts.
const DUMMY: &str = "test";

/// Signs requests.
pub struct Signer {
    credentials: Credentials,
    region: String,
}

impl Signer {
    /// Credentials and region from the environment. Without any, those that `apus dev` accepts.
    pub fn from_environment() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
        Signer {
            credentials: Credentials::new(
                variable("AWS_ACCESS_KEY_ID").unwrap_or_else(|| DUMMY.to_owned()),
                variable("AWS_SECRET_ACCESS_KEY").unwrap_or_else(|| DUMMY.to_owned()),
                variable("AWS_SESSION_TOKEN"),
                None,
                "environment",
            ),
            region: region.unwrap_or_else(|| DEFAULT_REGION.to_owned()),
        }
    }

    /// These credentials, for the region that nodes name where none is asked for.
    pub fn new(access_key: &str, secret: &str) -> Self {
        Signer {
            credentials: Credentials::new(access_key, secret, None, None, "given"),
            region: DEFAULT_REGION.to_owned(),
        }
    }

    /// Adds the signature to a request.
    pub fn sign(&self, request: &mut Request<Bytes>) -> Result<(), Failure> {
        let headers = self.headers(request);
        for (name, value) in headers.map_err(|error| Failure::Usage(format!("cannot sign calls: {error}")))? {
            request.headers_mut().insert(name, value);
        }
        Ok(())
    }

    fn headers(
        &self,
        request: &Request<Bytes>,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Box<dyn std::error::Error + Send + Sync>> {
        let identity = self.credentials.clone().into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("swf")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let mut headers = Vec::new();
        for (name, value) in request.headers() {
            headers.push((name.as_str(), value.to_str()?));
        }
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.uri().to_string(),
            headers.into_iter(),
            SignableBody::Bytes(request.body()),
        )?;
        let (signature, _) = sign(signable, &parameters)?.into_parts();
        let signed = signature.headers();
        signed
            .map(|(name, value)| Ok((name.parse()?, value.parse()?)))
            .collect()
    }
}
