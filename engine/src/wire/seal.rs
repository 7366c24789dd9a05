//! What callers carry from call to call, signed: they can't make it up, nor bring it from another cluster.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use super::keys::MasterKey;
use super::refusal::Refusal;

/// The bytes of a signature.
const SIGNATURE_BYTES: usize = 32;

/// The seals of an endpoint.
pub(super) struct Seals {
    /// Of what names a task.
    pub(super) task: Seal,
    /// Of what names a page.
    pub(super) page: Seal,
}

impl Seals {
    /// The seals of the cluster with this key.
    pub(super) fn new(key: &MasterKey) -> Self {
        Seals {
            task: Seal::new(key, "task-token"),
            page: Seal::new(key, "page-token"),
        }
    }
}

/// Signs tokens of one purpose. Those of another are as good as forged.
pub(super) struct Seal(Hmac<Sha256>);

impl Seal {
    fn new(key: &MasterKey, purpose: &str) -> Self {
        let key = key.derive(purpose);
        Seal(Hmac::new_from_slice(&key).expect("HMAC takes keys of every length"))
    }

    /// The token that says this: letters, digits, `-` and `_`.
    pub(super) fn close(&self, content: &impl Serialize) -> Result<String, Refusal> {
        let mut bytes = postcard::to_stdvec(content)
            .map_err(|error| Refusal::Internal(format!("The token can't be written: {error}")))?;
        let signature = self.0.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&signature);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What the token says, if it was sealed by [`Seal::close`] with this key. Nothing of a forged one is looked at.
    pub(super) fn open<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (content, signature) = bytes.split_at_checked(bytes.len().checked_sub(SIGNATURE_BYTES)?)?;
        let signed = self.0.clone().chain_update(content);
        // Takes the same time wherever the first difference is.
        signed.verify_slice(signature).ok()?;
        postcard::from_bytes(content).ok()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_was_sealed_here_for_this_purpose_opens() {
        let key = MasterKey::random();
        let (seals, others) = (Seals::new(&key), Seals::new(&MasterKey::random()));
        let token = seals.task.close(&("content", 7u8)).unwrap();
        let content: (String, u8) = Seals::new(&key).task.open(&token).unwrap();
        assert_eq!(content, ("content".to_owned(), 7));
        assert_eq!(seals.page.open::<(String, u8)>(&token), None);
        assert_eq!(others.task.open::<(String, u8)>(&token), None);
        assert_eq!(seals.task.open::<()>(""), None);
    }

    proptest! {
        #[test]
        fn no_changed_token_opens(at in 0usize..80, to in "[A-Za-z0-9_-]") {
            let seal = Seals::new(&MasterKey::random()).task;
            let token = seal.close(&(1u64, "a")).unwrap();
            let at = at % token.len();
            let mut changed = token.clone();
            changed.replace_range(at..=at, &to);
            prop_assert_eq!(seal.open::<(u64, String)>(&changed).is_some(), changed == token);
        }
    }
}
