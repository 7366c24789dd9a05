//! Search: one's own documents only, and the full text for premium accounts only.

use anyhow::{Context, Result};
use chrono::Utc;
use docstore_activities::search::{IndexedDocument, PageText};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::{Api, User, problem};

/// Puts a document with this text into the index, as its workflow does.
async fn index(user: &User<'_>, title: &str, text: &str) -> Result<()> {
    let id = user.upload(title, text).await?;
    let owner = user.get("/v1/account").await?["id"]
        .as_str()
        .context("an id")?
        .parse()?;
    let document = IndexedDocument {
        document: id.parse()?,
        owner,
        title: title.to_owned(),
        file_name: title.to_owned(),
        kind: "text".to_owned(),
        tags: Vec::new(),
        created: Utc::now(),
        modified: Utc::now(),
        size: 1,
        pages: vec![PageText {
            number: 3,
            text: text.to_owned(),
        }],
    };
    user.api.app.index.put(document).await?;
    Ok(())
}

fn titles(found: &Value) -> Vec<&str> {
    found["hits"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|hit| hit["title"].as_str())
        .collect()
}

#[tokio::test]
async fn a_free_account_finds_names_and_a_premium_one_text_and_nobody_the_documents_of_others() -> Result<()>
{
    let api = Api::start().await?;
    let (free, premium) = (
        api.user("free@example.com", "free").await?,
        api.user("premium@example.com", "premium").await?,
    );
    for user in [&free, &premium] {
        index(user, "report.txt", "the swifts <b>return</b> in April").await?;
    }
    assert_eq!(titles(&free.get("/v1/search?q=report").await?), ["report.txt"]);
    assert!(titles(&free.get("/v1/search?q=swifts").await?).is_empty());

    let found = premium.get("/v1/search?q=swifts").await?;
    assert_eq!(
        (titles(&found), &found["hits"][0]["page"]),
        (vec!["report.txt"], &Value::from(3))
    );
    let snippet = found["hits"][0]["snippet_html"].as_str().context("a snippet")?;
    assert!(
        snippet.contains("<mark>swifts</mark>") && snippet.contains("&lt;b&gt;"),
        "{snippet}"
    );

    let stranger = api.user("bob@example.com", "premium").await?;
    assert!(titles(&stranger.get("/v1/search?q=swifts").await?).is_empty());
    Ok(())
}

#[tokio::test]
async fn a_query_that_is_not_understood_is_refused() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "premium").await?;
    for query in ["", "%22open", "(a", "owner:x", "a%00b OR"] {
        let refused = user
            .request(Method::GET, &format!("/v1/search?q={query}"))
            .send()
            .await?;
        assert_eq!(
            problem(refused, StatusCode::BAD_REQUEST).await?,
            "bad_query",
            "{query}"
        );
    }
    let refused = user
        .request(Method::GET, "/v1/search?q=a&cursor=x")
        .send()
        .await?;
    assert_eq!(
        problem(refused, StatusCode::UNPROCESSABLE_ENTITY).await?,
        "invalid_value"
    );
    Ok(())
}
