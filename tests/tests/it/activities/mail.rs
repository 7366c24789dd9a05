//! One mail an excursion over the quota, whoever asks and however often.

use anyhow::Result;
use docstore_activities::catalog::{MailState, Plan};
use docstore_activities::{CountUsage, SendOverQuotaMail};
use futures::future::{join_all, try_join_all};

use super::{AT_ONCE, World};

fn send(world: &World, excursion: i64) -> SendOverQuotaMail {
    SendOverQuotaMail {
        account: world.account.id,
        excursion,
    }
}

#[tokio::test]
async fn an_excursion_is_mailed_of_once() -> Result<()> {
    let world = World::new(Plan::Free).await?;
    let document = world.arrived("x".repeat(1_500)).await?;
    let usage = world
        .run(CountUsage {
            document,
            size: 1_500,
        })
        .await?;
    assert!(usage.over_quota);
    let sent = join_all((0..AT_ONCE).map(|_| world.run(send(&world, usage.excursion)))).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    assert!(
        world.run(send(&world, usage.excursion)).await?,
        "it is known to have been sent"
    );
    let mails = world.mails()?;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("To: ada@example.com"), "{}", mails[0]);
    assert!(mails[0].contains("Your storage is full"), "{}", mails[0]);
    Ok(())
}

#[tokio::test]
async fn each_excursion_has_its_mail() -> Result<()> {
    let world = World::new(Plan::Free).await?;
    let excursions = [1, 2, 1, 2, 2, 1];
    try_join_all(
        excursions
            .into_iter()
            .map(|excursion| world.run(send(&world, excursion))),
    )
    .await?;
    assert_eq!(world.mails()?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_send_whose_answer_was_lost_is_not_doubled() -> Result<()> {
    let world = World::new(Plan::Free).await?;
    let (catalog, account) = (&world.environment.catalog, world.account.id);
    world.run(send(&world, 1)).await?;
    // As it stands when the worker dies after the outbox took the mail and before the ledger knew.
    sqlx::query("UPDATE mail_ledger SET state = 'unknown', message_id = NULL")
        .execute(catalog.pool())
        .await?;
    assert!(
        world.run(send(&world, 1)).await?,
        "the outbox knows the mail again"
    );
    assert_eq!(world.mails()?.len(), 1);
    assert_eq!(catalog.plan_over_quota_mail(account, 1).await?, MailState::Sent);
    Ok(())
}
