//! Uploads that are interrupted, and go on.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use anyhow::{Context, Result, ensure};
use docstore_activities::ports::ObjectsSide;
use docstore_activities::ports::objects::ObjectKey;
use docstore_activities::ports::objects::embedded::EmbeddedSettings;
use docstore_activities::ports::objects::parts::{PART_BYTES_MIN, PartsUpload};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::{Deployment, done, run, text};

/// Bytes that the gate reads at once.
const PIECE_BYTES: usize = 1 << 20;
/// A file that goes in parts: above 64 MiB.
const LARGE_PARTS: u32 = 9;

/// Stands between the command line and the object store. It lets some requests through; of the next one it reads a
/// little, and then nothing.
struct Gate {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    store: SocketAddr,
    lets_through: AtomicUsize,
    /// The paths and queries that were asked for.
    asked: Mutex<Vec<String>>,
    held_up: Notify,
}

impl Gate {
    async fn before(store: SocketAddr, lets_through: usize) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            store,
            lets_through: AtomicUsize::new(lets_through),
            asked: Mutex::default(),
            held_up: Notify::new(),
        });
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, shared.clone()));
            }
        });
        Ok(Self { address, state })
    }

    /// Lets everything through from now on, and forgets what was asked.
    fn open(&self) {
        self.state.lets_through.store(usize::MAX, Ordering::SeqCst);
        self.state.asked().clear();
    }

    /// The parts that were put.
    fn parts(&self) -> Vec<u32> {
        let asked = self.state.asked();
        let number = |path: &String| path.split_once("partNumber=")?.1.split('&').next()?.parse().ok();
        asked.iter().filter_map(number).collect()
    }
}

impl State {
    /// Whether these bytes may pass. Those of a request begin with its first line: nobody asks before he was answered.
    fn admits(&self, piece: &[u8]) -> bool {
        let line = piece.split(|byte| *byte == b'\r').next().unwrap_or_default();
        let line = std::str::from_utf8(line).unwrap_or_default();
        let Some(path) = line.strip_suffix(" HTTP/1.1") else {
            return true;
        };
        self.asked().push(path.to_owned());
        let one_less = |left: usize| left.checked_sub(1);
        self.lets_through
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
            .is_ok()
    }

    fn asked(&self) -> MutexGuard<'_, Vec<String>> {
        self.asked.lock().expect("nobody panics with it")
    }
}

async fn pass(client: TcpStream, state: Arc<State>) -> Result<()> {
    let store = TcpStream::connect(state.store).await?;
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_store, mut to_store) = store.into_split();
    let answering = tokio::io::copy(&mut from_store, &mut to_client);
    let asking = async {
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let length = from_client.read(&mut piece).await?;
            if length == 0 {
                return anyhow::Ok(());
            }
            if !state.admits(&piece[..length]) {
                state.held_up.notify_one();
                std::future::pending::<()>().await;
            }
            to_store.write_all(&piece[..length]).await?;
        }
    };
    tokio::select! {
        asked = asking => asked,
        answered = answering => Ok(answered.map(drop)?),
    }
}

/// A DocStore whose customers reach its object store through a gate.
async fn gated(lets_through: usize) -> Result<(Deployment, Gate, TempDir)> {
    // The object store's port has to be known before the gate stands in front of it.
    let reserved = TcpListener::bind("127.0.0.1:0").await?;
    let store = reserved.local_addr()?;
    let gate = Gate::before(store, lets_through).await?;
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
    Ok((deployment, gate, objects))
}

#[tokio::test]
async fn a_command_that_was_killed_goes_on_where_it_was() -> Result<()> {
    let (deployment, gate, _objects) = gated(0).await?;
    let (first, second) = (
        deployment.file("a.txt", b"kingfisher")?,
        deployment.file("b.txt", b"heron")?,
    );
    let upload = ["upload", text(&first), text(&second), "--at-once", "1"];

    let mut killed = deployment.docstore(&upload).spawn()?;
    gate.state.held_up.notified().await;
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

/// A file of nine parts, of which each begins with its number and the last is short.
fn large_file(deployment: &Deployment) -> Result<PathBuf> {
    let path = deployment.file("large.bin", b"")?;
    write_parts(&path, 0)?;
    Ok(path)
}

fn write_parts(path: &Path, salt: u32) -> Result<()> {
    let mut file = fs::File::options().write(true).open(path)?;
    for part in 0..LARGE_PARTS {
        file.seek(SeekFrom::Start(u64::from(part) * PART_BYTES_MIN))?;
        file.write_all(format!("part {part} {salt}").as_bytes())?;
    }
    Ok(())
}

/// The parts of the only document that have arrived.
async fn arrived(deployment: &Deployment) -> Result<BTreeSet<u32>> {
    let app = deployment.node.app();
    let listed = deployment.json(&["list"]).await?;
    let id = listed[0]["id"].as_str().context("a document")?.parse()?;
    let document = app.catalog.document(id).await?;
    let key = ObjectKey::new(document.object_key.clone())?;
    let name = document.upload_name.as_deref().context("an upload in parts")?;
    let parts = app
        .objects
        .arrived_parts(&PartsUpload { key: &key, name })
        .await?;
    Ok(parts.iter().map(|part| part.number).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_goes_on_with_the_parts_that_are_missing() -> Result<()> {
    let (deployment, gate, _objects) = gated(6).await?;
    let path = large_file(&deployment)?;
    let upload = ["upload", text(&path)];
    let mut killed = deployment.docstore(&upload).spawn()?;
    gate.state.held_up.notified().await;
    killed.kill().await?;
    let there = arrived(&deployment).await?;
    ensure!(there.len() >= 4, "two may have been under way: {there:?}");
    let begun = deployment.json(&["list"]).await?[0]["id"].take();

    gate.open();
    let uploaded = deployment.json(&[&upload[..], &["--wait"]].concat()).await?;
    assert_eq!(
        (&uploaded[0]["id"], &uploaded[0]["state"]),
        (&begun, &"ready".into())
    );
    let put = gate.parts();
    let put_once: BTreeSet<u32> = put.iter().copied().collect();
    assert_eq!(put_once.len(), put.len(), "{put:?}");
    assert!(
        !put.is_empty() && put_once.is_disjoint(&there),
        "{put:?} after {there:?}"
    );

    let target = deployment.data.path().join("again.bin");
    let id = begun.as_str().context("an id")?;
    done(run(&mut deployment.docstore(&["download", id, "--output", text(&target)])).await?)?;
    ensure!(fs::read(&target)? == fs::read(&path)?, "it is another file");
    deployment.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_that_has_changed_begins_anew() -> Result<()> {
    let (deployment, gate, _objects) = gated(4).await?;
    let path = large_file(&deployment)?;
    let upload = ["upload", text(&path)];
    let mut killed = deployment.docstore(&upload).spawn()?;
    gate.state.held_up.notified().await;
    killed.kill().await?;
    let begun = deployment.json(&["list"]).await?[0]["id"].take();

    gate.open();
    write_parts(&path, 1)?;
    let uploaded = deployment.json(&[&upload[..], &["--wait"]].concat()).await?;
    assert_ne!(uploaded[0]["id"], begun);
    let every_part: Vec<u32> = (1..=LARGE_PARTS).collect();
    let mut put = gate.parts();
    put.sort_unstable();
    assert_eq!(put, every_part);
    // Nobody waits any longer for what the file was, and it keeps no quota.
    let listed = deployment.json(&["list"]).await?;
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!(
        deployment.json(&["account", "show"]).await?["usage"]["bytes_reserved"],
        0
    );
    deployment.stop().await
}
