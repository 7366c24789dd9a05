//! Events that are delivered ten times and in any order: one processing, counted once.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result};
use apus_tests::{TestDatabase, database};
use docstore::config::Settings;
use docstore::engine::DOMAIN;
use docstore::events::{DocumentEvent, Event};
use docstore::node::Node;
use docstore::uploads::{Wanted, issue_form};
use docstore_activities::catalog::{Document, DocumentState, NewAccount, Plan, Total, Usage};
use docstore_activities::ports::objects::ObjectKey;
use docstore_workflows::{UploadComplete, workflow_id};
use rand::seq::SliceRandom;
use tempfile::TempDir;
use uuid::Uuid;

use super::program;

/// How often each event comes.
const TIMES: usize = 10;
const PATIENCE: Duration = Duration::from_secs(120);
const TEXT: &str = "The lighthouse keeper counts the same ship once.";

/// What must not change.
type Snapshot = (String, Usage, Vec<Total>);

async fn start(database: &TestDatabase, data: &TempDir) -> Result<Node> {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let settings = Settings {
        data_dir: Some(data.path().to_owned()),
        listen: Some(anywhere),
        objects_listen: Some(anywhere),
        reader_program: Some(program()?),
        ..Settings::default()
    };
    let mut config = settings.resolve()?;
    config.database = Some(database.connect_options());
    Node::start(config).await
}

/// A document whose object has arrived, and of which nothing has been told yet.
async fn arrived(node: &Node) -> Result<Document> {
    let (app, owner) = (node.app(), Uuid::now_v7());
    app.catalog
        .create_account(&NewAccount {
            id: owner,
            email: "keeper@example.com",
            password_hash: "$argon2id$nobody-logs-in",
            plan: Plan::Premium,
            home_region: "us-west-2",
        })
        .await?;
    let wanted = Wanted {
        version_of: None,
        file_name: "log.txt".to_owned(),
        title: "Log of the lighthouse".to_owned(),
        tags: Vec::new(),
        content_type: "text/plain".to_owned(),
        size: Some(TEXT.len() as u64),
        redirect: false,
    };
    let issued = issue_form(app, owner, &wanted).await.context("no form")?;
    let document = app.catalog.document(issued.document).await?;
    let key = ObjectKey::new(document.object_key.clone())?;
    app.objects.put(&key, TEXT.into(), "text/plain").await?;
    Ok(document)
}

async fn deliver(node: &Node, events: &[Event]) -> Result<()> {
    let mut events: Vec<Event> = events.iter().flat_map(|event| [*event; TIMES]).collect();
    events.shuffle(&mut rand::rng());
    for event in events {
        event.send(&*node.app().queue).await?;
    }
    let draining = async {
        loop {
            let depth = node.app().queue.depth().await?;
            if depth.waiting + depth.in_flight == 0 {
                return anyhow::Ok(());
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, draining)
        .await
        .context("the queue is not emptied")?
}

/// The state once the workflow that processes the document has closed.
async fn settled(node: &Node, document: &Document) -> Result<Snapshot> {
    let engine = node.engine().node();
    let run = engine
        .latest_run(DOMAIN, &workflow_id::<UploadComplete>(document.id))
        .await?;
    tokio::time::timeout(PATIENCE, engine.wait_closed(DOMAIN, &run.execution))
        .await
        .context("the document is not processed")??;
    let catalog = &node.app().catalog;
    let found = catalog.document(document.id).await?;
    assert_eq!(found.state, DocumentState::Ready, "{:?}", found.reason);
    Ok((
        format!("{found:?}"),
        catalog.usage(document.owner).await?,
        catalog.totals().await?,
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn events_may_come_ten_times_and_in_any_order() -> Result<()> {
    let (database, data) = (database().await, TempDir::new()?);
    let node = start(&database, &data).await?;
    let document = arrived(&node).await?;
    let about = |document| DocumentEvent::now(document, Uuid::nil());
    let (initiated, complete) = (
        Event::UploadInitiated(about(document.id)),
        Event::UploadComplete(about(document.id)),
    );
    deliver(&node, &[complete, initiated]).await?;
    let once = settled(&node, &document).await?;
    assert_eq!((once.1.documents, once.1.bytes_used), (1, TEXT.len() as u64));
    assert_eq!(once.1.bytes_reserved, 0);

    // Nobody asked for its deletion, and of another document nobody knows.
    let deletion = Event::DeleteDocument(about(document.id));
    let unknown = Event::UploadComplete(about(Uuid::now_v7()));
    deliver(&node, &[initiated, complete, deletion, unknown]).await?;
    assert_eq!(settled(&node, &document).await?, once);
    assert_eq!(node.app().queue.depth().await?.dead, 0);
    node.stop().await
}
