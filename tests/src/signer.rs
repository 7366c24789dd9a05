//! Signing requests to the endpoint, with Amazon's own code.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use reqwest::Request;
use reqwest::header::{HeaderName, HeaderValue};

/// Whoever calls, and what he signs for.
#[derive(Clone, Debug)]
pub struct Signer {
    /// The access key id.
    pub access_key: String,
    /// The secret access key.
    pub secret: String,
    /// The region that is called.
    pub region: String,
    /// The service that is called.
    pub service: String,
    /// When it is signed; none is now.
    pub at: Option<SystemTime>,
}

impl Default for Signer {
    /// A dummy.
    fn default() -> Self {
        Signer::new("test", "test")
    }
}

impl Signer {
    /// Signs for SWF in `us-east-1`, now.
    pub fn new(access_key: impl Into<String>, secret: impl Into<String>) -> Self {
        Signer {
            access_key: access_key.into(),
            secret: secret.into(),
            region: "us-east-1".to_owned(),
            service: "swf".to_owned(),
            at: None,
        }
    }

    /// A call of an action, signed.
    pub fn call(&self, url: &str, target: &str, body: impl Into<reqwest::Body>) -> Request {
        let url = url.parse().expect("the endpoint has a URL");
        let mut request = Request::new(reqwest::Method::POST, url);
        let headers = request.headers_mut();
        headers.insert(
            "content-type",
            HeaderValue::from_static("application/x-amz-json-1.0"),
        );
        headers.insert("x-amz-target", target.parse().expect("targets are ASCII"));
        *request.body_mut() = Some(body.into());
        self.sign(&mut request);
        request
    }

    /// The head of a call as it goes over the wire, where `body` follows it: for clients that do strange things.
    pub fn head(&self, url: &str, target: &str, body: &[u8]) -> String {
        let call = self.call(url, target, body.to_vec());
        let mut head = format!(
            "POST / HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n",
            call.url().authority(),
            body.len()
        );
        for (name, value) in call.headers() {
            let value = value.to_str().expect("ASCII headers");
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head
    }

    /// Adds the signature to a request whose body is in memory.
    pub fn sign(&self, request: &mut Request) {
        for (name, value) in self.headers(request) {
            request.headers_mut().insert(name, value);
        }
    }

    fn headers(&self, request: &Request) -> Vec<(HeaderName, HeaderValue)> {
        let identity = Credentials::new(&self.access_key, &self.secret, None, None, "test").into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(self.at.unwrap_or_else(SystemTime::now))
            .settings(SigningSettings::default())
            .build()
            .expect("all parameters are given")
            .into();
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().expect("ASCII headers")));
        let body = request
            .body()
            .and_then(|body| body.as_bytes())
            .unwrap_or_default();
        let signable = SignableRequest::new(
            request.method().as_str(),
            request.url().as_str(),
            headers,
            SignableBody::Bytes(body),
        );
        let signed = sign(signable.expect("the request is one"), &parameters).expect("it can be signed");
        let (signature, _) = signed.into_parts();
        let header = |(name, value): (&str, &str)| {
            let name = name.parse().expect("signatures are in headers");
            (name, value.parse().expect("signatures are ASCII"))
        };
        signature.headers().map(header).collect()
    }
}
