//! The list of sessions, and ending one from another.

use anyhow::{Context, Result};
use docstore_activities::catalog::AuditEvent;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Api, PASSWORD, expect, problem};

fn named(sessions: &Value) -> Result<Vec<(bool, &str)>> {
    let sessions = sessions["sessions"].as_array().context("sessions")?;
    sessions
        .iter()
        .map(|session| {
            let current = session["current"].as_bool().context("a boolean")?;
            Ok((current, session["id"].as_str().context("an id")?))
        })
        .collect()
}

#[tokio::test]
async fn an_owner_sees_his_sessions_and_ends_one() -> Result<()> {
    let api = Api::start().await?;
    let ada = api.user("ada@example.com", "free").await?;
    let shown = json!({ "email": "ada@example.com", "password": PASSWORD });
    let browser = api
        .request(Method::POST, "/v1/sessions")
        .header("user-agent", "Mozilla/5.0 (X11; Linux) Firefox/140.0")
        .json(&shown)
        .send()
        .await?;
    let cookie = browser.headers()["set-cookie"].to_str()?.to_owned();
    let cookie = cookie.split(';').next().context("a cookie")?;

    let list = ada.get("/v1/sessions").await?;
    let sessions = named(&list)?;
    assert_eq!(
        sessions.iter().filter(|(current, _)| *current).count(),
        1,
        "{list}"
    );
    let (_, other) = sessions.iter().find(|(current, _)| !current).context("another")?;
    let all = list["sessions"].as_array().context("sessions")?;
    let described = all.iter().find(|session| session["id"] == *other).context("it")?;
    assert_eq!(
        (
            &described["kind"],
            &described["address"],
            &described["user_agent"]
        ),
        (
            &json!("cookie"),
            &json!("127.0.0.1"),
            &json!("Mozilla/5.0 (X11; Linux) Firefox/140.0")
        )
    );
    assert!(!list.to_string().contains(&ada.token), "a list opens nothing");

    let path = format!("/v1/sessions/{other}");
    let end = || ada.request(Method::DELETE, &path).send();
    expect(end().await?, StatusCode::NO_CONTENT).await?;
    let ended = api
        .request(Method::GET, "/v1/account")
        .header("cookie", cookie)
        .send()
        .await?;
    assert_eq!(ended.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(problem(end().await?, StatusCode::NOT_FOUND).await?, "not_found");
    assert_eq!(named(&ada.get("/v1/sessions").await?)?.len(), 1);
    let account = ada.get("/v1/account").await?;
    let id = account["id"].as_str().context("an id")?.parse()?;
    let newest = &api.app.catalog.audit_records(id, 1).await?[0];
    assert_eq!(newest.event, AuditEvent::SessionEnded);
    Ok(())
}

#[tokio::test]
async fn the_session_of_another_is_not_there() -> Result<()> {
    let api = Api::start().await?;
    let (ada, bob) = (
        api.user("ada@example.com", "free").await?,
        api.user("bob@example.com", "free").await?,
    );
    let list = ada.get("/v1/sessions").await?;
    let (_, session) = named(&list)?[0];
    for session in [
        session,
        "00000000-0000-0000-0000-000000000000",
        "x",
        "..%2F..%2Fx",
        "%FF",
    ] {
        let path = format!("/v1/sessions/{session}");
        let asked = bob.request(Method::DELETE, &path).send().await?;
        assert_eq!(problem(asked, StatusCode::NOT_FOUND).await?, "not_found");
        let nobody = api.request(Method::DELETE, &path).send().await?;
        assert_eq!(
            problem(nobody, StatusCode::UNAUTHORIZED).await?,
            "unauthenticated"
        );
    }
    ada.get("/v1/account").await?;
    assert!(
        !bob.get("/v1/sessions").await?.to_string().contains(session),
        "nor in a list"
    );
    Ok(())
}
