//! The canonical form of a request, which is what is signed: the same bytes at the caller and here, whatever happened
//! to the request's form on the way.

use axum::http::HeaderMap;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use super::denial::Denial;

/// What is not left as it is in paths and queries: all but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// What the canonical form of most requests needs.
const USUAL_BYTES: usize = 1024;
/// Headers that mean something to the endpoint. Whoever sends them has to sign them.
const MUST_BE_SIGNED: [&str; 2] = ["host", "x-amz-target"];

/// What of a request is signed, besides its body.
#[derive(Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) method: &'a str,
    /// As it came: still encoded.
    pub(super) path: &'a str,
    /// As it came: still encoded, without the question mark.
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
}

impl Head<'_> {
    /// The canonical form, where `signed_headers` are the names of the headers that count, and `body_hash` is the
    /// SHA-256 of the body in hexadecimal digits.
    pub(super) fn canonical(&self, signed_headers: &str, body_hash: &[u8]) -> Result<Vec<u8>, Denial> {
        let mut canonical = Vec::with_capacity(USUAL_BYTES);
        let mut line = |text: &[u8]| {
            canonical.extend_from_slice(text);
            canonical.push(b'\n');
        };
        line(self.method.as_bytes());
        line(path(self.path).as_bytes());
        line(query(self.query).as_bytes());
        self.check_signed(signed_headers)?;
        for name in signed_headers.split(';') {
            line(&self.header(name)?);
        }
        line(b"");
        line(signed_headers.as_bytes());
        canonical.extend_from_slice(body_hash);
        Ok(canonical)
    }

    fn check_signed(&self, signed_headers: &str) -> Result<(), Denial> {
        let is_signed = |name: &str| signed_headers.split(';').any(|signed| signed == name);
        for name in MUST_BE_SIGNED {
            if self.headers.contains_key(name) && !is_signed(name) {
                let wrong = format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.");
                return Err(Denial::Wrong(wrong));
            }
        }
        Ok(())
    }

    /// Name and values of a header, without spaces that mean nothing.
    fn header(&self, name: &str) -> Result<Vec<u8>, Denial> {
        let mut line = Vec::with_capacity(64);
        line.extend_from_slice(name.as_bytes());
        let mut between = b':';
        for value in self.headers.get_all(name) {
            line.push(between);
            let words = value.as_bytes().split(u8::is_ascii_whitespace);
            for (index, word) in words.filter(|word| !word.is_empty()).enumerate() {
                if index > 0 {
                    line.push(b' ');
                }
                line.extend_from_slice(word);
            }
            between = b',';
        }
        if between == b':' {
            let wrong =
                format!("'{name}' is named as a SignedHeader, but it does not exist in the HTTP request");
            return Err(Denial::Wrong(wrong));
        }
        Ok(line)
    }
}

/// Without empty, `.` and `..` segments, and encoded once more.
fn path(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    let mut canonical = String::with_capacity(path.len());
    for segment in &segments {
        canonical.push('/');
        canonical.extend(percent_encode(segment.as_bytes(), ENCODED));
    }
    if canonical.is_empty() || path.ends_with('/') {
        canonical.push('/');
    }
    canonical
}

/// In the order of names and values, each encoded in the one canonical way.
fn query(query: &str) -> String {
    let encoded = |text: &str| {
        let plain: Vec<u8> = percent_decode_str(text).collect();
        percent_encode(&plain, ENCODED).to_string()
    };
    let given = query.split('&').filter(|parameter| !parameter.is_empty());
    let mut parameters: Vec<(String, String)> = given
        .map(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            (encoded(name), encoded(value))
        })
        .collect();
    parameters.sort_unstable();
    let parameters: Vec<String> = parameters
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    parameters.join("&")
}
