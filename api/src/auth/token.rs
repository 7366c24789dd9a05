//! Session tokens: 256 random bits that say nothing. Only their digest is kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use docstore_activities::catalog::TokenDigest;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Characters of a token: 32 bytes in base64.
const TOKEN_CHARS: usize = 43;

/// A session's secret. Printed only where it is handed to its owner.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A new token, from a cryptographic generator that the system seeds.
    pub fn generate() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
    }

    /// A token that a client sent; nothing that was generated here has another length or alphabet.
    pub fn parse(text: &str) -> Option<Self> {
        let plausible = text.len() == TOKEN_CHARS
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        plausible.then(|| Self(text.to_owned()))
    }

    /// For the client that the session belongs to.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the session is found by.
    pub fn digest(&self) -> TokenDigest {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// What a page of ours knows and a page of another site cannot: derived from the token, so that it ends with the
    /// session and needs no storage, and so that it does not give the token away.
    pub fn csrf_token(&self) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(b"docstore csrf token");
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    /// Whether a client sent this session's CSRF token; takes the same time wherever they differ.
    pub fn csrf_token_is(&self, sent: &str) -> bool {
        self.csrf_token().as_bytes().ct_eq(sent.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_csrf_token_belongs_to_its_session() {
        let (one, other) = (Token::generate(), Token::generate());
        assert!(one.csrf_token_is(&one.csrf_token()));
        assert!(!one.csrf_token_is(&other.csrf_token()));
        assert!(!one.csrf_token_is(""));
        assert_ne!(one.csrf_token(), one.expose());
    }

    #[test]
    fn only_what_could_have_been_generated_is_looked_up() {
        let token = Token::generate();
        assert_eq!(Token::parse(token.expose()).unwrap().digest(), token.digest());
        for odd in ["", "short", &"a".repeat(44), &"/".repeat(43)] {
            assert!(Token::parse(odd).is_none(), "{odd}");
        }
    }
}
