//! Forms as a browser posts them, and as nobody should.

use std::collections::BTreeMap;

use aws_credential_types::Credentials;
use chrono::{TimeDelta, Utc};
use reqwest::header::LOCATION;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};

use super::super::StaticCredentials;
use super::{Bench, bench, key, keys};
use crate::ports::objects::policy::{FormTarget, sign_form};
use crate::ports::objects::s3::S3Objects;
use crate::ports::objects::{Objects, SignedForm, UploadPolicy};

fn policy() -> UploadPolicy {
    UploadPolicy {
        key: key("documents/1/2"),
        content_type: "application/pdf".to_owned(),
        bytes_min: 1,
        bytes_max: 10,
        metadata: BTreeMap::from([("document".to_owned(), "2".to_owned())]),
        open_metadata: vec!["title".to_owned(), "tags".to_owned()],
        success_redirect: Some("http://127.0.0.1:8080/uploads/done?document=2".to_owned()),
        expires_at: Utc::now() + TimeDelta::minutes(5),
    }
}

impl Bench {
    async fn form(&self) -> SignedForm {
        self.objects.upload_form(&policy()).await.unwrap()
    }

    async fn post(&self, form: &SignedForm, file: impl Into<Vec<u8>>) -> reqwest::Response {
        let fields = form.fields.iter().cloned();
        let multipart = fields.fold(Form::new(), |multipart, (name, value)| {
            multipart.text(name, value)
        });
        let part = Part::bytes(file.into()).file_name("a \"name\" with é.pdf");
        let multipart = multipart.part(form.file_field.clone(), part);
        self.browser
            .post(&form.url)
            .multipart(multipart)
            .send()
            .await
            .unwrap()
    }

    /// Posts, and expects a refusal that leaves nothing in the store.
    async fn refused(&self, form: &SignedForm, file: impl Into<Vec<u8>>) -> (u16, String) {
        let response = self.post(form, file).await;
        let status = response.status().as_u16();
        let body = response.text().await.unwrap();
        assert_eq!(
            self.objects.head(&policy().key).await.unwrap(),
            None,
            "stored in spite of {body}"
        );
        let code = body
            .split_once("<Code>")
            .and_then(|(_, rest)| rest.split_once("</Code>"));
        (status, code.map(|(code, _)| code.to_owned()).unwrap_or(body))
    }
}

fn set(form: &mut SignedForm, name: &str, value: &str) {
    let field = form.fields.iter_mut().find(|(field, _)| field == name).unwrap();
    field.1 = value.to_owned();
}

#[tokio::test]
async fn a_form_uploads_and_redirects() {
    let bench = bench().await;
    let mut form = bench.form().await;
    set(&mut form, "x-amz-meta-title", "Übung €");
    let response = bench.post(&form, "%PDF-1.4").await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let head = bench.objects.head(&policy().key).await.unwrap().unwrap();
    let expected = format!(
        "http://127.0.0.1:8080/uploads/done?document=2&bucket=docstore-documents&key=documents%2F1%2F2&etag=%22{}%22",
        head.etag
    );
    assert_eq!(response.headers()[LOCATION], expected);
    assert_eq!(
        (head.size, head.content_type.as_deref()),
        (8, Some("application/pdf"))
    );
    let metadata = [("document", "2"), ("tags", ""), ("title", "Übung €")];
    assert!(
        metadata
            .iter()
            .all(|(name, value)| head.metadata[*name] == *value),
        "{:?}",
        head.metadata
    );
}

#[tokio::test]
async fn a_form_without_redirect_answers_204() {
    let bench = bench().await;
    let policy = UploadPolicy {
        success_redirect: None,
        open_metadata: vec![],
        ..policy()
    };
    let form = bench.objects.upload_form(&policy).await.unwrap();
    assert_eq!(
        bench.post(&form, "%PDF-1.4").await.status(),
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn a_form_posted_twice_leaves_one_object_of_the_last() {
    let bench = bench().await;
    let form = bench.form().await;
    assert_eq!(bench.post(&form, "one").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(bench.post(&form, "two").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(bench.objects.get(&policy().key, 10).await.unwrap(), "two");
}

#[tokio::test]
async fn tampered_fields_are_refused() {
    let bench = bench().await;
    let tampered = [
        ("key", "documents/1/3"),
        ("key", "../documents/1/2"),
        ("Content-Type", "text/html"),
        ("x-amz-meta-document", "3"),
        ("success_action_redirect", "http://evil.example/"),
    ];
    for (field, value) in tampered {
        let mut form = bench.form().await;
        set(&mut form, field, value);
        assert_eq!(
            bench.refused(&form, "%PDF").await,
            (403, "AccessDenied".to_owned()),
            "{field}={value}"
        );
        assert_eq!(bench.objects.head(&key("documents/1/3")).await.unwrap(), None);
    }
}

#[tokio::test]
async fn fields_that_are_added_doubled_or_missing_are_refused() {
    let bench = bench().await;
    let mut form = bench.form().await;
    form.fields
        .push(("x-amz-meta-owner".to_owned(), "someone else".to_owned()));
    assert_eq!(
        bench.refused(&form, "%PDF").await,
        (403, "AccessDenied".to_owned())
    );
    let mut form = bench.form().await;
    form.fields.push(("KEY".to_owned(), "documents/1/3".to_owned()));
    assert_eq!(
        bench.refused(&form, "%PDF").await,
        (400, "InvalidArgument".to_owned())
    );
    for missing in ["policy", "x-amz-signature", "x-amz-date", "key", "Content-Type"] {
        let mut form = bench.form().await;
        form.fields.retain(|(name, _)| name != missing);
        assert_eq!(
            bench.refused(&form, "%PDF").await,
            (403, "AccessDenied".to_owned()),
            "{missing}"
        );
    }
}

#[tokio::test]
async fn sizes_outside_the_range_are_refused() {
    let bench = bench().await;
    let form = bench.form().await;
    assert_eq!(
        bench.refused(&form, "12345678901").await,
        (400, "EntityTooLarge".to_owned())
    );
    assert_eq!(bench.refused(&form, "").await, (400, "EntityTooSmall".to_owned()));
    assert_eq!(
        bench.refused(&form, vec![0; 8_000_000]).await,
        (400, "EntityTooLarge".to_owned())
    );
}

#[tokio::test]
async fn forms_of_other_signers_are_refused() {
    let bench = bench().await;
    let mut settings = bench.server.client_settings().clone();
    let secret = StaticCredentials {
        secret_access_key: "another".to_owned(),
        ..keys()
    };
    settings.aws.credentials = Some(secret);
    let other = S3Objects::open(&settings).await.unwrap();
    let form = other.upload_form(&policy()).await.unwrap();
    assert_eq!(
        bench.refused(&form, "%PDF").await,
        (403, "SignatureDoesNotMatch".to_owned())
    );
    settings.aws.credentials = Some(StaticCredentials {
        access_key_id: "other".to_owned(),
        ..keys()
    });
    let other = S3Objects::open(&settings).await.unwrap();
    let form = other.upload_form(&policy()).await.unwrap();
    assert_eq!(
        bench.refused(&form, "%PDF").await,
        (403, "InvalidAccessKeyId".to_owned())
    );
    settings.aws.credentials = Some(keys());
    settings.aws.region = "ap-southeast-2".to_owned();
    let other = S3Objects::open(&settings).await.unwrap();
    let form = other.upload_form(&policy()).await.unwrap();
    assert_eq!(
        bench.refused(&form, "%PDF").await,
        (403, "InvalidAccessKeyId".to_owned())
    );
}

#[tokio::test]
async fn an_expired_form_is_refused() {
    let bench = bench().await;
    let credentials = Credentials::new("docstore", "a secret", None, None, "test");
    let then = Utc::now() - TimeDelta::hours(1);
    let url = bench.form().await.url;
    let target = FormTarget {
        url: &url,
        bucket: "docstore-documents",
        region: "us-west-2",
    };
    let expired = UploadPolicy {
        expires_at: Utc::now() - TimeDelta::seconds(1),
        ..policy()
    };
    let form = sign_form(&expired, target, &credentials, then).unwrap();
    assert_eq!(
        bench.refused(&form, "%PDF").await,
        (403, "AccessDenied".to_owned())
    );
    // Signed as long ago, but still valid.
    let form = sign_form(&policy(), target, &credentials, then).unwrap();
    assert_eq!(bench.post(&form, "%PDF").await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn forms_that_are_no_forms_are_refused() {
    let bench = bench().await;
    let url = bench.form().await.url;
    let post = |url: &str| {
        bench
            .browser
            .post(url)
            .header("content-type", "multipart/form-data; boundary=x")
    };
    let mut huge_field = bench.form().await;
    set(&mut huge_field, "x-amz-meta-title", &"x".repeat(30_000));
    assert_eq!(
        bench.refused(&huge_field, "%PDF").await.1,
        "MaxPostPreDataLengthExceededError"
    );
    let mut large_metadata = bench.form().await;
    set(&mut large_metadata, "x-amz-meta-title", &"x".repeat(3_000));
    assert_eq!(bench.refused(&large_metadata, "%PDF").await.1, "MetadataTooLarge");
    for body in ["", "--x--", "--x\r\n", "no form at all"] {
        assert_eq!(
            post(&url).body(body).send().await.unwrap().status(),
            StatusCode::BAD_REQUEST,
            "{body:?}"
        );
    }
    let endless_header = format!("--x\r\nContent-Disposition: {}", "x".repeat(4_000_000));
    assert_eq!(
        post(&url).body(endless_header).send().await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        bench.browser.post(&url).body("x").send().await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
    let other_bucket = url.replace("docstore-documents", "another-bucket");
    assert_eq!(
        post(&other_bucket).body("--x--").send().await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn only_the_configured_origin_may_post_from_a_page() {
    let bench = bench().await;
    let url = bench.form().await.url;
    for (origin, is_allowed) in [("http://127.0.0.1:8080", true), ("http://evil.example", false)] {
        let preflight = bench
            .browser
            .request(Method::OPTIONS, &url)
            .header("origin", origin);
        let preflight = preflight
            .header("access-control-request-method", "POST")
            .send()
            .await
            .unwrap();
        let allowed = preflight.headers().get("access-control-allow-origin");
        assert_eq!(
            allowed.is_some_and(|value| value == origin),
            is_allowed,
            "{origin}"
        );
    }
}
