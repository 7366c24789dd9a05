//! Nobody gets at somebody else's document or session through a page: asked of every address that names one, from the
//! pages' own table, so that none is forgotten.

use anyhow::{Context, Result, ensure};
use docstore::pages;
use reqwest::{Method, Response, StatusCode};

use super::Api;
use super::pages::Browser;

const NAME: &str = "codename-kingfisher.txt";
const NOTHING: &str = "00000000-0000-0000-0000-000000000000";

/// Enough for every form.
const FIELDS: [(&str, &str); 4] = [
    ("title", "taken"),
    ("tags", "taken"),
    ("name", "taken.txt"),
    ("size", "5"),
];

/// The method and path of every address with something in it that belongs to somebody.
fn owned_addresses() -> Result<Vec<(Method, &'static str)>> {
    let owned: Vec<_> = pages::addresses()
        .filter(|(_, path)| path.contains('{'))
        .collect();
    for (method, path) in &owned {
        let is_known = path.contains("{document}") || path.contains("{session}");
        ensure!(
            is_known,
            "say how {method} {path} checks who asks, and ask it here"
        );
    }
    ensure!(owned.len() >= 10, "{owned:?}");
    Ok(owned)
}

/// What this has may not be told.
async fn told_nothing(answer: Response) -> Result<()> {
    ensure!(!answer.text().await?.contains(NAME), "it is told");
    Ok(())
}

#[tokio::test]
async fn what_belongs_to_another_is_on_no_page() -> Result<()> {
    let api = Api::start().await?;
    let ada = api.user("ada@example.com", "free").await?;
    let bob = Browser::sign_up(&api, "bob@example.com").await?;
    let id = ada.upload(NAME, "hello").await?;
    let document = format!("/v1/documents/{id}");
    let before = ada.get(&document).await?;
    let sessions = ada.get("/v1/sessions").await?;
    let session = sessions["sessions"][0]["id"]
        .as_str()
        .context("an id")?
        .to_owned();
    api.events().await?;
    for (method, path) in owned_addresses()? {
        for (document, session) in [
            (id.as_str(), session.as_str()),
            (NOTHING, NOTHING),
            ("..%2F..%2Fx", "..%2F..%2Fx"),
            ("%00", "%00"),
            ("%FF", "%FF"),
        ] {
            let asked = path
                .replace("{document}", document)
                .replace("{session}", session)
                .replace("{version}", "1");
            let by_bob = match method {
                Method::GET => bob.open(&asked).await?,
                _ => bob.send(&asked, &FIELDS).await?,
            };
            ensure!(
                by_bob.status() == StatusCode::NOT_FOUND,
                "{method} {asked}: {}",
                by_bob.status()
            );
            told_nothing(by_bob).await.context(asked.clone())?;

            let nobody = api.request(method.clone(), &asked).form(&FIELDS).send().await?;
            let log_in = nobody
                .headers()
                .get("location")
                .map(|at| at.to_str())
                .transpose()?;
            let is_sent = log_in.is_some_and(|at| at.starts_with("/log-in"));
            // What can be no id is nowhere, whoever asks.
            let is_nowhere = document.contains('%') && nobody.status() == StatusCode::NOT_FOUND;
            ensure!(is_sent || is_nowhere, "{method} {asked}: {}", nobody.status());
            told_nothing(nobody).await.context(asked)?;
        }
    }
    assert!(api.events().await?.is_empty(), "nothing was set going");
    assert_eq!(ada.get(&document).await?, before);
    assert_eq!(ada.get("/v1/documents").await?["documents"][0], before);
    Ok(())
}
