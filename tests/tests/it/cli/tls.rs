//! `apus serve` with a certificate.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use apus_tests::TestDatabase;
use nix::sys::signal::Signal;
use rcgen::CertifiedKey;
use serde_json::Value;
use sqlx::ConnectOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::node::Program;
use super::program::{apus, run};

const NAME: &str = "swf.example.com";

/// Makes a certificate and writes it where the program looks for it.
fn certify(dir: &Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed([NAME.to_owned(), "localhost".to_owned()]).unwrap();
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

/// A node with the certificate of this directory.
async fn serve(database: &TestDatabase, dir: &Path) -> Program {
    let mut serve = apus(&["serve", "--listen", "127.0.0.1:0"]);
    serve
        .args(["--tls-cert", "certificate.pem", "--tls-key", "key.pem"])
        .env(
            "APUS_DATABASE_URL",
            database.connect_options().to_url_lossy().as_str(),
        )
        .current_dir(dir)
        .stderr(Stdio::piped());
    Program::start(&mut serve).await
}

#[tokio::test]
async fn the_command_line_trusts_whom_it_is_told_to() {
    let dir = tempfile::tempdir().unwrap();
    certify(dir.path());
    let database = apus_tests::database().await;
    let program = serve(&database, dir.path()).await;
    let mut create = apus(&["credentials", "create", "--role", "reader", "--output", "json"]);
    create
        .env(
            "APUS_DATABASE_URL",
            database.connect_options().to_url_lossy().as_str(),
        )
        .current_dir(dir.path());
    let created = run(&mut create).await;
    let created: Value = serde_json::from_str(&created.out).unwrap();
    let endpoint = program.url.replace("127.0.0.1", "localhost");
    let list = |certificates: &str| {
        let mut list = apus(&["domain", "list", "--endpoint", &endpoint]);
        list.env("SSL_CERT_FILE", dir.path().join(certificates));
        list.env("AWS_ACCESS_KEY_ID", created["accessKeyId"].as_str().unwrap());
        list.env(
            "AWS_SECRET_ACCESS_KEY",
            created["secretAccessKey"].as_str().unwrap(),
        );
        list
    };
    let listed = run(&mut list("certificate.pem")).await;
    assert_eq!((listed.code, listed.err.as_str()), (0, ""));

    let CertifiedKey { cert, .. } = rcgen::generate_simple_self_signed(["other".to_owned()]).unwrap();
    std::fs::write(dir.path().join("other.pem"), cert.pem()).unwrap();
    let refused = run(&mut list("other.pem")).await;
    assert_eq!(refused.code, 7);
    assert!(
        refused.err.contains("invalid peer certificate"),
        "{}",
        refused.err
    );
    program.stop(Signal::SIGTERM).await;
}

#[tokio::test]
async fn connections_are_encrypted_and_a_new_certificate_is_taken_up() {
    let dir = tempfile::tempdir().unwrap();
    let first = certify(dir.path());
    let database = apus_tests::database().await;
    let mut program = serve(&database, dir.path()).await;
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
