//! `apus serve` with a certificate.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use nix::sys::signal::Signal;
use rcgen::CertifiedKey;
use sqlx::ConnectOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::node::Program;
use super::program::apus;

const NAME: &str = "swf.example.com";

/// Makes a certificate and writes it where the program looks for it.
fn certify(dir: &Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
    std::fs::write(dir.join("certificate.pem"), cert.pem()).unwrap();
    std::fs::write(dir.join("key.pem"), signing_key.serialize_pem()).unwrap();
    cert.der().clone()
}

/// A connection whose client trusts this certificate only.
async fn connect(at: SocketAddr, trusted: &CertificateDer<'static>) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(at).await?;
    let name = ServerName::try_from(NAME).unwrap();
    TlsConnector::from(Arc::new(client)).connect(name, stream).await
}

async fn is_alive(at: SocketAddr, trusted: &CertificateDer<'static>) -> std::io::Result<bool> {
    let mut stream = connect(at, trusted).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nhost: {NAME}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.starts_with("HTTP/1.1 200") && answer.ends_with("alive\n"))
}

#[tokio::test]
async fn connections_are_encrypted_and_a_new_certificate_is_taken_up() {
    let dir = tempfile::tempdir().unwrap();
    let first = certify(dir.path());
    let database = apus_tests::database().await;
    let mut serve = apus(&["serve", "--listen", "127.0.0.1:0"]);
    serve
        .args(["--tls-cert", "certificate.pem", "--tls-key", "key.pem"])
        .env(
            "APUS_DATABASE_URL",
            database.connect_options().to_url_lossy().as_str(),
        )
        .current_dir(dir.path())
        .stderr(Stdio::piped());
    let mut program = Program::start(&mut serve).await;
    let at: SocketAddr = program.url.strip_prefix("https://").unwrap().parse().unwrap();
    assert!(is_alive(at, &first).await.unwrap());

    let second = certify(dir.path());
    program.signal(Signal::SIGHUP);
    program.logged("the certificate was read again").await;
    assert!(is_alive(at, &second).await.unwrap());
    assert!(is_alive(at, &first).await.is_err());

    std::fs::write(dir.path().join("key.pem"), "no key").unwrap();
    program.signal(Signal::SIGHUP);
    program.logged("the certificate from before is kept").await;
    assert!(is_alive(at, &second).await.unwrap());
    program.stop(Signal::SIGTERM).await;
}
