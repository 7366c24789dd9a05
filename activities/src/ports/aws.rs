//! What every AWS client here has in common: settings, time limits, retries, and how an SDK's
//! error becomes a [`ServiceFault`].

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_s3::config::SharedHttpClient;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::Builder as HttpClientBuilder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use serde::Deserialize;

use super::fault::ServiceFault;

/// Time to open a connection.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Time to the first byte of an answer.
pub const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for one call with all its attempts. Bodies that stream after the answer has begun are not
/// counted; the SDK ends those that stall.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);
/// Attempts at a call within [`OPERATION_TIMEOUT`], the first included.
pub const ATTEMPTS_MAX: u32 = 3;

/// Codes with which services throttle, whatever the HTTP status.
const THROTTLING_CODES: [&str; 12] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "LimitExceededException",
    "TooManyRequestsException",
    "BandwidthLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
    "OverLimit",
];

/// Where a service is and who calls it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsSettings {
    /// The region, such as `us-west-2`.
    pub region: String,
    /// Address of a service that is not AWS's own, such as `http://127.0.0.1:5000`.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Fixed credentials. Without them the usual chain is asked: environment, profile, role of the
    /// container or instance.
    #[serde(default)]
    pub credentials: Option<StaticCredentials>,
    /// Milliseconds for one call with all its attempts, instead of [`OPERATION_TIMEOUT`].
    #[serde(default)]
    pub timeout_ms: Option<u32>,
}

/// Credentials that stand in the settings.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticCredentials {
    /// The public half.
    pub access_key_id: String,
    /// The secret half; never printed.
    pub secret_access_key: String,
}

impl std::fmt::Debug for StaticCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaticCredentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

impl AwsSettings {
    fn timeout(&self) -> Duration {
        self.timeout_ms
            .map_or(OPERATION_TIMEOUT, |millis| Duration::from_millis(millis.into()))
    }

    /// The configuration that the clients of all services are built from.
    pub(super) async fn load(&self) -> SdkConfig {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .http_client(http_client(self.endpoint.as_deref()))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .read_timeout(READ_TIMEOUT)
                    .operation_timeout(self.timeout())
                    .build(),
            )
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX));
        if let Some(endpoint) = &self.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        if let Some(keys) = &self.credentials {
            loader = loader.credentials_provider(Credentials::new(
                &keys.access_key_id,
                &keys.secret_access_key,
                None,
                None,
                "settings",
            ));
        }
        loader.load().await
    }
}

/// An endpoint without TLS must not need a store of trusted certificates on the machine.
fn http_client(endpoint: Option<&str>) -> SharedHttpClient {
    if endpoint.is_some_and(|url| url.starts_with("http://")) {
        return HttpClientBuilder::new().build_http();
    }
    HttpClientBuilder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

impl<E> From<SdkError<E, HttpResponse>> for ServiceFault
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        let status = error.raw_response().map(|response| response.status().as_u16());
        let (code, message, retryable) = match &error {
            SdkError::ServiceError(context) => {
                let code = context.err().code().unwrap_or("Unknown").to_owned();
                let message = context
                    .err()
                    .message()
                    .unwrap_or("the service gave no reason")
                    .to_owned();
                let retryable = is_transient(status) || THROTTLING_CODES.contains(&code.as_str());
                (code, message, retryable)
            }
            SdkError::TimeoutError(_) => ("Timeout".to_owned(), describe(&error), true),
            SdkError::DispatchFailure(failure) => {
                ("Connection".to_owned(), describe(&error), !failure.is_user())
            }
            SdkError::ResponseError(_) => ("Response".to_owned(), describe(&error), true),
            _ => ("Request".to_owned(), describe(&error), false),
        };
        Self {
            code,
            message,
            status,
            retryable,
        }
    }
}

fn is_transient(status: Option<u16>) -> bool {
    status.is_some_and(|status| status == 408 || status == 429 || status >= 500)
}

fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    DisplayErrorContext(error).to_string()
}
