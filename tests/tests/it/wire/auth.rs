//! Signatures: what is signed, by whom, when, for what.

use std::time::{Duration, SystemTime};

use apus::wire::{Role, WireOptions};
use apus_tests::Signer;
use reqwest::{Request, StatusCode};
use serde_json::json;

use super::guarded::{Guarded, LIST, LIST_DOMAINS};
use super::support::DOMAIN;

#[tokio::test]
async fn a_call_that_was_changed_on_its_way_is_refused() {
    let guarded = Guarded::start(WireOptions::default()).await;
    let signer = guarded.create(Role::Admin, &[]).await;
    guarded.list(&signer).await.unwrap();
    type Change = fn(&mut Request);
    let changes: [(&str, Change); 7] = [
        ("the body", |call| {
            *call.body_mut() = Some(format!("{LIST} ").into())
        }),
        ("a header", |call| set(call, "content-type", "text/plain")),
        ("the action", |call| {
            set(call, "x-amz-target", "SimpleWorkflowService.CountDomains");
        }),
        ("the query", |call| call.url_mut().set_query(Some("a=b"))),
        ("the date", |call| {
            let date = call.headers()["x-amz-date"].to_str().unwrap();
            let other = if date.ends_with("0Z") { "1Z" } else { "0Z" };
            let date = format!("{}{other}", &date[..date.len() - 2]);
            set(call, "x-amz-date", &date);
        }),
        ("the region", |call| {
            let signature = call.headers()["authorization"].to_str().unwrap();
            let signature = signature.replace("us-east-1", "us-east-2");
            set(call, "authorization", &signature);
        }),
        ("the signature", |call| {
            let signature = call.headers()["authorization"].to_str().unwrap();
            let (rest, last) = signature.split_at(signature.len() - 1);
            let last = if last == "0" { "1" } else { "0" };
            let signature = format!("{rest}{last}");
            set(call, "authorization", &signature);
        }),
    ];
    for (what, change) in changes {
        let mut call = signer.call(&guarded.served.url, LIST_DOMAINS, LIST);
        change(&mut call);
        let refused = guarded.send(call).await.unwrap_err();
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(
            refused.kind, "com.amazon.coral.service#InvalidSignatureException",
            "{what}"
        );
        let message = "The request signature we calculated does not match the signature you provided.";
        assert!(
            refused.message.starts_with(message),
            "{what}: {}",
            refused.message
        );
    }
    let mut call = signer.call(&guarded.served.url, LIST_DOMAINS, LIST);
    call.url_mut().set_path("/other");
    assert!(guarded.send(call).await.is_err());
}

fn set(call: &mut Request, name: &'static str, value: &str) {
    call.headers_mut().insert(name, value.parse().unwrap());
}

#[tokio::test]
async fn a_call_that_nobody_known_signed_is_refused() {
    let guarded = Guarded::start(WireOptions::default()).await;
    let good = guarded.create(Role::Admin, &[]).await;
    let mut unsigned = good.call(&guarded.served.url, LIST_DOMAINS, LIST);
    unsigned.headers_mut().remove("authorization");
    let refused = guarded.send(unsigned).await.unwrap_err();
    assert_eq!(
        refused.kind,
        "com.amazon.coral.service#MissingAuthenticationTokenException"
    );
    assert_eq!(refused.message, "Missing Authentication Token");

    let unknown = Signer::new("APUSAAAAAAAAAAAAAAAA", &good.secret);
    let refused = guarded.list(&unknown).await.unwrap_err();
    assert_eq!(refused.code, "UnrecognizedClientException");
    assert_eq!(
        refused.message,
        "The security token included in the request is invalid."
    );

    assert_eq!(
        guarded.refused(&Signer::default()).await,
        "UnrecognizedClientException"
    );
    let wrong_secret = Signer::new(&good.access_key, "test");
    assert_eq!(guarded.refused(&wrong_secret).await, "InvalidSignatureException");
    let elsewhere = Signer {
        service: "s3".to_owned(),
        ..good.clone()
    };
    let refused = guarded.list(&elsewhere).await.unwrap_err();
    assert_eq!(refused.code, "InvalidSignatureException");
    assert_eq!(
        refused.message,
        "Credential should be scoped to correct service: 'swf'."
    );
}

#[tokio::test]
async fn a_call_of_another_time_is_refused_if_clocks_are_looked_at() {
    let guarded = Guarded::start(WireOptions::default()).await;
    let good = guarded.create(Role::Admin, &[]).await;
    let at = |at| Signer { at, ..good.clone() };
    guarded
        .list(&at(off(Duration::from_secs(240), false)))
        .await
        .unwrap();
    guarded
        .list(&at(off(Duration::from_secs(240), true)))
        .await
        .unwrap();
    let old = guarded
        .list(&at(off(Duration::from_secs(310), false)))
        .await
        .unwrap_err();
    assert_eq!(old.code, "InvalidSignatureException");
    assert!(old.message.starts_with("Signature expired: "), "{}", old.message);
    assert!(old.message.ends_with("Z - 5 min.)"), "{}", old.message);
    let early = guarded
        .list(&at(off(Duration::from_secs(310), true)))
        .await
        .unwrap_err();
    assert!(
        early.message.starts_with("Signature not yet current: "),
        "{}",
        early.message
    );

    let lenient = Guarded::start(WireOptions {
        clock_skew: None,
        ..WireOptions::default()
    })
    .await;
    let mut frozen = lenient.create(Role::Admin, &[]).await;
    frozen.at = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000));
    lenient.list(&frozen).await.unwrap();
}

#[tokio::test]
async fn old_clients_sign_little_and_name_the_service_after_the_host() {
    let guarded = Guarded::start(WireOptions::default()).await;
    let old = Signer {
        // Of 127.0.0.1.
        service: "127".to_owned(),
        region: "0".to_owned(),
        ..guarded.create(Role::Reader, &[]).await
    };
    let target = "com.amazonaws.swf.service.model.SimpleWorkflowService.ListDomains";
    let mut call = old.call(&guarded.served.url, target, LIST);
    call.headers_mut().remove("content-type");
    old.sign(&mut call);
    set(&mut call, "content-type", "application/json; charset=UTF-8");
    set(&mut call, "content-encoding", "amz-1.0");
    guarded.send(call).await.unwrap();
}

#[tokio::test]
async fn arns_name_the_region_that_is_called() {
    let guarded = Guarded::start(WireOptions::default()).await;
    let mut signer = guarded.create(Role::Reader, &[]).await;
    signer.region = "eu-central-1".to_owned();
    let described = guarded
        .call(&signer, "DescribeDomain", json!({ "name": DOMAIN }))
        .await
        .unwrap();
    assert_eq!(
        described["domainInfo"]["arn"],
        "arn:aws:swf:eu-central-1:123456789012:/domain/tests"
    );
}

#[tokio::test]
async fn dummies_are_accepted_where_they_may_be_and_signatures_checked_there_too() {
    let guarded = Guarded::start(WireOptions::local()).await;
    for (access_key, secret) in [
        ("test", "test"),
        ("testing", "testing"),
        ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("whoever", "whoever"),
        ("foo", "bar"),
    ] {
        // The second time the node knows the secret.
        for _ in 0..2 {
            guarded.list(&Signer::new(access_key, secret)).await.unwrap();
        }
    }
    let mut call = Signer::default().call(&guarded.served.url, LIST_DOMAINS, LIST);
    *call.body_mut() = Some("{}".into());
    assert_eq!(
        guarded.send(call).await.unwrap_err().code,
        "InvalidSignatureException"
    );
    let real = Signer::new("AKIAQWERTYUIOPASDFGH", "a secret that nobody makes up");
    let refused = guarded.list(&real).await.unwrap_err();
    assert_eq!(refused.code, "UnrecognizedClientException");
    let advice = "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test";
    assert!(refused.message.contains(advice), "{}", refused.message);

    let reader = guarded.create(Role::Reader, &[]).await;
    guarded.list(&reader).await.unwrap();
    let register = json!({ "name": "x", "workflowExecutionRetentionPeriodInDays": "1" });
    let refused = guarded
        .call(&reader, "RegisterDomain", register)
        .await
        .unwrap_err();
    assert_eq!(refused.code, "OperationNotPermittedFault");
    let as_dummy = Signer::new(&reader.access_key, "test");
    assert_eq!(guarded.refused(&as_dummy).await, "InvalidSignatureException");
}

fn off(to: Duration, later: bool) -> Option<SystemTime> {
    let now = SystemTime::now();
    Some(if later { now + to } else { now - to })
}
