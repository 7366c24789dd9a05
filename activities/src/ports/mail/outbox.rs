//! Mail as files in a folder, for a machine that sends none.
//!
//! A mail's file is named by its idempotency key: the same mail, sent again, is the same file. A
//! file appears whole or not at all.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;

use super::{Mail, MailError, Mailer, MessageId, check};

/// Most characters of the idempotency key that a file name shows.
const SHOWN_KEY_MAX: usize = 60;

/// Who sends, and where the folder is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboxSettings {
    /// The folder, created if need be.
    pub dir: PathBuf,
    /// The sender's address.
    #[serde(default = "default_from")]
    pub from: String,
}

impl OutboxSettings {
    /// The settings of a folder, with a sender who does not exist.
    pub fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            from: default_from(),
        }
    }
}

fn default_from() -> String {
    "DocStore <docstore@localhost>".to_owned()
}

/// The mailer that writes files.
pub struct Outbox {
    dir: Arc<Path>,
    from: Mailbox,
}

impl Outbox {
    /// Opens the folder, which is created if need be.
    pub async fn open(settings: &OutboxSettings) -> Result<Self, MailError> {
        let from = settings
            .from
            .parse()
            .map_err(|error| MailError::Invalid(format!("the sender {:?}: {error}", settings.from)))?;
        tokio::fs::create_dir_all(&settings.dir)
            .await
            .map_err(outbox_error(&settings.dir))?;
        Ok(Self {
            dir: settings.dir.as_path().into(),
            from,
        })
    }

    fn compose(&self, mail: &Mail, id: &str) -> Result<Vec<u8>, MailError> {
        let to: Mailbox = mail
            .to
            .parse()
            .map_err(|error| MailError::Invalid(format!("the recipient {:?}: {error}", mail.to)))?;
        let message = lettre::Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&mail.subject)
            .message_id(Some(format!("<{id}@localhost>")))
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|error| MailError::Invalid(error.to_string()))?;
        Ok(message.formatted())
    }
}

#[async_trait]
impl Mailer for Outbox {
    async fn send(&self, mail: &Mail) -> Result<MessageId, MailError> {
        check(mail)?;
        let id = file_stem(&mail.idempotency);
        let message = self.compose(mail, &id)?;
        let dir = self.dir.clone();
        let path = dir.join(format!("{id}.eml"));
        let written = spawn_blocking(move || write_once(&dir, &path, &message)).await;
        written
            .map_err(std::io::Error::other)
            .flatten()
            .map_err(outbox_error(&self.dir))?;
        Ok(MessageId(id))
    }

    fn recognises_repeats(&self) -> bool {
        true
    }
}

/// Writes a file that is on disk before it can be seen; one that is there stays as it is.
fn write_once(dir: &Path, path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = NamedTempFile::with_prefix_in(".", dir)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != ErrorKind::AlreadyExists => Err(error.error),
        _ => std::fs::File::open(dir)?.sync_all(),
    }
}

/// What can be read of the key, and a digest that tells keys apart which look the same.
fn file_stem(key: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let shown: String = key.chars().take(SHOWN_KEY_MAX).map(plain).collect();
    format!("{shown}-{}", hex::encode(&Sha256::digest(key)[..8]))
}

fn outbox_error(path: &Path) -> impl Fn(std::io::Error) -> MailError {
    move |source| MailError::Outbox {
        path: path.display().to_string(),
        source,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use mail_parser::MessageParser;
    use tempfile::TempDir;

    use super::*;

    async fn outbox() -> (Outbox, TempDir) {
        let dir = tempfile::tempdir().unwrap();
        let settings = OutboxSettings::new(dir.path().join("outbox"));
        (Outbox::open(&settings).await.unwrap(), dir)
    }

    fn mail(idempotency: &str) -> Mail {
        Mail {
            to: "Änne <anne@example.com>".to_owned(),
            subject: "Your storage is full: 5 GB of 5 GB €".to_owned(),
            text: "Free some space.\n.\nÜber alles.\n".to_owned(),
            idempotency: idempotency.to_owned(),
        }
    }

    fn files(outbox: &Outbox) -> Vec<PathBuf> {
        std::fs::read_dir(&outbox.dir)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect()
    }

    #[tokio::test]
    async fn a_mail_is_a_file_that_mail_programs_read() {
        let (outbox, _dir) = outbox().await;
        let id = outbox.send(&mail("over-quota/7")).await.unwrap();
        let [path] = &files(&outbox)[..] else {
            panic!("not one file")
        };
        assert_eq!(path.file_name().unwrap().to_str().unwrap(), format!("{id}.eml"));
        let content = std::fs::read(path).unwrap();
        let message = MessageParser::new().parse(&content).unwrap();
        assert_eq!(message.subject().unwrap(), mail("").subject);
        assert_eq!(
            message.to().unwrap().first().unwrap().address().unwrap(),
            "anne@example.com"
        );
        assert_eq!(message.body_text(0).unwrap().replace("\r\n", "\n"), mail("").text);
    }

    #[tokio::test]
    async fn the_same_mail_is_one_file() {
        let (outbox, _dir) = outbox().await;
        let first = outbox.send(&mail("a/b")).await.unwrap();
        let changed = Mail {
            text: "something else".to_owned(),
            ..mail("a/b")
        };
        assert_eq!(outbox.send(&changed).await.unwrap(), first);
        let files_now = files(&outbox);
        assert_eq!(files_now.len(), 1);
        assert!(
            !std::fs::read_to_string(&files_now[0])
                .unwrap()
                .contains("something else")
        );
        outbox.send(&mail("a-b")).await.unwrap();
        outbox.send(&mail("../a/b")).await.unwrap();
        assert_eq!(files(&outbox).len(), 3);
    }

    #[tokio::test]
    async fn mails_that_cannot_be_sent_are_refused_for_good() {
        let (outbox, _dir) = outbox().await;
        let bad = [
            Mail {
                to: "nobody".to_owned(),
                ..mail("a")
            },
            Mail {
                to: "a@example.com\r\nBcc: b@example.com".to_owned(),
                ..mail("a")
            },
            Mail {
                subject: "a\nBcc: b@example.com".to_owned(),
                ..mail("a")
            },
            Mail {
                subject: String::new(),
                ..mail("a")
            },
            Mail {
                idempotency: String::new(),
                ..mail("a")
            },
            Mail {
                text: "x".repeat(super::super::TEXT_BYTES_MAX + 1),
                ..mail("a")
            },
        ];
        for mail in bad {
            let error = outbox.send(&mail).await.unwrap_err();
            assert!(
                matches!(error, MailError::Invalid(_)) && !error.is_retryable(),
                "{error}"
            );
        }
        assert!(files(&outbox).is_empty());
    }
}
