//! Nobody gets at somebody else's document: asked of every route that names one, so that none is forgotten.

use anyhow::{Context, Result, ensure};
use docstore::router;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Api, problem};

/// Asked in `sessions.rs`.
const SESSION: &str = "/v1/sessions/{session}";

/// The method and path of every route with a document in its path, from the description of the API.
fn routes_of_documents() -> Result<Vec<(Method, String)>> {
    let description = serde_json::to_value(router::openapi())?;
    let paths = description["paths"].as_object().context("paths")?;
    let mut routes = Vec::new();
    let named = paths.iter().filter(|(path, _)| path.contains('{'));
    for (path, methods) in named.filter(|(path, _)| *path != SESSION) {
        ensure!(
            path.contains("{document}"),
            "say how {path} checks who asks, and ask it here"
        );
        for method in methods.as_object().into_iter().flat_map(|methods| methods.keys()) {
            routes.push((method.to_uppercase().parse()?, path.clone()));
        }
    }
    Ok(routes)
}

#[tokio::test]
async fn the_document_of_another_is_not_there() -> Result<()> {
    let api = Api::start().await?;
    let (ada, bob) = (
        api.user("ada@example.com", "free").await?,
        api.user("bob@example.com", "free").await?,
    );
    let id = ada.upload("secret.txt", "hello").await?;
    let routes = routes_of_documents()?;
    assert!(routes.len() >= 18, "{routes:?}");
    api.events().await?;
    for (method, path) in routes {
        for document in [
            id.as_str(),
            "00000000-0000-0000-0000-000000000000",
            "..%2F..%2Fx",
            "%00",
            "%FF",
        ] {
            let path = path.replace("{document}", document).replace("{version}", "1");
            let nobody = api.request(method.clone(), &path).json(&json!({}));
            let odd = nobody.try_clone().context("a copy")?.bearer_auth("x".repeat(43));
            let bob = bob.request(method.clone(), &path).json(&json!({}));
            for request in [nobody, odd, bob] {
                let code = problem(request.send().await?, StatusCode::NOT_FOUND).await;
                assert_eq!(code.with_context(|| format!("{method} {path}"))?, "not_found");
            }
        }
    }
    assert!(api.events().await?.is_empty(), "and nothing happens");
    assert_eq!(
        ada.get(&format!("/v1/documents/{id}")).await?["state"],
        "processing"
    );
    assert_eq!(
        bob.get("/v1/documents").await?["documents"],
        Value::Array(Vec::new())
    );
    Ok(())
}

#[tokio::test]
async fn the_completion_page_is_the_owners() -> Result<()> {
    let api = Api::start().await?;
    let (ada, bob) = (
        api.user("ada@example.com", "free").await?,
        api.user("bob@example.com", "free").await?,
    );
    let id = ada.upload("secret.txt", "hello").await?;
    let page = format!("/uploads/complete?document={id}");
    let asked = bob.request(Method::GET, &page).send().await?;
    assert_eq!(asked.status(), StatusCode::NOT_FOUND);
    for page in [
        page.as_str(),
        "/uploads/complete?document=00000000-0000-0000-0000-000000000000",
    ] {
        let asked = api.request(Method::GET, page).send().await?;
        assert_eq!(asked.status(), StatusCode::SEE_OTHER);
        // To log in, and then on with it, whether there is such a document or not.
        let log_in = asked.headers()["location"].to_str()?;
        assert!(log_in.starts_with("/log-in?next=/uploads/complete"), "{log_in}");
    }
    Ok(())
}
