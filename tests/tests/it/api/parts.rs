//! Uploads in parts: put in any order, interrupted, gone on with, joined once.

use anyhow::{Context, Result};
use docstore_activities::ports::objects::parts::PART_BYTES_MIN;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Api, Setup, User, expect, problem};

/// Three parts, of which the last is short.
const SIZE: u64 = 2 * PART_BYTES_MIN + 1_000;

/// An API that takes files in parts, which are larger than what other tests send.
async fn start() -> Result<Api> {
    let setup = Setup {
        max_document_bytes: SIZE,
        ..Setup::default()
    };
    Api::start_with(setup).await
}

async fn make_room(api: &Api) -> Result<()> {
    sqlx::query("UPDATE account_usage SET quota_bytes = $1")
        .bind(i64::try_from(10 * SIZE)?)
        .execute(api.app.catalog.pool())
        .await?;
    Ok(())
}

async fn begin(user: &User<'_>, wanted: &Value) -> Result<Value> {
    let asked = user.request(Method::POST, "/v1/uploads/in-parts").json(wanted);
    expect(asked.send().await?, StatusCode::CREATED).await
}

fn content() -> Vec<u8> {
    (0..SIZE).map(|byte| (byte % 251) as u8).collect()
}

/// Puts this part of the content.
async fn put(user: &User<'_>, part: &Value) -> Result<StatusCode> {
    let number = part["number"].as_u64().context("a number")?;
    let bytes = usize::try_from(part["bytes"].as_u64().context("a length")?)?;
    let begin = usize::try_from((number - 1) * PART_BYTES_MIN)?;
    let body = content()[begin..begin + bytes].to_vec();
    let url = part["url"].as_str().context("a link")?;
    Ok(user.api.http.put(url).body(body).send().await?.status())
}

fn numbers(upload: &Value) -> Vec<u64> {
    let missing = upload["missing"].as_array().into_iter().flatten();
    missing.filter_map(|part| part["number"].as_u64()).collect()
}

#[tokio::test]
async fn an_interrupted_upload_goes_on_where_it_was() -> Result<()> {
    let api = start().await?;
    let user = api.user("ada@example.com", "free").await?;
    make_room(&api).await?;
    let upload = begin(
        &user,
        &json!({ "file_name": "large.bin", "size": SIZE, "tags": ["big"] }),
    )
    .await?;
    assert_eq!((&upload["parts"], numbers(&upload)), (&json!(3), vec![1, 2, 3]));
    assert_eq!(user.get("/v1/account").await?["usage"]["bytes_reserved"], SIZE);
    let path = format!(
        "/v1/documents/{}/versions/1",
        upload["document"].as_str().context("a document")?
    );
    for part in [2, 0] {
        assert_eq!(put(&user, &upload["missing"][part]).await?, StatusCode::OK);
    }
    let early = user
        .request(Method::POST, &format!("{path}/upload-complete"))
        .send()
        .await?;
    assert_eq!(problem(early, StatusCode::CONFLICT).await?, "not_uploaded");
    let left = user.get(&format!("{path}/parts")).await?;
    assert_eq!((&left["arrived"], numbers(&left)), (&json!(2), vec![2]));
    assert_eq!(put(&user, &left["missing"][0]).await?, StatusCode::OK);
    for _ in 0..2 {
        let complete = user.request(Method::POST, &format!("{path}/upload-complete"));
        let document = expect(complete.send().await?, StatusCode::ACCEPTED).await?;
        assert_eq!(
            (&document["size"], &document["tags"]),
            (&json!(SIZE), &json!(["big"]))
        );
    }
    let link = user
        .request(Method::GET, &format!("{path}/download"))
        .header("accept", "application/json");
    let link = expect(link.send().await?, StatusCode::OK).await?;
    let stored = api
        .http
        .get(link["url"].as_str().context("a link")?)
        .send()
        .await?;
    assert!(stored.bytes().await? == content());
    let over = user.request(Method::GET, &format!("{path}/parts")).send().await?;
    assert_eq!(problem(over, StatusCode::NOT_FOUND).await?, "not_found");
    Ok(())
}

#[tokio::test]
async fn a_link_takes_its_part_and_nothing_else() -> Result<()> {
    let api = start().await?;
    let user = api.user("ada@example.com", "free").await?;
    make_room(&api).await?;
    let upload = begin(&user, &json!({ "file_name": "large.bin", "size": SIZE })).await?;
    let url = upload["missing"][2]["url"].as_str().context("a link")?;
    for (url, bytes) in [
        (url.to_owned(), 999),
        (url.to_owned(), 1_001),
        (url.replace("partNumber=3", "partNumber=1"), 1_000),
    ] {
        let refused = api.http.put(url).body(vec![0; bytes]).send().await?;
        assert!(
            refused.status().is_client_error(),
            "{bytes}: {}",
            refused.status()
        );
    }
    assert_eq!(put(&user, &upload["missing"][2]).await?, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn a_version_may_come_in_parts() -> Result<()> {
    let api = start().await?;
    let (ada, bob) = (
        api.user("ada@example.com", "free").await?,
        api.user("bob@example.com", "free").await?,
    );
    make_room(&api).await?;
    let id = ada.upload("a.txt", "hello").await?;
    let wanted = json!({ "file_name": "b.txt", "size": 10, "version_of": id });
    let foreign = bob
        .request(Method::POST, "/v1/uploads/in-parts")
        .json(&wanted)
        .send()
        .await?;
    assert_eq!(problem(foreign, StatusCode::NOT_FOUND).await?, "not_found");
    let upload = begin(&ada, &wanted).await?;
    assert_eq!(
        (&upload["document"], &upload["version"], &upload["parts"]),
        (&json!(id), &json!(2), &json!(1))
    );
    assert_eq!(put(&ada, &upload["missing"][0]).await?, StatusCode::OK);
    let path = format!("/v1/documents/{id}");
    let complete = ada.request(Method::POST, &format!("{path}/versions/2/upload-complete"));
    expect(complete.send().await?, StatusCode::ACCEPTED).await?;
    assert_eq!(ada.get(&path).await?["size"], 10);
    Ok(())
}
