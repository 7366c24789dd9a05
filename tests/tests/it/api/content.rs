//! What is in a document: text, picture, and where else the same content is.

use anyhow::{Context, Result};
use bytes::Bytes;
use docstore_activities::Stored;
use docstore_activities::catalog::{Metadata, Outcome};
use docstore_activities::search::PageText;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Api, User, expect, problem};

/// What the processing of a text of these pages leaves behind.
pub(super) async fn process(api: &Api, id: &str, texts: &[(u32, &str)]) -> Result<()> {
    let document = api.app.catalog.document(id.parse()?).await?;
    let pages: Vec<PageText> = texts
        .iter()
        .map(|(number, text)| PageText {
            number: *number,
            text: (*text).to_owned(),
        })
        .collect();
    let key = Stored::Text.key(document.owner, document.version_id)?;
    let body = Bytes::from(serde_json::to_vec(&pages)?);
    api.app.objects.put(&key, body, "application/json").await?;
    api.app
        .catalog
        .record_progress(document.version_id, 4, Some(4))
        .await?;
    api.app
        .catalog
        .finish(document.version_id, document.attempt, &Outcome::Ready)
        .await?;
    Ok(())
}

#[tokio::test]
async fn the_text_is_shown_page_by_page() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "premium").await?;
    let id = user.upload("a.txt", "hello").await?;
    let path = format!("/v1/documents/{id}/text");
    let early = user.request(Method::GET, &path).send().await?;
    assert_eq!(problem(early, StatusCode::NOT_FOUND).await?, "no_text");
    process(&api, &id, &[(2, "<b>two</b>"), (3, "three")]).await?;
    let first = user.get(&path).await?;
    assert_eq!(
        first,
        json!({ "page": 2, "text": "<b>two</b>", "pages": 4, "previous": null, "next": 3 })
    );
    let blank = user.get(&format!("{path}?page=4")).await?;
    assert_eq!(
        blank,
        json!({ "page": 4, "text": "", "pages": 4, "previous": 3, "next": null })
    );
    for page in ["0", "5", "x", "-1"] {
        let refused = user
            .request(Method::GET, &format!("{path}?page={page}"))
            .send()
            .await?;
        assert_eq!(
            problem(refused, StatusCode::UNPROCESSABLE_ENTITY).await?,
            "invalid_value",
            "{page}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_text_that_was_read_anew_is_the_one_that_is_shown() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "premium").await?;
    let id = user.upload("a.txt", "hello").await?;
    process(&api, &id, &[(1, "badly read")]).await?;
    let path = format!("/v1/documents/{id}/text");
    assert_eq!(user.get(&path).await?["text"], "badly read");
    sqlx::query("UPDATE documents SET state = 'failed', reason_code = 'x', reason = 'x'")
        .execute(api.app.catalog.pool())
        .await?;
    let retry = user.request(Method::POST, &format!("/v1/documents/{id}/retry"));
    expect(retry.send().await?, StatusCode::ACCEPTED).await?;
    process(&api, &id, &[(1, "well read")]).await?;
    assert_eq!(user.get(&path).await?["text"], "well read");
    Ok(())
}

#[tokio::test]
async fn the_picture_is_a_picture_and_sent_once() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let id = user.upload("a.txt", "hello").await?;
    let path = format!("/v1/documents/{id}/thumbnail");
    let none = user.request(Method::GET, &path).send().await?;
    assert_eq!(problem(none, StatusCode::NOT_FOUND).await?, "not_found");
    let document = api.app.catalog.document(id.parse()?).await?;
    let key = Stored::Thumbnail.key(document.owner, document.version_id)?;
    let picture = Bytes::from_static(b"\x89PNG\r\n\x1a\n");
    api.app.objects.put(&key, picture.clone(), "image/png").await?;
    api.app
        .catalog
        .record_thumbnail(document.version_id, key.as_str())
        .await?;
    let sent = user.request(Method::GET, &path).send().await?;
    assert_eq!(sent.status(), StatusCode::OK);
    assert_eq!(sent.headers()["content-type"], "image/png");
    assert_eq!(sent.headers()["x-content-type-options"], "nosniff");
    let tag = sent.headers()["etag"].clone();
    assert_eq!(sent.bytes().await?, picture);
    let again = user
        .request(Method::GET, &path)
        .header("if-none-match", tag)
        .send()
        .await?;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    Ok(())
}

async fn duplicates(user: &User<'_>, id: &str) -> Result<Vec<Value>> {
    let found = user.get(&format!("/v1/documents/{id}/duplicates")).await?;
    let documents = found["documents"].as_array().context("documents")?;
    Ok(documents.iter().map(|document| document["id"].clone()).collect())
}

#[tokio::test]
async fn the_same_content_is_told_of_but_not_of_others_or_of_the_trash() -> Result<()> {
    let api = Api::start().await?;
    let (ada, bob) = (
        api.user("ada@example.com", "free").await?,
        api.user("bob@example.com", "free").await?,
    );
    let digest = [7; 32];
    let upload = async |user: &User<'_>| -> Result<String> {
        let id = user.upload("a.txt", "hello").await?;
        let metadata = Metadata {
            size: 5,
            sniffed_type: "text/plain",
            kind: "text",
            digest,
            index_wanted: 0,
        };
        api.app
            .catalog
            .record_metadata(id.parse::<Uuid>()?, &metadata)
            .await?;
        Ok(id)
    };
    let (first, second, other) = (upload(&ada).await?, upload(&ada).await?, upload(&bob).await?);
    assert_eq!(duplicates(&ada, &first).await?, [json!(second)]);
    assert_eq!(duplicates(&ada, &second).await?, [json!(first)]);
    assert!(duplicates(&bob, &other).await?.is_empty());
    let sha256 = "07".repeat(32);
    let form = json!({ "file_name": "b.txt", "size": 5, "sha256": sha256 });
    let told = expect(ada.ask_for_form(&form).await?, StatusCode::CREATED).await?;
    assert_eq!(told["duplicates"], json!([first, second]));
    let trashed = ada.request(Method::DELETE, &format!("/v1/documents/{first}"));
    expect(trashed.send().await?, StatusCode::OK).await?;
    assert!(
        duplicates(&ada, &second).await?.is_empty(),
        "a hit in the trash leads nowhere"
    );
    let refused = ada
        .ask_for_form(&json!({ "file_name": "b.txt", "sha256": "xyz" }))
        .await?;
    assert_eq!(
        problem(refused, StatusCode::UNPROCESSABLE_ENTITY).await?,
        "invalid_value"
    );
    Ok(())
}
