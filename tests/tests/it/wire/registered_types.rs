//! Workflow and activity types over the wire: what holds of the ones holds of the others.

use serde_json::{Value, json};

use super::support::{DOMAIN, Served, each};

/// The kinds of types: how actions name them, and members.
const KINDS: [(&str, &str); 2] = [("Workflow", "workflowType"), ("Activity", "activityType")];

fn of(member: &str, name: &str, version: &str) -> Value {
    json!({ "domain": DOMAIN, member: { "name": name, "version": version } })
}

#[tokio::test]
async fn types_are_described_as_they_were_registered() {
    let served = Served::start(None).await;
    for (name, version) in [("b", "2"), ("b", "1"), ("a", "1")] {
        let defaults = json!({
            "domain": DOMAIN, "name": name, "version": version, "description": "d",
            "defaultTaskList": { "name": "l" }, "defaultTaskHeartbeatTimeout": "NONE",
            "defaultTaskStartToCloseTimeout": "60", "defaultTaskPriority": "-3",
        });
        served.call("RegisterActivityType", defaults).await;
    }
    let request = json!({ "domain": DOMAIN, "registrationStatus": "REGISTERED" });
    let (types, _) = served.pages("ListActivityTypes", request, "typeInfos", 1).await;
    let names = types.iter().map(|info| {
        format!(
            "{} {}",
            info["activityType"]["name"], info["activityType"]["version"]
        )
    });
    assert_eq!(
        names.collect::<Vec<_>>(),
        [r#""a" "1""#, r#""activity" "1""#, r#""b" "1""#, r#""b" "2""#]
    );
    let of_name = json!({ "domain": DOMAIN, "registrationStatus": "REGISTERED", "name": "b" });
    let (types, _) = served.pages("ListActivityTypes", of_name, "typeInfos", 9).await;
    assert_eq!(types.len(), 2);
    let described = json!({ "domain": DOMAIN, "activityType": { "name": "b", "version": "1" } });
    let described = served.call("DescribeActivityType", described).await;
    assert_eq!(
        described["configuration"],
        json!({ "defaultTaskList": { "name": "l" }, "defaultTaskHeartbeatTimeout": "NONE",
                "defaultTaskStartToCloseTimeout": "60", "defaultTaskPriority": "-3" })
    );
    assert_eq!(described["typeInfo"]["description"], "d");
    assert!(described["typeInfo"]["creationDate"].is_f64());
    let workflow = json!({ "domain": DOMAIN, "workflowType": { "name": "workflow", "version": "1" } });
    let described = served.call("DescribeWorkflowType", workflow).await;
    assert_eq!(described["configuration"]["defaultChildPolicy"], "TERMINATE");
}

#[tokio::test]
async fn a_type_is_deprecated_used_again_and_deleted() {
    let served = Served::start(None).await;
    for (kind, member) in KINDS {
        let described = format!("{kind}Type=[name=t, version=1]");
        let named = of(member, "t", "1");
        let register = json!({ "domain": DOMAIN, "name": "t", "version": "1", "description": "first" });
        let [deprecate, undeprecate, delete, describe] =
            ["Deprecate", "Undeprecate", "Delete", "Describe"].map(|verb| format!("{verb}{kind}Type"));
        for action in [&deprecate, &undeprecate, &delete, &describe] {
            let refused = served.refused(action, named.clone()).await;
            assert_eq!(refused.code, "UnknownResourceFault", "{action}");
            assert_eq!(refused.message, format!("Unknown type: {described}"), "{action}");
        }

        served
            .call(&format!("Register{kind}Type"), register.clone())
            .await;
        let refused = served.refused(&undeprecate, named.clone()).await;
        assert_eq!(
            (refused.code.as_str(), &refused.message),
            ("TypeAlreadyExistsFault", &described)
        );
        let refused = served.refused(&delete, named.clone()).await;
        assert_eq!(refused.code, "TypeNotDeprecatedFault");
        assert_eq!(
            refused.message,
            "The type is currently registered and cannot be deleted in its current state"
        );

        assert_eq!(served.call(&deprecate, named.clone()).await, Value::Null);
        let refused = served.refused(&deprecate, named.clone()).await;
        assert_eq!(
            (refused.code.as_str(), &refused.message),
            ("TypeDeprecatedFault", &described)
        );
        let refused = served.refused(&format!("Register{kind}Type"), register).await;
        assert_eq!(
            (refused.code.as_str(), &refused.message),
            ("TypeAlreadyExistsFault", &described)
        );
        let info = served.call(&describe, named.clone()).await["typeInfo"].clone();
        assert_eq!(
            (&info["status"], &info["description"]),
            (&json!("DEPRECATED"), &json!("first"))
        );
        assert!(
            info["deprecationDate"].as_f64() >= info["creationDate"].as_f64(),
            "{info}"
        );

        served.call(&undeprecate, named.clone()).await;
        let info = served.call(&describe, named.clone()).await["typeInfo"].clone();
        assert_eq!(
            (&info["status"], info.get("deprecationDate")),
            (&json!("REGISTERED"), None)
        );

        served.call(&deprecate, named.clone()).await;
        assert_eq!(served.call(&delete, named.clone()).await, Value::Null);
        for action in [&describe, &delete, &deprecate] {
            let refused = served.refused(action, named.clone()).await;
            assert_eq!(refused.code, "UnknownResourceFault", "{action}");
        }
        let list = json!({ "domain": DOMAIN, "registrationStatus": "DEPRECATED" });
        let listed = served.call(&format!("List{kind}Types"), list).await;
        assert_eq!(listed, json!({ "typeInfos": [] }));

        let again =
            json!({ "domain": DOMAIN, "name": "t", "version": "1", "defaultTaskList": { "name": "l" } });
        served.call(&format!("Register{kind}Type"), again).await;
        let found = served.call(&describe, named).await;
        assert_eq!(
            found["configuration"],
            json!({ "defaultTaskList": { "name": "l" } })
        );
        assert_eq!(found["typeInfo"]["status"], "REGISTERED");
        assert_eq!(
            found["typeInfo"].get("description"),
            None,
            "nothing is left of the first"
        );
    }
}

#[tokio::test]
async fn all_defaults_of_a_workflow_type_are_echoed() {
    let served = Served::start(None).await;
    let defaults = json!({
        "defaultTaskStartToCloseTimeout": "NONE", "defaultExecutionStartToCloseTimeout": "31536000",
        "defaultTaskList": { "name": "l" }, "defaultTaskPriority": "-2147483648",
        "defaultChildPolicy": "REQUEST_CANCEL", "defaultLambdaRole": "arn:aws:iam::1:role/r",
    });
    let mut request = json!({ "domain": DOMAIN, "name": "full", "version": "1" });
    for (name, value) in defaults.as_object().unwrap() {
        request[name] = value.clone();
    }
    served.call("RegisterWorkflowType", request).await;
    let found = served
        .call("DescribeWorkflowType", of("workflowType", "full", "1"))
        .await;
    assert_eq!(found["configuration"], defaults);
    served
        .call(
            "RegisterWorkflowType",
            json!({ "domain": DOMAIN, "name": "bare", "version": "1" }),
        )
        .await;
    let found = served
        .call("DescribeWorkflowType", of("workflowType", "bare", "1"))
        .await;
    assert_eq!(found["configuration"], json!({}));
}

#[tokio::test]
async fn constraints_of_registrations_are_told() {
    let served = Served::start(None).await;
    let refused = served
        .refused(
            "RegisterWorkflowType",
            json!({
                "domain": DOMAIN, "name": "arn", "version": "", "description": "d".repeat(1_025),
                "defaultExecutionStartToCloseTimeout": "NONE", "defaultTaskStartToCloseTimeout": "1.5",
                "defaultTaskList": {}, "defaultTaskPriority": "2147483648", "defaultChildPolicy": "KILL",
                "defaultLambdaRole": "",
            }),
        )
        .await;
    assert_eq!(refused.kind, "com.amazon.coral.validate#ValidationException");
    let told = refused
        .message
        .replace("; ", ";\n")
        .replace(&"d".repeat(256), "ddd");
    insta::assert_snapshot!(told, @r"
    9 validation errors detected: Value 'arn' at 'name' failed to satisfy constraint: Member must not begin or end with whitespace, contain ':', '/', '|' or a control character, or be 'arn';
    Value '' at 'version' failed to satisfy constraint: Member must have length greater than or equal to 1;
    Value 'ddd' at 'description' failed to satisfy constraint: Member must have length less than or equal to 1024;
    Value '1.5' at 'defaultTaskStartToCloseTimeout' failed to satisfy constraint: Member must consist of digits or be NONE;
    Value 'NONE' at 'defaultExecutionStartToCloseTimeout' failed to satisfy constraint: Member must consist of digits;
    Value null at 'defaultTaskList.name' failed to satisfy constraint: Member must not be null;
    Value '2147483648' at 'defaultTaskPriority' failed to satisfy constraint: Member must be a whole number of 32 bits;
    Value 'KILL' at 'defaultChildPolicy' failed to satisfy constraint: Member must satisfy enum value set: [TERMINATE, REQUEST_CANCEL, ABANDON];
    Value '' at 'defaultLambdaRole' failed to satisfy constraint: Member must have length greater than or equal to 1
    ");
    let refused = served
        .refused(
            "RegisterWorkflowType",
            json!({ "domain": DOMAIN, "name": "n", "version": "1", "defaultExecutionStartToCloseTimeout": "31536001" }),
        )
        .await;
    insta::assert_snapshot!(refused.message, @"1 validation error detected: Value '31536001' at 'defaultExecutionStartToCloseTimeout' failed to satisfy constraint: Member must have value less than or equal to 31536000 seconds");
    let refused = served
        .refused(
            "RegisterActivityType",
            json!({ "defaultTaskHeartbeatTimeout": "-1" }),
        )
        .await;
    insta::assert_snapshot!(refused.message.replace("; ", ";\n"), @r"
    4 validation errors detected: Value null at 'domain' failed to satisfy constraint: Member must not be null;
    Value null at 'name' failed to satisfy constraint: Member must not be null;
    Value null at 'version' failed to satisfy constraint: Member must not be null;
    Value '-1' at 'defaultTaskHeartbeatTimeout' failed to satisfy constraint: Member must consist of digits or be NONE
    ");
    for (kind, member) in KINDS {
        for action in
            ["Deprecate", "Undeprecate", "Delete", "Describe"].map(|verb| format!("{verb}{kind}Type"))
        {
            let refused = served.refused(&action, json!({})).await;
            assert_eq!(
                refused.message,
                format!(
                    "2 validation errors detected: \
                     Value null at 'domain' failed to satisfy constraint: Member must not be null; \
                     Value null at '{member}' failed to satisfy constraint: Member must not be null"
                )
            );
            let refused = served
                .refused(&action, json!({ "domain": DOMAIN, member: {} }))
                .await;
            assert_eq!(
                refused.message,
                format!(
                    "2 validation errors detected: \
                     Value null at '{member}.name' failed to satisfy constraint: Member must not be null; \
                     Value null at '{member}.version' failed to satisfy constraint: Member must not be null"
                )
            );
        }
    }
}

#[tokio::test]
async fn types_are_listed_by_status_and_name_from_both_ends() {
    let served = Served::start(None).await;
    for (kind, member) in KINDS {
        for (name, version) in [
            ("b", "10"),
            ("b", "9"),
            ("B", "1"),
            ("a", "1"),
            ("b", "1"),
            ("c", "1"),
        ] {
            let request = json!({ "domain": DOMAIN, "name": name, "version": version });
            served.call(&format!("Register{kind}Type"), request).await;
        }
        for (name, version) in [("c", "1"), ("b", "9")] {
            served
                .call(&format!("Deprecate{kind}Type"), of(member, name, version))
                .await;
        }
        let action = format!("List{kind}Types");
        let pages = async |more: Value| {
            let mut request = json!({ "domain": DOMAIN, "registrationStatus": "REGISTERED" });
            for (name, value) in more.as_object().into_iter().flatten() {
                request[name] = value.clone();
            }
            let (types, pages) = served.pages(&action, request, "typeInfos", 2).await;
            let names = each(&types, &format!("/{member}/name"));
            let versions = each(&types, &format!("/{member}/version"));
            let named = names.into_iter().zip(versions);
            let named: Vec<String> = named
                .map(|(name, version)| format!("{} {}", name.as_str().unwrap(), version.as_str().unwrap()))
                .filter(|named| !named.starts_with(&kind.to_lowercase()))
                .collect();
            (named.join(", "), pages)
        };
        assert_eq!(pages(json!({})).await, ("B 1, a 1, b 1, b 10".to_owned(), 3));
        assert_eq!(
            pages(json!({ "reverseOrder": true })).await.0,
            "b 10, b 1, a 1, B 1"
        );
        assert_eq!(pages(json!({ "name": "b" })).await, ("b 1, b 10".to_owned(), 1));
        assert_eq!(
            pages(json!({ "registrationStatus": "DEPRECATED" })).await,
            ("b 9, c 1".to_owned(), 1)
        );
    }
}
