//! `docstore upload`: files go directly to the object store, several at once, each by a signed form or, if it is large, in
//! parts.
//!
//! What was begun is written down first (`journal.rs`): the same command started again leaves out what has arrived, files
//! and parts of files, and goes on with the rest, with the same documents, so that nothing is there twice.

mod attempts;
mod begun;
mod file;
mod journal;
mod parts;
mod transfer;

use std::path::PathBuf;

use clap::Args;
use futures::{StreamExt, stream};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::client::Connection;
use super::{Failure, output, status};
use attempts::Attempts;
use file::File;
use journal::Journal;

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
        let uploading = files.iter().map(|file| {
            let bar = bars.add(ProgressBar::new(file.stamp.size).with_style(style()));
            bar.set_prefix(output::printable(&file.name).into_owned());
            let attempts = Attempts {
                upload: &self,
                client: &client,
                journal: &journal,
                file,
                bar,
            };
            attempts.run()
        });
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
        eprintln!("{}: {}", file.path.display(), failure.told());
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
