//! Sessions and the brake on guessing.

use std::time::Duration;

use anyhow::Result;
use docstore_activities::catalog::{Attempt, BackOff, Plan, SessionKind};
use futures::future::join_all;

use super::fixture;

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
        it.catalog
            .create_session(&token, it.account.id, SessionKind::Bearer, lifetime)
            .await?;
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
