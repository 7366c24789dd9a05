//! What requests and background services share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use docstore_activities::catalog::Catalog;
use docstore_activities::ports::objects::{ObjectKey, Objects, UploadPolicy};
use docstore_activities::ports::queue::Queue;
use docstore_activities::ports::regions::Regions;
use docstore_activities::search::SearchIndex;

use crate::auth::password::Passwords;
use crate::lists::Lists;
use crate::rate_limit::RateLimits;
use crate::texts::Texts;

/// The running application.
pub struct App {
    /// DocStore's tables.
    pub catalog: Catalog,
    /// The bytes of documents.
    pub objects: Arc<dyn Objects>,
    /// Where events go.
    pub queue: Arc<dyn Queue>,
    /// What documents are found by.
    pub index: SearchIndex,
    /// Lists of documents, from memory or a replica where they can be.
    pub lists: Lists,
    /// How many requests are taken.
    pub rate_limits: RateLimits,
    /// What was read from documents.
    pub texts: Texts,
    /// Hashes and compares passwords.
    pub passwords: Passwords,
    /// This region and the others.
    pub regions: Regions,
    /// Where this deployment stands and what it allows.
    pub site: Site,
}

/// Where a deployment stands and what it allows.
#[derive(Clone, Debug)]
pub struct Site {
    /// Where browsers reach it: scheme and authority, without a slash at the end.
    pub public_url: String,
    /// The region that accounts created here call home.
    pub region: String,
    /// Proxies before this program that can be trusted to have added to `X-Forwarded-For`.
    pub forwarded_hops: usize,
    /// The most bytes of a document.
    pub max_document_bytes: u64,
    /// How long an upload form is valid.
    pub form_lifetime: Duration,
    /// How long a download link is valid.
    pub link_lifetime: Duration,
    /// Where upload forms are posted to: scheme and authority. Pages may send files there and nowhere else.
    pub upload_origin: String,
}

impl Site {
    /// Browsers reach it over TLS, so cookies need not travel without.
    pub fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// How handlers get at the application.
pub type AppState = Arc<App>;

/// Where an object store takes its forms: scheme and authority.
pub async fn upload_origin(objects: &dyn Objects) -> anyhow::Result<String> {
    // Signing is local, so asking for a form that nobody gets is the shortest way to its address.
    let policy = UploadPolicy {
        key: ObjectKey::new("none")?,
        content_type: "application/octet-stream".to_owned(),
        bytes_min: 0,
        bytes_max: 0,
        metadata: BTreeMap::new(),
        open_metadata: Vec::new(),
        success_redirect: None,
        expires_at: chrono::Utc::now() + Duration::from_secs(60),
    };
    let url: http::Uri = objects.upload_form(&policy).await?.url.parse()?;
    match (url.scheme_str(), url.authority()) {
        (Some(scheme), Some(authority)) => Ok(format!("{scheme}://{authority}")),
        _ => anyhow::bail!("the object store's forms go to {url}, which is no address: set its endpoint"),
    }
}
