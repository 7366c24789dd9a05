//! The ports over the wire. What a port promises is tested on both its sides by the same code: the AWS side against
//! moto server or an endpoint that records, the embedded side as DocStore runs it.

mod mail;
mod metrics;
mod objects;
mod parts;
mod queue;

use anyhow::{Context, Result};
use apus_tests::moto;
use docstore_activities::ports::aws::{AwsSettings, StaticCredentials};
use reqwest::RequestBuilder;

const REGION: &str = "us-west-2";

fn settings(endpoint: &str) -> AwsSettings {
    AwsSettings {
        region: REGION.to_owned(),
        endpoint: Some(endpoint.to_owned()),
        credentials: Some(StaticCredentials {
            access_key_id: "testing".to_owned(),
            secret_access_key: "testing".to_owned(),
        }),
        timeout_ms: None,
    }
}

/// Sends what an administrator would have done beforehand. moto reads region and service from the authorization and
/// does not look at its signature.
async fn administer(
    service: &str,
    request: impl FnOnce(&reqwest::Client, &str) -> RequestBuilder,
) -> Result<String> {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=testing/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    );
    let client = reqwest::Client::new();
    let request = request(&client, moto().endpoint()).header("authorization", authorization);
    let response = request.send().await?;
    let status = response.status();
    let body = response.text().await?;
    anyhow::ensure!(status.is_success(), "{service} answers {status}: {body}");
    Ok(body)
}

/// A name that no other test has.
fn unique(prefix: &str) -> String {
    format!("{prefix}-{}", uuid::Uuid::new_v4())
}

fn text_of(body: &str, field: &str) -> Result<String> {
    let body: serde_json::Value = serde_json::from_str(body)?;
    let text = body.get(field).and_then(serde_json::Value::as_str);
    Ok(text
        .with_context(|| format!("{field} is missing in {body}"))?
        .to_owned())
}
