//! The whole program on AWS's services, by one table of its settings: moto server stands in for S3, SQS and SES, an
//! endpoint that records for CloudWatch, and a proxy before all lets calls fail.

use std::io::Write;

use anyhow::{Context, Result, ensure};
use apus_tests::{Answer, Fault, FaultProxy, Recorder, moto};
use axum::http::StatusCode;
use bytes::Bytes;
use docstore::engine::DOMAIN;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{Deployment, Ran, run, sample, text};

const FROM: &str = "docstore@example.com";
const CBOR: &[(&str, &str)] = &[
    ("smithy-protocol", "rpc-v2-cbor"),
    ("content-type", "application/cbor"),
];
/// How often the same command is started before a test takes it for hopeless.
const STARTS_MAX: usize = 10;

/// A DocStore whose every port is AWS's, in a region that no other test uses: mails are counted by region.
struct OnAws {
    deployment: Deployment,
    proxy: FaultProxy,
    cloudwatch: Recorder,
    region: &'static str,
}

impl OnAws {
    async fn start(region: &'static str, quota: u64) -> Result<Self> {
        let proxy = FaultProxy::before(moto().endpoint()).await;
        let taken = Answer::Say(StatusCode::OK, CBOR, Bytes::from_static(&[0xa0]));
        let throttled = Answer::Say(StatusCode::TOO_MANY_REQUESTS, CBOR, Bytes::from_static(&[0xa0]));
        let failed = Answer::Say(
            StatusCode::INTERNAL_SERVER_ERROR,
            CBOR,
            Bytes::from_static(&[0xa0]),
        );
        let cloudwatch = Recorder::start([throttled, failed, Answer::Silence], taken).await;
        let settings = settings(region, proxy.endpoint(), cloudwatch.endpoint()).await?;
        let deployment = Deployment::start_with(|of| {
            of.config = Some(settings.path().to_owned());
            of.quota_premium = Some(quota);
        })
        .await?;
        Ok(Self {
            deployment,
            proxy,
            cloudwatch,
            region,
        })
    }

    /// Uploads a file and waits until it is processed. What the services do not let through is asked for again, as a
    /// customer would.
    async fn upload(&self, name: &str) -> Result<Value> {
        let path = sample(name);
        let args = ["upload", text(&path), "--wait", "--again", "--json"];
        let mut ended = run(&mut self.deployment.docstore(&args)).await?;
        for _ in 1..STARTS_MAX {
            if ended.code == Some(0) {
                break;
            }
            let go_on = args
                .iter()
                .filter(|arg| **arg != "--again")
                .copied()
                .collect::<Vec<_>>();
            ended = run(&mut self.deployment.docstore(&go_on)).await?;
        }
        let Ran { out, code, .. } = &ended;
        ensure!(*code == Some(0), "{ended:?}; {:?} to come", self.proxy.to_come());
        let uploaded: Value = serde_json::from_str(out)?;
        Ok(uploaded[0].clone())
    }

    /// Mails that SES has taken.
    async fn mails(&self) -> Result<u64> {
        let sent = administer(
            self.region,
            "ses",
            "",
            &[("content-type", FORM)],
            "Action=GetSendQuota",
        )
        .await?;
        let count = sent
            .split("<SentLast24Hours>")
            .nth(1)
            .and_then(|rest| rest.split('<').next());
        Ok(count.context(sent.clone())?.parse::<f64>()? as u64)
    }

    async fn ledger(&self) -> Result<Vec<String>> {
        let states = sqlx::query_scalar("SELECT state FROM mail_ledger ORDER BY excursion");
        Ok(states
            .fetch_all(self.deployment.node.app().catalog.pool())
            .await?)
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/x-amz-json-1.0";

/// Sends what an administrator would have done beforehand.
async fn administer(
    region: &str,
    service: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Result<String> {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=testing/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    );
    let url = format!("{}/{path}", moto().endpoint());
    let client = reqwest::Client::new();
    let mut request = match service {
        "s3" => client.put(url),
        _ => client.post(url),
    };
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request
        .header("authorization", authorization)
        .body(body.to_owned())
        .send()
        .await?;
    let status = answer.status();
    let text = answer.text().await?;
    ensure!(status.is_success(), "{service} answers {status}: {text}");
    Ok(text)
}

/// Makes a bucket, two queues and a sender, and the settings that name them.
async fn settings(region: &str, endpoint: &str, cloudwatch: &str) -> Result<NamedTempFile> {
    let bucket = format!("documents-{}", uuid::Uuid::new_v4());
    let place = format!(
        "<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>"
    );
    administer(region, "s3", &bucket, &[], &place).await?;
    let mut urls = Vec::new();
    for kind in ["events", "dead"] {
        let name =
            json!({ "QueueName": format!("{kind}-{bucket}"), "Attributes": { "VisibilityTimeout": "5" } });
        let headers = [("x-amz-target", "AmazonSQS.CreateQueue"), ("content-type", JSON)];
        let made: Value =
            serde_json::from_str(&administer(region, "sqs", "", &headers, &name.to_string()).await?)?;
        let url: reqwest::Url = made["QueueUrl"]
            .as_str()
            .context("a queue has an address")?
            .parse()?;
        urls.push(format!("{endpoint}{}", url.path()));
    }
    let identity = json!({ "EmailIdentity": FROM }).to_string();
    let headers = [("content-type", "application/json")];
    administer(region, "ses", "v2/email/identities", &headers, &identity).await?;
    let mut file = NamedTempFile::new()?;
    let credentials = r#"{ access_key_id = "testing", secret_access_key = "testing" }"#;
    write!(
        file,
        r#"
region = "{region}"

[aws]
region = "{region}"
endpoint = "{endpoint}"
credentials = {credentials}
timeout_ms = 1000
bucket = "{bucket}"
queue_url = "{events}"
dead_letter_queue_url = "{dead}"
mail_from = "{FROM}"

[metrics]
side = "cloudwatch"
aws = {{ region = "{region}", endpoint = "{cloudwatch}", credentials = {credentials}, timeout_ms = 1000 }}
"#,
        events = urls[0],
        dead = urls[1],
    )?;
    Ok(file)
}

#[tokio::test]
async fn a_document_goes_its_whole_way() -> Result<()> {
    let on_aws = OnAws::start("eu-west-1", 1_000_000).await?;
    let deployment = &on_aws.deployment;
    deployment.sign_up("premium").await?;
    let lease = on_aws.upload("lease-agreement.pdf").await?;
    assert_eq!(
        (&lease["state"], &lease["has_thumbnail"]),
        (&json!("ready"), &json!(true))
    );
    let id = lease["id"].as_str().context("an id")?;
    let found = deployment.json(&["search", "dilapidations"]).await?;
    assert_eq!(found["hits"][0]["document"], id);
    let target = deployment.data.path().join("downloaded.pdf");
    deployment
        .json(&["download", id, "--output", text(&target)])
        .await?;
    assert_eq!(
        std::fs::read(&target)?,
        std::fs::read(sample("lease-agreement.pdf"))?
    );
    assert_eq!(on_aws.mails().await?, 0);
    let OnAws {
        deployment,
        cloudwatch,
        ..
    } = on_aws;
    deployment.stop().await?;
    // Throttled, failing and silent at first: those figures are dropped, and nothing waited for them. The last ones are
    // sent when the program ends.
    let requests = cloudwatch.recorded();
    let is_sent = |name: &str| {
        let told = |body: &[u8]| body.windows(name.len()).any(|part| part == name.as_bytes());
        requests.iter().any(|request| told(&request.body))
    };
    for name in [
        "documents_uploaded",
        "processing_time",
        "hourly_uploads",
        "queue_messages",
    ] {
        assert!(is_sent(name), "{name} is not among the figures sent");
    }
    Ok(())
}

#[tokio::test]
async fn nothing_is_lost_when_services_fail() -> Result<()> {
    let on_aws = OnAws::start("eu-west-2", 10_000_000).await?;
    on_aws.deployment.sign_up("premium").await?;
    let operations = [
        ("s3", "HeadObject"),
        ("s3", "GetObject"),
        ("s3", "PutObject"),
        ("sqs", "SendMessage"),
        ("sqs", "DeleteMessageBatch"),
    ];
    for (number, fault) in [
        Fault::Throttled,
        Fault::Unavailable,
        Fault::Lost,
        Fault::AnswerLost,
    ]
    .into_iter()
    .enumerate()
    {
        // More often than the SDK tries by itself: what is refused it tries three times, what is silent once.
        let times = match fault {
            Fault::Throttled | Fault::Unavailable => 4,
            Fault::Lost | Fault::AnswerLost => 2,
        };
        for (service, operation) in operations {
            on_aws.proxy.fail(service, operation, fault, times);
        }
        let document = on_aws.upload("invoice-2041.pdf").await?;
        assert_eq!(document["state"], "ready", "{fault:?}");
        assert_eq!(on_aws.proxy.to_come(), [""; 0], "{fault:?}: every call was made");
        assert_eq!(document["has_thumbnail"], true, "{fault:?}");
        let usage = on_aws.deployment.json(&["account", "show"]).await?["usage"].take();
        assert_eq!(usage["documents"], number + 1, "{fault:?}: each is counted once");
        assert_eq!(usage["bytes_reserved"], 0, "{fault:?}");
    }
    let depth = on_aws.deployment.node.app().queue.depth().await?;
    assert_eq!(depth.dead, 0);
    on_aws.deployment.stop().await
}

#[tokio::test]
async fn one_mail_each_wherever_the_answer_is_known() -> Result<()> {
    for (region, fault, mails, state) in [
        ("eu-west-3", Fault::Throttled, 1, "sent"),
        ("eu-north-1", Fault::Unavailable, 1, "sent"),
        // Nobody knows whether these were sent: the ledger says so, and they are not sent again.
        ("eu-central-1", Fault::Lost, 0, "unknown"),
        ("sa-east-1", Fault::AnswerLost, 1, "unknown"),
    ] {
        let on_aws = OnAws::start(region, 40_000).await?;
        on_aws.deployment.sign_up("premium").await?;
        on_aws.proxy.fail("ses", "SendEmail", fault, 2);
        exceed(&on_aws.deployment, 30_000).await?;
        assert_eq!(
            (on_aws.mails().await?, on_aws.ledger().await?),
            (mails, vec![state.to_owned()]),
            "{fault:?}"
        );
        on_aws.deployment.stop().await?;
    }
    Ok(())
}

/// Two documents of so many bytes, of which only one fits: forms that declare no size take each.
async fn exceed(deployment: &Deployment, bytes: usize) -> Result<()> {
    let session = std::fs::read(deployment.data.path().join(".config/docstore/session.json"))?;
    let token = serde_json::from_slice::<Value>(&session)?["token"]
        .as_str()
        .context("a token")?
        .to_owned();
    let http = reqwest::Client::new();
    let post = |path: String| {
        http.post(format!("{}{path}", deployment.node.url()))
            .bearer_auth(&token)
    };
    let mut forms: Vec<Value> = Vec::new();
    for name in ["a.txt", "b.txt"] {
        let form = post("/v1/uploads".to_owned())
            .json(&json!({ "file_name": name }))
            .send()
            .await?;
        forms.push(form.error_for_status()?.json().await?);
    }
    let mut documents = Vec::new();
    for form in &forms {
        let mut parts = reqwest::multipart::Form::new();
        for field in form["fields"].as_array().context("fields")? {
            let text = |name: &str| field[name].as_str().unwrap_or_default().to_owned();
            parts = parts.text(text("name"), text("value"));
        }
        let file = reqwest::multipart::Part::text("kingfisher ".repeat(bytes / 11)).file_name("file");
        let url = form["url"].as_str().context("an address")?;
        http.post(url)
            .multipart(parts.part("file", file))
            .send()
            .await?
            .error_for_status()?;
        let document = form["document"].as_str().context("an id")?;
        post(format!("/v1/documents/{document}/upload-complete"))
            .send()
            .await?
            .error_for_status()?;
        documents.push(document);
    }
    // The mail may be sent a moment after the document is ready: its workflow ends after both.
    run(&mut deployment.docstore(&["status", "--wait"])).await?;
    let engine = deployment.node.engine().node();
    for document in documents {
        let run = engine
            .latest_run(DOMAIN, &format!("upload-complete-{document}"))
            .await?;
        engine.wait_closed(DOMAIN, &run.execution).await?;
    }
    Ok(())
}
