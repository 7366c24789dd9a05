//! `docstore upload`: files go directly to the object store, several at once, by the signed form of each.
//!
//! What was begun is written down first (`journal.rs`): the same command started again leaves out what has arrived and
//! goes on with the rest, with the same documents, so that nothing is there twice.

mod journal;
mod transfer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use docstore_activities::catalog::DocumentState;
use futures::{StreamExt, stream};
use http::Method;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::{Client, Connection};
use super::{Failure, document, output, status};
use journal::{Begun, Journal};

/// How often a file is tried that the network or the object store did not let through.
const ATTEMPTS: u32 = 4;
/// Before the second attempt; doubled each time.
const PAUSE: Duration = Duration::from_secs(1);
/// A form that ends sooner is not begun with: the upload may take longer than that.
const FORM_LEFT_MIN: Duration = Duration::from_secs(60);

/// Uploads files.
#[derive(Args)]
pub struct Upload {
    /// The files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The document's title, instead of the file's name; for one file
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// A tag of the documents; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Wait until the documents are processed; exit code 8 if one failed
    #[arg(long)]
    wait: bool,
    /// Upload files again that have been uploaded from here before
    #[arg(long)]
    again: bool,
    /// Files that are uploaded at once
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    at_once: u8,
    #[command(flatten)]
    connection: Connection,
}

/// A signed form, as the API issues it.
#[derive(Clone, Serialize, Deserialize)]
struct Form {
    document: Uuid,
    url: String,
    fields: Vec<Field>,
    file_field: String,
    expires: DateTime<Utc>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Field {
    name: String,
    value: String,
}

/// A file that is to be uploaded.
struct File {
    path: PathBuf,
    name: String,
    size: u64,
    modified: DateTime<Utc>,
}

impl Upload {
    pub(super) async fn run(self) -> Result<(), Failure> {
        if self.title.is_some() && self.files.len() > 1 {
            return Err(Failure::Usage("--title is for one file".to_owned()));
        }
        let client = self.connection.log_in()?;
        // All are looked at first: a name that was mistyped is told before anything is sent.
        let files = self
            .files
            .iter()
            .map(|path| File::open(path))
            .collect::<Result<Vec<_>, _>>()?;
        let journal = Journal::new(&client);
        let bars = MultiProgress::new();
        let uploading = files.iter().map(|file| self.one(&client, &journal, &bars, file));
        let uploaded: Vec<_> = stream::iter(uploading)
            .buffered(self.at_once.into())
            .collect()
            .await;
        let (mut documents, mut failures) = (Vec::new(), Vec::new());
        for (file, uploaded) in files.iter().zip(uploaded) {
            match uploaded {
                Ok(document) => documents.push(document),
                Err(failure) => failures.push((file, failure)),
            }
        }
        if self.wait {
            documents = status::wait(&client, documents).await?;
        }
        status::show(&documents, self.connection.json)?;
        report(failures, files.len())?;
        if self.wait {
            status::check(&documents)
        } else {
            Ok(())
        }
    }

    /// The document that a file has become.
    async fn one(
        &self,
        client: &Client,
        journal: &Journal,
        bars: &MultiProgress,
        file: &File,
    ) -> Result<Value, Failure> {
        let bar = bars.add(ProgressBar::new(file.size).with_style(style()));
        bar.set_prefix(output::printable(&file.name).into_owned());
        let mut pause = PAUSE;
        let mut attempt = 1;
        let mut attempts = Attempts {
            key: Uuid::new_v4(),
            is_entered: false,
        };
        let uploaded = loop {
            match self.attempt(client, journal, file, &bar, &mut attempts).await {
                Err(failure) if failure.is_passing() && attempt < ATTEMPTS => {
                    bar.set_message(format!("{failure}; trying again"));
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                    attempt += 1;
                }
                ended => break ended,
            }
        };
        bar.finish_and_clear();
        uploaded
    }

    async fn attempt(
        &self,
        client: &Client,
        journal: &Journal,
        file: &File,
        bar: &ProgressBar,
        attempts: &mut Attempts,
    ) -> Result<Value, Failure> {
        bar.set_position(0);
        let begun = match journal.find(file)? {
            Some(begun) if attempts.is_entered || !self.again => taken_up(client, begun).await?,
            _ => None,
        };
        let form = match begun {
            Some(TakenUp::Arrived(document)) => return Ok(document),
            Some(TakenUp::Awaited(form)) => form,
            None => {
                let form: Form = client
                    .create("/v1/uploads", attempts.key, &self.wanted(file))
                    .await?;
                journal.enter(file, &form)?;
                attempts.is_entered = true;
                form
            }
        };
        let document = format!("/v1/documents/{}", form.document);
        client
            .change(Method::POST, &format!("{document}/upload-begun"), None)
            .await?;
        transfer::post(&client.http, &form, file, bar).await?;
        client.post(&format!("{document}/upload-complete"), None).await
    }

    fn wanted(&self, file: &File) -> Value {
        let mut wanted = json!({ "file_name": file.name, "size": file.size, "tags": self.tags });
        if let Some(title) = &self.title {
            wanted["title"] = json!(title);
        }
        wanted
    }
}

/// What the attempts at one file have in common.
struct Attempts {
    /// A form that is asked for again, because its answer was lost, is the same form.
    key: Uuid,
    /// The upload stands in the journal; what stood there before may be another one.
    is_entered: bool,
}

/// An upload that was begun earlier.
enum TakenUp {
    /// Its file is there.
    Arrived(Value),
    /// Its form still takes the file.
    Awaited(Form),
}

/// What has become of an upload that was begun earlier; none when it has to be begun anew.
async fn taken_up(client: &Client, begun: Begun) -> Result<Option<TakenUp>, Failure> {
    let shown = match document::show(client, begun.form.document).await {
        Ok(shown) => shown,
        Err(Failure::Refused(problem)) if problem.code == "not_found" => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let known = document::read(&shown)?;
    if known.uploaded.is_some() {
        return Ok((known.state != DocumentState::Deleting).then_some(TakenUp::Arrived(shown)));
    }
    // The file may have arrived without DocStore having been told.
    let complete = format!("/v1/documents/{}/upload-complete", begun.form.document);
    match client.post(&complete, None).await {
        Ok(document) => return Ok(Some(TakenUp::Arrived(document))),
        Err(Failure::Refused(problem)) if problem.code == "not_uploaded" => {}
        Err(failure) => return Err(failure),
    }
    let is_valid = begun.form.expires > Utc::now() + FORM_LEFT_MIN;
    Ok(is_valid.then_some(TakenUp::Awaited(begun.form)))
}

impl File {
    fn open(path: &Path) -> Result<Self, Failure> {
        let cannot = |error| Failure::Io(format!("cannot read {}", path.display()), error);
        let metadata = std::fs::metadata(path).map_err(cannot)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        match name {
            Some(name) if metadata.is_file() => Ok(Self {
                path: std::path::absolute(path).map_err(cannot)?,
                name,
                size: metadata.len(),
                modified: metadata.modified().map_err(cannot)?.into(),
            }),
            _ => Err(Failure::Usage(format!("{} is no file", path.display()))),
        }
    }
}

/// Tells which files were not uploaded, and why.
fn report(failures: Vec<(&File, Failure)>, all: usize) -> Result<(), Failure> {
    if failures.len() == 1 && all == 1 {
        return failures
            .into_iter()
            .next()
            .map_or(Ok(()), |(_, failure)| Err(failure));
    }
    let code = failures.first().map(|(_, failure)| failure.exit_code());
    for (file, failure) in &failures {
        eprintln!("{}: {failure}", file.path.display());
    }
    match code {
        None => Ok(()),
        Some(code) => Err(Failure::Several {
            failed: failures.len(),
            all,
            code,
        }),
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template(
        "{prefix:.bold}  {wide_bar} {decimal_bytes}/{decimal_total_bytes} {eta} {msg}",
    )
    .unwrap_or_else(|_| ProgressStyle::default_bar())
}
