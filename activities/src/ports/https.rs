//! Connections to servers over HTTP, with TLS where they have it.

use std::error::Error;
use std::io;
use std::time::Duration;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// What opens connections, with and without TLS.
pub type Connector = HttpsConnector<HttpConnector>;

/// Trusts whom this system trusts. A system without certificates can still speak to servers that need none.
/// `connect_within` bounds how long opening a connection may take.
///
/// # Errors
/// When encrypted connections can't be prepared.
pub fn connector(connect_within: Option<Duration>) -> io::Result<Connector> {
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_connect_timeout(connect_within);
    let builder = HttpsConnectorBuilder::new();
    let builder = match builder.with_provider_and_native_roots(ring::default_provider()) {
        Ok(builder) => builder,
        Err(_) => {
            let trusting_nobody = ClientConfig::builder_with_provider(ring::default_provider().into())
                .with_safe_default_protocol_versions()
                .map_err(io::Error::other)?
                .with_root_certificates(RootCertStore::empty());
            HttpsConnectorBuilder::new().with_tls_config(trusting_nobody.with_no_client_auth())
        }
    };
    Ok(builder.https_or_http().enable_http1().wrap_connector(http))
}

/// The cause that the system named; what wraps it says no more.
pub fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
