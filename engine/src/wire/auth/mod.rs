//! Who may call: every request is signed (AWS Signature Version 4), and each credential has a role.
//!
//! ```text
//! claim.rs      what a request says of its signature
//! canonical.rs  what is signed of it
//! signature.rs  the signature that it should have
//! denial.rs     why it does not count, in AWS's words
//! access.rs     roles and what they allow
//! caller.rs     who called, and whether he may
//! vault.rs      secrets, sealed
//! keyring.rs    creating and revoking credentials
//! dummies.rs    credentials that developers make up
//! ```
//! The first four and `access.rs` do no I/O and know no clock.

mod access;
mod caller;
mod canonical;
mod claim;
mod denial;
mod dummies;
mod keyring;
mod signature;
mod signing_keys;
mod vault;
#[cfg(test)]
mod vectors;

use std::sync::Arc;
use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use chrono::{DateTime, TimeDelta, Utc};

use crate::model::Timestamp;
use crate::node::Node;
use crate::store::CredentialRecord;

pub use access::{Access, Role, Scope, UnknownRole};
pub(super) use caller::Caller;
use canonical::Head;
use claim::Claim;
pub(super) use denial::Denial;
pub use keyring::{Issued, Keyring, KeyringError, NewCredential};
use signature::{SigningKey, string_to_sign};
use signing_keys::SigningKeys;
use vault::Vault;

use super::WireOptions;
use super::refusal::Refusal;

/// The service that requests are signed for.
const SERVICE: &str = "swf";
/// The version of the secrets that nobody stored.
const DUMMY_VERSION: i64 = 0;

/// Whose signatures the endpoint accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Authentication {
    /// Those of the credentials that were created for this database.
    #[default]
    Stored,
    /// Those too of the dummy credentials that developers usually have in their environment, which may do everything.
    /// So everybody may: for programs of this machine only.
    StoredOrDummies,
}

/// Checks signatures.
pub(super) struct Authenticator {
    authentication: Authentication,
    clock_skew: Option<Duration>,
    vault: Vault,
    signing_keys: SigningKeys,
}

/// A request that says who signed it.
pub(super) struct Claimed<'a> {
    head: Head<'a>,
    claim: Claim<'a>,
    /// None where a dummy may have signed it.
    credential: Option<Arc<CredentialRecord>>,
}

impl Authenticator {
    /// As these options have it.
    pub(super) fn new(options: &WireOptions) -> Self {
        Authenticator {
            authentication: options.authentication,
            clock_skew: options.clock_skew,
            vault: Vault::new(&options.key),
            signing_keys: SigningKeys::default(),
        }
    }

    /// Refuses what can't be right whatever its body is, before the body is read.
    pub(super) async fn identify<'a>(&self, node: &Node, request: &'a Parts) -> Result<Claimed<'a>, Refusal> {
        let head = Head {
            method: request.method.as_str(),
            path: request.uri.path(),
            query: request.uri.query().unwrap_or_default(),
            headers: &request.headers,
        };
        let claim = Claim::read(head.headers, head.query)?;
        if claim.service != SERVICE && !is_named_by_host(claim.service, head.headers) {
            let wrong = format!("Credential should be scoped to correct service: '{SERVICE}'.");
            return Err(Denial::Wrong(wrong).into());
        }
        let credential = match node.known_credential(claim.access_key) {
            None if self.authentication == Authentication::Stored => {
                let found = node.find_credential(claim.access_key).await?;
                Some(found.ok_or_else(|| Denial::unknown_key(None))?)
            }
            known => known,
        };
        if let Some(most) = self.clock_skew {
            check_date(&claim, node.now().to_utc(), most)?;
        }
        Ok(Claimed {
            head,
            claim,
            credential,
        })
    }

    /// Checks the signature.
    pub(super) async fn verify(
        &self,
        node: &Node,
        claimed: Claimed<'_>,
        body: &[u8],
    ) -> Result<Caller, Refusal> {
        let Claimed {
            head,
            claim,
            credential,
        } = claimed;
        let string = string_to_sign(head, &claim, body)?;
        let (role, credential) = match credential {
            Some(credential) => (
                self.check_stored(&credential, &claim, &string, node.now())?,
                Some(credential),
            ),
            None => self.check_unknown(node, &claim, &string).await?,
        };
        Ok(Caller {
            access_key: claim.access_key.to_owned(),
            region: claim.region.to_owned(),
            role,
            credential,
        })
    }

    /// A dummy, else a credential that this node has not heard of yet.
    async fn check_unknown(
        &self,
        node: &Node,
        claim: &Claim<'_>,
        string: &[u8],
    ) -> Result<(Role, Option<Arc<CredentialRecord>>), Refusal> {
        let denial = match self.check_dummy(claim, string) {
            Ok(role) => return Ok((role, None)),
            Err(denial) => denial,
        };
        let credential = node.find_credential(claim.access_key).await?.ok_or(denial)?;
        let role = self.check_stored(&credential, claim, string, node.now())?;
        Ok((role, Some(credential)))
    }

    fn check_stored(
        &self,
        credential: &CredentialRecord,
        claim: &Claim<'_>,
        string: &[u8],
        now: Timestamp,
    ) -> Result<Role, Denial> {
        let version = credential.rotated_at.unwrap_or(credential.created_at).0;
        let made = self.signing_keys.get(claim.credential, version);
        let is_new = made.is_none();
        let keys = match made {
            Some(keys) => keys,
            None => self.make_keys(credential, claim)?,
        };
        let counts = |until: Option<Timestamp>| until.is_none_or(|until| now < until);
        let is_right = keys
            .iter()
            .zip(&credential.secrets)
            .any(|(key, secret)| counts(secret.until) && key.signs(claim, string));
        if !is_right {
            return Err(Denial::mismatch(None));
        }
        if is_new {
            self.signing_keys.put(claim.credential, version, keys);
        }
        credential.role.parse().map_err(|error: UnknownRole| {
            tracing::error!(%error, access_key = claim.access_key, "a credential can't be used by this version");
            Denial::unknown_key(None)
        })
    }

    /// One key for each secret.
    fn make_keys(
        &self,
        credential: &CredentialRecord,
        claim: &Claim<'_>,
    ) -> Result<Arc<[SigningKey]>, Denial> {
        let keys = credential.secrets.iter().map(|secret| {
            let secret = self.vault.open(claim.access_key, &secret.sealed)?;
            Some(SigningKey::derive(&secret, claim))
        });
        let keys: Option<Arc<[SigningKey]>> = keys.collect();
        keys.ok_or_else(|| {
            tracing::error!(
                access_key = claim.access_key,
                "a credential was sealed under another key: all nodes and `apus credentials` need the same key file"
            );
            Denial::unknown_key(None)
        })
    }

    /// Whether a dummy secret signed it; whoever knows one may do everything.
    fn check_dummy(&self, claim: &Claim<'_>, string: &[u8]) -> Result<Role, Denial> {
        let known = self.signing_keys.get(claim.credential, DUMMY_VERSION);
        if known
            .iter()
            .flat_map(|keys| keys.iter())
            .any(|key| key.signs(claim, string))
        {
            return Ok(Role::Admin);
        }
        let mut keys = dummies::secrets(claim.access_key).map(|secret| SigningKey::derive(secret, claim));
        match keys.find(|key| key.signs(claim, string)) {
            Some(key) => {
                self.signing_keys
                    .put(claim.credential, DUMMY_VERSION, Arc::new([key]));
                Ok(Role::Admin)
            }
            None if known.is_some() || dummies::is_dummy(claim.access_key) => {
                Err(Denial::mismatch(Some(dummies::ADVICE)))
            }
            None => Err(Denial::unknown_key(Some(dummies::ADVICE))),
        }
    }
}

/// boto 2 takes the first part of the host's name for the service, wherever the host is. As the host is signed, a
/// request that names it is for nobody else either.
fn is_named_by_host(service: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.and_then(|host| host.split(['.', ':']).next()) == Some(service)
}

/// Refuses a request of another time, so that nobody can send again for ever what he once overheard.
fn check_date(claim: &Claim<'_>, now: DateTime<Utc>, most: Duration) -> Result<(), Denial> {
    let skew = TimeDelta::from_std(most).unwrap_or(TimeDelta::MAX);
    let (signed, minutes) = (&claim.date, most.as_secs() / 60);
    let date = |at: Option<DateTime<Utc>>| at.map(claim::date).unwrap_or_default();
    let distance = claim.signed_at.signed_duration_since(now);
    if distance < -skew {
        let (earliest, now) = (date(now.checked_sub_signed(skew)), claim::date(now));
        return Err(Denial::Wrong(format!(
            "Signature expired: {signed} is now earlier than {earliest} ({now} - {minutes} min.)"
        )));
    }
    if distance > skew {
        let (latest, now) = (date(now.checked_add_signed(skew)), claim::date(now));
        return Err(Denial::Wrong(format!(
            "Signature not yet current: {signed} is still later than {latest} ({now} + {minutes} min.)"
        )));
    }
    Ok(())
}
