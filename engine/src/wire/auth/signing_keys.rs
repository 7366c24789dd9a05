//! Signing keys that were made already: one request in thousands is the first of its day.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::signature::SigningKey;

/// Scopes that are remembered. When there are more all are forgotten, which costs little: they are made anew.
const SCOPES_MAX: usize = 4_096;

/// Signing keys by access key id and scope. Only what a right signature was checked with comes in here.
#[derive(Default)]
pub(super) struct SigningKeys(RwLock<HashMap<String, Made>>);

/// The keys of a credential for one scope, in the order of its secrets.
struct Made {
    /// Which secrets they were made from.
    version: i64,
    keys: Arc<[SigningKey]>,
}

impl SigningKeys {
    /// The keys of that credential and scope, made from this version of its secrets.
    pub(super) fn get(&self, credential: &str, version: i64) -> Option<Arc<[SigningKey]>> {
        let scopes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let made = scopes.get(credential).filter(|made| made.version == version)?;
        Some(Arc::clone(&made.keys))
    }

    /// Remembers them.
    pub(super) fn put(&self, credential: &str, version: i64, keys: Arc<[SigningKey]>) {
        let mut scopes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if scopes.len() >= SCOPES_MAX {
            scopes.clear();
        }
        scopes.insert(credential.to_owned(), Made { version, keys });
    }
}
