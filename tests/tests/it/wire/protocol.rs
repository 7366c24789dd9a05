//! The form of requests and answers.

use std::net::Ipv4Addr;

use apus::wire::{Authentication, Endpoint, ListenError};
use reqwest::StatusCode;
use serde_json::json;

use super::support::{DOMAIN, Refused, Served};

#[tokio::test]
async fn answers_have_a_request_id_and_silent_actions_no_body() {
    let served = Served::start(None).await;
    let body = json!({ "name": "silent", "workflowExecutionRetentionPeriodInDays": "NONE" }).to_string();
    // The prefix of an old client.
    let target = "com.amazonaws.swf.service.model.SimpleWorkflowService.RegisterDomain";
    let response = served.send(target, body).await;
    assert_eq!(response.status(), StatusCode::OK);
    let headers = response.headers().clone();
    assert_eq!(headers["content-length"], "0");
    assert_eq!(headers["content-type"], "application/x-amz-json-1.0");
    assert_eq!(headers["x-amzn-requestid"].len(), 36);
    assert_eq!(response.bytes().await.unwrap().len(), 0);
}

#[tokio::test]
async fn what_is_no_action_is_refused() {
    let served = Served::start(None).await;
    for target in ["SimpleWorkflowService.ListBirds", "SimpleWorkflowService", ""] {
        let refused = Refused::of(served.send(target, "{}").await).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(
            refused.kind, "com.amazon.coral.service#UnknownOperationException",
            "{target}"
        );
    }
    let got = reqwest::get(&served.url).await.unwrap();
    assert_eq!(Refused::of(got).await.code, "UnknownOperationException");
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let served = Served::start(None).await;
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    for body in [
        String::new(),
        "{".into(),
        "[]".into(),
        r#"{"name": 7}"#.into(),
        deep,
    ] {
        let refused = Refused::of(served.send("SimpleWorkflowService.DescribeDomain", body).await).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(refused.kind, "com.amazon.coral.service#SerializationException");
    }
    let large = json!({ "name": "x".repeat(1 << 20) }).to_string();
    let refused = Refused::of(served.send("SimpleWorkflowService.DescribeDomain", large).await).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    let described = served.call("DescribeDomain", json!({ "name": DOMAIN })).await;
    assert_eq!(described["domainInfo"]["name"], DOMAIN, "it goes on");
}

#[tokio::test]
async fn dummy_credentials_are_for_this_machine_only() {
    let dummies = Authentication::StoredOrDummies;
    let everywhere = (Ipv4Addr::UNSPECIFIED, 0).into();
    let refused = Endpoint::bind(everywhere, dummies).await.unwrap_err();
    assert!(matches!(refused, ListenError::NotLoopback(_)));
    assert!(refused.to_string().contains("this machine only"), "{refused}");
    Endpoint::bind(everywhere, Authentication::Stored).await.unwrap();
    let first = Endpoint::bind((Ipv4Addr::LOCALHOST, 0).into(), dummies)
        .await
        .unwrap();
    let taken = Endpoint::bind(first.address(), dummies).await.unwrap_err();
    assert!(matches!(taken, ListenError::Bind { .. }));
}
