//! The credentials of a server that nobody else is to reach: made at its first start, kept beside
//! its objects, so that links and forms outlive a restart.

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use serde_json::json;
use tempfile::NamedTempFile;

use super::EmbeddedError;
use crate::ports::aws::StaticCredentials;

/// The file in the server's directory.
const FILE_NAME: &str = "credentials.json";
/// Bytes of a secret.
const SECRET_BYTES: usize = 32;

/// The credentials kept in a directory; at the first call, new ones.
pub fn own_credentials(dir: &Path) -> Result<StaticCredentials, EmbeddedError> {
    load_or_create(dir).map_err(|source| EmbeddedError::Directory {
        path: dir.to_owned(),
        source,
    })
}

fn load_or_create(dir: &Path) -> std::io::Result<StaticCredentials> {
    let path = dir.join(FILE_NAME);
    match std::fs::read(&path) {
        Ok(content) => return Ok(serde_json::from_slice(&content)?),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Err(_) => {}
    }
    std::fs::create_dir_all(dir)?;
    let secret: [u8; SECRET_BYTES] = rand::random();
    let content = json!({ "access_key_id": "docstore", "secret_access_key": hex::encode(secret) });
    // Temporary files are readable by their owner alone.
    let mut file = NamedTempFile::with_prefix_in(".", dir)?;
    file.write_all(content.to_string().as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    std::fs::File::open(dir)?.sync_all()?;
    Ok(serde_json::from_value(content)?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn credentials_are_made_once_and_kept_private() {
        let dir = tempfile::tempdir().unwrap();
        let first = own_credentials(dir.path()).unwrap();
        let second = own_credentials(dir.path()).unwrap();
        assert_eq!(first.secret_access_key, second.secret_access_key);
        assert_eq!(first.secret_access_key.len(), SECRET_BYTES * 2);
        let mode = std::fs::metadata(dir.path().join(FILE_NAME))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0);
    }
}
