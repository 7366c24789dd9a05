//! Sign-up, log-in, log-out, and what must not be possible there.

use anyhow::{Context, Result};
use docstore_activities::catalog::AuditEvent;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{Api, PASSWORD, expect, problem};

#[tokio::test]
async fn an_account_is_created_once_and_shows_what_it_stores() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "premium").await?;
    let account = user.get("/v1/account").await?;
    assert_eq!(
        (account["email"].as_str(), account["plan"].as_str()),
        (Some("ada@example.com"), Some("premium"))
    );
    assert_eq!(account["usage"]["quota_bytes"], 100_000);
    assert!(account.get("password_hash").is_none());

    let again = json!({ "email": "ADA@example.com", "password": PASSWORD });
    assert_eq!(
        problem(api.post("/v1/accounts", &again).await?, StatusCode::CONFLICT).await?,
        "email_taken"
    );
    Ok(())
}

#[tokio::test]
async fn odd_sign_ups_are_refused_with_the_field() -> Result<()> {
    let api = Api::start().await?;
    for (field, body) in [
        ("email", json!({ "email": "nobody", "password": PASSWORD })),
        (
            "email",
            json!({ "email": "a\u{0}b@example.com", "password": PASSWORD }),
        ),
        (
            "password",
            json!({ "email": "a@example.com", "password": "short" }),
        ),
        (
            "password",
            json!({ "email": "a@example.com", "password": "x".repeat(2_000) }),
        ),
    ] {
        let answer = expect(
            api.post("/v1/accounts", &body).await?,
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await?;
        assert_eq!(answer["field"], field, "{answer}");
    }
    let unknown_field =
        json!({ "email": "a@example.com", "password": PASSWORD, "plan": "free", "admin": true });
    assert_eq!(
        problem(
            api.post("/v1/accounts", &unknown_field).await?,
            StatusCode::BAD_REQUEST
        )
        .await?,
        "malformed_body"
    );
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_account_look_alike() -> Result<()> {
    let api = Api::start().await?;
    api.user("ada@example.com", "free").await?;
    let wrong = api
        .post(
            "/v1/sessions",
            &json!({ "email": "ada@example.com", "password": "wrong password" }),
        )
        .await?;
    let unknown = api
        .post(
            "/v1/sessions",
            &json!({ "email": "eve@example.com", "password": "wrong password" }),
        )
        .await?;
    let wrong = expect(wrong, StatusCode::UNAUTHORIZED).await?;
    assert_eq!(wrong["code"], "wrong_credentials");
    assert_eq!(wrong, expect(unknown, StatusCode::UNAUTHORIZED).await?);
    Ok(())
}

#[tokio::test]
async fn guessing_is_braked_even_with_the_right_password_and_audited() -> Result<()> {
    let api = Api::start().await?;
    let account = api
        .user("ada@example.com", "free")
        .await?
        .get("/v1/account")
        .await?;
    let guess = json!({ "email": "Ada@example.com", "password": "wrong password" });
    for _ in 0..5 {
        problem(api.post("/v1/sessions", &guess).await?, StatusCode::UNAUTHORIZED).await?;
    }
    let right = json!({ "email": "ada@example.com", "password": PASSWORD });
    let locked = api.post("/v1/sessions", &right).await?;
    assert!(locked.headers().contains_key("retry-after"));
    assert_eq!(
        problem(locked, StatusCode::TOO_MANY_REQUESTS).await?,
        "locked_out"
    );

    let id = account["id"].as_str().context("an id")?.parse()?;
    let records = api.app.catalog.audit_records(id, 10).await?;
    let events: Vec<AuditEvent> = records.iter().rev().map(|record| record.event).collect();
    let mut expected = vec![AuditEvent::SignUp, AuditEvent::LogIn];
    expected.extend([AuditEvent::LogInFailed; 5]);
    assert_eq!(events, expected);
    Ok(())
}

#[tokio::test]
async fn a_session_ends_with_the_log_out() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    expect(
        user.request(Method::DELETE, "/v1/sessions/current")
            .send()
            .await?,
        StatusCode::NO_CONTENT,
    )
    .await?;
    let after = user.request(Method::GET, "/v1/account").send().await?;
    assert_eq!(problem(after, StatusCode::UNAUTHORIZED).await?, "unauthenticated");
    Ok(())
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() -> Result<()> {
    let api = Api::start().await?;
    api.user("ada@example.com", "free").await?;
    let log_in = json!({ "email": "ada@example.com", "password": PASSWORD });
    let opened = api.post("/v1/sessions", &log_in).await?;
    let cookie = opened.headers()["set-cookie"].to_str()?.to_owned();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let session = expect(opened, StatusCode::CREATED).await?;
    assert!(
        session.get("token").is_none(),
        "scripts do not get at the session"
    );
    let pair = cookie.split(';').next().context("a cookie")?.to_owned();

    let read = api
        .request(Method::GET, "/v1/account")
        .header("cookie", &pair)
        .send()
        .await?;
    assert_eq!(read.status(), StatusCode::OK);
    let upload = || {
        api.request(Method::POST, "/v1/uploads")
            .header("cookie", &pair)
            .json(&json!({ "file_name": "a" }))
    };
    assert_eq!(
        problem(upload().send().await?, StatusCode::FORBIDDEN).await?,
        "csrf_token_missing"
    );
    let forged = upload().header("x-csrf-token", "x".repeat(43)).send().await?;
    assert_eq!(
        problem(forged, StatusCode::FORBIDDEN).await?,
        "csrf_token_missing"
    );
    let token = session["csrf_token"].as_str().context("a CSRF token")?;
    let elsewhere = upload()
        .header("x-csrf-token", token)
        .header("sec-fetch-site", "cross-site")
        .send()
        .await?;
    assert_eq!(problem(elsewhere, StatusCode::FORBIDDEN).await?, "cross_origin");
    expect(
        upload().header("x-csrf-token", token).send().await?,
        StatusCode::CREATED,
    )
    .await?;

    // The cookie's token is no bearer token.
    let value = pair.split_once('=').context("a value")?.1;
    let as_bearer = api
        .request(Method::GET, "/v1/account")
        .bearer_auth(value)
        .send()
        .await?;
    assert_eq!(as_bearer.status(), StatusCode::UNAUTHORIZED);
    Ok(())
}
