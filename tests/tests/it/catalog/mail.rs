//! The mail ledger: one mail an excursion, whoever asks and however often.

use anyhow::Result;
use docstore_activities::catalog::{MailState, Plan};
use futures::future::join_all;

use super::fixture;

#[tokio::test]
async fn one_of_many_may_send() -> Result<()> {
    let it = fixture(Plan::Free).await?;
    let account = it.account.id;
    assert_eq!(
        it.catalog.plan_over_quota_mail(account, 1).await?,
        MailState::Planned
    );
    let begun = join_all((0..10).map(|_| it.catalog.begin_over_quota_mail(account, 1))).await;
    assert_eq!(begun.iter().filter(|begun| matches!(begun, Ok(true))).count(), 1);
    assert_eq!(
        it.catalog.plan_over_quota_mail(account, 1).await?,
        MailState::Unknown,
        "no answer has been seen"
    );

    it.catalog.over_quota_mail_refused(account, 1).await?;
    assert!(
        it.catalog.begin_over_quota_mail(account, 1).await?,
        "what was not accepted may be tried again"
    );
    it.catalog.over_quota_mail_sent(account, 1, "message-1").await?;
    assert_eq!(
        it.catalog.plan_over_quota_mail(account, 1).await?,
        MailState::Sent
    );
    assert!(!it.catalog.begin_over_quota_mail(account, 1).await?);
    assert_eq!(
        it.catalog.plan_over_quota_mail(account, 2).await?,
        MailState::Planned,
        "the next excursion"
    );
    Ok(())
}
