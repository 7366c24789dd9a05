//! Passwords: hashed with Argon2id, on threads of their own, a few at a time.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::problem::{Problem, Result};

/// The fewest characters of a password.
pub const MIN_CHARS: usize = 10;
/// The most characters of a password: hashing takes time for each.
pub const MAX_CHARS: usize = 1_024;
/// The most bytes of a hash in PHC string format.
const MAX_HASH_BYTES: usize = 1_024;

/// How long a request waits for its turn to hash before it is told to come back.
const TURN_WITHIN: Duration = Duration::from_secs(5);

/// Hashes passwords and compares them. A hash takes about 20 MB and tens of milliseconds of a core, so no more than a
/// few are made at once, whatever arrives.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    // Compared with when there is no account, so that its absence takes as long as a wrong password.
    decoy: Arc<str>,
}

impl Passwords {
    /// At most `at_once` hashes are made at the same time.
    pub fn new(at_once: usize) -> anyhow::Result<Self> {
        let decoy = hash(b"no account has this password")?;
        Ok(Self {
            turns: Arc::new(Semaphore::new(at_once.max(1))),
            decoy: decoy.into(),
        })
    }

    /// The hash of a password, in PHC string format.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.in_turn(move || hash(password.as_bytes())).await
    }

    /// Whether the password is the one that was hashed; never without a hash.
    pub async fn verify(&self, password: String, expected: Option<&str>) -> Result<bool> {
        let known = expected.is_some();
        let expected = expected.unwrap_or(&self.decoy).to_owned();
        let same = self
            .in_turn(move || verify(password.as_bytes(), &expected))
            .await?;
        Ok(same && known)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = tokio::time::timeout(TURN_WITHIN, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| Problem::Busy)?
            .map_err(Problem::internal)?;
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await
        .map_err(Problem::internal)?
        .map_err(Problem::Internal)
    }
}

/// Refuses passwords that are too short to hold or too long to hash. `field` is what the request calls it.
pub fn check(field: &'static str, password: &str) -> Result<()> {
    if password.chars().count() < MIN_CHARS {
        return Err(Problem::invalid(
            field,
            format!("use at least {MIN_CHARS} characters"),
        ));
    }
    if password.chars().count() > MAX_CHARS {
        return Err(Problem::invalid(
            field,
            format!("use at most {MAX_CHARS} characters"),
        ));
    }
    Ok(())
}

/// Refuses what is no Argon2id hash in PHC string format.
pub fn check_hash(hash: &str) -> Result<()> {
    let parsed = PasswordHash::new(hash).is_ok_and(|hash| hash.algorithm.as_str() == "argon2id");
    if parsed && hash.len() <= MAX_HASH_BYTES {
        Ok(())
    } else {
        Err(Problem::invalid("password_hash", "is no Argon2id hash"))
    }
}

fn hash(password: &[u8]) -> anyhow::Result<String> {
    Ok(Argon2::default().hash_password(password)?.to_string())
}

fn verify(password: &[u8], expected: &str) -> anyhow::Result<bool> {
    use argon2::password_hash::Error;
    match Argon2::default().verify_password(password, &PasswordHash::new(expected)?) {
        Ok(()) => Ok(true),
        Err(Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[tokio::test]
    async fn only_the_hashed_password_is_accepted() {
        let passwords = Passwords::new(1).unwrap();
        let hash = passwords.hash("correct horse battery".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(
            passwords
                .verify("correct horse battery".into(), Some(&hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("correct horse".into(), Some(&hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("no account has this password".into(), None)
                .await
                .unwrap()
        );
    }
}
