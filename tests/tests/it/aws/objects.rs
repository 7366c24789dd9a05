//! Objects: S3 against moto server, and the embedded server.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use apus_tests::moto;
use bytes::Bytes;
use chrono::{TimeDelta, Utc};
use docstore_activities::ports::aws::StaticCredentials;
use docstore_activities::ports::objects::embedded::{EmbeddedObjects, EmbeddedSettings};
use docstore_activities::ports::objects::s3::{S3Objects, S3Settings};
use docstore_activities::ports::objects::{ObjectError, ObjectKey, Objects, SignedForm, UploadPolicy};
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use reqwest::multipart::{Form, Part};
use reqwest::redirect::Policy;

use super::{administer, settings, unique};

pub async fn s3() -> Result<S3Objects> {
    let bucket = unique("documents");
    let location = format!(
        "<CreateBucketConfiguration><LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>",
        super::REGION
    );
    administer("s3", |client, endpoint| {
        client.put(format!("{endpoint}/{bucket}")).body(location)
    })
    .await?;
    let aws = settings(moto().endpoint());
    let settings = S3Settings {
        bucket,
        aws,
        public_endpoint: None,
    };
    Ok(S3Objects::open(&settings).await?)
}

#[tokio::test]
async fn s3_keeps_objects() -> Result<()> {
    keeps_objects(&s3().await?).await
}

#[tokio::test]
async fn s3_takes_forms() -> Result<()> {
    takes_forms(&s3().await?).await
}

#[tokio::test]
async fn the_embedded_server_keeps_objects_and_takes_forms() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let settings = EmbeddedSettings::new(dir.path().to_owned(), "127.0.0.1:0".parse()?);
    let credentials = StaticCredentials {
        access_key_id: "docstore".to_owned(),
        secret_access_key: "secret".to_owned(),
    };
    let server = EmbeddedObjects::start(&settings, credentials).await?;
    let objects = S3Objects::open(server.client_settings()).await?;
    keeps_objects(&objects).await?;
    takes_forms(&objects).await?;
    server.stop().await;
    Ok(())
}

#[tokio::test]
async fn a_missing_bucket_is_refused_for_good() -> Result<()> {
    let settings = S3Settings {
        bucket: unique("nowhere"),
        aws: settings(moto().endpoint()),
        public_endpoint: None,
    };
    let objects = S3Objects::open(&settings).await?;
    let error = objects
        .put(&key("a")?, Bytes::from_static(b"x"), "text/plain")
        .await
        .expect_err("there is no bucket");
    assert!(
        matches!(&error, ObjectError::Refused(fault) if fault.code == "NoSuchBucket"),
        "{error}"
    );
    Ok(())
}

fn key(key: &str) -> Result<ObjectKey> {
    Ok(ObjectKey::new(key)?)
}

async fn keeps_objects(objects: &dyn Objects) -> Result<()> {
    let (one, below) = (key("documents/1")?, key("documents/1/2")?);
    assert_eq!(objects.head(&one).await?, None);
    assert!(matches!(
        objects.get(&one, 10).await,
        Err(ObjectError::NotFound(_))
    ));

    objects
        .put(&one, Bytes::from_static(b"first"), "text/plain")
        .await?;
    objects
        .put(&one, Bytes::from_static(b"hello"), "text/plain")
        .await?;
    objects
        .put(&below, Bytes::from_static(b"below"), "text/plain")
        .await?;
    let head = objects.head(&one).await?.expect("it was put");
    assert_eq!((head.size, head.content_type.as_deref()), (5, Some("text/plain")));
    assert_eq!(head.etag, "5d41402abc4b2a76b9719d911017c592");
    assert!((Utc::now() - head.last_modified).abs() < TimeDelta::minutes(5));
    assert_eq!(objects.get(&one, 5).await?, "hello");
    assert!(matches!(
        objects.get(&one, 4).await,
        Err(ObjectError::TooLarge { .. })
    ));

    let dir = tempfile::tempdir()?;
    let (source, copy) = (dir.path().join("source"), dir.path().join("copy"));
    let content: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    std::fs::write(&source, &content)?;
    objects.put_file(&one, &source, "image/png").await?;
    assert_eq!(objects.get_to_file(&one, &copy, 2_000_000).await?, 1_200_000);
    assert!(std::fs::read(&copy)? == content);

    let link = objects
        .signed_get(&below, "né.txt", Duration::from_secs(60))
        .await?;
    let response = reqwest::get(&link).await?;
    assert_eq!(response.headers()[CONTENT_TYPE], "application/octet-stream");
    let disposition = "attachment; filename=\"n_.txt\"; filename*=UTF-8''n%C3%A9.txt";
    assert_eq!(response.headers()[CONTENT_DISPOSITION], disposition);
    assert_eq!(response.text().await?, "below");

    objects.delete(&one).await?;
    objects.delete(&one).await?;
    assert_eq!(objects.head(&one).await?, None);
    assert_eq!(objects.get(&below, 5).await?, "below");
    Ok(())
}

async fn takes_forms(objects: &dyn Objects) -> Result<()> {
    let policy = UploadPolicy {
        key: key("documents/7/8")?,
        content_type: "application/pdf".to_owned(),
        bytes_min: 1,
        bytes_max: 100,
        metadata: BTreeMap::from([("document".to_owned(), "8".to_owned())]),
        open_metadata: vec!["title".to_owned()],
        success_redirect: Some("http://docstore.example/uploads/8".to_owned()),
        expires_at: Utc::now() + TimeDelta::minutes(10),
    };
    let mut form = objects.upload_form(&policy).await?;
    let title = form
        .fields
        .iter_mut()
        .find(|(name, _)| name == "x-amz-meta-title");
    title.expect("the title is open").1 = "A title".to_owned();
    let response = post(&form, "%PDF-1.4").await?;
    assert_eq!(response.status(), 303, "{:?}", response.text().await);
    let location = response.headers()[LOCATION].to_str()?;
    assert!(
        location.starts_with("http://docstore.example/uploads/8?"),
        "{location}"
    );
    assert!(location.contains("key=documents%2F7%2F8"), "{location}");
    let head = objects.head(&policy.key).await?.expect("it was uploaded");
    assert_eq!(
        (head.size, head.content_type.as_deref()),
        (8, Some("application/pdf"))
    );
    let metadata = [("document", "8"), ("title", "A title")];
    let metadata = metadata.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(head.metadata, BTreeMap::from(metadata));
    Ok(())
}

async fn post(form: &SignedForm, file: &'static str) -> Result<reqwest::Response> {
    let fields = form.fields.iter().cloned();
    let multipart = fields.fold(Form::new(), |multipart, (name, value)| {
        multipart.text(name, value)
    });
    let multipart = multipart.part(form.file_field.clone(), Part::text(file).file_name("a.pdf"));
    let browser = reqwest::Client::builder().redirect(Policy::none()).build()?;
    Ok(browser.post(&form.url).multipart(multipart).send().await?)
}
