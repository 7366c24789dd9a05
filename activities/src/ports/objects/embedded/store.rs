//! Objects as files, each of which appears whole or not at all.
//!
//! ```text
//! objects/3f/3f9a..e1    one file an object, named by the digest of its key:
//!                        body | record as JSON | length of the record (8 bytes, big-endian)
//! incoming/<uuid>        uploads that have not ended
//! ```
//!
//! The record stands behind the body because length and digest are known only then, and in the
//! same file so that one rename makes an object with all that belongs to it. A file is on disk
//! before it is renamed, and the directory before the upload is answered. What a crash leaves in
//! `incoming` is removed at the next start.

use std::collections::BTreeMap;
use std::io::{ErrorKind, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use s3s::crypto::{Checksum as _, Md5};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::fs::{self, File};
use tokio::io::{self, AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _, BufWriter};
use uuid::Uuid;

use crate::ports::objects::ObjectKey;

/// Most bytes of a record; what is larger was not written by this program.
const RECORD_BYTES_MAX: u64 = 64 * 1024;
/// Bytes of the record's length at the end of a file.
const TRAILER_BYTES: u64 = 8;
/// Bytes gathered before they are written.
const WRITE_BUFFER_BYTES: usize = 256 * 1024;

/// A directory of objects. There is one process to a directory.
#[derive(Debug, Clone)]
pub(super) struct Store {
    objects: PathBuf,
    incoming: PathBuf,
}

/// What is known of an object beside its body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The key, which the file's name does not show.
    pub key: ObjectKey,
    /// Length of the body in bytes.
    pub size: u64,
    /// MD5 of the body in hex, which is S3's entity tag of an object that came in one piece.
    pub etag: String,
    /// The declared type.
    pub content_type: Option<String>,
    /// The `x-amz-meta-*` fields without that prefix.
    pub metadata: BTreeMap<String, String>,
    /// When the upload ended.
    pub last_modified: DateTime<Utc>,
}

/// What an uploader says of an object.
#[derive(Debug, Clone, Default)]
pub(super) struct Declared {
    /// The declared type.
    pub content_type: Option<String>,
    /// The `x-amz-meta-*` fields without that prefix.
    pub metadata: BTreeMap<String, String>,
}

impl Store {
    /// Opens a directory, which is created if need be, and removes uploads that never ended.
    pub async fn open(dir: &Path) -> io::Result<Self> {
        let store = Self {
            objects: dir.join("objects"),
            incoming: dir.join("incoming"),
        };
        fs::create_dir_all(&store.objects).await?;
        match fs::remove_dir_all(&store.incoming).await {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir(&store.incoming).await?,
        }
        sync_directory(dir).await?;
        Ok(store)
    }

    /// Begins an upload. Nothing is seen of it before [`Upload::commit`].
    pub async fn begin(&self, key: ObjectKey) -> io::Result<Upload> {
        let path = self.incoming.join(Uuid::new_v4().to_string());
        let file = File::options().write(true).create_new(true).open(&path).await?;
        let destination = self.path_of(&key);
        let writer = BufWriter::with_capacity(WRITE_BUFFER_BYTES, file);
        Ok(Upload {
            key,
            temporary: Temporary(Some(path)),
            destination,
            writer,
            digest: Md5::new(),
            size: 0,
        })
    }

    /// Opens an object for reading, placed at the beginning of its body.
    pub async fn read(&self, key: &ObjectKey) -> io::Result<Option<(Record, File)>> {
        let mut file = match File::open(self.path_of(key)).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let record = read_record(&mut file).await?;
        file.seek(SeekFrom::Start(0)).await?;
        Ok(Some((record, file)))
    }

    /// Removes an object, if there is one.
    pub async fn delete(&self, key: &ObjectKey) -> io::Result<()> {
        let path = self.path_of(key);
        match fs::remove_file(&path).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(()) => sync_directory(parent_of(&path)).await,
        }
    }

    /// Keys such as `x` and `x/y` live side by side, and no key can name a path of its own.
    fn path_of(&self, key: &ObjectKey) -> PathBuf {
        let digest = hex::encode(Sha256::digest(key.as_str()));
        self.objects.join(&digest[..2]).join(digest)
    }
}

/// An upload under way; dropped before it is committed, it leaves nothing behind.
pub(super) struct Upload {
    key: ObjectKey,
    temporary: Temporary,
    destination: PathBuf,
    writer: BufWriter<File>,
    digest: Md5,
    size: u64,
}

impl Upload {
    /// Bytes so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends to the body.
    pub async fn write(&mut self, chunk: &Bytes) -> io::Result<()> {
        self.digest.update(chunk);
        self.size += chunk.len() as u64;
        self.writer.write_all(chunk).await
    }

    /// Makes the object appear, in place of one with the same key. Once this returns, the object
    /// survives a loss of power.
    pub async fn commit(mut self, declared: Declared) -> io::Result<Record> {
        let record = Record {
            key: self.key,
            size: self.size,
            etag: hex::encode(self.digest.finalize()),
            content_type: declared.content_type,
            metadata: declared.metadata,
            last_modified: Utc::now(),
        };
        let encoded = serde_json::to_vec(&record)?;
        self.writer.write_all(&encoded).await?;
        self.writer.write_u64(encoded.len() as u64).await?;
        self.writer.flush().await?;
        self.writer.get_ref().sync_all().await?;
        let directory = parent_of(&self.destination);
        if !fs::try_exists(directory).await? {
            fs::create_dir_all(directory).await?;
            sync_directory(parent_of(directory)).await?;
        }
        self.temporary.rename(&self.destination).await?;
        sync_directory(directory).await?;
        Ok(record)
    }
}

/// A file that is removed unless it has been renamed.
struct Temporary(Option<PathBuf>);

impl Temporary {
    async fn rename(&mut self, destination: &Path) -> io::Result<()> {
        if let Some(path) = &self.0 {
            fs::rename(path, destination).await?;
            self.0 = None;
        }
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = self.0.take()
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::warn!(path = %path.display(), %error, "an upload that was given up stays until the next start");
        }
    }
}

async fn read_record(file: &mut File) -> io::Result<Record> {
    let length = file.metadata().await?.len();
    let damaged = || {
        io::Error::new(
            ErrorKind::InvalidData,
            "the file of an object is damaged at its end",
        )
    };
    let record_end = length.checked_sub(TRAILER_BYTES).ok_or_else(damaged)?;
    file.seek(SeekFrom::Start(record_end)).await?;
    let record_bytes = file.read_u64().await?;
    let body_end = record_end.checked_sub(record_bytes).ok_or_else(damaged)?;
    if record_bytes > RECORD_BYTES_MAX {
        return Err(damaged());
    }
    file.seek(SeekFrom::Start(body_end)).await?;
    let mut encoded = vec![0; usize::try_from(record_bytes).map_err(|_| damaged())?];
    file.read_exact(&mut encoded).await?;
    let record: Record = serde_json::from_slice(&encoded)?;
    if record.size != body_end {
        return Err(damaged());
    }
    Ok(record)
}

fn parent_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

/// A rename is on disk only once its directory is.
pub(super) async fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path).await?.sync_all().await
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn key(key: &str) -> ObjectKey {
        ObjectKey::new(key).unwrap()
    }

    async fn put(store: &Store, name: &str, body: &'static str) -> Record {
        let mut upload = store.begin(key(name)).await.unwrap();
        upload.write(&Bytes::from_static(body.as_bytes())).await.unwrap();
        let metadata = BTreeMap::from([("title".to_owned(), "Übung".to_owned())]);
        upload
            .commit(Declared {
                content_type: Some("text/plain".to_owned()),
                metadata,
            })
            .await
            .unwrap()
    }

    async fn body(store: &Store, name: &str) -> Option<String> {
        let (record, file) = store.read(&key(name)).await.unwrap()?;
        let mut body = String::new();
        file.take(record.size).read_to_string(&mut body).await.unwrap();
        Some(body)
    }

    fn files_in(dir: &Path) -> usize {
        std::fs::read_dir(dir).unwrap().count()
    }

    #[tokio::test]
    async fn objects_survive_a_restart_with_their_records() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let written = put(&store, "a/b", "hello").await;
        assert_eq!(written.etag, "5d41402abc4b2a76b9719d911017c592");
        let reopened = Store::open(dir.path()).await.unwrap();
        let (record, _) = reopened.read(&key("a/b")).await.unwrap().unwrap();
        assert_eq!(record, written);
        assert_eq!(body(&reopened, "a/b").await.as_deref(), Some("hello"));
    }

    #[tokio::test]
    async fn a_key_and_a_key_below_it_live_side_by_side() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        put(&store, "x", "one").await;
        put(&store, "x/y", "two").await;
        put(&store, "x", "three").await;
        assert_eq!(body(&store, "x").await.as_deref(), Some("three"));
        assert_eq!(body(&store, "x/y").await.as_deref(), Some("two"));
        store.delete(&key("x")).await.unwrap();
        store.delete(&key("x")).await.unwrap();
        assert_eq!(body(&store, "x").await, None);
        assert_eq!(body(&store, "x/y").await.as_deref(), Some("two"));
    }

    #[tokio::test]
    async fn an_upload_that_is_dropped_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let mut upload = store.begin(key("a")).await.unwrap();
        upload.write(&Bytes::from_static(b"half")).await.unwrap();
        drop(upload);
        assert_eq!(body(&store, "a").await, None);
        assert_eq!(files_in(&dir.path().join("incoming")), 0);
    }

    #[tokio::test]
    async fn an_upload_cut_by_a_crash_is_no_object_and_is_swept() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let mut upload = store.begin(key("a")).await.unwrap();
        upload.write(&Bytes::from_static(b"half")).await.unwrap();
        upload.writer.flush().await.unwrap();
        // A killed process runs no destructors.
        std::mem::forget(upload);
        assert_eq!(files_in(&dir.path().join("incoming")), 1);
        let reopened = Store::open(dir.path()).await.unwrap();
        assert_eq!(body(&reopened, "a").await, None);
        assert_eq!(files_in(&dir.path().join("incoming")), 0);
    }

    #[tokio::test]
    async fn a_damaged_file_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        put(&store, "a", "hello").await;
        let path = store.path_of(&key("a"));
        for content in [&b""[..], b"short", &u64::MAX.to_be_bytes(), &[0; 64]] {
            std::fs::write(&path, content).unwrap();
            assert!(store.read(&key("a")).await.is_err(), "{content:?} was read");
        }
    }
}
