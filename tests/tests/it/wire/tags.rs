//! Tags of domains over the wire.

use serde_json::{Value, json};

use super::support::{DOMAIN, Served};

const ARN: &str = "arn:aws:swf:us-east-1:123456789012:/domain/tests";

fn tag(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": value })
}

#[tokio::test]
async fn a_domain_is_tagged_and_untagged() {
    let served = Served::start(None).await;
    let described = served.call("DescribeDomain", json!({ "name": DOMAIN })).await;
    assert_eq!(described["domainInfo"]["arn"], ARN);
    let tags = async || {
        let listed = served
            .call("ListTagsForResource", json!({ "resourceArn": ARN }))
            .await;
        listed["tags"].clone()
    };
    assert_eq!(tags().await, json!([]));
    let request =
        json!({ "resourceArn": ARN, "tags": [tag("team", "swf"), tag("env", "test"), { "key": "bare" }] });
    assert_eq!(served.call("TagResource", request).await, Value::Null);
    assert_eq!(
        tags().await,
        json!([tag("bare", ""), tag("env", "test"), tag("team", "swf")])
    );
    let request = json!({ "resourceArn": ARN, "tags": [tag("env", "live"), tag("a", "1")] });
    served.call("TagResource", request).await;
    let request = json!({ "resourceArn": ARN, "tagKeys": ["bare", "team", "nobody has it"] });
    assert_eq!(served.call("UntagResource", request).await, Value::Null);
    assert_eq!(tags().await, json!([tag("a", "1"), tag("env", "live")]));

    served.call("DeprecateDomain", json!({ "name": DOMAIN })).await;
    assert_eq!(tags().await, json!([tag("a", "1"), tag("env", "live")]));
}

#[tokio::test]
async fn a_domain_is_registered_with_its_tags() {
    let served = Served::start(None).await;
    let tags: Vec<Value> = (0..51).map(|number| tag(&format!("k{number:02}"), "v")).collect();
    let register = |name: &str, tags: &[Value]| json!({ "name": name, "workflowExecutionRetentionPeriodInDays": "1", "tags": tags });
    let refused = served.refused("RegisterDomain", register("tagged", &tags)).await;
    assert_eq!(refused.kind, "com.amazonaws.swf.base.model#TooManyTagsFault");
    served
        .call("RegisterDomain", register("tagged", &tags[..50]))
        .await;
    let arn = "arn:aws:swf:us-east-1:123456789012:/domain/tagged";
    let listed = served
        .call("ListTagsForResource", json!({ "resourceArn": arn }))
        .await;
    assert_eq!(listed["tags"], json!(tags[..50]));

    let one_more = json!({ "resourceArn": arn, "tags": [tag("k00", "new"), tag("k50", "v")] });
    let refused = served.refused("TagResource", one_more).await;
    assert_eq!(refused.code, "TooManyTagsFault");
    let unchanged = served
        .call("ListTagsForResource", json!({ "resourceArn": arn }))
        .await;
    assert_eq!(unchanged, listed);
    let in_place = json!({ "resourceArn": arn, "tags": [tag("k00", "new")] });
    served.call("TagResource", in_place).await;
}

#[tokio::test]
async fn what_is_no_domain_of_ours_is_unknown() {
    let served = Served::start(None).await;
    let arns = [
        "arn:aws:swf:us-east-1:123456789012:/domain/nowhere",
        "arn:aws:swf:eu-west-1:123456789012:/domain/tests",
        "arn:aws:swf:us-east-1:210987654321:/domain/tests",
        "arn:aws:sqs:us-east-1:123456789012:tests",
        "tests",
    ];
    for arn in arns {
        let requests = [
            ("TagResource", json!({ "resourceArn": arn, "tags": [] })),
            ("UntagResource", json!({ "resourceArn": arn, "tagKeys": ["k"] })),
            ("ListTagsForResource", json!({ "resourceArn": arn })),
        ];
        for (action, request) in requests {
            let refused = served.refused(action, request).await;
            assert_eq!(refused.code, "UnknownResourceFault", "{action} {arn}");
        }
    }
    let refused = served
        .refused("TagResource", json!({ "tags": [{ "key": "" }] }))
        .await;
    insta::assert_snapshot!(refused.message.replace("; ", ";\n"), @r"
    2 validation errors detected: Value null at 'resourceArn' failed to satisfy constraint: Member must not be null;
    Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1
    ");
    let refused = served
        .refused("UntagResource", json!({ "resourceArn": "", "tagKeys": ["a;b"] }))
        .await;
    insta::assert_snapshot!(refused.message.replace("; ", ";\n"), @r"
    2 validation errors detected: Value '' at 'resourceArn' failed to satisfy constraint: Member must have length greater than or equal to 1;
    Value 'a;b' at 'tagKeys.1.member' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*
    ");
}
