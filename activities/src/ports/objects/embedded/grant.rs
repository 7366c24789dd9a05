//! Whether a form may upload, and what: its signature, then its policy, then its fields.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Uri;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};

use super::OBJECT_BYTES_MAX;
use super::refusal::Refusal;
use super::store::Declared;
use crate::ports::aws::StaticCredentials;
use crate::ports::objects::policy::{self, ALGORITHM, Condition, METADATA_PREFIX, PolicyDocument};
use crate::ports::objects::{METADATA_BYTES_MAX, ObjectKey};

/// Fields that a policy need not name.
const UNNAMED_FIELDS: [&str; 2] = ["policy", "x-amz-signature"];
/// Beginning of fields that S3 ignores.
const IGNORED_PREFIX: &str = "x-ignore-";

/// The fields of a form before its file, names in lower case.
pub(super) type Fields = BTreeMap<String, String>;

/// Whose forms are honoured, and where.
#[derive(Debug)]
pub(super) struct Signer {
    /// The only credentials there are.
    pub credentials: StaticCredentials,
    /// The store's region.
    pub region: String,
    /// The store's bucket.
    pub bucket: String,
}

/// What a form may upload.
#[derive(Debug)]
pub(super) struct Grant {
    /// Under which key.
    pub key: ObjectKey,
    /// With which type and metadata.
    pub declared: Declared,
    /// Fewest bytes.
    pub bytes_min: u64,
    /// Most bytes.
    pub bytes_max: u64,
    /// Where the browser goes afterwards.
    pub redirect: Option<Uri>,
}

impl Signer {
    /// Checks the fields of a form as of `now`.
    pub fn check(&self, mut fields: Fields, now: DateTime<Utc>) -> Result<Grant, Refusal> {
        let document = self.verified_policy(&fields)?;
        let expires_at =
            DateTime::parse_from_rfc3339(&document.expiration).map_err(|_| Refusal::InvalidPolicyDocument)?;
        if now >= expires_at {
            return Err(Refusal::Expired);
        }
        let (bytes_min, bytes_max) = self.check_conditions(&document.conditions, &fields)?;
        let key = fields.get("key").ok_or(Refusal::InvalidArgument)?;
        let key = ObjectKey::new(key.as_str()).map_err(|_| Refusal::InvalidArgument)?;
        let redirect = fields
            .get("success_action_redirect")
            .map(|address| parse_address(address))
            .transpose()?;
        let declared = Declared {
            content_type: fields.remove("content-type"),
            metadata: metadata_of(&fields)?,
        };
        Ok(Grant {
            key,
            declared,
            bytes_min,
            bytes_max,
            redirect,
        })
    }

    /// Nothing of the policy is looked at before its signature has been found good.
    fn verified_policy(&self, fields: &Fields) -> Result<PolicyDocument, Refusal> {
        let field = |name: &str| fields.get(name).map(String::as_str).ok_or(Refusal::AccessDenied);
        let encoded = field("policy")?;
        let signature = field("x-amz-signature")?;
        if field("x-amz-algorithm")? != ALGORITHM {
            return Err(Refusal::AccessDenied);
        }
        let at = policy::parse_date(field("x-amz-date")?).ok_or(Refusal::AccessDenied)?;
        let credential = format!(
            "{}/{}",
            self.credentials.access_key_id,
            policy::scope(at, &self.region)
        );
        if field("x-amz-credential")? != credential {
            return Err(Refusal::InvalidAccessKeyId);
        }
        if !policy::verify(
            &self.credentials.secret_access_key,
            at,
            &self.region,
            encoded,
            signature,
        ) {
            return Err(Refusal::SignatureDoesNotMatch);
        }
        let document = BASE64
            .decode(encoded)
            .map_err(|_| Refusal::InvalidPolicyDocument)?;
        serde_json::from_slice(&document).map_err(|_| Refusal::InvalidPolicyDocument)
    }

    /// Every condition holds and every field stands in a condition; gives the range of sizes.
    fn check_conditions(&self, conditions: &[Condition], fields: &Fields) -> Result<(u64, u64), Refusal> {
        let (mut bytes_min, mut bytes_max) = (0, OBJECT_BYTES_MAX);
        let mut named = BTreeSet::new();
        for condition in conditions {
            let (field, holds) = match condition {
                Condition::Range(operator, min, max) if operator == Condition::LENGTH => {
                    bytes_min = bytes_min.max(*min);
                    bytes_max = bytes_max.min(*max);
                    continue;
                }
                Condition::Exactly(pairs) => {
                    let mut pairs = pairs.iter();
                    let (Some((field, value)), None) = (pairs.next(), pairs.next()) else {
                        return Err(Refusal::InvalidPolicyDocument);
                    };
                    (field.as_str(), self.equals(fields, field, value))
                }
                Condition::Matches(operator, field, value) => {
                    let field = field.strip_prefix('$').ok_or(Refusal::InvalidPolicyDocument)?;
                    let holds = match operator.as_str() {
                        Condition::EQUALS => self.equals(fields, field, value),
                        Condition::STARTS_WITH => self.value_of(fields, field).starts_with(value),
                        _ => return Err(Refusal::InvalidPolicyDocument),
                    };
                    (field, holds)
                }
                Condition::Range(..) => return Err(Refusal::InvalidPolicyDocument),
            };
            if !holds {
                return Err(Refusal::ConditionFailed);
            }
            named.insert(field.to_ascii_lowercase());
        }
        let is_named = |field: &str| {
            UNNAMED_FIELDS.contains(&field) || field.starts_with(IGNORED_PREFIX) || named.contains(field)
        };
        if fields.keys().all(|field| is_named(field)) {
            Ok((bytes_min, bytes_max))
        } else {
            Err(Refusal::ExtraField)
        }
    }

    fn equals(&self, fields: &Fields, field: &str, value: &str) -> bool {
        let is_there = field == "bucket" || fields.contains_key(&field.to_ascii_lowercase());
        is_there && self.value_of(fields, field) == value
    }

    /// The bucket is the one posted to; a form need not repeat it.
    fn value_of<'a>(&'a self, fields: &'a Fields, field: &str) -> &'a str {
        let field = field.to_ascii_lowercase();
        match fields.get(&field) {
            Some(value) => value,
            None if field == "bucket" => &self.bucket,
            None => "",
        }
    }
}

fn metadata_of(fields: &Fields) -> Result<BTreeMap<String, String>, Refusal> {
    let metadata: BTreeMap<String, String> = fields
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(METADATA_PREFIX)?.to_owned(), value.clone())))
        .collect();
    if metadata
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum::<usize>()
        > METADATA_BYTES_MAX
    {
        return Err(Refusal::MetadataTooLarge);
    }
    // What could not be sent back in a header cannot be kept.
    let is_header = |name: &String| axum::http::HeaderName::try_from(name.as_str()).is_ok();
    if !metadata.keys().all(is_header) || metadata.values().any(|value| value.chars().any(char::is_control)) {
        return Err(Refusal::InvalidArgument);
    }
    Ok(metadata)
}

fn parse_address(address: &str) -> Result<Uri, Refusal> {
    let uri: Uri = address.parse().map_err(|_| Refusal::InvalidArgument)?;
    match uri.scheme_str() {
        Some("http" | "https") => Ok(uri),
        _ => Err(Refusal::InvalidArgument),
    }
}
