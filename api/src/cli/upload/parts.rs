//! A large file in parts. What has arrived stays at the object store, so whoever goes on asks what is missing.

use std::cell::Cell;
use std::time::Duration;

use futures::{StreamExt, stream};
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use uuid::Uuid;

use super::file::File;
use super::transfer;
use crate::cli::Failure;
use crate::cli::client::Client;

/// Larger files go in parts: of smaller ones little is lost when a connection breaks.
pub const IN_PARTS_ABOVE: u64 = 64 << 20;
/// Parts of a file that are put at once.
const PARTS_AT_ONCE: usize = 3;
/// How old links may be that a part is begun with. They live longer, but nobody says how much.
const LINKS_FRESH: Duration = Duration::from_secs(60);

/// An upload in parts.
#[derive(Clone, Serialize, Deserialize)]
pub struct Parts {
    /// The document that the file will be.
    pub document: Uuid,
    version: i32,
}

/// How far it is.
#[derive(Deserialize)]
pub struct Progress {
    part_bytes: u64,
    parts: u32,
    arrived: u32,
    /// The first of the parts that are missing.
    missing: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    number: u32,
    bytes: u64,
    url: String,
}

impl Parts {
    /// Asks how far it is; refused as `not_found` when it is over.
    pub async fn look(&self, client: &Client) -> Result<Progress, Failure> {
        let (document, version) = (self.document, self.version);
        let path = format!("/v1/documents/{document}/versions/{version}/parts");
        client.get(&path, &[]).await
    }

    /// Puts what is missing. Every part that has arrived is counted in `arrived`, whatever becomes of the others.
    pub async fn put(
        &self,
        client: &Client,
        file: &File,
        bar: &ProgressBar,
        arrived: &mut u32,
    ) -> Result<(), Failure> {
        let mut known = None;
        loop {
            let (progress, asked) = (self.look(client).await?, Instant::now());
            bar.set_position(progress.bytes(file.stamp.size));
            if progress.missing.is_empty() {
                return Ok(());
            }
            if known.replace(progress.arrived) == Some(progress.arrived) {
                let lost = "the object store does not keep the parts that it takes";
                return Err(Failure::Failed(anyhow::anyhow!(lost)));
            }
            let is_broken = Cell::new(false);
            let next = progress
                .missing
                .iter()
                .take_while(|_| !is_broken.get() && asked.elapsed() < LINKS_FRESH);
            let putting = next.map(|part| put_part(client, file, part, progress.part_bytes, bar));
            let mut putting = stream::iter(putting).buffer_unordered(PARTS_AT_ONCE);
            let mut failed = None;
            // Those that are under way when one fails may still arrive.
            while let Some(put) = putting.next().await {
                match put {
                    Ok(()) => *arrived += 1,
                    Err(failure) => {
                        is_broken.set(true);
                        failed.get_or_insert(failure);
                    }
                }
            }
            if let Some(failure) = failed {
                return Err(failure);
            }
        }
    }
}

impl Progress {
    /// Bytes that have arrived. Parts go in their order: where not all that are missing are named, the last one is.
    fn bytes(&self, size: u64) -> u64 {
        let named: u64 = self.missing.iter().map(|part| part.bytes).sum();
        match u32::try_from(self.missing.len()) {
            Ok(missing) if missing == self.parts - self.arrived => size.saturating_sub(named),
            _ => u64::from(self.arrived) * self.part_bytes,
        }
    }
}

async fn put_part(
    client: &Client,
    file: &File,
    part: &Part,
    part_bytes: u64,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    file.check_unchanged()?;
    let begin = u64::from(part.number.saturating_sub(1)) * part_bytes;
    transfer::put(&client.http, &part.url, file, begin..begin + part.bytes, bar).await
}
