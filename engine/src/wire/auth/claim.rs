//! What a request says of its own signature: the headers `Authorization` and `X-Amz-Date`.

use axum::http::{HeaderMap, HeaderName, header};
use chrono::{DateTime, NaiveDateTime, Utc};

use super::denial::Denial;

/// The only algorithm there is.
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How a credential's scope ends.
const TERMINATOR: &str = "aws4_request";
/// The longest `Credential`; AWS's have some 60 characters.
const CREDENTIAL_CHARS_MAX: usize = 256;
/// The most headers that a signature may cover; the HTTP server takes no more in a request.
const SIGNED_HEADERS_MAX: usize = 64;
/// The date in a request, and in a string to sign.
const DATE_FORM: &str = "%Y%m%dT%H%M%SZ";
/// Its length.
const DATE_CHARS: usize = 16;

const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");

/// A signature and what it says of itself. Nothing of it is proved yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Claim<'a> {
    /// Access key id and scope: `<access key id>/<date>/<region>/<service>/aws4_request`.
    pub(super) credential: &'a str,
    /// Who says he signed.
    pub(super) access_key: &'a str,
    /// The day for which the signing key was made, as `YYYYMMDD`.
    pub(super) day: &'a str,
    /// The region that is called.
    pub(super) region: &'a str,
    /// The service that is called.
    pub(super) service: &'a str,
    /// The names of the headers that are signed, in lower case, with `;` between them.
    pub(super) signed_headers: &'a str,
    /// The signature itself.
    pub(super) signature: [u8; 32],
    /// When it was signed.
    pub(super) signed_at: DateTime<Utc>,
    /// The same, as the string to sign has it.
    pub(super) date: String,
}

impl<'a> Claim<'a> {
    /// Reads the headers.
    pub(super) fn read(headers: &'a HeaderMap, query: &str) -> Result<Self, Denial> {
        let mut given = headers.get_all(header::AUTHORIZATION).iter();
        let authorization = match (given.next(), given.next()) {
            (Some(authorization), None) => authorization,
            (None, _) if query.contains("X-Amz-Signature=") => {
                return Err(incomplete(
                    "A signature in the query string is not supported: put it into the header 'Authorization'.",
                ));
            }
            (None, _) => return Err(Denial::NotSigned),
            (Some(_), Some(_)) => return Err(incomplete("There is more than one header 'Authorization'.")),
        };
        let parameters = authorization
            .to_str()
            .ok()
            .and_then(|text| text.strip_prefix(ALGORITHM))
            .filter(|parameters| parameters.starts_with(' '))
            .ok_or_else(|| {
                incomplete(format!(
                    "The header 'Authorization' must begin with '{ALGORITHM} '."
                ))
            })?;
        let credential = parameter(parameters, "Credential")?;
        let signature = parameter(parameters, "Signature")?;
        let signed_headers = parameter(parameters, "SignedHeaders")?;
        check_signed_headers(signed_headers)?;
        let scope = Scope::read(credential)?;
        let (signed_at, date) = signed_at(headers)?;
        let claim = Claim {
            credential,
            access_key: scope.access_key,
            day: scope.day,
            region: scope.region,
            service: scope.service,
            signed_headers,
            signature: hex_32(signature)?,
            date,
            signed_at,
        };
        claim.check_day()?;
        Ok(claim)
    }

    /// The scope alone: `<date>/<region>/<service>/aws4_request`.
    pub(super) fn scope(&self) -> &'a str {
        &self.credential[self.access_key.len() + 1..]
    }

    fn check_day(&self) -> Result<(), Denial> {
        let (day, date) = (self.day, &self.date);
        if date.starts_with(day) && day.len() == 8 {
            return Ok(());
        }
        Err(Denial::Wrong(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
             '{day}' != '{}', from '{date}'.",
            &date[..8]
        )))
    }
}

struct Scope<'a> {
    access_key: &'a str,
    day: &'a str,
    region: &'a str,
    service: &'a str,
}

impl<'a> Scope<'a> {
    fn read(credential: &'a str) -> Result<Self, Denial> {
        let mut parts = credential.rsplitn(5, '/');
        let [
            Some(end),
            Some(service),
            Some(region),
            Some(day),
            Some(access_key),
        ] = std::array::from_fn(|_| parts.next())
        else {
            return Err(incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, \
                 got '{credential}'."
            )));
        };
        if credential.len() > CREDENTIAL_CHARS_MAX || access_key.is_empty() {
            let limit = format!(
                "The access key id has to be there, and Credential may have {CREDENTIAL_CHARS_MAX} characters."
            );
            return Err(incomplete(limit));
        }
        if end != TERMINATOR {
            let wrong =
                format!("Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{end}'.");
            return Err(Denial::Wrong(wrong));
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if region.is_empty() || !region.chars().all(is_name) {
            let wrong =
                "Credential should be scoped to a valid region: letters, digits and '-', such as us-east-1.";
            return Err(Denial::Wrong(wrong.to_owned()));
        }
        Ok(Scope {
            access_key,
            day,
            region,
            service,
        })
    }
}

/// A date as it stands in requests.
pub(super) fn date(at: DateTime<Utc>) -> String {
    at.format(DATE_FORM).to_string()
}

fn parameter<'a>(parameters: &'a str, name: &str) -> Result<&'a str, Denial> {
    let mut values = parameters
        .split(',')
        .filter_map(|parameter| parameter.trim().strip_prefix(name)?.strip_prefix('='));
    match (values.next(), values.next()) {
        (Some(value), None) if !value.is_empty() => Ok(value),
        _ => Err(incomplete(format!(
            "Authorization header requires '{name}' parameter."
        ))),
    }
}

/// A name that stands there twice would be signed twice: a small header could make a large text to sign.
fn check_signed_headers(names: &str) -> Result<(), Denial> {
    let mut names: Vec<&str> = names.split(';').take(SIGNED_HEADERS_MAX + 1).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    if count > SIGNED_HEADERS_MAX || names.len() < count {
        let wrong = format!("SignedHeaders may name {SIGNED_HEADERS_MAX} headers, each of them once.");
        return Err(incomplete(wrong));
    }
    Ok(())
}

fn hex_32(signature: &str) -> Result<[u8; 32], Denial> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(signature, &mut bytes)
        .map_err(|_| incomplete("Signature must be 64 hexadecimal digits."))?;
    Ok(bytes)
}

/// `X-Amz-Date`, else `Date`, in the form of either; and the same as it stands in the string to sign.
fn signed_at(headers: &HeaderMap) -> Result<(DateTime<Utc>, String), Denial> {
    let text = headers
        .get(X_AMZ_DATE)
        .or_else(|| headers.get(header::DATE))
        .ok_or_else(|| {
            incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
        })?;
    let text = text.to_str().unwrap_or_default().trim();
    if let Ok(signed_at) = NaiveDateTime::parse_from_str(text, DATE_FORM) {
        let signed_at = signed_at.and_utc();
        // Writing a date takes longer than most of what is done here, and nearly all have this form already.
        let written = if is_plain(text) {
            text.to_owned()
        } else {
            date(signed_at)
        };
        return Ok((signed_at, written));
    }
    DateTime::parse_from_rfc2822(text)
        .map(|signed_at| (signed_at.to_utc(), date(signed_at.to_utc())))
        .map_err(|_| incomplete("Date must be in ISO-8601 'basic format', such as 20260131T120000Z."))
}

/// Whether a date that can be read has all its digits and nothing else that may be left out.
fn is_plain(date: &str) -> bool {
    let is_usual = |c: u8| c.is_ascii_digit() || matches!(c, b'T' | b'Z');
    date.len() == DATE_CHARS && date.bytes().all(is_usual)
}

fn incomplete(message: impl Into<String>) -> Denial {
    Denial::Incomplete(message.into())
}
