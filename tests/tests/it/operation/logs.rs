//! Access logs: from requests to files in the object store to usage figures.

use std::sync::Arc;

use anyhow::{Context, Result};
use docstore_activities::access_log::{self, AccessLogLine, FILE_BYTES_MAX};
use docstore_activities::catalog::{Catalog, LoggedUsage, Quotas, in_schema};
use docstore_activities::ports::objects::ObjectKey;
use docstore_activities::ports::{Ports, Settings};

use super::Deployment;

#[tokio::test]
async fn every_request_is_in_a_file_when_the_program_has_ended() -> Result<()> {
    let deployment = Deployment::start().await?;
    deployment.sign_up("free").await?;
    deployment.json(&["list"]).await?;
    let Deployment { node, database, data } = deployment;
    node.stop().await?;

    let catalog = Catalog::connect(database.connect_options(), 4, Quotas::default()).await?;
    let account = catalog
        .account_by_email(super::EMAIL)
        .await?
        .context("the account")?
        .id;
    let anywhere = "127.0.0.1:0".parse()?;
    let settings = Settings::embedded(&data.path().join("data"), anywhere, Vec::new());
    let ports = Ports::open(&settings, catalog.pool()).await?;
    let mut seen = Vec::new();
    for file in catalog.open_access_logs(10).await? {
        let content = ports
            .objects
            .get(&ObjectKey::new(file.object_key)?, FILE_BYTES_MAX)
            .await?;
        for line in content
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            let line: AccessLogLine = serde_json::from_slice(line)?;
            assert!(
                line.address.is_some_and(|address| address.is_loopback()),
                "{line:?}"
            );
            seen.push((line.method, line.route, line.status, line.account));
        }
    }
    let expected = [
        ("POST", "/v1/accounts", 201, None),
        ("POST", "/v1/sessions", 201, None),
        ("GET", "/v1/documents", 200, Some(account)),
    ];
    let expected = expected
        .map(|(method, route, status, account)| (method.to_owned(), route.to_owned(), status, account));
    assert_eq!(seen, expected);
    ports.close().await;
    Ok(())
}

#[tokio::test]
async fn a_file_is_added_once_and_only_once() -> Result<()> {
    let database = apus_tests::database().await;
    let pool = database
        .pool_options()
        .connect_with(in_schema(database.connect_options()))
        .await?;
    let catalog = Arc::new(Catalog::new(pool, Quotas::default()));
    let now = chrono::Utc::now();
    let key: ObjectKey = access_log::new_key(now)?;
    catalog.announce_access_log(key.as_str()).await?;
    catalog.announce_access_log(key.as_str()).await?;
    let line = AccessLogLine {
        at: now,
        method: "GET".to_owned(),
        route: "/v1/documents".to_owned(),
        path: "/v1/documents".to_owned(),
        status: 200,
        micros: 50,
        account: Some(uuid::Uuid::nil()),
        address: None,
    };
    let (usage, _) = access_log::add_up(&access_log::write(&[line.clone(), line])?);
    let adding = (0..8).map(|_| catalog.roll_up(key.as_str(), Some(&usage)));
    let added = futures::future::try_join_all(adding).await?;
    assert_eq!(added.iter().filter(|added| **added).count(), 1);
    let traffic = catalog.traffic(2).await?;
    let of = |usage: &LoggedUsage| usage.requests.iter().map(|of| of.requests).sum::<u64>();
    assert_eq!((traffic[0].requests, of(&usage), traffic[0].accounts), (2, 2, 1));
    assert_eq!(catalog.open_access_logs(10).await?, []);
    Ok(())
}
