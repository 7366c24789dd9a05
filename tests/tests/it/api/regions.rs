//! What other regions may tell this one, and what nobody else can make it believe.

use anyhow::{Context, Result};
use docstore_activities::catalog::AuditEvent;
use docstore_activities::ports::regions::signature::ANSWER_HEADER;
use docstore_activities::ports::regions::{Asked, Claim, PairKeys, PeerSettings};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use uuid::Uuid;

use super::{Api, PASSWORD, expect, problem};

const HERE: &str = "us-west-2";
const THERE: &str = "ap-southeast-2";
const THIRD: &str = "eu-west-1";

/// A region that this one knows, as far as its key goes.
struct Peer {
    name: &'static str,
    file: NamedTempFile,
}

impl Peer {
    fn new(name: &'static str, key: char) -> Result<Self> {
        let file = NamedTempFile::new()?;
        std::fs::write(file.path(), format!("{}=\n", key.to_string().repeat(43)))?;
        Ok(Self { name, file })
    }

    fn settings(&self) -> PeerSettings {
        PeerSettings {
            region: self.name.to_owned(),
            url: "http://127.0.0.1:1".to_owned(),
            public_url: Some(format!("https://{}.docs.example.com/", self.name)),
            key_file: self.file.path().to_owned(),
        }
    }

    fn keys(&self) -> Result<PairKeys> {
        Ok(PairKeys::read(self.file.path())?)
    }

    fn claim(&self, method: &str, path: &str, body: &str) -> Result<Claim> {
        let asked = Asked {
            method,
            path,
            body: body.as_bytes(),
        };
        Ok(Claim::new(&self.keys()?, self.name, HERE, asked))
    }

    async fn put(&self, api: &Api, account: Uuid, record: &Value) -> Result<Response> {
        let (path, body) = (path(account), record.to_string());
        let claim = self.claim("PUT", &path, &body)?;
        send(api, Method::PUT, &path, &body, &claim.header()).await
    }
}

async fn send(api: &Api, method: Method, path: &str, body: &str, claim: &str) -> Result<Response> {
    let request = api.request(method, path).body(body.to_owned());
    Ok(request.header("authorization", claim).send().await?)
}

fn path(account: Uuid) -> String {
    format!("/regions/accounts/{account}")
}

async fn api() -> Result<(Api, Peer, Peer)> {
    let (there, third) = (Peer::new(THERE, 'A')?, Peer::new(THIRD, 'I')?);
    let others = vec![there.settings(), third.settings()];
    Ok((Api::start_among(others).await?, there, third))
}

/// An account as its home tells of it, with the password of all tests.
async fn record(api: &Api, email: &str, revision: i64) -> Result<Value> {
    let password_hash = api
        .app
        .passwords
        .hash(PASSWORD.to_owned())
        .await
        .context("a hash")?;
    Ok(json!({
        "email": email, "password_hash": password_hash, "plan": "premium",
        "created": "2026-01-02T03:04:05Z", "revision": revision,
    }))
}

#[tokio::test]
async fn whoever_is_at_home_elsewhere_is_sent_there_once_he_has_shown_his_password() -> Result<()> {
    let (api, there, _) = api().await?;
    let account = Uuid::now_v7();
    let stored = there
        .put(&api, account, &record(&api, "bob@example.com", 1).await?)
        .await?;
    assert_eq!(stored.status(), StatusCode::NO_CONTENT);

    let shown = json!({ "email": "Bob@example.com", "password": PASSWORD });
    let sent = api.post("/v1/sessions", &shown).await?;
    assert_eq!(
        sent.headers()["location"].to_str()?,
        "https://ap-southeast-2.docs.example.com/v1/sessions"
    );
    assert!(!sent.headers().contains_key("set-cookie"));
    let sent = expect(sent, StatusCode::TEMPORARY_REDIRECT).await?;
    assert_eq!(
        (&sent["code"], &sent["home_region"]),
        (&json!("wrong_region"), &json!(THERE))
    );
    let guess = json!({ "email": "bob@example.com", "password": "a wrong password" });
    assert_eq!(
        problem(api.post("/v1/sessions", &guess).await?, StatusCode::UNAUTHORIZED).await?,
        "wrong_credentials",
        "who does not know the password learns nothing"
    );
    let page = api.request(Method::POST, "/log-in").form(&shown).send().await?;
    assert_eq!(
        (page.status(), page.headers()["location"].to_str()?),
        (
            StatusCode::SEE_OTHER,
            "https://ap-southeast-2.docs.example.com/log-in"
        )
    );
    let policy = page_policy(&api).await?;
    assert!(
        policy.contains("form-action 'self'") && policy.contains("https://ap-southeast-2.docs.example.com")
    );

    let again = json!({ "email": "bob@example.com", "password": PASSWORD });
    assert_eq!(
        problem(api.post("/v1/accounts", &again).await?, StatusCode::CONFLICT).await?,
        "email_taken"
    );
    let records = api.app.catalog.audit_records(account, 10).await?;
    let events: Vec<_> = records.iter().rev().map(|record| record.event).collect();
    assert_eq!(
        events,
        [
            AuditEvent::ReplicaStored,
            AuditEvent::LogInElsewhere,
            AuditEvent::LogInFailed,
            AuditEvent::LogInElsewhere
        ]
    );
    Ok(())
}

async fn page_policy(api: &Api) -> Result<String> {
    let page = api.request(Method::GET, "/log-in").send().await?;
    Ok(page.headers()["content-security-policy"].to_str()?.to_owned())
}

#[tokio::test]
async fn nobody_but_a_region_is_believed() -> Result<()> {
    let (api, there, third) = api().await?;
    let (account, record) = (Uuid::now_v7(), record(&api, "bob@example.com", 1).await?);
    let (path, body) = (path(account), record.to_string());
    let genuine = there.claim("PUT", &path, &body)?;
    let asked = Asked {
        method: "PUT",
        path: &path,
        body: body.as_bytes(),
    };
    let by_another_key = Claim::new(&third.keys()?, THERE, HERE, asked);
    let of_a_stranger = Claim::new(&there.keys()?, "us-east-1", HERE, asked);
    let for_another = Claim::new(&there.keys()?, THERE, THIRD, asked);
    let other_body = body.replace("premium", "free");
    let other_path = super::regions::path(Uuid::now_v7());
    let header = genuine.header();
    let tried = [
        (Method::PUT, &path, &body, String::new()),
        (Method::PUT, &path, &body, "Bearer x".to_owned()),
        (Method::PUT, &path, &body, by_another_key.header()),
        (Method::PUT, &path, &body, of_a_stranger.header()),
        (Method::PUT, &path, &body, for_another.header()),
        (Method::PUT, &path, &other_body, header.clone()),
        (Method::PUT, &other_path, &body, header.clone()),
        (Method::DELETE, &path, &body, header.clone()),
        (Method::PUT, &path, &body, header.replace(THERE, THIRD)),
    ];
    for (method, path, body, claim) in tried {
        let refused = send(&api, method, path, body, &claim).await?;
        assert!(!refused.headers().contains_key(ANSWER_HEADER), "{claim}");
        assert_eq!(
            problem(refused, StatusCode::UNAUTHORIZED).await?,
            "region_refused",
            "{claim}"
        );
    }
    assert!(
        api.app
            .catalog
            .account_by_email("bob@example.com")
            .await?
            .is_none()
    );

    let stored = send(&api, Method::PUT, &path, &body, &header).await?;
    let code = stored.headers()[ANSWER_HEADER].to_str()?.to_owned();
    assert_eq!(stored.status(), StatusCode::NO_CONTENT);
    assert!(
        genuine.answer_holds(&there.keys()?, 204, b"", &code),
        "the answer proves itself"
    );
    let again = send(&api, Method::PUT, &path, &body, &header).await?;
    assert_eq!(
        problem(again, StatusCode::UNAUTHORIZED).await?,
        "region_refused",
        "once is enough"
    );
    Ok(())
}

#[tokio::test]
async fn a_region_speaks_for_its_own_accounts_only() -> Result<()> {
    let (api, there, third) = api().await?;
    let ada = api.user("ada@example.com", "free").await?;
    let mine: Uuid = ada.get("/v1/account").await?["id"]
        .as_str()
        .context("an id")?
        .parse()?;
    let forged = record(&api, "ada@example.com", 1_000).await?;
    let refused = there.put(&api, mine, &forged).await?;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    let removed = there.claim("DELETE", &path(mine), "")?;
    let refused = send(&api, Method::DELETE, &path(mine), "", &removed.header()).await?;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    assert_eq!(ada.get("/v1/account").await?["plan"], "free");

    let theirs = Uuid::now_v7();
    let taken = there.put(&api, theirs, &forged).await?;
    assert_eq!(taken.status(), StatusCode::CONFLICT, "two of one address");
    let bob = record(&api, "bob@example.com", 1).await?;
    let stored = there.put(&api, theirs, &bob).await?;
    assert_eq!(stored.status(), StatusCode::NO_CONTENT);
    let refused = third
        .put(&api, theirs, &record(&api, "eve@example.com", 9).await?)
        .await?;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    let removed = there.claim("DELETE", &path(theirs), "")?;
    let done = send(&api, Method::DELETE, &path(theirs), "", &removed.header()).await?;
    assert_eq!(done.status(), StatusCode::NO_CONTENT);
    assert!(
        api.app
            .catalog
            .account_by_email("bob@example.com")
            .await?
            .is_none()
    );
    Ok(())
}

#[tokio::test]
async fn records_that_cannot_hold_are_refused() -> Result<()> {
    let (api, there, _) = api().await?;
    let good = record(&api, "bob@example.com", 1).await?;
    let with = |member: &str, value: Value| {
        let mut record = good.clone();
        record[member] = value;
        record
    };
    for (record, status) in [
        (json!([]), StatusCode::BAD_REQUEST),
        (with("password", json!("secret")), StatusCode::BAD_REQUEST),
        (with("email", json!("nobody")), StatusCode::UNPROCESSABLE_ENTITY),
        (
            with("password_hash", json!("a password")),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            with("password_hash", json!("$2b$12$abcdefghijklmnopqrstuv")),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        let refused = there.put(&api, Uuid::now_v7(), &record).await?;
        assert!(
            refused.headers().contains_key(ANSWER_HEADER),
            "it is this region that refuses"
        );
        assert_eq!(refused.status(), status, "{record}");
    }
    Ok(())
}
