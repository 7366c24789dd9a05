//! Sealing secrets: signatures can only be checked with the secret itself, so it has to be stored; but not readable.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

use super::super::keys::MasterKey;

/// What the cluster's key is derived for. Other words make all stored secrets unreadable.
const PURPOSE: &str = "credentials";
/// The nonce stands before what is sealed. It is long enough to be random.
const NONCE_BYTES: usize = 24;

/// Seals and opens the secrets of credentials under a key that is not in the database.
pub(super) struct Vault(XChaCha20Poly1305);

impl Vault {
    /// The vault of the cluster with that key.
    pub(super) fn new(key: &MasterKey) -> Self {
        Vault(XChaCha20Poly1305::new(&key.derive(PURPOSE).into()))
    }

    /// Seals a secret. It opens for the same access key id only, so that no row can take another's place.
    pub(super) fn seal(&self, access_key: &str, secret: &str) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let sealed = self
            .0
            .encrypt(&XNonce::from(nonce), payload(access_key, secret.as_bytes()));
        let sealed = sealed.expect("a secret is far shorter than what can be sealed at once");
        [nonce.as_slice(), &sealed].concat()
    }

    /// The secret; none when it was sealed under another key or for another access key id.
    pub(super) fn open(&self, access_key: &str, sealed: &[u8]) -> Option<String> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let secret = self
            .0
            .decrypt(&XNonce::from(*nonce), payload(access_key, sealed))
            .ok()?;
        String::from_utf8(secret).ok()
    }
}

fn payload<'a>(access_key: &'a str, msg: &'a [u8]) -> Payload<'a, 'a> {
    Payload {
        msg,
        aad: access_key.as_bytes(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_secret_opens_with_its_key_and_for_its_access_key_only() {
        let key = MasterKey::random();
        let vault = Vault::new(&key);
        let sealed = vault.seal("APUS1", "the secret");
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_eq!(Vault::new(&key).open("APUS1", &sealed).unwrap(), "the secret");
        assert_eq!(vault.open("APUS2", &sealed), None);
        assert_eq!(Vault::new(&MasterKey::random()).open("APUS1", &sealed), None);
        assert_eq!(vault.open("APUS1", &sealed[..NONCE_BYTES]), None);
        assert_ne!(vault.seal("APUS1", "the secret"), sealed);
    }
}
