//! Versions: uploaded one after another, each kept with its own file.

use anyhow::{Context, Result};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{Api, User, expect, problem};

/// What a download of this path brings.
async fn content(user: &User<'_>, path: &str) -> Result<String> {
    let asked = user
        .request(Method::GET, path)
        .header("accept", "application/json");
    let link = expect(asked.send().await?, StatusCode::OK).await?;
    let url = link["url"].as_str().context("a link")?;
    Ok(user.api.http.get(url).send().await?.text().await?)
}

#[tokio::test]
async fn every_version_keeps_its_file_and_the_newest_is_the_document() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let id = user.upload("a.txt", "one").await?;
    let path = format!("/v1/documents/{id}");
    assert_eq!(user.upload_version(&id, "three").await?, 2);
    assert_eq!(content(&user, &format!("{path}/download")).await?, "three");
    assert_eq!(
        content(&user, &format!("{path}/versions/1/download")).await?,
        "one"
    );
    let list = user.get("/v1/documents").await?;
    let documents = list["documents"].as_array().context("documents")?;
    assert_eq!(documents.len(), 1);
    assert_eq!(
        (
            &documents[0]["id"],
            &documents[0]["version"],
            &documents[0]["size"]
        ),
        (&json!(id), &json!(2), &json!(5))
    );
    let versions = user.get(&format!("{path}/versions")).await?;
    let told: Vec<_> = versions["versions"]
        .as_array()
        .context("versions")?
        .iter()
        .map(|version| (version["version"].as_i64(), version["current"].as_bool()))
        .collect();
    assert_eq!(told, [(Some(2), Some(true)), (Some(1), Some(false))]);
    let history = user.get(&format!("{path}/history")).await?;
    assert_eq!(history["entries"][3]["version"], 2);
    Ok(())
}

#[tokio::test]
async fn a_version_on_its_way_changes_nothing_yet() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let id = user.upload("a.txt", "one").await?;
    let path = format!("/v1/documents/{id}");
    let asked = user
        .request(Method::POST, &format!("{path}/versions"))
        .json(&json!({ "size": 5, "redirect": true }))
        .send()
        .await?;
    let form = expect(asked, StatusCode::CREATED).await?;
    assert_eq!((&form["document"], &form["version"]), (&json!(id), &json!(2)));
    let begun = user.request(Method::POST, &format!("{path}/versions/2/upload-begun"));
    assert_eq!(
        expect(begun.send().await?, StatusCode::ACCEPTED).await?["state"],
        "uploading"
    );
    assert_eq!(user.get(&path).await?["version"], 1);
    let early = user
        .request(Method::POST, &format!("{path}/versions/2/upload-complete"))
        .send()
        .await?;
    assert_eq!(problem(early, StatusCode::CONFLICT).await?, "not_uploaded");

    let stored = api.send_form(&super::Form::read(&form)?, "three").await?;
    let redirect = stored.headers()["location"].to_str()?.to_owned();
    let back = redirect
        .strip_prefix(&api.url)
        .context("the redirect leads back")?;
    assert_eq!(
        user.request(Method::GET, back).send().await?.status(),
        StatusCode::SEE_OTHER
    );
    assert_eq!(user.get(&path).await?["version"], 2);
    Ok(())
}

#[tokio::test]
async fn old_versions_can_be_deleted_and_the_current_one_cannot() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let id = user.upload("a.txt", "one").await?;
    user.upload_version(&id, "two").await?;
    let path = format!("/v1/documents/{id}/versions");
    api.events().await?;
    let current = user.request(Method::DELETE, &format!("{path}/2")).send().await?;
    assert_eq!(problem(current, StatusCode::CONFLICT).await?, "current_version");
    let old = user.request(Method::DELETE, &format!("{path}/1")).send().await?;
    assert_eq!(expect(old, StatusCode::ACCEPTED).await?["state"], "deleting");
    assert_eq!(api.event_kinds().await?, ["delete-document"]);
    assert_eq!(user.get(&format!("/v1/documents/{id}")).await?["version"], 2);
    let unknown = user.request(Method::GET, &format!("{path}/7")).send().await?;
    assert_eq!(problem(unknown, StatusCode::NOT_FOUND).await?, "not_found");
    Ok(())
}

#[tokio::test]
async fn what_is_reserved_for_a_version_counts_for_the_quota() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let id = user.upload("a.txt", "one").await?;
    let ask = |size: u64| {
        user.request(Method::POST, &format!("/v1/documents/{id}/versions"))
            .json(&json!({ "size": size }))
    };
    expect(ask(9_000).send().await?, StatusCode::CREATED).await?;
    assert_eq!(
        problem(ask(9_000).send().await?, StatusCode::FORBIDDEN).await?,
        "quota_exceeded"
    );
    Ok(())
}
