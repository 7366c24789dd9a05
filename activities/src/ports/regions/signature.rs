//! How two regions prove to each other who speaks: a request, and the answer to it, carry a code over everything that
//! counts, made with the key that only the two have.
//!
//! ```text
//! Authorization: DocStore-HMAC-SHA256 from=us-west-2, to=ap-southeast-2, at=1764000000, nonce=..., code=<hex>
//! X-DocStore-Answer: <hex>
//! ```
//! The code of a request covers both regions, the time, the nonce, the method, the path and the body; that of an answer
//! covers the code of its request, the status and the body, so an answer fits one request only. A request is taken
//! within some minutes of its time and once: whoever receives it keeps the nonces of that time.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::keys::{Code, PairKeys};

/// How far the clocks of two regions may be apart, and how long a request may be on its way.
pub const DATE_TOLERANCE: Duration = Duration::from_secs(300);
/// The header of an answer's code.
pub const ANSWER_HEADER: &str = "x-docstore-answer";

const SCHEME: &str = "DocStore-HMAC-SHA256 ";
/// Characters of a nonce: 16 random bytes.
const NONCE_CHARS: usize = 32;
/// The most characters of a region's name.
pub const REGION_CHARS_MAX: usize = 32;

/// What a request says of itself in its `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The region that asks.
    pub from: String,
    /// The region that is asked.
    pub to: String,
    /// When it was made, in seconds since 1970.
    pub at: i64,
    /// What tells it from every other request, in hex.
    pub nonce: String,
    code: Code,
}

/// What a claim is about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path, as it is sent.
    pub path: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// Whether this is a name that a region may have: `a-z`, `0-9` and `-`, 1 to 32 characters.
pub fn is_region_name(name: &str) -> bool {
    (1..=REGION_CHARS_MAX).contains(&name.len())
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

impl Claim {
    /// The claim of a new request, made now.
    pub fn new(keys: &PairKeys, from: &str, to: &str, asked: Asked<'_>) -> Self {
        let nonce = hex::encode(rand::random::<[u8; NONCE_CHARS / 2]>());
        let mut claim = Self {
            from: from.to_owned(),
            to: to.to_owned(),
            at: Utc::now().timestamp(),
            nonce,
            code: [0; 32],
        };
        claim.code = keys.prove(&claim.text(asked));
        claim
    }

    /// The claim that a header holds; none when it is not one.
    pub fn parse(header: &str) -> Option<Self> {
        let mut fields = header.strip_prefix(SCHEME)?.split(", ");
        let mut field = |name: &str| fields.next()?.strip_prefix(name)?.strip_prefix('=');
        let (from, to, at, nonce, code) = (
            field("from")?,
            field("to")?,
            field("at")?,
            field("nonce")?,
            field("code")?,
        );
        let mut claim = Self {
            from: from.to_owned(),
            to: to.to_owned(),
            at: at.parse().ok()?,
            nonce: nonce.to_owned(),
            code: [0; 32],
        };
        hex::decode_to_slice(code, &mut claim.code).ok()?;
        let plain = fields.next().is_none()
            && is_region_name(from)
            && is_region_name(to)
            && nonce.len() == NONCE_CHARS
            && nonce.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain.then_some(claim)
    }

    /// The `Authorization` header.
    pub fn header(&self) -> String {
        let Self {
            from, to, at, nonce, ..
        } = self;
        let code = hex::encode(self.code);
        format!("{SCHEME}from={from}, to={to}, at={at}, nonce={nonce}, code={code}")
    }

    /// Whether it was made close enough to `now`.
    pub fn is_timely(&self, now: DateTime<Utc>) -> bool {
        now.timestamp().abs_diff(self.at) <= DATE_TOLERANCE.as_secs()
    }

    /// Whether the region that it names made it for this request.
    pub fn holds(&self, keys: &PairKeys, asked: Asked<'_>) -> bool {
        keys.believes(&self.text(asked), &self.code)
    }

    /// The code of the answer to this request, for its header.
    pub fn prove_answer(&self, keys: &PairKeys, status: u16, body: &[u8]) -> String {
        hex::encode(keys.prove(&self.answer_text(status, body)))
    }

    /// Whether the region that was asked gave this answer to this request.
    pub fn answer_holds(&self, keys: &PairKeys, status: u16, body: &[u8], header: &str) -> bool {
        let mut code = [0; 32];
        hex::decode_to_slice(header, &mut code).is_ok()
            && keys.believes(&self.answer_text(status, body), &code)
    }

    /// No part can have a line break, so no two requests have the same text.
    fn text(&self, asked: Asked<'_>) -> String {
        let Self {
            from, to, at, nonce, ..
        } = self;
        let Asked { method, path, body } = asked;
        let body = hex::encode(Sha256::digest(body));
        format!("docstore request 1\n{from}\n{to}\n{at}\n{nonce}\n{method}\n{path}\n{body}")
    }

    fn answer_text(&self, status: u16, body: &[u8]) -> String {
        let request = hex::encode(self.code);
        let body = hex::encode(Sha256::digest(body));
        format!("docstore answer 1\n{request}\n{status}\n{body}")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    const ASKED: Asked<'_> = Asked {
        method: "PUT",
        path: "/regions/accounts/1",
        body: b"{}",
    };

    fn keys(byte: char) -> PairKeys {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("{}=\n", byte.to_string().repeat(43))).unwrap();
        PairKeys::read(file.path()).unwrap()
    }

    fn claim() -> Claim {
        Claim::new(&keys('A'), "us-west-2", "ap-southeast-2", ASKED)
    }

    #[test]
    fn a_claim_survives_its_header_and_holds_for_its_request_only() {
        let claim = claim();
        let read = Claim::parse(&claim.header()).unwrap();
        assert_eq!(read, claim);
        assert!(read.holds(&keys('A'), ASKED));
        assert!(!read.holds(&keys('I'), ASKED), "another key");
        for other in [
            Asked {
                method: "DELETE",
                ..ASKED
            },
            Asked {
                path: "/regions/accounts/2",
                ..ASKED
            },
            Asked {
                body: b"{ }",
                ..ASKED
            },
        ] {
            assert!(!read.holds(&keys('A'), other), "{other:?}");
        }
    }

    #[test]
    fn nothing_in_a_header_can_be_changed() {
        let claim = claim();
        let nonce = "0".repeat(NONCE_CHARS);
        let changed = [
            Claim {
                from: "us-west-1".into(),
                ..claim.clone()
            },
            Claim {
                to: "us-west-1".into(),
                ..claim.clone()
            },
            Claim {
                at: claim.at + 1,
                ..claim.clone()
            },
            Claim {
                nonce,
                ..claim.clone()
            },
            Claim {
                code: [0; 32],
                ..claim.clone()
            },
        ];
        for changed in changed {
            assert!(!changed.holds(&keys('A'), ASKED), "{changed:?}");
        }
    }

    #[test]
    fn what_is_no_claim_is_not_read() {
        let header = claim().header();
        let odd = [
            String::new(),
            "Bearer token".to_owned(),
            header.replace("us-west-2", "US"),
            header.replace("us-west-2", "us\nwest"),
            header.replace("nonce=", "nonce=0"),
            header.replace("code=", "code=0"),
            header.replace("at=", "at=x"),
            format!("{header}, more=1"),
            header.replace("from", "to"),
        ];
        for header in odd {
            assert!(Claim::parse(&header).is_none(), "{header:?}");
        }
    }

    #[test]
    fn a_claim_is_timely_for_some_minutes_either_way() {
        let claim = claim();
        let at = |seconds| DateTime::from_timestamp(claim.at + seconds, 0).unwrap();
        assert!(claim.is_timely(at(300)) && claim.is_timely(at(-300)));
        assert!(!claim.is_timely(at(301)) && !claim.is_timely(at(-301)));
        let ancient = Claim {
            at: i64::MIN,
            ..claim
        };
        assert!(!ancient.is_timely(DateTime::UNIX_EPOCH));
    }

    #[test]
    fn an_answer_fits_one_request() {
        let (claim, other) = (self::claim(), self::claim());
        let code = claim.prove_answer(&keys('A'), 204, b"");
        assert!(claim.answer_holds(&keys('A'), 204, b"", &code));
        assert!(
            !other.answer_holds(&keys('A'), 204, b"", &code),
            "another request"
        );
        assert!(!claim.answer_holds(&keys('A'), 409, b"", &code));
        assert!(!claim.answer_holds(&keys('A'), 204, b"x", &code));
        assert!(!claim.answer_holds(&keys('I'), 204, b"", &code));
        assert!(!claim.answer_holds(&keys('A'), 204, b"", ""));
    }
}
