//! Who may call: signatures, credentials, roles, domains.

use std::time::{Duration, SystemTime};

use apus::model::Limits;
use apus::wire::{ACTIONS, Access, Issued, Keyring, MasterKey, NewCredential, Role, WireOptions};
use apus_tests::Signer;
use reqwest::{Client, Request, StatusCode};
use serde_json::{Value, json};

use super::support::{DOMAIN, Refused, Served};

const LIST: &str = r#"{ "registrationStatus": "REGISTERED" }"#;
const LIST_DOMAINS: &str = "SimpleWorkflowService.ListDomains";
/// Another registered domain.
const OTHER: &str = "other";

/// A node with stored credentials, and whoever gives them out.
struct Guarded {
    served: Served,
    keyring: Keyring,
}

impl Guarded {
    async fn start(options: WireOptions) -> Self {
        let served = Served::with(Limits::default(), options.clone()).await;
        let keyring = served.keyring(&options.key).await;
        Guarded { served, keyring }
    }

    /// A credential for all domains, or for the one that is tested.
    async fn create(&self, role: Role, domains: &[&str]) -> Signer {
        signer(&self.keyring.create(&new(role, domains)).await.unwrap())
    }

    async fn send(&self, request: Request) -> Result<Value, Refused> {
        let response = Client::new().execute(request).await.unwrap();
        if response.status() != StatusCode::OK {
            return Err(Refused::of(response).await);
        }
        let body = response.bytes().await.unwrap();
        Ok(serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn call(&self, signer: &Signer, action: &str, request: Value) -> Result<Value, Refused> {
        let target = format!("SimpleWorkflowService.{action}");
        self.send(signer.call(&self.served.url, &target, request.to_string()))
            .await
    }

    async fn list(&self, signer: &Signer) -> Result<Value, Refused> {
        self.send(signer.call(&self.served.url, LIST_DOMAINS, LIST)).await
    }

    /// The code of a refusal to list domains.
    async fn refused(&self, signer: &Signer) -> String {
        self.list(signer).await.unwrap_err().code
    }

    /// Calls until the node has heard of what changed.
    async fn until_refused(&self, signer: &Signer) -> String {
        loop {
            if let Err(refused) = self.list(signer).await {
                return refused.code;
            }
        }
    }
}

fn new(role: Role, domains: &[&str]) -> NewCredential {
    NewCredential {
        role,
        domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
        description: None,
    }
}

fn signer(issued: &Issued) -> Signer {
    Signer::new(&issued.access_key, &issued.secret)
}

fn off(to: Duration, later: bool) -> Option<SystemTime> {
    let now = SystemTime::now();
    Some(if later { now + to } else { now - to })
}

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
async fn what_is_revoked_is_refused_at_once_and_on_every_node() {
    let guarded = Guarded::start(WireOptions::default()).await;
    let (good, other) = (
        guarded.create(Role::Admin, &[]).await,
        guarded.create(Role::Reader, &[]).await,
    );
    guarded.list(&good).await.unwrap();
    guarded.keyring.revoke(&good.access_key).await.unwrap();
    assert_eq!(guarded.until_refused(&good).await, "UnrecognizedClientException");
    guarded.list(&other).await.unwrap();
    let again = guarded.keyring.revoke(&good.access_key).await.unwrap_err();
    assert!(again.to_string().contains("or it is revoked"), "{again}");
    let all = guarded.keyring.list(true).await.unwrap();
    let revoked = all.iter().find(|one| one.access_key == good.access_key).unwrap();
    assert!(revoked.revoked_at.is_some() && revoked.secrets.is_empty());
    assert_eq!(guarded.keyring.list(false).await.unwrap().len(), 1);
}

#[tokio::test]
async fn after_a_rotation_both_secrets_count_for_a_while() {
    let guarded = Guarded::start(WireOptions::default()).await;
    let first = guarded.create(Role::Admin, &[]).await;
    guarded.list(&first).await.unwrap();
    let grace = Duration::from_secs(3600);
    let second = signer(&guarded.keyring.rotate(&first.access_key, grace).await.unwrap());
    assert_eq!(second.access_key, first.access_key);
    while guarded.list(&second).await.is_err() {}
    guarded.list(&first).await.unwrap();

    let third = guarded
        .keyring
        .rotate(&first.access_key, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(guarded.until_refused(&second).await, "InvalidSignatureException");
    guarded.list(&signer(&third)).await.unwrap();
    assert_eq!(guarded.refused(&first).await, "InvalidSignatureException");
    let unknown = guarded.keyring.rotate("APUSAAAAAAAAAAAAAAAA", grace).await;
    assert!(unknown.unwrap_err().to_string().contains("APUSAAAAAAAAAAAAAAAA"));
}

#[tokio::test]
async fn each_role_may_do_what_is_its_own() {
    let guarded = Guarded::start(WireOptions::default()).await;
    for role in Role::ALL {
        let signer = guarded.create(role, &[]).await;
        for action in ACTIONS {
            // No action takes this, so that nothing is done, and no poll waits.
            let refused = guarded.call(&signer, action.name, json!([])).await.unwrap_err();
            let may = match action.access {
                Access::Administer => role == Role::Admin,
                Access::Operate => matches!(role, Role::Admin | Role::Operator),
                Access::Work => matches!(role, Role::Admin | Role::Worker),
                Access::Read => true,
            };
            if may {
                assert_eq!(refused.code, "SerializationException", "{role} {}", action.name);
            } else {
                assert_eq!(
                    refused.kind, "com.amazonaws.swf.base.model#OperationNotPermittedFault",
                    "{role} {}",
                    action.name
                );
                let message = format!(
                    "User: {} is not authorized to perform: swf:{}: the role {role} does not allow it",
                    signer.access_key, action.name
                );
                assert_eq!(refused.message, message);
            }
        }
    }
}

#[tokio::test]
async fn a_credential_may_be_limited_to_domains() {
    let guarded = Guarded::start(WireOptions::default()).await;
    let admin = guarded.create(Role::Admin, &[]).await;
    let register = |name: &str| json!({ "name": name, "workflowExecutionRetentionPeriodInDays": "1" });
    guarded
        .call(&admin, "RegisterDomain", register(OTHER))
        .await
        .unwrap();
    let limited = guarded.create(Role::Admin, &[DOMAIN, "later"]).await;

    let listed = guarded.list(&limited).await.unwrap();
    let names: Vec<&Value> = super::support::each(listed["domainInfos"].as_array().unwrap(), "/name");
    assert_eq!(names, [DOMAIN]);
    guarded
        .call(&limited, "RegisterDomain", register("later"))
        .await
        .unwrap();
    guarded
        .call(&limited, "DescribeDomain", json!({ "name": DOMAIN }))
        .await
        .unwrap();
    let types = |domain: &str| json!({ "domain": domain, "registrationStatus": "REGISTERED" });
    guarded
        .call(&limited, "ListWorkflowTypes", types(DOMAIN))
        .await
        .unwrap();

    for (action, request) in [
        ("RegisterDomain", register("x")),
        ("DescribeDomain", json!({ "name": OTHER })),
        ("ListWorkflowTypes", types(OTHER)),
        ("ListWorkflowTypes", types("nowhere")),
        ("ListWorkflowTypes", json!({ "registrationStatus": "REGISTERED" })),
    ] {
        let refused = guarded.call(&limited, action, request).await.unwrap_err();
        assert_eq!(refused.code, "OperationNotPermittedFault", "{action}");
    }
    let refused = guarded
        .call(&limited, "DescribeDomain", json!({ "name": OTHER }))
        .await
        .unwrap_err();
    let message = format!(
        "User: {} is not authorized to perform: swf:DescribeDomain: \
         the credential is not for arn:aws:swf:us-east-1:123456789012:/domain/other",
        limited.access_key
    );
    assert_eq!(refused.message, message);
    // What is read twice is read alike: there is no first domain to be allowed and second one to be used.
    let twice =
        format!(r#"{{ "domain": "{DOMAIN}", "domain": "{OTHER}", "registrationStatus": "REGISTERED" }}"#);
    let call = limited.call(&guarded.served.url, "S.ListWorkflowTypes", twice);
    assert_eq!(
        guarded.send(call).await.unwrap_err().code,
        "SerializationException"
    );
}

#[tokio::test]
async fn a_task_is_answered_by_who_may_work_in_its_domain() {
    let guarded = Guarded::start(WireOptions::local()).await;
    guarded.served.start_run("w").await;
    let task = guarded.served.decision_task().await;
    let here = guarded.create(Role::Worker, &[DOMAIN]).await;
    let elsewhere = guarded.create(Role::Worker, &[OTHER]).await;
    let token = task["taskToken"].clone();
    let answer = |token: Value| json!({ "taskToken": token, "decisions": [] });
    let answered = |signer, token| guarded.call(signer, "RespondDecisionTaskCompleted", answer(token));
    let refused = answered(&elsewhere, token.clone()).await.unwrap_err();
    assert_eq!(refused.code, "OperationNotPermittedFault");
    assert!(refused.message.ends_with(":/domain/tests"), "{}", refused.message);
    let forged = answered(&here, json!("forged")).await.unwrap_err();
    assert_eq!(
        (forged.code.as_str(), forged.message.as_str()),
        ("ValidationException", "Invalid token")
    );
    let none = guarded
        .call(&here, "RespondDecisionTaskCompleted", json!({}))
        .await
        .unwrap_err();
    assert_eq!(none.code, "OperationNotPermittedFault");
    answered(&here, token).await.unwrap();
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

#[tokio::test]
async fn who_has_the_database_only_can_call_nothing() {
    let guarded = Guarded::start(WireOptions::default()).await;
    let signer = guarded.create(Role::Admin, &[]).await;
    let dump = guarded.served.dump_of_credentials().await;
    assert!(dump.contains(&signer.access_key), "{dump}");
    assert!(!dump.contains(&signer.secret), "{dump}");
    // Postgres writes bytes in hexadecimal digits.
    let digits: String = signer.secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(!dump.contains(&digits), "{dump}");
    let other = guarded.served.keyring(&MasterKey::random()).await;
    let refused = other.create(&new(Role::Admin, &[])).await.unwrap_err();
    assert!(
        refused.to_string().contains("sealed under another key"),
        "{refused}"
    );
}

#[test]
fn the_documentation_says_what_each_role_may_do() {
    let security = include_str!("../../../../docs/security.md");
    for (what, access) in [
        ("administer", Access::Administer),
        ("operate", Access::Operate),
        ("work", Access::Work),
        ("read", Access::Read),
    ] {
        let roles: Vec<&str> = Role::ALL
            .into_iter()
            .map(|role| if role.allows(access) { "yes" } else { "-" })
            .collect();
        let actions: Vec<String> = ACTIONS
            .iter()
            .filter(|action| action.access == access)
            .map(|action| format!("`{}`", action.name))
            .collect();
        let row = format!("| {what} | {} | {} |\n", roles.join(" | "), actions.join(", "));
        assert!(security.contains(&row), "docs/security.md has to say:\n{row}");
    }
}
