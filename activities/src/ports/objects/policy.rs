//! Signature Version 4 of POST policies: what a browser may upload with a form.
//!
//! The SDK signs requests and links but no forms. A policy is a JSON document that lists
//! conditions on the form's fields; its base64 text is signed with a key derived from the secret,
//! the day, the region and the service.

use std::collections::BTreeMap;

use aws_credential_types::Credentials;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{METADATA_BYTES_MAX, ObjectError, SIGNED_LIFE_MAX, SignedForm, UploadPolicy};

/// The only algorithm of Signature Version 4.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// Prefix of fields that become the object's metadata.
pub(super) const METADATA_PREFIX: &str = "x-amz-meta-";
/// Name of the part that carries the file.
pub(super) const FILE_FIELD: &str = "file";

/// How the moment of signing is written.
const DATE_FORMAT: &str = "%Y%m%dT%H%M%SZ";
/// How a policy's expiry is written.
const EXPIRY_FORMAT: &str = "%Y-%m-%dT%H:%M:%S%.3fZ";

/// A policy as JSON, written by us and read by the embedded server.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PolicyDocument {
    /// When the form stops working, RFC 3339.
    pub expiration: String,
    /// All of them have to hold.
    pub conditions: Vec<Condition>,
}

/// One condition of a policy.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Condition {
    /// `{"field": "value"}`: the field has this value.
    Exactly(BTreeMap<String, String>),
    /// `["content-length-range", min, max]`: the size of the file in bytes, inclusive.
    Range(String, u64, u64),
    /// `["eq" or "starts-with", "$field", "value"]`.
    Matches(String, String, String),
}

impl Condition {
    /// The operator of a [`Condition::Range`].
    pub const LENGTH: &str = "content-length-range";
    /// The operator of a [`Condition::Matches`] on the beginning of a value.
    pub const STARTS_WITH: &str = "starts-with";
    /// The operator of a [`Condition::Matches`] on the whole value.
    pub const EQUALS: &str = "eq";

    fn exactly(field: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Exactly(BTreeMap::from([(field.into(), value.into())]))
    }
}

/// Makes the form for a policy, signed as of `now`.
pub(super) fn sign_form(
    policy: &UploadPolicy,
    target: FormTarget<'_>,
    credentials: &Credentials,
    now: DateTime<Utc>,
) -> Result<SignedForm, ObjectError> {
    check(policy, now)?;
    let mut fields = fixed_fields(policy, target.region, credentials, now);
    let mut conditions = vec![Condition::exactly("bucket", target.bucket)];
    conditions.extend(fields.iter().map(|(name, value)| Condition::exactly(name, value)));
    conditions.push(Condition::Range(
        Condition::LENGTH.to_owned(),
        policy.bytes_min,
        policy.bytes_max,
    ));
    for name in &policy.open_metadata {
        let field = format!("{METADATA_PREFIX}{name}");
        conditions.push(Condition::Matches(
            Condition::STARTS_WITH.to_owned(),
            format!("${field}"),
            String::new(),
        ));
        fields.push((field, String::new()));
    }
    let document = PolicyDocument {
        expiration: policy.expires_at.format(EXPIRY_FORMAT).to_string(),
        conditions,
    };
    let document =
        serde_json::to_vec(&document).map_err(|error| ObjectError::Unsignable(error.to_string()))?;
    let document = BASE64.encode(document);
    let signature = hex::encode(sign(
        credentials.secret_access_key(),
        now,
        target.region,
        &document,
    ));
    fields.push(("policy".to_owned(), document));
    fields.push(("x-amz-signature".to_owned(), signature));
    Ok(SignedForm {
        url: target.url.to_owned(),
        fields,
        file_field: FILE_FIELD.to_owned(),
        expires_at: policy.expires_at,
    })
}

/// Where a form is posted to.
#[derive(Clone, Copy)]
pub(super) struct FormTarget<'a> {
    /// The bucket's own address.
    pub url: &'a str,
    /// The bucket.
    pub bucket: &'a str,
    /// The bucket's region.
    pub region: &'a str,
}

fn check(policy: &UploadPolicy, now: DateTime<Utc>) -> Result<(), ObjectError> {
    let unsignable = |reason: &str| Err(ObjectError::Unsignable(reason.to_owned()));
    if policy.bytes_min > policy.bytes_max {
        return unsignable("the fewest bytes of the file are more than the most");
    }
    if policy.expires_at <= now || policy.expires_at > now + SIGNED_LIFE_MAX {
        return unsignable("a form expires within 12 hours from now");
    }
    let names = policy.metadata.keys().chain(&policy.open_metadata);
    if !names.clone().all(|name| is_metadata_name(name)) {
        return unsignable("the name of a metadata field is made of a-z, 0-9 and '-'");
    }
    let bytes: usize = names
        .map(String::len)
        .chain(policy.metadata.values().map(String::len))
        .sum();
    if bytes > METADATA_BYTES_MAX {
        return unsignable("the metadata is larger than 2 KiB");
    }
    let mut values = policy
        .metadata
        .values()
        .chain([&policy.content_type])
        .chain(&policy.success_redirect);
    if values.any(|value| value.chars().any(char::is_control)) {
        return unsignable("a field's value has a control character");
    }
    Ok(())
}

fn is_metadata_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn fixed_fields(
    policy: &UploadPolicy,
    region: &str,
    credentials: &Credentials,
    now: DateTime<Utc>,
) -> Vec<(String, String)> {
    let mut fields = vec![
        ("key".to_owned(), policy.key.to_string()),
        ("Content-Type".to_owned(), policy.content_type.clone()),
        ("x-amz-algorithm".to_owned(), ALGORITHM.to_owned()),
        (
            "x-amz-credential".to_owned(),
            format!("{}/{}", credentials.access_key_id(), scope(now, region)),
        ),
        ("x-amz-date".to_owned(), now.format(DATE_FORMAT).to_string()),
    ];
    if let Some(token) = credentials.session_token() {
        fields.push(("x-amz-security-token".to_owned(), token.to_owned()));
    }
    if let Some(address) = &policy.success_redirect {
        fields.push(("success_action_redirect".to_owned(), address.clone()));
    }
    for (name, value) in &policy.metadata {
        fields.push((format!("{METADATA_PREFIX}{name}"), value.clone()));
    }
    fields
}

/// Day, region and service that a signing key is good for.
pub(super) fn scope(at: DateTime<Utc>, region: &str) -> String {
    format!("{}/{region}/s3/aws4_request", at.format("%Y%m%d"))
}

/// Reads `x-amz-date`.
pub(super) fn parse_date(date: &str) -> Option<DateTime<Utc>> {
    chrono::NaiveDateTime::parse_from_str(date, DATE_FORMAT)
        .ok()
        .map(|date| date.and_utc())
}

/// The signature of a text.
pub(super) fn sign(secret: &str, at: DateTime<Utc>, region: &str, text: &str) -> [u8; 32] {
    mac(&signing_key(secret, at, region), text)
        .finalize()
        .into_bytes()
        .into()
}

/// Whether `signature`, in hex, is the signature of a text; in constant time.
pub(super) fn verify(secret: &str, at: DateTime<Utc>, region: &str, text: &str, signature: &str) -> bool {
    hex::decode(signature).is_ok_and(|signature| {
        mac(&signing_key(secret, at, region), text)
            .verify_slice(&signature)
            .is_ok()
    })
}

fn signing_key(secret: &str, at: DateTime<Utc>, region: &str) -> [u8; 32] {
    let day = at.format("%Y%m%d").to_string();
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in [day.as_str(), region, "s3", "aws4_request"] {
        key = mac(&key, part).finalize().into_bytes().to_vec();
    }
    key.try_into().expect("HMAC-SHA256 has 32 bytes")
}

fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use chrono::TimeDelta;

    use super::super::ObjectKey;
    use super::*;

    fn credentials() -> Credentials {
        Credentials::new(
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            None,
            None,
            "test",
        )
    }

    fn policy(now: DateTime<Utc>) -> UploadPolicy {
        UploadPolicy {
            key: ObjectKey::new("documents/a/b").unwrap(),
            content_type: "application/pdf".to_owned(),
            bytes_min: 1,
            bytes_max: 100,
            metadata: BTreeMap::from([("document".to_owned(), "7".to_owned())]),
            open_metadata: vec!["title".to_owned()],
            success_redirect: Some("https://docstore.example/uploads/7".to_owned()),
            expires_at: now + TimeDelta::minutes(10),
        }
    }

    const TARGET: FormTarget<'_> = FormTarget {
        url: "https://b.s3.us-east-1.amazonaws.com/",
        bucket: "b",
        region: "us-east-1",
    };

    /// The example in Amazon's description of POST uploads with Signature Version 4.
    #[test]
    fn the_published_example_has_its_signature() {
        let policy = concat!(
            "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6",
            "ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFj",
            "bCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tl",
            "dC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5",
            "cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZl",
            "ci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoN",
            "CiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVx",
            "dWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAx",
            "NTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9",
        );
        let at = parse_date("20151229T000000Z").unwrap();
        let signature = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e";
        let secret = credentials();
        assert_eq!(
            hex::encode(sign(secret.secret_access_key(), at, "us-east-1", policy)),
            signature
        );
        assert!(verify(
            secret.secret_access_key(),
            at,
            "us-east-1",
            policy,
            signature
        ));
        assert!(!verify(
            secret.secret_access_key(),
            at,
            "us-east-2",
            policy,
            signature
        ));
        assert!(!verify(
            secret.secret_access_key(),
            at,
            "us-east-1",
            policy,
            &signature.replace('8', "9")
        ));
        assert!(!verify(
            secret.secret_access_key(),
            at,
            "us-east-1",
            policy,
            "not hex"
        ));
    }

    #[test]
    fn every_field_of_a_form_stands_in_its_policy() {
        let now = Utc::now();
        let form = sign_form(&policy(now), TARGET, &credentials(), now).unwrap();
        let encoded = form.fields.iter().find(|(name, _)| name == "policy").unwrap();
        let document: PolicyDocument = serde_json::from_slice(&BASE64.decode(&encoded.1).unwrap()).unwrap();
        for (name, value) in form
            .fields
            .iter()
            .filter(|(name, _)| name != "policy" && name != "x-amz-signature")
        {
            let is_covered = document.conditions.iter().any(|condition| match condition {
                Condition::Exactly(map) => map.get(name) == Some(value),
                Condition::Matches(_, field, prefix) => *field == format!("${name}") && prefix.is_empty(),
                Condition::Range(..) => false,
            });
            assert!(is_covered, "{name} is not covered");
        }
        let range = |c: &Condition| matches!(c, Condition::Range(name, 1, 100) if name == Condition::LENGTH);
        assert!(document.conditions.iter().any(range));
    }

    #[test]
    fn a_session_token_goes_into_the_form() {
        let now = Utc::now();
        let credentials = Credentials::new("id", "secret", Some("token".to_owned()), None, "test");
        let form = sign_form(&policy(now), TARGET, &credentials, now).unwrap();
        assert!(
            form.fields
                .contains(&("x-amz-security-token".to_owned(), "token".to_owned()))
        );
    }

    #[test]
    fn unreasonable_policies_are_not_signed() {
        let now = Utc::now();
        let good = policy(now);
        let bad = [
            UploadPolicy {
                bytes_min: 101,
                ..good.clone()
            },
            UploadPolicy {
                expires_at: now,
                ..good.clone()
            },
            UploadPolicy {
                expires_at: now + SIGNED_LIFE_MAX + TimeDelta::seconds(1),
                ..good.clone()
            },
            UploadPolicy {
                open_metadata: vec!["Title".to_owned()],
                ..good.clone()
            },
            UploadPolicy {
                open_metadata: vec![String::new()],
                ..good.clone()
            },
            UploadPolicy {
                content_type: "text/plain\r\nx: y".to_owned(),
                ..good.clone()
            },
            UploadPolicy {
                metadata: BTreeMap::from([("title".to_owned(), "x".repeat(METADATA_BYTES_MAX))]),
                ..good
            },
        ];
        for policy in bad {
            let outcome = sign_form(&policy, TARGET, &credentials(), now);
            assert!(
                matches!(outcome, Err(ObjectError::Unsignable(_))),
                "{policy:?} was signed"
            );
        }
    }
}
