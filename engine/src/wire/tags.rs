//! Tags of domains.

use serde::{Deserialize, Serialize};

use crate::model::{Fault, FaultKind, Tags};

use super::Service;
use super::check::Check;
use super::refusal::Refusal;

const KEY_CHARS_MAX: usize = 128;
const VALUE_CHARS_MAX: usize = 256;
const ARN_CHARS_MAX: usize = 1_600;
/// What keys and values may consist of, as AWS writes it.
const PATTERN: &str = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*";

/// A tag as requests give it, and answers.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct TagShape {
    key: Option<String>,
    value: Option<String>,
}

impl TagShape {
    /// Tags that may be missing. Of equal keys, the last stands.
    pub(super) fn check(tags: Option<&[Self]>, check: &mut Check<'_>, at: &str) -> Tags {
        let mut checked = Tags::new();
        for (index, tag) in tags.unwrap_or_default().iter().enumerate() {
            let at = format!("{at}.{}.member", index + 1);
            let key = check_key(tag.key.as_deref(), check, &format!("{at}.key"));
            let value_at = format!("{at}.value");
            let value = check.length(&value_at, tag.value.as_deref(), 0..=VALUE_CHARS_MAX);
            check_characters(value, check, &value_at);
            checked.insert(key.to_owned(), value.unwrap_or_default().to_owned());
        }
        checked
    }
}

fn check_key<'v>(key: Option<&'v str>, check: &mut Check<'_>, at: &str) -> &'v str {
    check.length(at, key, 1..=KEY_CHARS_MAX);
    check_characters(key, check, at);
    check.required(at, key)
}

fn check_characters(text: Option<&str>, check: &mut Check<'_>, at: &str) {
    let separator = |c: char| c.is_whitespace() && !c.is_control();
    let allowed = |c: char| c.is_alphanumeric() || separator(c) || "_.:/=+-@".contains(c);
    if let Some(text) = text.filter(|text| !text.chars().all(allowed)) {
        check.wrong(at, text, format!("satisfy regular expression pattern: {PATTERN}"));
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TagResource {
    resource_arn: Option<String>,
    tags: Option<Vec<TagShape>>,
}

pub(super) async fn tag(service: Service, request: TagResource) -> Result<(), Refusal> {
    let mut check = Check::new(service.node.limits());
    let arn = check_arn(request.resource_arn.as_deref(), &mut check);
    if request.tags.is_none() {
        check.missing("tags");
    }
    let tags = TagShape::check(request.tags.as_deref(), &mut check, "tags");
    check.done()?;
    let domain = domain_of(&service, arn)?;
    Ok(service.node.tag_domain(domain, &tags).await?)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UntagResource {
    resource_arn: Option<String>,
    tag_keys: Option<Vec<String>>,
}

pub(super) async fn untag(service: Service, request: UntagResource) -> Result<(), Refusal> {
    let mut check = Check::new(service.node.limits());
    let arn = check_arn(request.resource_arn.as_deref(), &mut check);
    let keys = check.required("tagKeys", request.tag_keys);
    for (index, key) in keys.iter().enumerate() {
        check_key(Some(key), &mut check, &format!("tagKeys.{}.member", index + 1));
    }
    check.done()?;
    let domain = domain_of(&service, arn)?;
    Ok(service.node.untag_domain(domain, &keys).await?)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListTags {
    resource_arn: Option<String>,
}

#[derive(Serialize)]
pub(super) struct TagList {
    tags: Vec<TagShape>,
}

pub(super) async fn list(service: Service, request: ListTags) -> Result<TagList, Refusal> {
    let mut check = Check::new(service.node.limits());
    let arn = check_arn(request.resource_arn.as_deref(), &mut check);
    check.done()?;
    let tags = service.node.domain_tags(domain_of(&service, arn)?).await?;
    let shape = |(key, value)| TagShape {
        key: Some(key),
        value: Some(value),
    };
    Ok(TagList {
        tags: tags.into_iter().map(shape).collect(),
    })
}

fn check_arn<'v>(arn: Option<&'v str>, check: &mut Check<'_>) -> &'v str {
    const AT: &str = "resourceArn";
    check.length(AT, arn, 1..=ARN_CHARS_MAX);
    check.required(AT, arn)
}

/// The domain that the caller knows by this ARN: one of our account, in his region.
fn domain_of<'a>(service: &Service, arn: &'a str) -> Result<&'a str, Refusal> {
    arn.strip_prefix(&service.domain_arn("")).ok_or_else(|| {
        let message = format!("Unknown resource: {arn}");
        Fault::new(FaultKind::UnknownResourceFault, message).into()
    })
}

#[cfg(test)]
mod tests {
    use crate::model::Limits;

    use super::*;

    fn told(tags: &str) -> String {
        let limits = Limits::default();
        let mut check = Check::new(&limits);
        let tags: Vec<TagShape> = serde_json::from_str(tags).expect("the test's JSON");
        TagShape::check(Some(&tags), &mut check, "tags");
        check
            .done()
            .err()
            .map_or_else(String::new, |refusal| refusal.message().to_owned())
    }

    #[test]
    fn tags_are_words_with_few_signs() {
        assert_eq!(told(r#"[{"key":"Größe _.:/=+-@ 1","value":""},{"key":"k"}]"#), "");
        assert_eq!(
            told(r#"[{"key":"a","value":"b"},{"key":"","value":"a;b"},{"value":"x"}]"#),
            "3 validation errors detected: \
             Value '' at 'tags.2.member.key' failed to satisfy constraint: \
             Member must have length greater than or equal to 1; \
             Value 'a;b' at 'tags.2.member.value' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*; \
             Value null at 'tags.3.member.key' failed to satisfy constraint: Member must not be null"
        );
        let long = format!(
            r#"[{{"key":"{}","value":"{}"}}]"#,
            "k".repeat(129),
            "v".repeat(257)
        );
        let message = told(&long);
        assert!(message.contains("length less than or equal to 128"), "{message}");
        assert!(message.contains("length less than or equal to 256"), "{message}");
        assert!(told("[{\"key\":\"a\\tb\"}]").contains("regular expression"));
    }

    #[test]
    fn of_equal_keys_the_last_stands() {
        let limits = Limits::default();
        let tags = r#"[{"key":"a","value":"1"},{"key":"a","value":"2"}]"#;
        let tags: Vec<TagShape> = serde_json::from_str(tags).expect("the test's JSON");
        let checked = TagShape::check(Some(&tags), &mut Check::new(&limits), "tags");
        assert_eq!(checked, Tags::from([("a".to_owned(), "2".to_owned())]));
    }
}
