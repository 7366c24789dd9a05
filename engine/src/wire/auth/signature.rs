//! The signature: a chain of keyed hashes from the secret to the request.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::canonical::Head;
use super::claim::Claim;
use super::denial::Denial;

/// What a secret is turned into for one day, region and service. Making it takes four keyed hashes; checking a request
/// with it takes one.
#[derive(Clone)]
pub(super) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    /// The key for the scope of this claim.
    pub(super) fn derive(secret: &str, claim: &Claim<'_>) -> Self {
        let mut key = keyed(format!("AWS4{secret}").as_bytes());
        for part in claim.scope().split('/') {
            key.update(part.as_bytes());
            key = keyed(&key.finalize().into_bytes());
        }
        SigningKey(key)
    }

    /// Whether the claim's signature is this key's for that string. Takes as long whether it is or not.
    pub(super) fn signs(&self, claim: &Claim<'_>, string_to_sign: &[u8]) -> bool {
        let mut mac = self.0.clone();
        mac.update(string_to_sign);
        mac.verify_slice(&claim.signature).is_ok()
    }
}

/// What the signature of this request has to be made of.
pub(super) fn string_to_sign(head: Head<'_>, claim: &Claim<'_>, body: &[u8]) -> Result<Vec<u8>, Denial> {
    let body_hash = hash_of(body);
    check_declared_hash(head, &body_hash)?;
    let canonical = head.canonical(claim.signed_headers, &body_hash)?;
    let lines = [
        "AWS4-HMAC-SHA256".as_bytes(),
        claim.date.as_bytes(),
        claim.scope().as_bytes(),
        &hash_of(&canonical),
    ];
    Ok(lines.join(&b'\n'))
}

/// The body's hash that is signed is always its own; a caller who declares another one is told so.
fn check_declared_hash(head: Head<'_>, body_hash: &[u8]) -> Result<(), Denial> {
    let Some(declared) = head.headers.get("x-amz-content-sha256") else {
        return Ok(());
    };
    if declared.as_bytes().eq_ignore_ascii_case(body_hash) {
        return Ok(());
    }
    let declared = String::from_utf8_lossy(declared.as_bytes());
    let wrong = if declared == "UNSIGNED-PAYLOAD" || declared.starts_with("STREAMING-") {
        format!("The body must be signed: '{declared}' is not supported.")
    } else {
        "The provided 'x-amz-content-sha256' header does not match what was computed.".to_owned()
    };
    Err(Denial::Wrong(wrong))
}

/// The SHA-256 of this, in hexadecimal digits.
fn hash_of(bytes: &[u8]) -> [u8; 64] {
    let mut digits = [0; 64];
    hex::encode_to_slice(Sha256::digest(bytes), &mut digits).expect("32 bytes are 64 digits");
    digits
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length")
}
