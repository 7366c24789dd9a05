//! Sessions and the brake on guessing.

use std::time::Duration;

use anyhow::Result;
use docstore_activities::catalog::{
    Attempt, BackOff, CatalogError, NewSession, Plan, SessionKind, TokenDigest,
};
use futures::future::join_all;

use super::{Fixture, fixture};

const BACK_OFF: BackOff = BackOff {
    free_attempts: 3,
    first_wait: Duration::from_secs(60),
    longest_wait: Duration::from_secs(90),
    forget_after: Duration::from_secs(3600),
};

#[tokio::test]
async fn many_attempts_at_once_are_not_all_the_first() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let attempts = join_all((0..50).map(|_| it.catalog.begin_login_attempt("email:x", &BACK_OFF))).await;
    let allowed = attempts
        .iter()
        .filter(|attempt| matches!(attempt, Ok(Attempt::Allowed)))
        .count();
    assert_eq!(allowed, 3);
    let wait = it.catalog.begin_login_attempt("email:x", &BACK_OFF).await?;
    let Attempt::LockedFor(wait) = wait else {
        panic!("locked")
    };
    assert!(
        wait > Duration::from_secs(30) && wait <= Duration::from_secs(60),
        "{wait:?}"
    );
    assert_eq!(
        it.catalog.begin_login_attempt("email:y", &BACK_OFF).await?,
        Attempt::Allowed,
        "others are not locked"
    );
    Ok(())
}

#[tokio::test]
async fn a_success_clears_the_account_and_refunds_the_network() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    for _ in 0..20 {
        assert_eq!(
            it.catalog.begin_login_attempt("email:x", &BACK_OFF).await?,
            Attempt::Allowed
        );
        it.catalog.clear_login_attempts("email:x").await?;
        assert_eq!(
            it.catalog.begin_login_attempt("network:1", &BACK_OFF).await?,
            Attempt::Allowed
        );
        it.catalog.refund_login_attempt("network:1").await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_session_ends_when_its_time_is_over_or_its_owner_says_so() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let lifetimes = [
        ([1; 32], Duration::from_secs(60)),
        ([2; 32], Duration::from_millis(1)),
    ];
    for (token, lifetime) in lifetimes {
        let opened = it.catalog.create_session(&session(&it, &token, lifetime)).await?;
        assert!(opened.is_some());
    }
    // The next statement begins later than the short session ends: its own insert takes longer than a millisecond,
    // and where it does not, the query is asked again.
    while it.catalog.session(&[2; 32]).await?.is_some() {}
    assert!(it.catalog.session(&[1; 32]).await?.is_some());
    assert_eq!(it.catalog.purge_expired_sessions(10).await?, 1);
    it.catalog.end_session(&[1; 32]).await?;
    assert!(it.catalog.session(&[1; 32]).await?.is_none());
    Ok(())
}

fn session<'a>(it: &'a Fixture, token: &'a TokenDigest, lifetime: Duration) -> NewSession<'a> {
    NewSession {
        token,
        account: it.account.id,
        password_hash: &it.account.password_hash,
        kind: SessionKind::Bearer,
        lifetime,
        address: Some("192.0.2.1"),
        user_agent: None,
    }
}

#[tokio::test]
async fn a_password_that_changes_meanwhile_opens_no_session() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let hour = Duration::from_secs(3600);
    it.catalog.create_session(&session(&it, &[1; 32], hour)).await?;
    it.catalog.create_session(&session(&it, &[2; 32], hour)).await?;
    let (id, old) = (it.account.id, it.account.password_hash.as_str());
    let ended = it
        .catalog
        .change_password(id, old, "$argon2id$new", &[1; 32])
        .await?;
    assert_eq!(ended, 1);
    assert!(it.catalog.session(&[1; 32]).await?.is_some());
    assert!(it.catalog.session(&[2; 32]).await?.is_none());
    // What was compared with the old hash before the change comes too late.
    let late = it.catalog.create_session(&session(&it, &[3; 32], hour)).await?;
    assert!(late.is_none());
    let again = it
        .catalog
        .change_password(id, old, "$argon2id$other", &[1; 32])
        .await;
    assert!(matches!(again, Err(CatalogError::NoSuchAccount)));
    Ok(())
}
