//! Access logs become figures: each file once, none twice, and one that never came holds nothing up.

use anyhow::Result;
use chrono::Utc;
use docstore_activities::access_log::{self, AccessLogLine, MEDIA_TYPE};
use docstore_activities::catalog::Plan;
use docstore_activities::{RollUpAccessLogs, RolledUp};
use uuid::Uuid;

use super::World;

fn line(route: &str, status: u16) -> AccessLogLine {
    AccessLogLine {
        at: Utc::now(),
        method: "GET".to_owned(),
        route: route.to_owned(),
        path: route.to_owned(),
        status,
        micros: 10,
        account: Some(Uuid::nil()),
        address: None,
    }
}

#[tokio::test]
async fn files_are_added_once() -> Result<()> {
    let world = World::new(Plan::Free).await?;
    let catalog = &world.environment.catalog;
    for lines in [vec![line("/a", 200), line("/b", 503)], vec![line("/a", 200)]] {
        let key = access_log::new_key(Utc::now())?;
        catalog.announce_access_log(key.as_str()).await?;
        let file = access_log::write(&lines)?;
        world
            .environment
            .objects
            .put(&key, file.into(), MEDIA_TYPE)
            .await?;
    }
    // Announced, and still on its way.
    catalog
        .announce_access_log(access_log::new_key(Utc::now())?.as_str())
        .await?;
    let done = world.run(RollUpAccessLogs {}).await?;
    let expected = RolledUp {
        files: 2,
        requests: 3,
        ..RolledUp::default()
    };
    assert_eq!(done, expected);
    assert_eq!(
        world.run(RollUpAccessLogs {}).await?,
        RolledUp::default(),
        "there is nothing left"
    );
    let traffic = catalog.traffic(2).await?;
    let total = |of: fn(&docstore_activities::catalog::Traffic) -> u64| traffic.iter().map(of).sum::<u64>();
    assert_eq!((total(|of| of.requests), total(|of| of.faults)), (3, 1));
    Ok(())
}

#[tokio::test]
async fn a_file_that_never_came_is_given_up_and_an_old_one_removed() -> Result<()> {
    let world = World::new(Plan::Free).await?;
    let catalog = &world.environment.catalog;
    let (lost, old) = (access_log::new_key(Utc::now())?, access_log::new_key(Utc::now())?);
    for key in [&lost, &old] {
        catalog.announce_access_log(key.as_str()).await?;
    }
    let file = access_log::write(&[line("/a", 200)])?;
    world
        .environment
        .objects
        .put(&old, file.into(), MEDIA_TYPE)
        .await?;
    sqlx::query("UPDATE access_logs SET begun = now() - interval '2 hours'")
        .execute(catalog.pool())
        .await?;
    let done = world.run(RollUpAccessLogs {}).await?;
    assert_eq!((done.files, done.requests, done.lost, done.removed), (2, 1, 1, 0));
    sqlx::query("UPDATE access_logs SET rolled_up = now() - interval '91 days'")
        .execute(catalog.pool())
        .await?;
    assert_eq!(world.run(RollUpAccessLogs {}).await?.removed, 2);
    assert_eq!(world.environment.objects.head(&old).await?, None);
    assert_eq!(catalog.traffic(2).await?[0].requests, 1, "what it told stays");
    Ok(())
}
