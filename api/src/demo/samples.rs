//! The samples and what must become of each, as `samples.toml` says it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use docstore_activities::catalog::DocumentState;
use docstore_activities::extract::DocumentKind;
use serde::Deserialize;

use crate::routes::accounts::PlanName;

/// The list, in the samples' directory.
const LIST: &str = "samples.toml";

/// The samples.
pub struct Samples {
    dir: PathBuf,
    list: Vec<Sample>,
}

/// A document and what must become of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Its name in the samples' directory.
    pub file: String,
    /// As its uploader enters it.
    pub title: String,
    /// As its uploader enters them.
    pub tags: Vec<String>,
    /// What its content shows.
    pub kind: DocumentKind,
    account: Uploader,
    state: End,
    reason: Option<String>,
    /// What must find it.
    pub searches: Vec<Search>,
    /// What must not find it.
    #[serde(default)]
    pub absent: Vec<String>,
}

/// Who uploads a sample.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Uploader {
    Free,
    Premium,
    Both,
}

/// How the processing of a sample ends.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum End {
    Ready,
    Degraded,
    Failed,
}

/// A search that must find its sample.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// What is looked for.
    pub query: String,
    /// Where it stands.
    #[serde(default)]
    pub scope: Scope,
    /// The page that the hit must name.
    pub page: Option<u32>,
}

/// Where a search finds what it looks for.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// In title and tags: from any account.
    Names,
    /// In the text: from a premium account only.
    #[default]
    Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    sample: Vec<Sample>,
}

impl Samples {
    /// Reads the list of `dir`.
    ///
    /// # Errors
    /// When there is no list, it is not right, or it names nothing.
    pub fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(LIST);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}; name the samples with --samples", path.display()))?;
        let list: List =
            toml::from_str(&text).with_context(|| format!("the list {} is not right", path.display()))?;
        ensure!(!list.sample.is_empty(), "{} names no sample", path.display());
        Ok(Self {
            dir: dir.to_owned(),
            list: list.sample,
        })
    }

    /// The samples that an account with this plan uploads.
    pub fn of(&self, plan: PlanName) -> impl Iterator<Item = &Sample> {
        self.list.iter().filter(move |sample| {
            matches!(
                (sample.account, plan),
                (Uploader::Both, _)
                    | (Uploader::Free, PlanName::Free)
                    | (Uploader::Premium, PlanName::Premium)
            )
        })
    }

    /// The content of a sample.
    pub async fn content(&self, sample: &Sample) -> Result<Vec<u8>> {
        let path = self.dir.join(&sample.file);
        tokio::fs::read(&path)
            .await
            .with_context(|| format!("cannot read the sample {}", path.display()))
    }

    /// Bytes of all that an account with this plan uploads.
    pub fn bytes_of(&self, plan: PlanName) -> Result<u64> {
        self.of(plan)
            .map(|sample| {
                let path = self.dir.join(&sample.file);
                let found = path
                    .metadata()
                    .with_context(|| format!("cannot find the sample {}", path.display()));
                Ok(found?.len())
            })
            .sum()
    }
}

impl Sample {
    /// How processing must end in an account with this plan, and the code of the reason. Nobody reads the text of a
    /// free account's documents, so nothing can be wrong with it.
    pub fn end(&self, plan: PlanName) -> (DocumentState, Option<&str>) {
        let reason = self.reason.as_deref();
        match (plan, self.state) {
            (PlanName::Free, _) | (PlanName::Premium, End::Ready) => (DocumentState::Ready, None),
            (PlanName::Premium, End::Degraded) => (DocumentState::ReadyDegraded, reason),
            (PlanName::Premium, End::Failed) => (DocumentState::Failed, reason),
        }
    }
}
