//! Mail: SES against moto server, and against an endpoint that fails.

use anyhow::Result;
use apus_tests::{Answer, Recorder, moto};
use axum::http::StatusCode;
use bytes::Bytes;
use docstore_activities::ports::aws::AwsSettings;
use docstore_activities::ports::mail::{Mail, MailError, Mailer, SesMailer, SesSettings};
use serde_json::{Value, json};

use super::{administer, settings};

const FROM: &str = "docstore@example.com";

async fn ses(endpoint: &str, from: &str) -> SesMailer {
    let aws = settings(endpoint);
    SesMailer::open(&SesSettings {
        aws,
        from: from.to_owned(),
    })
    .await
}

fn mail() -> Mail {
    Mail {
        to: "ada@example.com".to_owned(),
        subject: "Your storage is full €".to_owned(),
        text: "Free some space.\n".to_owned(),
        idempotency: "over-quota/1".to_owned(),
    }
}

fn refusal(status: StatusCode, headers: &'static [(&'static str, &'static str)]) -> Answer {
    Answer::Say(status, headers, Bytes::from_static(b"{\"message\":\"not now\"}"))
}

#[tokio::test]
async fn ses_sends_for_a_verified_sender_only() -> Result<()> {
    administer("ses", |client, endpoint| {
        let url = format!("{endpoint}/v2/email/identities");
        client.post(url).json(&json!({ "EmailIdentity": FROM }))
    })
    .await?;
    let sent = ses(moto().endpoint(), FROM).await.send(&mail()).await?;
    assert!(!sent.0.is_empty());
    let unknown = ses(moto().endpoint(), "stranger@example.org").await;
    let error = unknown
        .send(&mail())
        .await
        .expect_err("nobody verified the sender");
    assert!(
        matches!(&error, MailError::Refused(fault) if fault.code == "MessageRejected"),
        "{error}"
    );
    Ok(())
}

#[tokio::test]
async fn a_mail_goes_out_as_it_was_written() -> Result<()> {
    let sent = Answer::Say(
        StatusCode::OK,
        &[],
        Bytes::from_static(b"{\"MessageId\":\"m-1\"}"),
    );
    let recorder = Recorder::start([], sent).await;
    let id = ses(recorder.endpoint(), FROM).await.send(&mail()).await?;
    assert_eq!(id.0, "m-1");
    let requests = recorder.recorded();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].path, "/v2/email/outbound-emails");
    let body: Value = serde_json::from_slice(&requests[0].body)?;
    let expected = json!({
        "FromEmailAddress": FROM,
        "Destination": { "ToAddresses": ["ada@example.com"] },
        "Content": { "Simple": {
            "Subject": { "Data": "Your storage is full €", "Charset": "UTF-8" },
            "Body": { "Text": { "Data": "Free some space.\n", "Charset": "UTF-8" } },
        } },
    });
    assert_eq!(body, expected);
    Ok(())
}

#[tokio::test]
async fn failures_that_pass_are_told_from_those_that_stay() -> Result<()> {
    let cases = [
        (
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequestsException",
            &[("x-amzn-errortype", "TooManyRequestsException")],
            true,
        ),
        (
            StatusCode::BAD_REQUEST,
            "LimitExceededException",
            &[("x-amzn-errortype", "LimitExceededException")],
            true,
        ),
        (
            StatusCode::BAD_REQUEST,
            "MessageRejected",
            &[("x-amzn-errortype", "MessageRejected")],
            false,
        ),
        (
            StatusCode::BAD_REQUEST,
            "SendingPausedException",
            &[("x-amzn-errortype", "SendingPausedException")],
            false,
        ),
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalFailure",
            &[("x-amzn-errortype", "InternalFailure")],
            true,
        ),
    ];
    for (status, code, headers, is_retryable) in cases {
        let recorder = Recorder::start([], refusal(status, headers)).await;
        let error = ses(recorder.endpoint(), FROM)
            .await
            .send(&mail())
            .await
            .expect_err("refused");
        assert_eq!(error.is_retryable(), is_retryable, "{error}");
        assert!(error.to_string().contains(code), "{error}");
        // Only the caller, who keeps the ledger, may try again.
        assert_eq!(recorder.recorded().len(), 1, "{code}");
    }
    Ok(())
}

#[tokio::test]
async fn a_service_that_never_answers_times_out_and_is_asked_once() -> Result<()> {
    let recorder = Recorder::start([], Answer::Silence).await;
    let aws = AwsSettings {
        timeout_ms: Some(100),
        ..settings(recorder.endpoint())
    };
    let from = FROM.to_owned();
    let mailer = SesMailer::open(&SesSettings { aws, from }).await;
    let error = mailer.send(&mail()).await.expect_err("nobody answers");
    assert!(
        matches!(&error, MailError::Unavailable(fault) if fault.code == "Timeout"),
        "{error}"
    );
    assert_eq!(recorder.recorded().len(), 1);
    Ok(())
}
