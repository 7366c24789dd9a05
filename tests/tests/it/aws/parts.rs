//! Uploads in parts: S3 against moto server, and the embedded server.

use std::time::Duration;

use anyhow::{Context, Result};
use apus_tests::{Answer, Recorder};
use docstore_activities::ports::aws::StaticCredentials;
use docstore_activities::ports::objects::embedded::{EmbeddedObjects, EmbeddedSettings};
use docstore_activities::ports::objects::parts::{Cut, PART_BYTES_MIN, Part, PartsUpload, join_if_complete};
use docstore_activities::ports::objects::s3::{S3Objects, S3Settings};
use docstore_activities::ports::objects::{ObjectKey, Objects};
use futures::future::try_join_all;
use reqwest::StatusCode;
use reqwest::header::ETAG;

use super::objects::s3;
use super::settings;

/// Two parts, of which the last is short.
const SIZE: u64 = PART_BYTES_MIN + 10;

/// moto server names its list of parts otherwise than S3 does, so here they are known from their answers.
#[tokio::test]
async fn s3_takes_parts() -> Result<()> {
    let objects = s3().await?;
    joins_and_aborts(&objects).await?;
    has_no_parts_of_what_has_ended(&objects).await
}

/// In the form and with the paging that the reference of S3 has.
#[tokio::test]
async fn a_long_list_of_parts_is_read_to_its_end() -> Result<()> {
    let page = |parts: &[u32], next: Option<u32>| {
        let part = |number: &u32| {
            format!(
                "<Part><PartNumber>{number}</PartNumber><ETag>&quot;{number}&quot;</ETag><Size>7</Size></Part>"
            )
        };
        let parts: String = parts.iter().map(part).collect();
        let next = next.map(|number| format!("<NextPartNumberMarker>{number}</NextPartNumberMarker>"));
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <ListPartsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>b</Bucket>\
             <IsTruncated>{}</IsTruncated>{}{parts}</ListPartsResult>",
            next.is_some(),
            next.unwrap_or_default(),
        );
        Answer::Say(
            StatusCode::OK,
            &[("content-type", "application/xml")],
            body.into(),
        )
    };
    let last = page(&[1_002], None);
    let recorder = Recorder::start([page(&[1, 2], Some(2)), page(&[3, 1_001], Some(1_001))], last).await;
    let objects = S3Objects::open(&S3Settings {
        bucket: "b".to_owned(),
        aws: settings(recorder.endpoint()),
        public_endpoint: None,
    })
    .await?;
    let key = ObjectKey::new("documents/1")?;
    let upload = PartsUpload {
        key: &key,
        name: "upload",
    };
    let parts = objects.arrived_parts(&upload).await?;
    let numbers: Vec<_> = parts.iter().map(|part| part.number).collect();
    assert_eq!(numbers, [1, 2, 3, 1_001, 1_002]);
    assert!(parts.iter().all(|part| part.bytes == 7));
    let asked: Vec<_> = recorder
        .recorded()
        .into_iter()
        .map(|request| request.query)
        .collect();
    for (query, marker) in asked.iter().zip([None, Some("2"), Some("1001")]) {
        let found = url::form_urlencoded::parse(query.as_bytes());
        let found = found.into_owned().find(|(name, _)| name == "part-number-marker");
        assert_eq!(found.as_ref().map(|(_, value)| value.as_str()), marker, "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn the_embedded_server_takes_parts_across_a_restart() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let embedded = EmbeddedSettings::new(dir.path().to_owned(), "127.0.0.1:0".parse()?);
    let credentials = || StaticCredentials {
        access_key_id: "docstore".to_owned(),
        secret_access_key: "secret".to_owned(),
    };
    let server = EmbeddedObjects::start(&embedded, credentials()).await?;
    let objects = S3Objects::open(server.client_settings()).await?;
    joins_and_aborts(&objects).await?;
    has_no_parts_of_what_has_ended(&objects).await?;
    lists_parts(&objects).await?;
    are_joined_by_several(&objects).await?;

    let key = ObjectKey::new("documents/2")?;
    let name = objects.begin_parts(&key, "text/plain").await?;
    let upload = PartsUpload {
        key: &key,
        name: &name,
    };
    put(&objects, &upload, 1, 5).await?;
    server.stop().await;
    let server = EmbeddedObjects::start(&embedded, credentials()).await?;
    let objects = S3Objects::open(server.client_settings()).await?;
    assert!(join_if_complete(&objects, &upload, &Cut::of(5)).await?);
    assert_eq!(objects.get(&key, 5).await?, vec![1; 5]);
    server.stop().await;
    Ok(())
}

/// Puts a part that is full of its number.
async fn put(objects: &dyn Objects, upload: &PartsUpload<'_>, number: u8, bytes: u64) -> Result<Part> {
    let life = Duration::from_secs(60);
    let link = objects.signed_part(upload, number.into(), bytes, life).await?;
    let body = vec![number; usize::try_from(bytes)?];
    let put = reqwest::Client::new().put(link).body(body).send().await?;
    let (status, etag) = (put.status(), put.headers().get(ETAG).cloned());
    assert!(status.is_success(), "{}", put.text().await?);
    let etag = etag.context("a part has a tag")?.to_str()?.to_owned();
    Ok(Part {
        number: number.into(),
        bytes,
        etag,
    })
}

async fn joins_and_aborts(objects: &dyn Objects) -> Result<()> {
    let key = ObjectKey::new("documents/1")?;
    let name = objects.begin_parts(&key, "text/plain").await?;
    let upload = PartsUpload {
        key: &key,
        name: &name,
    };
    let second = put(objects, &upload, 2, 10).await?;
    assert_eq!(objects.head(&key).await?, None);
    let first = put(objects, &upload, 1, PART_BYTES_MIN).await?;
    objects.join_parts(&upload, &[first, second]).await?;
    let head = objects.head(&key).await?.context("it was made")?;
    assert_eq!(
        (head.size, head.content_type.as_deref()),
        (SIZE, Some("text/plain"))
    );
    let content = objects.get(&key, SIZE).await?;
    assert!(content[..8] == [1; 8] && content.ends_with(&[2; 10]));

    let name = objects.begin_parts(&key, "text/plain").await?;
    let upload = PartsUpload {
        key: &key,
        name: &name,
    };
    put(objects, &upload, 1, 5).await?;
    for _ in 0..2 {
        objects.abort_parts(&upload).await?;
    }
    Ok(())
}

/// However it ended.
async fn has_no_parts_of_what_has_ended(objects: &dyn Objects) -> Result<()> {
    let key = ObjectKey::new("documents/5")?;
    for is_joined in [true, false] {
        let name = objects.begin_parts(&key, "text/plain").await?;
        let upload = PartsUpload {
            key: &key,
            name: &name,
        };
        let part = put(objects, &upload, 1, 5).await?;
        match is_joined {
            true => objects.join_parts(&upload, &[part]).await?,
            false => objects.abort_parts(&upload).await?,
        }
        assert_eq!(objects.arrived_parts(&upload).await?, []);
    }
    Ok(())
}

async fn lists_parts(objects: &dyn Objects) -> Result<()> {
    let key = ObjectKey::new("documents/3")?;
    let name = objects.begin_parts(&key, "text/plain").await?;
    let upload = PartsUpload {
        key: &key,
        name: &name,
    };
    let cut = Cut::of(SIZE);
    put(objects, &upload, 2, 10).await?;
    assert!(!join_if_complete(objects, &upload, &cut).await?, "one is missing");
    for _ in 0..2 {
        put(objects, &upload, 1, PART_BYTES_MIN).await?;
    }
    let arrived = objects.arrived_parts(&upload).await?;
    let sizes: Vec<_> = arrived.iter().map(|part| (part.number, part.bytes)).collect();
    assert_eq!(sizes, [(1, PART_BYTES_MIN), (2, 10)]);
    assert!(join_if_complete(objects, &upload, &cut).await?);
    assert!(
        objects.arrived_parts(&upload).await?.is_empty(),
        "the upload has ended"
    );
    Ok(())
}

/// The client and the workflow that watches over the upload may both see that all parts are there.
async fn are_joined_by_several(objects: &dyn Objects) -> Result<()> {
    let key = ObjectKey::new("documents/4")?;
    let name = objects.begin_parts(&key, "text/plain").await?;
    let upload = PartsUpload {
        key: &key,
        name: &name,
    };
    let cut = Cut::of(SIZE);
    put(objects, &upload, 1, PART_BYTES_MIN).await?;
    put(objects, &upload, 2, 10).await?;
    let joining = (0..8).map(|_| join_if_complete(objects, &upload, &cut));
    assert_eq!(try_join_all(joining).await?, [true; 8]);
    assert_eq!(objects.head(&key).await?.map(|head| head.size), Some(SIZE));
    Ok(())
}
