//! Uploads that are interrupted, and go on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use docstore_activities::ports::ObjectsSide;
use docstore_activities::ports::objects::embedded::EmbeddedSettings;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::{Deployment, done, run, text};

/// Stands between the command line and the object store. Closed, it reads a little of what is sent and then nothing.
struct Gate {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    is_open: AtomicBool,
    begun: Notify,
}

impl Gate {
    async fn before(target: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            is_open: AtomicBool::new(false),
            begun: Notify::new(),
        });
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, target, shared.clone()));
            }
        });
        Ok(Self { address, state })
    }

    fn open(&self) {
        self.state.is_open.store(true, Ordering::SeqCst);
    }
}

async fn pass(mut client: TcpStream, target: SocketAddr, state: Arc<State>) -> Result<()> {
    if state.is_open.load(Ordering::SeqCst) {
        let mut store = TcpStream::connect(target).await?;
        tokio::io::copy_bidirectional(&mut client, &mut store).await?;
        return Ok(());
    }
    client.read_exact(&mut [0; 64]).await?;
    state.begun.notify_one();
    std::future::pending().await
}

#[tokio::test]
async fn a_command_that_was_killed_goes_on_where_it_was() -> Result<()> {
    // The object store's port has to be known before the gate stands in front of it.
    let reserved = TcpListener::bind("127.0.0.1:0").await?;
    let store = reserved.local_addr()?;
    let gate = Gate::before(store).await?;
    drop(reserved);
    let endpoint = format!("http://{}", gate.address);
    let objects = tempfile::tempdir()?;
    let deployment = Deployment::start_with(|settings| {
        settings.objects = Some(ObjectsSide::Embedded(EmbeddedSettings {
            public_endpoint: Some(endpoint),
            ..EmbeddedSettings::new(objects.path().to_owned(), store)
        }));
    })
    .await?;
    deployment.sign_up("free").await?;
    let (first, second) = (
        deployment.file("a.txt", b"kingfisher")?,
        deployment.file("b.txt", b"heron")?,
    );
    let upload = ["upload", text(&first), text(&second), "--at-once", "1"];

    let mut killed = deployment.docstore(&upload).spawn()?;
    gate.state.begun.notified().await;
    killed.kill().await?;
    let listed = deployment.json(&["list"]).await?;
    let begun = listed[0]["id"]
        .as_str()
        .context("the first document is awaited")?
        .to_owned();
    assert_eq!(listed.as_array().map(Vec::len), Some(1));

    gate.open();
    let uploaded = deployment.json(&[&upload[..], &["--wait"]].concat()).await?;
    assert_eq!(uploaded[0]["id"], *begun, "it is the same document");
    assert!(
        uploaded
            .as_array()
            .context("a list")?
            .iter()
            .all(|document| document["state"] == "ready")
    );
    let again = deployment.json(&upload).await?;
    assert_eq!(again[0]["id"], *begun, "what has arrived is left out");
    assert_eq!(again[1]["id"], uploaded[1]["id"]);
    assert_eq!(
        deployment.json(&["list"]).await?.as_array().map(Vec::len),
        Some(2)
    );

    deployment.file("a.txt", b"kingfisher, changed")?;
    done(run(&mut deployment.docstore(&upload)).await?)?;
    assert_eq!(
        deployment.json(&["list"]).await?.as_array().map(Vec::len),
        Some(3)
    );
    done(run(deployment.docstore(&upload).arg("--again")).await?)?;
    assert_eq!(
        deployment.json(&["list"]).await?.as_array().map(Vec::len),
        Some(5)
    );
    deployment.stop().await
}
