//! The embedded server from outside. What both sides of the port have in common is tested with S3's.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod forms;

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode};
use tempfile::TempDir;

use super::*;
use crate::ports::objects::s3::S3Objects;
use crate::ports::objects::{ObjectError, ObjectKey, Objects};

struct Bench {
    server: EmbeddedObjects,
    objects: S3Objects,
    browser: reqwest::Client,
    _dir: TempDir,
}

fn keys() -> StaticCredentials {
    StaticCredentials {
        access_key_id: "docstore".to_owned(),
        secret_access_key: "a secret".to_owned(),
    }
}

async fn bench() -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let settings = EmbeddedSettings {
        origins: vec!["http://127.0.0.1:8080".to_owned()],
        ..EmbeddedSettings::new(dir.path().to_owned(), "127.0.0.1:0".parse().unwrap())
    };
    let server = EmbeddedObjects::start(&settings, keys()).await.unwrap();
    let objects = S3Objects::open(server.client_settings()).await.unwrap();
    let browser = reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap();
    Bench {
        server,
        objects,
        browser,
        _dir: dir,
    }
}

fn key(key: &str) -> ObjectKey {
    ObjectKey::new(key).unwrap()
}

#[tokio::test]
async fn files_stream_in_and_out() {
    let bench = bench().await;
    let dir = tempfile::tempdir().unwrap();
    let (source, copy) = (dir.path().join("source"), dir.path().join("copy"));
    let content: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    std::fs::write(&source, &content).unwrap();
    bench
        .objects
        .put_file(&key("a"), &source, "image/png")
        .await
        .unwrap();
    assert_eq!(
        bench
            .objects
            .get_to_file(&key("a"), &copy, 3_000_000)
            .await
            .unwrap(),
        3_000_000
    );
    assert_eq!(std::fs::read(&copy).unwrap(), content);
    let too_large = bench.objects.get_to_file(&key("a"), &copy, 2_999_999).await;
    assert!(matches!(too_large, Err(ObjectError::TooLarge { .. })));
    let missing = bench
        .objects
        .put_file(&key("a"), &dir.path().join("missing"), "image/png")
        .await;
    assert!(matches!(missing, Err(ObjectError::File { .. })));
}

#[tokio::test]
async fn links_download_as_attachments_and_cannot_be_bent() {
    let bench = bench().await;
    bench
        .objects
        .put(&key("a"), Bytes::from_static(b"<script>"), "text/html")
        .await
        .unwrap();
    bench
        .objects
        .put(&key("b"), Bytes::from_static(b"other"), "text/html")
        .await
        .unwrap();
    let link = bench
        .objects
        .signed_get(&key("a"), "né.html", Duration::from_secs(60))
        .await
        .unwrap();
    let response = bench.browser.get(&link).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/octet-stream");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let disposition = "attachment; filename=\"n_.html\"; filename*=UTF-8''n%C3%A9.html";
    assert_eq!(response.headers()[CONTENT_DISPOSITION], disposition);
    assert_eq!(response.text().await.unwrap(), "<script>");
    let bent = [
        link.replace("docstore-documents/a?", "docstore-documents/b?"),
        link.replace("octet-stream", "xhtml"),
        link.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        link.split('?').next().unwrap().to_owned(),
    ];
    for link in bent {
        assert_eq!(
            bench.browser.get(&link).send().await.unwrap().status(),
            StatusCode::FORBIDDEN,
            "{link}"
        );
    }
    let part = bench
        .browser
        .get(&link)
        .header("range", "bytes=1-3")
        .send()
        .await
        .unwrap();
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.text().await.unwrap(), "scr");
}

#[tokio::test]
async fn odd_paths_reach_nothing() {
    let bench = bench().await;
    bench
        .objects
        .put(&key("a"), Bytes::from_static(b"x"), "text/plain")
        .await
        .unwrap();
    let root = format!("http://{}/docstore-documents", bench.server.address());
    for path in [
        "a",
        "",
        "/..%2fa",
        "/%2e%2e/objects",
        "/a%00",
        "/A",
        "/incoming",
        "?policy",
    ] {
        let url = format!("{root}{path}");
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let response = bench.browser.request(method, &url).send().await.unwrap();
            assert!(
                response.status().is_client_error(),
                "{url}: {}",
                response.status()
            );
        }
    }
}

#[tokio::test]
async fn a_wrong_secret_is_refused_for_good() {
    let bench = bench().await;
    let mut settings = bench.server.client_settings().clone();
    settings.aws.credentials = Some(StaticCredentials {
        secret_access_key: "wrong".to_owned(),
        ..keys()
    });
    let other = S3Objects::open(&settings).await.unwrap();
    let error = other
        .put(&key("a"), Bytes::from_static(b"x"), "text/plain")
        .await
        .unwrap_err();
    assert!(
        matches!(error, ObjectError::Refused(_)) && !error.is_retryable(),
        "{error}"
    );
}

#[tokio::test]
async fn a_stopped_server_is_unavailable_and_keeps_its_objects() {
    let Bench {
        server,
        objects,
        browser,
        _dir: dir,
    } = bench().await;
    objects
        .put(&key("a"), Bytes::from_static(b"x"), "text/plain")
        .await
        .unwrap();
    drop(browser);
    server.stop().await;
    let error = objects.get(&key("a"), 10).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    let settings = EmbeddedSettings::new(dir.path().to_owned(), "127.0.0.1:0".parse().unwrap());
    let server = EmbeddedObjects::start(&settings, keys()).await.unwrap();
    let objects = S3Objects::open(server.client_settings()).await.unwrap();
    assert_eq!(objects.get(&key("a"), 10).await.unwrap(), "x");
}
