//! Uploads in parts, of which each part is a file until they are joined.
//!
//! ```text
//! parts/<upload>/declared        the key and the type, as JSON
//! parts/<upload>/<number>        one file a part: body, MD5 of the body in hex
//! ```
//!
//! Parts outlive a restart: whoever uploads a large file goes on where he was. What nobody joins or gives up is removed
//! at a start after [`FORGOTTEN_AFTER`].

use std::io::{ErrorKind, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::{Stream, TryStreamExt as _};
use s3s::crypto::{Checksum as _, Md5};
use serde::{Deserialize, Serialize};
use tokio::fs::{self, File};
use tokio::io::{self, AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _, BufWriter};
use tokio::sync::Mutex;
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use super::store::{Declared, Store, sync_directory};
use crate::ports::objects::ObjectKey;

/// How old an upload is when nobody can go on with it: longer than any link lives.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(2 * 86_400);
/// Bytes of an MD5 in hex, which stand behind a part's body.
const ETAG_BYTES: u64 = 32;
/// Bytes read and gathered at once.
const BUFFER_BYTES: usize = 256 * 1024;
/// Uploads that are joined at once, at most.
const JOINED_AT_ONCE: usize = 8;
/// The file that says what is uploaded.
const DECLARED: &str = "declared";

/// The uploads in parts of a [`Store`].
#[derive(Debug, Clone)]
pub(super) struct Parts {
    dir: PathBuf,
    store: Store,
    /// Held while an upload is joined: by its name, so that one upload is joined by one at a time.
    joining: Arc<[Mutex<()>; JOINED_AT_ONCE]>,
}

/// What an upload will make.
#[derive(Debug, Serialize, Deserialize)]
struct Plan {
    key: ObjectKey,
    content_type: Option<String>,
}

/// A part that has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredPart {
    /// Its number, from 1.
    pub number: u32,
    /// Its length.
    pub size: u64,
    /// MD5 of its body in hex.
    pub etag: String,
}

impl Parts {
    /// The uploads beside the objects of a store in `dir`; removes those that are forgotten.
    pub async fn open(dir: &Path, store: Store) -> io::Result<Self> {
        let parts = Self {
            dir: dir.join("parts"),
            store,
            joining: Arc::default(),
        };
        fs::create_dir_all(&parts.dir).await?;
        let mut uploads = fs::read_dir(&parts.dir).await?;
        while let Some(upload) = uploads.next_entry().await? {
            let begun = upload.metadata().await?.modified()?;
            let age = SystemTime::now().duration_since(begun).unwrap_or_default();
            if age > FORGOTTEN_AFTER {
                fs::remove_dir_all(upload.path()).await?;
            }
        }
        sync_directory(dir).await?;
        Ok(parts)
    }

    /// Begins an upload; gives its name.
    pub async fn begin(&self, key: ObjectKey, content_type: Option<String>) -> io::Result<String> {
        let name = Uuid::new_v4().simple().to_string();
        let plan = serde_json::to_vec(&Plan { key, content_type })?;
        // Made whole beside the others, so that there is no upload without its plan.
        let unfinished = self.dir.join(format!("{name}.new"));
        fs::create_dir(&unfinished).await?;
        write_synced(&unfinished.join(DECLARED), &plan).await?;
        sync_directory(&unfinished).await?;
        fs::rename(&unfinished, self.dir.join(&name)).await?;
        sync_directory(&self.dir).await?;
        Ok(name)
    }

    /// Stores a part, in place of one with the same number; none if there is no such upload of this key.
    pub async fn put(
        &self,
        key: &ObjectKey,
        name: &str,
        number: u32,
        body: impl Stream<Item = io::Result<Bytes>> + Unpin,
    ) -> io::Result<Option<StoredPart>> {
        let Some(dir) = self.upload(key, name).await? else {
            return Ok(None);
        };
        let unfinished = dir.join(format!("{number}.{}", Uuid::new_v4().simple()));
        let written = write_part(&unfinished, number, body).await;
        let part = match written {
            Ok(part) => part,
            Err(error) => {
                fs::remove_file(&unfinished).await?;
                return Err(error);
            }
        };
        fs::rename(&unfinished, dir.join(number.to_string())).await?;
        sync_directory(&dir).await?;
        Ok(Some(part))
    }

    /// The parts that have arrived, in order; none if there is no such upload of this key.
    pub async fn list(&self, key: &ObjectKey, name: &str) -> io::Result<Option<Vec<StoredPart>>> {
        let Some(dir) = self.upload(key, name).await? else {
            return Ok(None);
        };
        let mut parts = Vec::new();
        let mut files = fs::read_dir(&dir).await?;
        while let Some(file) = files.next_entry().await? {
            let number = file.file_name().to_str().and_then(|name| name.parse().ok());
            let Some(number) = number else {
                continue;
            };
            match read_part(&file.path(), number).await {
                Ok((part, _)) => parts.push(part),
                // The upload has ended since the directory was read.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        parts.sort_by_key(|part: &StoredPart| part.number);
        Ok(Some(parts))
    }

    /// Makes the object of these parts, which ends the upload; none if there is no such upload of this key (any more),
    /// false if a part is not as it is named here. That takes as long as it takes to copy a large file, so it goes on
    /// when its caller does not wait any longer, and whoever asks meanwhile waits for the same.
    pub async fn join(
        &self,
        key: &ObjectKey,
        name: &str,
        named: Vec<(u32, String)>,
    ) -> io::Result<Option<bool>> {
        let (parts, key, name) = (self.clone(), key.clone(), name.to_owned());
        let joining = tokio::spawn(async move {
            let lane = name.bytes().fold(0, |sum, byte| sum + usize::from(byte)) % JOINED_AT_ONCE;
            let _alone = parts.joining[lane].lock().await;
            parts.join_alone(&key, &name, &named).await
        });
        joining.await.map_err(io::Error::other)?
    }

    async fn join_alone(
        &self,
        key: &ObjectKey,
        name: &str,
        named: &[(u32, String)],
    ) -> io::Result<Option<bool>> {
        let Some(dir) = self.upload(key, name).await? else {
            return Ok(None);
        };
        let plan: Plan = serde_json::from_slice(&fs::read(dir.join(DECLARED)).await?)?;
        let mut upload = self.store.begin(plan.key).await?;
        for (number, etag) in named {
            let (part, body) = match read_part(&dir.join(number.to_string()), *number).await {
                Ok(found) => found,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some(false)),
                Err(error) => return Err(error),
            };
            if part.etag != *etag {
                return Ok(Some(false));
            }
            let mut body = ReaderStream::with_capacity(body.take(part.size), BUFFER_BYTES);
            while let Some(chunk) = body.try_next().await? {
                upload.write(&chunk).await?;
            }
        }
        let declared = Declared {
            content_type: plan.content_type,
            metadata: std::collections::BTreeMap::new(),
        };
        upload.commit(declared).await?;
        self.abort(key, name).await?;
        Ok(Some(true))
    }

    /// Removes an upload and its parts; false if there is no such upload of this key.
    pub async fn abort(&self, key: &ObjectKey, name: &str) -> io::Result<bool> {
        match self.upload(key, name).await? {
            Some(dir) => match fs::remove_dir_all(dir).await {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(true),
            },
            None => Ok(false),
        }
    }

    /// The directory of an upload, if it is one of this key.
    async fn upload(&self, key: &ObjectKey, name: &str) -> io::Result<Option<PathBuf>> {
        // A name is made here and nothing else: it cannot lead out of the directory.
        let Ok(name) = Uuid::try_parse(name) else {
            return Ok(None);
        };
        let dir = self.dir.join(name.simple().to_string());
        let plan: Plan = match fs::read(dir.join(DECLARED)).await {
            Ok(plan) => serde_json::from_slice(&plan)?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok((plan.key == *key).then_some(dir))
    }
}

async fn write_part(
    path: &Path,
    number: u32,
    mut body: impl Stream<Item = io::Result<Bytes>> + Unpin,
) -> io::Result<StoredPart> {
    let mut file = BufWriter::with_capacity(BUFFER_BYTES, File::create_new(path).await?);
    let (mut digest, mut size) = (Md5::new(), 0);
    while let Some(chunk) = body.try_next().await? {
        digest.update(&chunk);
        size += chunk.len() as u64;
        file.write_all(&chunk).await?;
    }
    let etag = hex::encode(digest.finalize());
    file.write_all(etag.as_bytes()).await?;
    file.flush().await?;
    file.get_ref().sync_all().await?;
    Ok(StoredPart { number, size, etag })
}

/// A part and its file, placed at the beginning of its body.
async fn read_part(path: &Path, number: u32) -> io::Result<(StoredPart, File)> {
    let mut file = File::open(path).await?;
    let length = file.metadata().await?.len();
    let size = length
        .checked_sub(ETAG_BYTES)
        .ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "the file of a part is damaged at its end"))?;
    file.seek(SeekFrom::Start(size)).await?;
    let mut etag = String::new();
    file.read_to_string(&mut etag).await?;
    file.seek(SeekFrom::Start(0)).await?;
    Ok((StoredPart { number, size, etag }, file))
}

async fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path).await?;
    file.write_all(content).await?;
    file.sync_all().await
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::pin::pin;

    use futures::future::join_all;
    use futures::{poll, stream};
    use tempfile::TempDir;

    use super::*;

    /// An upload whose only part is there.
    struct Arrived {
        parts: Parts,
        store: Store,
        key: ObjectKey,
        name: String,
        named: Vec<(u32, String)>,
        _dir: TempDir,
    }

    async fn arrived() -> Arrived {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let parts = Parts::open(dir.path(), store.clone()).await.unwrap();
        let key = ObjectKey::new("a/b").unwrap();
        let name = parts.begin(key.clone(), None).await.unwrap();
        let body = stream::iter([Ok(Bytes::from_static(b"kingfisher"))]);
        let part = parts.put(&key, &name, 1, body).await.unwrap().unwrap();
        Arrived {
            parts,
            store,
            key,
            name,
            named: vec![(1, part.etag)],
            _dir: dir,
        }
    }

    #[tokio::test]
    async fn a_join_goes_on_when_nobody_waits_for_it() {
        let it = arrived().await;
        {
            let mut joining = pin!(it.parts.join(&it.key, &it.name, it.named));
            assert!(poll!(&mut joining).is_pending());
        }
        while it.store.read(&it.key).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn whoever_joins_what_another_joins_waits_for_him() {
        let it = arrived().await;
        let joining = (0..8).map(|_| it.parts.join(&it.key, &it.name, it.named.clone()));
        let joined: Vec<_> = join_all(joining).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(joined.iter().filter(|joined| **joined == Some(true)).count(), 1);
        assert_eq!(joined.iter().filter(|joined| joined.is_none()).count(), 7);
    }
}
