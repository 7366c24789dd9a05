//! List, status, download and deletion.

use anyhow::{Context, Result};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::{Api, expect, problem};

#[tokio::test]
async fn a_list_continues_where_the_page_before_ended() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    for name in ["b.txt", "A.txt", "c.txt"] {
        user.upload(name, "hello").await?;
    }
    let titles = |page: &Value| -> Vec<String> {
        let documents = page["documents"].as_array().into_iter().flatten();
        documents
            .filter_map(|document| document["title"].as_str().map(str::to_owned))
            .collect()
    };
    let first = user.get("/v1/documents?sort=title&order=asc&limit=2").await?;
    assert_eq!(titles(&first), ["A.txt", "b.txt"]);
    let cursor = first["next_cursor"].as_str().context("another page")?;
    let second = user
        .get(&format!(
            "/v1/documents?sort=title&order=asc&limit=2&cursor={cursor}"
        ))
        .await?;
    assert_eq!(titles(&second), ["c.txt"]);
    assert!(second["next_cursor"].is_null());
    assert_eq!(
        titles(&user.get("/v1/documents").await?),
        ["c.txt", "A.txt", "b.txt"],
        "the newest first"
    );

    for query in [
        "sort=owner",
        "limit=0",
        "limit=201",
        "state=gone",
        "cursor=x",
        "tag=%00",
        &format!("cursor={cursor}"),
    ] {
        let refused = user
            .request(Method::GET, &format!("/v1/documents?{query}"))
            .send()
            .await?;
        assert_eq!(
            problem(refused, StatusCode::UNPROCESSABLE_ENTITY).await?,
            "invalid_value",
            "{query}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_download_is_an_attachment_that_no_browser_renders() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let id = user
        .upload("<img src=x onerror=alert(1)>.html", "<script>alert(1)</script>")
        .await?;
    let redirect = user
        .request(Method::GET, &format!("/v1/documents/{id}/download"))
        .send()
        .await?;
    assert_eq!(redirect.status(), StatusCode::SEE_OTHER);
    let link = redirect.headers()["location"].to_str()?.to_owned();
    let download = api.http.get(&link).send().await?;
    let header = |name: &str| download.headers()[name].to_str().map(str::to_owned);
    assert!(header("content-disposition")?.starts_with("attachment"));
    assert_eq!(header("content-type")?, "application/octet-stream");
    assert_eq!(download.text().await?, "<script>alert(1)</script>");

    let asked = user
        .request(Method::GET, &format!("/v1/documents/{id}/download"))
        .header("accept", "application/json");
    let json = expect(asked.send().await?, StatusCode::OK).await?;
    assert!(json["url"].as_str().is_some_and(|url| url.starts_with("http")));
    Ok(())
}
