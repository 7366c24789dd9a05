//! `docstore download`.

use std::io::SeekFrom;
use std::path::{Path, PathBuf};

use clap::Args;
use http::{Request, header};
use http_body_util::BodyExt;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter};
use uuid::Uuid;

use super::client::{Client, Connection};
use super::document::{self, Document};
use super::http::{ANSWER_WITHIN, unreachable_at, whole};
use super::{Failure, output};

/// What a file is called while not all of it is there.
const PART: &str = "part";
/// Bytes that are read from the disk at once.
const READ_BYTES: usize = 256 * 1024;

/// Downloads documents.
#[derive(Args)]
pub struct Download {
    /// Documents, by their ids
    #[arg(value_name = "DOCUMENT", required = true, value_parser = document::parse_id)]
    documents: Vec<Uuid>,
    /// The file to write, for one document; otherwise each is called as it was when it was uploaded
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Deserialize)]
struct Link {
    url: String,
}

impl Download {
    pub(super) async fn run(self) -> Result<(), Failure> {
        if self.output.is_some() && self.documents.len() > 1 {
            return Err(Failure::Usage("--output is for one document".to_owned()));
        }
        let client = self.connection.log_in()?;
        let mut done = Vec::new();
        for id in &self.documents {
            let document = document::read(&document::show(&client, *id).await?)?;
            let path = self.output.clone().unwrap_or_else(|| safe_name(&document));
            if path.exists() && !self.force {
                return Err(Failure::Usage(format!(
                    "{} is there already: give --force or another name with --output",
                    path.display()
                )));
            }
            fetch(&client, &document, &path).await?;
            if self.connection.json {
                done.push(json!({ "document": id, "file": path }));
            } else {
                output::line(&path.display().to_string())?;
            }
        }
        if self.connection.json {
            output::json(&done)
        } else {
            Ok(())
        }
    }
}

/// The name that the file had, if it names a file of this directory and nothing else.
fn safe_name(document: &Document) -> PathBuf {
    let name: String = document
        .file_name
        .chars()
        .map(|c| {
            if c.is_control() || matches!(c, '/' | '\\') {
                '_'
            } else {
                c
            }
        })
        .collect();
    match name.trim_start_matches('.') {
        "" => PathBuf::from(document.id.to_string()),
        name => PathBuf::from(name),
    }
}

/// Downloads beside the file and renames in the end, so that a file that is there is whole.
async fn fetch(client: &Client, document: &Document, path: &Path) -> Result<(), Failure> {
    let cannot = |error| Failure::Io(format!("cannot write {}", path.display()), error);
    // Parts of different documents must not be put together.
    let part = path
        .with_added_extension(document.id.simple().to_string())
        .with_added_extension(PART);
    let mut options = File::options();
    let opening = options.create(true).append(true).read(true).open(&part);
    let mut file = opening.await.map_err(cannot)?;
    let there = file.metadata().await.map_err(cannot)?.len();
    let bar = ProgressBar::new(document.size.unwrap_or(there)).with_style(style());
    bar.set_prefix(output::printable(&document.title).into_owned());
    if document.size != Some(there) {
        continue_at(client, document.id, &mut file, there, &bar, path).await?;
    }
    bar.finish_and_clear();
    if let Some(expected) = &document.sha256 {
        let found = digest(&mut file).await.map_err(cannot)?;
        if found != *expected {
            tokio::fs::remove_file(&part).await.map_err(cannot)?;
            return Err(Failure::Failed(anyhow::anyhow!(
                "what was downloaded is not what was uploaded (SHA-256 {found} instead of {expected}); it was removed, \
                 try again"
            )));
        }
    }
    file.sync_all().await.map_err(cannot)?;
    tokio::fs::rename(&part, path).await.map_err(cannot)
}

/// Appends what is missing, or begins again where the store does not continue.
async fn continue_at(
    client: &Client,
    document: Uuid,
    file: &mut File,
    there: u64,
    bar: &ProgressBar,
    path: &Path,
) -> Result<(), Failure> {
    let cannot = |error| Failure::Io(format!("cannot write {}", path.display()), error);
    let link: Value = client
        .get(&format!("/v1/documents/{document}/download"), &[])
        .await?;
    let link = Link::deserialize(&link).map_err(anyhow::Error::from)?;
    let mut request = Request::get(&link.url);
    if there > 0 {
        request = request.header(header::RANGE, format!("bytes={there}-"));
    }
    let request = request
        .body(whole(Vec::new()))
        .map_err(|error| Failure::Usage(format!("the link cannot be used: {error}")))?;
    let answer = client.http.send(request).await?;
    let status = answer.status();
    if !status.is_success() {
        return Err(Failure::Store {
            status: status.as_u16(),
            reason: status.canonical_reason().unwrap_or("no reason given").to_owned(),
            retryable: status.is_server_error(),
        });
    }
    if answer.headers().contains_key(header::CONTENT_RANGE) {
        bar.set_position(there);
    } else {
        file.set_len(0).await.map_err(cannot)?;
    }
    let (mut body, mut writer) = (answer.into_body(), BufWriter::new(file));
    loop {
        let next = tokio::time::timeout(ANSWER_WITHIN, body.frame()).await;
        let Some(frame) = next.map_err(|_| Failure::TimedOut("the object store".to_owned()))? else {
            break;
        };
        let frame = frame.map_err(|error| unreachable_at("the object store".to_owned(), &error))?;
        if let Ok(piece) = frame.into_data() {
            writer.write_all(&piece).await.map_err(cannot)?;
            bar.inc(piece.len() as u64);
        }
    }
    writer.flush().await.map_err(cannot)
}

async fn digest(file: &mut File) -> std::io::Result<String> {
    file.seek(SeekFrom::Start(0)).await?;
    let (mut digest, mut buffer) = (Sha256::new(), vec![0; READ_BYTES]);
    loop {
        match file.read(&mut buffer).await? {
            0 => return Ok(hex::encode(digest.finalize())),
            bytes => digest.update(&buffer[..bytes]),
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{prefix:.bold}  {wide_bar} {decimal_bytes}/{decimal_total_bytes} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_is_written_into_this_directory_only() {
        let named = |name: &str| {
            let shown = json!({
                "id": Uuid::nil(), "file_name": name, "title": name, "state": "ready", "pages_done": 0,
                "created": "2026-01-01T00:00:00Z",
            });
            safe_name(&document::read(&shown).unwrap()).display().to_string()
        };
        assert_eq!(named("a b.pdf"), "a b.pdf");
        assert_eq!(named("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(named("..\\x\n"), "_x_");
        assert_eq!(named(".bashrc"), "bashrc");
        assert_eq!(named(".."), Uuid::nil().to_string());
    }
}
