//! Changes of an account and its end, as far as the API goes.

use anyhow::{Context, Result};
use docstore_activities::catalog::AuditEvent;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Api, PASSWORD, User, expect, problem};

const NEW_PASSWORD: &str = "another battery staple";

async fn ask(user: &User<'_>, method: Method, path: &str, body: Value) -> Result<Response> {
    Ok(user.request(method, path).json(&body).send().await?)
}

async fn log_in(api: &Api, password: &str) -> Result<Response> {
    let shown = json!({ "email": "ada@example.com", "password": password, "kind": "bearer" });
    api.post("/v1/sessions", &shown).await
}

async fn account_id(user: &User<'_>) -> Result<Uuid> {
    let account = user.get("/v1/account").await?;
    Ok(account["id"].as_str().context("an id")?.parse()?)
}

/// What the audit log has of an account since its first log-in, oldest first.
async fn audited(api: &Api, account: Uuid) -> Result<Vec<AuditEvent>> {
    let records = api.app.catalog.audit_records(account, 50).await?;
    Ok(records.iter().rev().skip(2).map(|record| record.event).collect())
}

async fn event_names(api: &Api) -> Result<Vec<&'static str>> {
    let mut names: Vec<_> = api.all_events().await?.iter().map(|event| event.kind()).collect();
    names.sort_unstable();
    Ok(names)
}

#[tokio::test]
async fn a_plan_changes_with_its_quota() -> Result<()> {
    let api = Api::start().await?;
    let ada = api.user("ada@example.com", "free").await?;
    assert_eq!(event_names(&api).await?, ["account-created"]);
    let upgrade = || ask(&ada, Method::PATCH, "/v1/account", json!({ "plan": "premium" }));
    let account = expect(upgrade().await?, StatusCode::OK).await?;
    assert_eq!(
        (&account["plan"], &account["usage"]["quota_bytes"]),
        (&json!("premium"), &json!(100_000))
    );
    assert_eq!(event_names(&api).await?, ["account-changed", "reindex-account"]);

    let again = expect(upgrade().await?, StatusCode::OK).await?;
    assert_eq!(again, account);
    assert!(event_names(&api).await?.is_empty(), "nothing has changed");
    assert_eq!(
        audited(&api, account_id(&ada).await?).await?,
        [AuditEvent::PlanChanged]
    );
    let odd = ask(&ada, Method::PATCH, "/v1/account", json!({ "plan": "gold" })).await?;
    assert_eq!(problem(odd, StatusCode::BAD_REQUEST).await?, "malformed_body");
    let nobody = api
        .request(Method::PATCH, "/v1/account")
        .json(&json!({ "plan": "free" }));
    assert_eq!(
        problem(nobody.send().await?, StatusCode::UNAUTHORIZED).await?,
        "unauthenticated"
    );
    Ok(())
}

#[tokio::test]
async fn whoever_stores_more_than_a_smaller_plan_holds_keeps_it_and_uploads_no_more() -> Result<()> {
    let api = Api::start().await?;
    let ada = api.user("ada@example.com", "premium").await?;
    let document = ada.upload("large.txt", &"x".repeat(20_000)).await?;
    api.app.catalog.count_usage(document.parse()?, 20_000).await?;
    let change = |plan| ask(&ada, Method::PATCH, "/v1/account", json!({ "plan": plan }));
    let usage = &expect(change("free").await?, StatusCode::OK).await?["usage"];
    assert_eq!(
        (&usage["bytes_used"], &usage["over_quota"]),
        (&json!(20_000), &json!(true))
    );
    let refused = ada
        .ask_for_form(&json!({ "file_name": "a.txt", "size": 1 }))
        .await?;
    assert_eq!(problem(refused, StatusCode::FORBIDDEN).await?, "over_quota");
    ada.get(&format!("/v1/documents/{document}")).await?;
    expect(change("premium").await?, StatusCode::OK).await?;
    ada.form(&json!({ "file_name": "a.txt", "size": 1 })).await?;
    Ok(())
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() -> Result<()> {
    let api = Api::start().await?;
    let ada = api.user("ada@example.com", "free").await?;
    let session = expect(log_in(&api, PASSWORD).await?, StatusCode::CREATED).await?;
    let other = User {
        api: &api,
        token: session["token"].as_str().context("a token")?.to_owned(),
    };
    other.get("/v1/account").await?;
    let path = "/v1/account/password";
    let change = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    expect(
        ask(&ada, Method::PUT, path, change.clone()).await?,
        StatusCode::NO_CONTENT,
    )
    .await?;
    ada.get("/v1/account").await?;
    let ended = other.request(Method::GET, "/v1/account").send().await?;
    assert_eq!(problem(ended, StatusCode::UNAUTHORIZED).await?, "unauthenticated");
    assert_eq!(
        problem(log_in(&api, PASSWORD).await?, StatusCode::UNAUTHORIZED).await?,
        "wrong_credentials"
    );
    expect(log_in(&api, NEW_PASSWORD).await?, StatusCode::CREATED).await?;
    let wrong = ask(&ada, Method::PUT, path, change).await?;
    assert_eq!(problem(wrong, StatusCode::FORBIDDEN).await?, "wrong_password");
    let short = json!({ "current_password": NEW_PASSWORD, "new_password": "short" });
    let short = expect(
        ask(&ada, Method::PUT, path, short).await?,
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await?;
    assert_eq!(short["field"], "new_password");
    let events = audited(&api, account_id(&ada).await?).await?;
    assert!(events.contains(&AuditEvent::PasswordChanged) && events.contains(&AuditEvent::PasswordRefused));
    Ok(())
}

#[tokio::test]
async fn a_session_alone_does_not_guess_the_password() -> Result<()> {
    let api = Api::start().await?;
    let ada = api.user("ada@example.com", "free").await?;
    let change = |current: &str| {
        let body = json!({ "current_password": current, "new_password": NEW_PASSWORD });
        ask(&ada, Method::PUT, "/v1/account/password", body)
    };
    for _ in 0..5 {
        assert_eq!(
            problem(change("a wrong password").await?, StatusCode::FORBIDDEN).await?,
            "wrong_password"
        );
    }
    let locked = change(PASSWORD).await?;
    assert!(locked.headers().contains_key("retry-after"));
    assert_eq!(
        problem(locked, StatusCode::TOO_MANY_REQUESTS).await?,
        "locked_out"
    );
    let delete = ask(
        &ada,
        Method::DELETE,
        "/v1/account",
        json!({ "password": PASSWORD }),
    )
    .await?;
    assert_eq!(
        problem(delete, StatusCode::TOO_MANY_REQUESTS).await?,
        "locked_out"
    );
    // The owner himself is not locked out of his account by it.
    expect(log_in(&api, PASSWORD).await?, StatusCode::CREATED).await?;
    Ok(())
}

#[tokio::test]
async fn a_closed_account_is_closed_at_once() -> Result<()> {
    let api = Api::start().await?;
    let ada = api.user("ada@example.com", "free").await?;
    let id = account_id(&ada).await?;
    let path = "/v1/account";
    let wrong = ask(
        &ada,
        Method::DELETE,
        path,
        json!({ "password": "a wrong password" }),
    )
    .await?;
    assert_eq!(problem(wrong, StatusCode::FORBIDDEN).await?, "wrong_password");
    let without = ask(&ada, Method::DELETE, path, json!({})).await?;
    assert_eq!(problem(without, StatusCode::BAD_REQUEST).await?, "malformed_body");
    api.all_events().await?;

    let closed = ask(&ada, Method::DELETE, path, json!({ "password": PASSWORD })).await?;
    expect(closed, StatusCode::ACCEPTED).await?;
    let ended = ada.request(Method::GET, path).send().await?;
    assert_eq!(problem(ended, StatusCode::UNAUTHORIZED).await?, "unauthenticated");
    assert_eq!(
        problem(log_in(&api, PASSWORD).await?, StatusCode::UNAUTHORIZED).await?,
        "wrong_credentials"
    );
    assert_eq!(event_names(&api).await?, ["delete-account"]);
    assert_eq!(
        audited(&api, id).await?,
        [AuditEvent::PasswordRefused, AuditEvent::AccountClosed]
    );
    Ok(())
}
