//! What a credential's role and domains allow.

use apus::wire::{ACTIONS, Access, Role, WireOptions};
use serde_json::{Value, json};

use super::guarded::Guarded;
use super::support::{DOMAIN, each};

/// Another registered domain.
const OTHER: &str = "other";

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
    let names: Vec<&Value> = each(listed["domainInfos"].as_array().unwrap(), "/name");
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
