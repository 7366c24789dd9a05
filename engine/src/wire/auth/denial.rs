//! Why a request does not count as signed.

/// The code that AWS gives each of them is in [`Denial::code`].
#[derive(Debug, PartialEq, Eq)]
pub(in crate::wire) enum Denial {
    /// There is no signature.
    NotSigned,
    /// What should describe the signature is not complete.
    Incomplete(String),
    /// No credential has that access key id.
    UnknownKey(String),
    /// The signature does not fit the request, or not this service, or not this time.
    Wrong(String),
}

/// What AWS says of a signature that does not fit.
const WRONG: &str = "The request signature we calculated does not match the signature you provided. \
     Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
/// What AWS says of an access key id that it does not know.
const UNKNOWN: &str = "The security token included in the request is invalid.";

impl Denial {
    /// The signature does not fit. `advice` is added to AWS's words.
    pub(super) fn mismatch(advice: Option<&str>) -> Self {
        Denial::Wrong(with(WRONG, advice))
    }

    /// Nobody has that access key id. `advice` is added to AWS's words.
    pub(super) fn unknown_key(advice: Option<&str>) -> Self {
        Denial::UnknownKey(with(UNKNOWN, advice))
    }

    /// The fault's code, without its namespace.
    pub(in crate::wire) fn code(&self) -> &'static str {
        match self {
            Denial::NotSigned => "MissingAuthenticationTokenException",
            Denial::Incomplete(_) => "IncompleteSignatureException",
            Denial::UnknownKey(_) => "UnrecognizedClientException",
            Denial::Wrong(_) => "InvalidSignatureException",
        }
    }

    /// What to tell the caller.
    pub(in crate::wire) fn message(&self) -> &str {
        match self {
            Denial::NotSigned => "Missing Authentication Token",
            Denial::Incomplete(message) | Denial::UnknownKey(message) | Denial::Wrong(message) => message,
        }
    }
}

fn with(message: &str, advice: Option<&str>) -> String {
    match advice {
        None => message.to_owned(),
        Some(advice) => format!("{message} {advice}"),
    }
}
