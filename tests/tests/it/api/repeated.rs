//! Calls that are repeated with the same key, and calls that are too many.

use anyhow::{Context, Result};
use docstore::rate_limit::Rates;
use docstore::services::clean_up;
use futures::future::join_all;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use super::{Api, PASSWORD, Setup, expect, problem};

const REPLAYED: &str = "idempotency-replayed";

async fn json(response: Response) -> Result<Value> {
    Ok(serde_json::from_str(&response.text().await?)?)
}

#[tokio::test]
async fn a_repeated_call_is_done_once_and_answered_alike() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let ask = || {
        user.request(Method::POST, "/v1/uploads")
            .header("idempotency-key", "a-key")
            .json(&json!({ "file_name": "a.txt", "size": 100 }))
    };
    let first = ask().send().await?;
    assert_eq!(
        (first.status(), first.headers().get(REPLAYED)),
        (StatusCode::CREATED, None)
    );
    let first = json(first).await?;
    for _ in 0..3 {
        let again = ask().send().await?;
        assert_eq!(
            (again.status(), again.headers().contains_key(REPLAYED)),
            (StatusCode::CREATED, true)
        );
        assert_eq!(again.headers()["content-type"], "application/json");
        assert_eq!(json(again).await?, first);
    }
    assert_eq!(user.get("/v1/account").await?["usage"]["bytes_reserved"], 100);
    let other = user
        .request(Method::POST, "/v1/uploads")
        .header("idempotency-key", "a-key")
        .json(&json!({ "file_name": "b.txt", "size": 100 }));
    assert_eq!(
        problem(other.send().await?, StatusCode::UNPROCESSABLE_ENTITY).await?,
        "key_reused"
    );
    Ok(())
}

#[tokio::test]
async fn of_many_at_once_one_is_done() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let ask = || {
        user.request(Method::POST, "/v1/uploads")
            .header("idempotency-key", "a-key")
            .json(&json!({ "file_name": "a.txt", "size": 100 }))
            .send()
    };
    let mut documents = Vec::new();
    for answer in join_all((0..20).map(|_| ask())).await {
        let answer = answer?;
        if answer.status() == StatusCode::CREATED {
            documents.push(json(answer).await?["document"].clone());
        } else {
            assert_eq!(problem(answer, StatusCode::CONFLICT).await?, "same_key_under_way");
        }
    }
    documents.dedup();
    assert_eq!(documents.len(), 1);
    assert_eq!(user.get("/v1/account").await?["usage"]["bytes_reserved"], 100);
    Ok(())
}

#[tokio::test]
async fn keys_belong_to_their_account_and_to_their_call() -> Result<()> {
    let api = Api::start().await?;
    let (ada, bob) = (
        api.user("ada@example.com", "free").await?,
        api.user("bob@example.com", "free").await?,
    );
    let (mine, theirs) = (ada.upload("a.txt", "a").await?, ada.upload("b.txt", "b").await?);
    let keyed = |request: RequestBuilder| request.header("idempotency-key", "1").send();
    let form = json!({ "file_name": "a.txt", "size": 100 });
    let asked = keyed(ada.request(Method::POST, "/v1/uploads").json(&form)).await?;
    let of_ada = expect(asked, StatusCode::CREATED).await?;
    let asked = keyed(bob.request(Method::POST, "/v1/uploads").json(&form)).await?;
    assert_ne!(
        expect(asked, StatusCode::CREATED).await?["document"],
        of_ada["document"]
    );
    for document in [mine, theirs] {
        let path = format!("/v1/documents/{document}/restore");
        let restored = keyed(ada.request(Method::POST, &path)).await?;
        assert_eq!(expect(restored, StatusCode::OK).await?["id"], document);
    }
    let nobody = keyed(api.request(Method::POST, "/v1/uploads").json(&form)).await?;
    assert_eq!(
        problem(nobody, StatusCode::UNAUTHORIZED).await?,
        "unauthenticated"
    );
    Ok(())
}

#[tokio::test]
async fn what_was_refused_can_be_repeated_when_its_reason_is_gone() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let large = user
        .form(&json!({ "file_name": "large.bin", "size": 9_950 }))
        .await?;
    let ask = || {
        user.request(Method::POST, "/v1/uploads")
            .header("idempotency-key", "a-key")
            .json(&json!({ "file_name": "a.txt", "size": 100 }))
            .send()
    };
    assert_eq!(
        problem(ask().await?, StatusCode::FORBIDDEN).await?,
        "quota_exceeded"
    );
    api.app.catalog.abandon(large.document.parse()?).await?;
    expect(ask().await?, StatusCode::CREATED).await?;
    Ok(())
}

#[tokio::test]
async fn what_is_kept_of_an_answer_opens_with_the_clients_key_only() -> Result<()> {
    let api = Api::start().await?;
    api.user("ada@example.com", "free").await?;
    let log_in = json!({ "email": "ada@example.com", "password": PASSWORD, "kind": "bearer" });
    let ask = || {
        api.request(Method::POST, "/v1/sessions")
            .header("idempotency-key", "a-key")
            .json(&log_in)
            .send()
    };
    let first = expect(ask().await?, StatusCode::CREATED).await?;
    let token = first["token"].as_str().context("a token")?;
    assert_eq!(expect(ask().await?, StatusCode::CREATED).await?["token"], token);
    let (kept, sessions): (Vec<u8>, i64) =
        sqlx::query_as("SELECT answer, (SELECT count(*) FROM sessions) FROM idempotency_keys")
            .fetch_one(api.app.catalog.pool())
            .await?;
    assert!(!kept.windows(token.len()).any(|window| window == token.as_bytes()));
    assert_eq!(sessions, 2, "the user's own, and one that was asked for twice");
    Ok(())
}

#[tokio::test]
async fn a_call_that_was_broken_off_may_be_done_again_and_answers_are_forgotten() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    let pool = api.app.catalog.pool();
    let ask = || {
        user.request(Method::POST, "/v1/uploads")
            .header("idempotency-key", "a-key")
            .json(&json!({ "file_name": "a.txt", "size": 100 }))
            .send()
    };
    expect(ask().await?, StatusCode::CREATED).await?;
    sqlx::query("UPDATE idempotency_keys SET answer = NULL")
        .execute(pool)
        .await?;
    assert_eq!(
        problem(ask().await?, StatusCode::CONFLICT).await?,
        "same_key_under_way"
    );
    sqlx::query("UPDATE idempotency_keys SET claimed = now() - interval '61 seconds'")
        .execute(pool)
        .await?;
    expect(ask().await?, StatusCode::CREATED).await?;
    sqlx::query("UPDATE idempotency_keys SET claimed = now() - interval '25 hours'")
        .execute(pool)
        .await?;
    clean_up(&api.app.catalog).await?;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM idempotency_keys")
        .fetch_one(pool)
        .await?;
    assert_eq!(left, 0);
    Ok(())
}

#[tokio::test]
async fn odd_keys_are_refused() -> Result<()> {
    let api = Api::start().await?;
    let user = api.user("ada@example.com", "free").await?;
    for key in ["", "a b", &"x".repeat(256)] {
        let asked = user
            .request(Method::POST, "/v1/uploads")
            .header("idempotency-key", key)
            .json(&json!({ "file_name": "a.txt" }));
        assert_eq!(
            problem(asked.send().await?, StatusCode::UNPROCESSABLE_ENTITY).await?,
            "invalid_value"
        );
    }
    Ok(())
}

#[tokio::test]
async fn an_account_that_asks_too_much_is_told_to_wait_and_others_are_not() -> Result<()> {
    let rates = Rates {
        account: 1,
        address: 0,
    };
    let setup = Setup {
        rates,
        ..Setup::default()
    };
    let api = Api::start_with(setup).await?;
    let (ada, bob) = (
        api.user("ada@example.com", "free").await?,
        api.user("bob@example.com", "free").await?,
    );
    let ask = || ada.request(Method::GET, "/v1/account").send();
    let first = ask().await?;
    let header = |response: &Response, name: &str| -> Result<String> {
        Ok(response.headers()[name].to_str()?.to_owned())
    };
    assert_eq!(header(&first, "ratelimit-limit")?, "10");
    assert_eq!(header(&first, "ratelimit-policy")?, "10;w=10");
    assert_eq!(header(&first, "ratelimit-remaining")?, "9");
    let answers = join_all((0..40).map(|_| ask())).await;
    let refused = answers.into_iter().find(|answer| {
        answer
            .as_ref()
            .is_ok_and(|answer| answer.status() == StatusCode::TOO_MANY_REQUESTS)
    });
    let refused = refused.context("forty at once are too many")??;
    assert_eq!(header(&refused, "ratelimit-remaining")?, "0");
    assert!(header(&refused, "retry-after")?.parse::<u64>()? >= 1);
    assert_eq!(
        problem(refused, StatusCode::TOO_MANY_REQUESTS).await?,
        "rate_limited"
    );
    bob.get("/v1/account").await?;
    Ok(())
}

#[tokio::test]
async fn an_address_that_asks_too_much_is_told_to_wait_whoever_it_says_it_is() -> Result<()> {
    let rates = Rates {
        account: 0,
        address: 1,
    };
    let setup = Setup {
        rates,
        ..Setup::default()
    };
    let api = Api::start_with(setup).await?;
    let asked = (0..40).map(|number| {
        let token = format!("{number:043}");
        api.request(Method::GET, "/v1/account").bearer_auth(token).send()
    });
    let mut refused = 0;
    for answer in join_all(asked).await {
        refused += usize::from(answer?.status() == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused >= 20, "{refused}");
    let health = api.request(Method::GET, "/v1/health").send().await?;
    assert_eq!(health.status(), StatusCode::OK, "load balancers are not counted");
    Ok(())
}
