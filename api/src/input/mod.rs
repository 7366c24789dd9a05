//! What is read from requests: bodies, queries and lines of text, each with its limits and a typed error.

mod values;

use std::fmt::{self, Formatter};
use std::marker::PhantomData;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

pub use values::{Bytes, ContentType, Email, Name, Sha256Hex, Tag};

use crate::problem::{Problem, Result};

/// The most characters of a document's file name and title.
pub const MAX_NAME_CHARS: usize = 200;
/// The most tags of a document.
pub const MAX_TAGS: usize = 20;
/// The most characters of a tag.
pub const MAX_TAG_CHARS: usize = 40;
/// The most bytes of a title and tags together: they travel as metadata of the object, of which S3 takes 2 kB encoded.
pub const MAX_LABEL_BYTES: usize = 1_000;
/// The most characters of an e-mail address (RFC 5321).
const MAX_EMAIL_CHARS: usize = 254;
/// The most characters of a content type.
const MAX_CONTENT_TYPE_CHARS: usize = 127;

/// A JSON body. `serde_json` refuses more than 128 levels of nesting, the router more than its limit of bytes.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> std::result::Result<Self, Response> {
        match Json::from_request(request, state).await {
            Ok(Json(Object(value))) => Ok(Self(value)),
            Err(JsonRejection::JsonSyntaxError(error)) => {
                Err(Problem::MalformedBody(error.body_text()).into_response())
            }
            Err(JsonRejection::JsonDataError(error)) => {
                Err(Problem::MalformedBody(error.body_text()).into_response())
            }
            Err(other) => Err(other.into_response()),
        }
    }
}

/// What is read from an object only: `serde` would take an array for it too, its members in their order.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        from.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, text: &mut Formatter<'_>) -> fmt::Result {
        text.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> std::result::Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Object)
    }
}

/// The parameters of a query string.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Query(value) = Query::from_request_parts(parts, state)
            .await
            .map_err(|rejection| Problem::invalid("query", rejection.body_text()))?;
        Ok(Self(value))
    }
}

/// A line of text, returned without the space around it: not empty, no control characters, at most `max_chars`.
pub fn line(field: &'static str, text: &str, max_chars: usize) -> Result<String> {
    if text.chars().count() > max_chars {
        return Err(Problem::invalid(
            field,
            format!("has more than {max_chars} characters"),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(Problem::invalid(field, "must not have control characters"));
    }
    match text.trim() {
        "" => Err(Problem::invalid(field, "must not be empty")),
        text => Ok(text.to_owned()),
    }
}

/// Tags: sorted, each once.
pub fn tags<'a>(tags: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>> {
    let mut tags = tags
        .into_iter()
        .map(|tag| line("tags", tag, MAX_TAG_CHARS))
        .collect::<Result<Vec<_>>>()?;
    if tags.iter().any(|tag| tag.contains(',')) {
        return Err(Problem::invalid("tags", "a tag must not have a comma"));
    }
    tags.sort();
    tags.dedup();
    if tags.len() > MAX_TAGS {
        return Err(Problem::invalid(
            "tags",
            format!("a document has at most {MAX_TAGS} tags"),
        ));
    }
    Ok(tags)
}

/// A SHA-256 in hexadecimal.
pub fn sha256(text: &str) -> Result<[u8; 32]> {
    let mut digest = [0; 32];
    hex::decode_to_slice(text, &mut digest)
        .map_err(|_| Problem::invalid("sha256", "is not 64 hexadecimal digits"))?;
    Ok(digest)
}

/// Refuses a title and tags that would not fit into an object's metadata.
pub fn check_labels(title: &str, tags: &[String]) -> Result<()> {
    let bytes = title.len() + tags.iter().map(|tag| tag.len() + 1).sum::<usize>();
    if bytes > MAX_LABEL_BYTES {
        return Err(Problem::invalid(
            "tags",
            format!("title and tags have more than {MAX_LABEL_BYTES} bytes together"),
        ));
    }
    Ok(())
}

/// An e-mail address as far as it can be checked without sending a mail to it.
pub fn email(text: &str) -> Result<String> {
    let email = line("email", text, MAX_EMAIL_CHARS)?;
    let plausible = email.is_ascii()
        && !email.contains(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '"'))
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !domain.starts_with('.')
        });
    if plausible {
        Ok(email)
    } else {
        Err(Problem::invalid(
            "email",
            "is not an e-mail address such as name@example.com",
        ))
    }
}

/// A content type such as `application/pdf`; what a client that does not know declares is `application/octet-stream`.
pub fn content_type(declared: Option<&str>) -> Result<String> {
    let Some(declared) = declared.filter(|declared| !declared.is_empty()) else {
        return Ok("application/octet-stream".to_owned());
    };
    let mut halves = declared.split(';');
    let plausible = declared.len() <= MAX_CONTENT_TYPE_CHARS
        && halves
            .next()
            .is_some_and(|name| is_pair(name.trim_end_matches(' '), '/'))
        && halves.all(|parameter| is_pair(parameter.trim_matches(' '), '='));
    if plausible {
        Ok(declared.to_ascii_lowercase())
    } else {
        Err(Problem::invalid(
            "content_type",
            "is not a content type such as application/pdf",
        ))
    }
}

/// Two words with a sign between them.
fn is_pair(text: &str, sign: char) -> bool {
    let is_word = |word: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-' | '_');
        !word.is_empty() && word.chars().all(allowed)
    };
    text.split_once(sign)
        .is_some_and(|(left, right)| is_word(left) && is_word(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_for_their_form() {
        for good in ["a@b", "first.last+tag@example.com", " padded@example.com "] {
            assert!(email(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "nobody",
            "@example.com",
            "a@",
            "a@b@c",
            "a b@example.com",
            "a@example.com\0",
            "a@.com",
        ] {
            assert!(email(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn tags_are_a_set() {
        assert_eq!(
            tags([" tax ", "2024", "tax"]).ok(),
            Some(vec!["2024".to_owned(), "tax".to_owned()])
        );
        assert!(tags(["a,b"]).is_err());
        assert!(tags([""]).is_err());
        assert!(
            tags((0..=MAX_TAGS).map(|_| "x")).is_ok(),
            "the same tag again is one tag"
        );
    }

    #[test]
    fn content_types_carry_nothing_but_a_type() {
        assert_eq!(
            content_type(None).ok().as_deref(),
            Some("application/octet-stream")
        );
        assert_eq!(
            content_type(Some("Text/HTML; charset=utf-8")).ok().as_deref(),
            Some("text/html; charset=utf-8")
        );
        for bad in [
            "pdf",
            "/pdf",
            "text/",
            "text/html\r\nx: y",
            "text/<b>",
            "a/b;",
            "a/b;c",
            "a/b/c",
            " ",
        ] {
            assert!(content_type(Some(bad)).is_err(), "{bad:?}");
        }
    }
}
