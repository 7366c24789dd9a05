//! One file until it is a document: tried again when the network, DocStore or the object store does not let it through.

use std::time::Duration;

use http::Method;
use indicatif::ProgressBar;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Upload;
use super::begun::{Begun, Standing};
use super::file::File;
use super::journal::Journal;
use super::parts::IN_PARTS_ABOVE;
use super::transfer;
use crate::cli::Failure;
use crate::cli::client::Client;

/// How often a file is tried that does not get any further.
const ATTEMPTS: u32 = 4;
/// Before the second attempt; doubled each time.
const PAUSE: Duration = Duration::from_secs(1);

/// The attempts at one file.
pub struct Attempts<'a> {
    /// What is asked for.
    pub upload: &'a Upload,
    /// Whom.
    pub client: &'a Client,
    /// What was begun before.
    pub journal: &'a Journal,
    /// The file.
    pub file: &'a File,
    /// Shows how far it is.
    pub bar: ProgressBar,
}

/// What the attempts have reached.
struct Reached {
    /// An upload that is asked for again, because the answer was lost, is the same upload.
    key: Uuid,
    /// The upload stands in the journal; what stood there before may be another one.
    is_entered: bool,
    /// Parts that have arrived.
    parts: u32,
}

impl Attempts<'_> {
    /// The document that the file has become.
    pub async fn run(self) -> Result<Value, Failure> {
        let (mut pause, mut failed) = (PAUSE, 0);
        let mut reached = Reached {
            key: Uuid::new_v4(),
            is_entered: false,
            parts: 0,
        };
        let uploaded = loop {
            let before = reached.parts;
            match self.one(&mut reached).await {
                Err(failure) if failure.is_passing() => {
                    if reached.parts > before {
                        (pause, failed) = (PAUSE, 0);
                    }
                    failed += 1;
                    if failed == ATTEMPTS {
                        break Err(failure);
                    }
                    self.bar.set_message(format!("trying again: {}", failure.told()));
                    tokio::time::sleep(pause).await;
                    self.bar.set_message("");
                    pause *= 2;
                }
                ended => break ended,
            }
        };
        self.bar.finish_and_clear();
        uploaded
    }

    async fn one(&self, reached: &mut Reached) -> Result<Value, Failure> {
        let begun = match self.begun_before(reached.is_entered).await? {
            Standing::Arrived(document) => return Ok(document),
            Standing::Awaited(begun) => begun,
            Standing::Over => {
                let begun = self.begin(reached.key).await?;
                self.journal.enter(self.file, &begun)?;
                reached.is_entered = true;
                begun
            }
        };
        let (client, document) = (self.client, begun.document());
        client
            .change(Method::POST, &format!("{document}/upload-begun"), None)
            .await?;
        match &begun {
            Begun::Form(form) => transfer::post(&client.http, form, self.file, &self.bar).await?,
            Begun::Parts(parts) => {
                parts
                    .put(client, self.file, &self.bar, &mut reached.parts)
                    .await?;
                self.bar.set_message("putting it together");
            }
        }
        client.post(&format!("{document}/upload-complete"), None).await
    }

    /// What has become of the upload of this file that was begun before, here or in an earlier run.
    async fn begun_before(&self, is_entered: bool) -> Result<Standing, Failure> {
        if self.upload.again && !is_entered {
            return Ok(Standing::Over);
        }
        let Some(entry) = self.journal.find(self.file)? else {
            return Ok(Standing::Over);
        };
        let standing = entry.begun.standing(self.client).await?;
        if entry.stamp == self.file.stamp {
            return Ok(standing);
        }
        // The file has changed: what was begun will never be complete, and need not keep its share of the quota.
        if let Standing::Awaited(begun) = standing {
            self.client
                .change(Method::DELETE, &begun.document(), None)
                .await?;
        }
        Ok(Standing::Over)
    }

    async fn begin(&self, key: Uuid) -> Result<Begun, Failure> {
        let (file, upload) = (self.file, self.upload);
        let mut wanted = json!({ "file_name": file.name, "size": file.stamp.size, "tags": upload.tags });
        if let Some(title) = &upload.title {
            wanted["title"] = json!(title);
        }
        if file.stamp.size > IN_PARTS_ABOVE {
            let parts = self.client.create("/v1/uploads/in-parts", key, &wanted).await?;
            return Ok(Begun::Parts(parts));
        }
        let form = self.client.create("/v1/uploads", key, &wanted).await?;
        Ok(Begun::Form(form))
    }
}
