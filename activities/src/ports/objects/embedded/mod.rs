//! An S3 server inside the process, for a machine without an account.
//!
//! It is reached over loopback (or any address) through the same client code as S3 and enforces
//! what S3 enforces: signatures of requests, links and forms. s3s speaks the protocol; `form`
//! takes uploads from browsers; `store` keeps the files.

mod credentials;
mod form;
mod grant;
mod parts;
mod protocol;
mod refusal;
mod store;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::error_handling::HandleError;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::routing::post;
use s3s::auth::SimpleAuth;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::S3ServiceBuilder;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;

pub use self::credentials::own_credentials;
use self::form::Forms;
use self::grant::Signer;
use self::parts::Parts;
use self::protocol::Protocol;
use self::store::Store;
use super::s3::S3Settings;
use crate::ports::aws::{AwsSettings, StaticCredentials};

/// Most bytes of an object.
pub const OBJECT_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;
/// How long [`EmbeddedObjects::stop`] waits for calls under way.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a browser may remember which origins are allowed.
const CORS_LIFE: Duration = Duration::from_secs(3600);
/// Most bytes of an XML request body: it names the parts of an upload.
const XML_BYTES_MAX: usize = 1024 * 1024;

/// How the embedded server is run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbeddedSettings {
    /// Where the objects are. One process at a time uses a directory.
    pub dir: PathBuf,
    /// Where the server listens; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The address under which browsers reach the server, if it is not `listen`.
    #[serde(default)]
    pub public_endpoint: Option<String>,
    /// Origins whose pages may post forms and watch their progress, such as
    /// `http://127.0.0.1:8080`.
    #[serde(default)]
    pub origins: Vec<String>,
    /// The only bucket.
    #[serde(default = "default_bucket")]
    pub bucket: String,
    /// The region that signatures name.
    #[serde(default = "default_region")]
    pub region: String,
}

impl EmbeddedSettings {
    /// The settings of a server that is only reached from this machine, by programs.
    pub fn new(dir: PathBuf, listen: SocketAddr) -> Self {
        Self {
            dir,
            listen,
            public_endpoint: None,
            origins: Vec::new(),
            bucket: default_bucket(),
            region: default_region(),
        }
    }
}

fn default_bucket() -> String {
    "docstore-documents".to_owned()
}

fn default_region() -> String {
    "us-west-2".to_owned()
}

/// Why the embedded server did not start.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The directory cannot be used.
    #[error("the object store cannot use the directory {path}: {source}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The address cannot be listened on.
    #[error("the object store cannot listen on {address}, choose another address: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// An origin is no header value.
    #[error("{0:?} is no origin, write it like http://127.0.0.1:8080")]
    Origin(String),
}

/// The running server. Dropped without [`stop`](Self::stop), it ends at once.
pub struct EmbeddedObjects {
    client: S3Settings,
    address: SocketAddr,
    stopping: CancellationToken,
    server: JoinHandle<()>,
}

impl EmbeddedObjects {
    /// Starts the server, with its bucket, for the holder of `credentials`.
    pub async fn start(
        settings: &EmbeddedSettings,
        credentials: StaticCredentials,
    ) -> Result<Self, EmbeddedError> {
        let directory_error = |source| EmbeddedError::Directory {
            path: settings.dir.clone(),
            source,
        };
        let dir = bucket_dir(settings);
        let store = Store::open(&dir).await.map_err(directory_error)?;
        let parts = Parts::open(&dir, store.clone()).await.map_err(directory_error)?;
        let listen_error = |source| EmbeddedError::Listen {
            address: settings.listen,
            source,
        };
        let listener = TcpListener::bind(settings.listen).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let router = router(settings, &credentials, store, parts)?;
        let stopping = CancellationToken::new();
        let until_stopped = stopping.clone().cancelled_owned();
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router)
                .with_graceful_shutdown(until_stopped)
                .await
            {
                tracing::error!(%error, "the object store has stopped listening");
            }
        });
        tracing::info!(%address, dir = %settings.dir.display(), "the object store is listening");
        let client = S3Settings {
            bucket: settings.bucket.clone(),
            aws: AwsSettings {
                region: settings.region.clone(),
                endpoint: Some(format!("http://{address}")),
                credentials: Some(credentials),
                timeout_ms: None,
            },
            public_endpoint: settings.public_endpoint.clone(),
        };
        Ok(Self {
            client,
            address,
            stopping,
            server,
        })
    }

    /// What a client of the server is opened with.
    pub fn client_settings(&self) -> &S3Settings {
        &self.client
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more calls and waits for those under way, for a few seconds.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        if timeout(STOP_TIMEOUT, &mut self.server).await.is_err() {
            tracing::warn!("the object store ends calls that are still under way");
        }
    }
}

impl Drop for EmbeddedObjects {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn bucket_dir(settings: &EmbeddedSettings) -> PathBuf {
    Path::new(&settings.dir).join(&settings.bucket)
}

fn router(
    settings: &EmbeddedSettings,
    credentials: &StaticCredentials,
    store: Store,
    parts: Parts,
) -> Result<Router, EmbeddedError> {
    let mut limits = S3Config::default();
    limits.xml_max_body_size = XML_BYTES_MAX;
    let mut service = S3ServiceBuilder::new(Protocol {
        bucket: settings.bucket.clone(),
        store: store.clone(),
        parts,
    });
    let secret = credentials.secret_access_key.as_str();
    service.set_auth(SimpleAuth::from_single(&credentials.access_key_id, secret));
    service.set_config(Arc::new(StaticConfigProvider::new(Arc::new(limits))));
    let protocol = HandleError::new(service.build(), |error: s3s::HttpError| async move {
        tracing::warn!(?error, "a call to the object store broke off");
        StatusCode::INTERNAL_SERVER_ERROR
    });
    let signer = Signer {
        credentials: credentials.clone(),
        region: settings.region.clone(),
        bucket: settings.bucket.clone(),
    };
    let forms = post(form::post).with_state(Arc::new(Forms::new(signer, store)));
    let nosniff = HeaderValue::from_static("nosniff");
    Ok(Router::new()
        .route("/{bucket}", forms.fallback_service(protocol.clone()))
        .fallback_service(protocol)
        .layer(DefaultBodyLimit::disable())
        .layer(SetResponseHeaderLayer::overriding(
            header::X_CONTENT_TYPE_OPTIONS,
            nosniff,
        ))
        .layer(cors(&settings.origins)?))
}

fn cors(origins: &[String]) -> Result<CorsLayer, EmbeddedError> {
    let origins = origins
        .iter()
        .map(|origin| HeaderValue::from_str(origin).map_err(|_| EmbeddedError::Origin(origin.clone())))
        .collect::<Result<Vec<_>, _>>()?;
    let exposed: [HeaderName; 2] = [header::ETAG, header::LOCATION];
    Ok(CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT])
        .allow_headers([header::CONTENT_TYPE, header::RANGE])
        .expose_headers(exposed)
        .max_age(CORS_LIFE))
}
