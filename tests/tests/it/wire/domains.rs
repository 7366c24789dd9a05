//! Domains over the wire.

use serde_json::{Value, json};

use super::support::{DOMAIN, Served, each};

#[tokio::test]
async fn domains_come_in_the_order_of_their_names_page_by_page() {
    let served = Served::start(None).await;
    for name in ["zebra", "ant", "mole"] {
        served
            .call(
                "RegisterDomain",
                json!({ "name": name, "workflowExecutionRetentionPeriodInDays": "3",
                                             "description": format!("the {name}") }),
            )
            .await;
    }
    let request = json!({ "registrationStatus": "REGISTERED" });
    let (domains, pages) = served
        .pages("ListDomains", request.clone(), "domainInfos", 2)
        .await;
    assert_eq!(each(&domains, "/name"), ["ant", "mole", "tests", "zebra"]);
    assert_eq!(pages, 2);
    assert_eq!(
        domains[0],
        json!({ "name": "ant", "status": "REGISTERED", "description": "the ant",
                "arn": "arn:aws:swf:us-east-1:123456789012:/domain/ant" })
    );
    let reversed = json!({ "registrationStatus": "REGISTERED", "reverseOrder": true });
    let (domains, pages) = served.pages("ListDomains", reversed, "domainInfos", 3).await;
    assert_eq!(each(&domains, "/name"), ["zebra", "tests", "mole", "ant"]);
    assert_eq!(pages, 2);
    let none = served
        .call("ListDomains", json!({ "registrationStatus": "DEPRECATED" }))
        .await;
    assert_eq!(none, json!({ "domainInfos": [] }));
    let described = served.call("DescribeDomain", json!({ "name": "mole" })).await;
    assert_eq!(
        described["configuration"],
        json!({ "workflowExecutionRetentionPeriodInDays": "3" })
    );
}

#[tokio::test]
async fn a_domain_is_deprecated_and_used_again() {
    let served = Served::start(None).await;
    let named = json!({ "name": DOMAIN });
    served.call("DeprecateDomain", named.clone()).await;
    let described = served.call("DescribeDomain", named.clone()).await;
    assert_eq!(described["domainInfo"]["status"], "DEPRECATED");
    let listed = served
        .call("ListDomains", json!({ "registrationStatus": "DEPRECATED" }))
        .await;
    assert_eq!(listed["domainInfos"][0]["name"], DOMAIN);
    let listed = served
        .call("ListDomains", json!({ "registrationStatus": "REGISTERED" }))
        .await;
    assert_eq!(listed, json!({ "domainInfos": [] }));
    let types = json!({ "domain": DOMAIN, "registrationStatus": "DEPRECATED" });
    for action in ["ListWorkflowTypes", "ListActivityTypes"] {
        let listed = served.call(action, types.clone()).await;
        assert_eq!(listed["typeInfos"][0]["status"], "DEPRECATED", "{action}");
        assert!(listed["typeInfos"][0]["deprecationDate"].is_f64(), "{action}");
    }

    let refusals = [
        ("DeprecateDomain", named.clone(), "DomainDeprecatedFault"),
        (
            "RegisterDomain",
            json!({ "name": DOMAIN, "workflowExecutionRetentionPeriodInDays": "1" }),
            "DomainAlreadyExistsFault",
        ),
        (
            "RegisterActivityType",
            json!({ "domain": DOMAIN, "name": "new", "version": "1" }),
            "DomainDeprecatedFault",
        ),
        (
            "StartWorkflowExecution",
            json!({ "domain": DOMAIN, "workflowId": "w", "workflowType": { "name": "workflow", "version": "1" } }),
            "DomainDeprecatedFault",
        ),
    ];
    for (action, request, code) in refusals {
        let refused = served.refused(action, request).await;
        assert_eq!(
            (refused.code.as_str(), refused.message.as_str()),
            (code, DOMAIN),
            "{action}"
        );
    }

    assert_eq!(served.call("UndeprecateDomain", named.clone()).await, Value::Null);
    let refused = served.refused("UndeprecateDomain", named).await;
    assert_eq!(
        (refused.code.as_str(), refused.message.as_str()),
        ("DomainAlreadyExistsFault", DOMAIN)
    );
    let types = json!({ "domain": DOMAIN, "registrationStatus": "REGISTERED" });
    let listed = served.call("ListWorkflowTypes", types).await;
    assert_eq!(listed, json!({ "typeInfos": [] }), "its types stay deprecated");
    for action in ["DeprecateDomain", "UndeprecateDomain"] {
        let refused = served.refused(action, json!({ "name": "nowhere" })).await;
        assert_eq!(refused.code, "UnknownResourceFault");
        assert_eq!(refused.message, "Unknown domain: nowhere");
    }
}

#[tokio::test]
async fn a_retention_is_days_within_the_limit_or_none() {
    let served = Served::start(None).await;
    let request = |days: Value| json!({ "name": "kept", "workflowExecutionRetentionPeriodInDays": days });
    let constraints = [
        (Value::Null, "Member must not be null"),
        (json!("91"), "Member must have value less than or equal to 90"),
        (json!("-1"), "Member must consist of digits or be NONE"),
        (json!(""), "Member must have length greater than or equal to 1"),
        (
            json!("000000001"),
            "Member must have length less than or equal to 8",
        ),
    ];
    for (days, constraint) in constraints {
        let refused = served.refused("RegisterDomain", request(days)).await;
        assert_eq!(refused.code, "ValidationException");
        assert!(refused.message.ends_with(constraint), "{}", refused.message);
    }
    served.call("RegisterDomain", request(json!("NONE"))).await;
    let described = served.call("DescribeDomain", json!({ "name": "kept" })).await;
    assert_eq!(
        described["configuration"],
        json!({ "workflowExecutionRetentionPeriodInDays": "NONE" })
    );
}
