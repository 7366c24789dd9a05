//! The other regions: who they are, and how they are told of this one's accounts.
//!
//! Each pair of regions shares a key. With it a request proves which region asks, and its answer that it is the right
//! region which answers: see [`signature`].

mod client;
mod keys;
pub mod signature;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::Uri;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::catalog::{Account, Plan};
use client::Client;
pub use client::RegionError;
pub use keys::{KeyFileError, PairKeys};
pub use signature::{Asked, Claim, is_region_name};

/// What is known of another region.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerSettings {
    /// Its name.
    pub region: String,
    /// Where this region reaches its API: scheme and host.
    pub url: String,
    /// Where customers reach it, if that is elsewhere.
    pub public_url: Option<String>,
    /// The file with the key that the two share.
    pub key_file: PathBuf,
}

/// Another region.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its name.
    pub region: String,
    /// Where customers reach it: scheme and authority.
    pub public_url: String,
    /// What the two prove themselves with.
    pub keys: PairKeys,
    url: Uri,
}

/// This region and the others. Cheap to clone.
#[derive(Clone)]
pub struct Regions {
    own: Arc<str>,
    peers: Arc<BTreeMap<String, Peer>>,
    client: Client,
}

/// Why the settings of the regions can't hold.
#[derive(Debug, thiserror::Error)]
pub enum RegionsError {
    /// A name that no region may have.
    #[error("{0:?} is no name of a region: use a-z, 0-9 and '-', at most 32 characters")]
    Name(String),
    /// A region stands twice, or is this one.
    #[error("the region {0} is this one, or is named twice")]
    Twice(String),
    /// An address that is none.
    #[error(
        "{url:?} is no address of the region {region}: give scheme and host, such as https://docs.example.com"
    )]
    Url {
        /// The region.
        region: String,
        /// What was given.
        url: String,
    },
    /// Its key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The certificates that this system trusts could not be read.
    #[error("cannot prepare encrypted connections: {0}")]
    Tls(#[source] std::io::Error),
}

/// An account as its home region tells of it. Never a password, only its hash.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountRecord {
    /// Its e-mail address.
    pub email: String,
    /// In PHC string format, Argon2id.
    pub password_hash: String,
    /// What it pays for.
    pub plan: Plan,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// Which state of the account this is: the highest stands.
    pub revision: i64,
}

/// What another region answered to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// It knows this revision or a later one.
    Known,
    /// Another account there has the e-mail address; both stay as they are, each in its region.
    AddressTaken,
}

impl Regions {
    /// This region among the others.
    ///
    /// # Errors
    /// When a name, an address or a key can't hold.
    pub fn open(own: &str, settings: &[PeerSettings]) -> Result<Self, RegionsError> {
        let mut peers = BTreeMap::new();
        for peer in settings {
            let peer = Peer::open(peer)?;
            let region = peer.region.clone();
            if region == own || peers.insert(region.clone(), peer).is_some() {
                return Err(RegionsError::Twice(region));
            }
        }
        if !peers.is_empty() && !is_region_name(own) {
            return Err(RegionsError::Name(own.to_owned()));
        }
        Ok(Self {
            own: own.into(),
            peers: Arc::new(peers),
            client: Client::new().map_err(RegionsError::Tls)?,
        })
    }

    /// This region's name.
    pub fn own(&self) -> &str {
        &self.own
    }

    /// The names of the others, in order.
    pub fn names(&self) -> Vec<String> {
        self.peers.keys().cloned().collect()
    }

    /// The others, in the order of their names.
    pub fn peers(&self) -> impl Iterator<Item = &Peer> {
        self.peers.values()
    }

    /// Another region.
    pub fn peer(&self, region: &str) -> Option<&Peer> {
        self.peers.get(region)
    }

    /// Tells a region of an account of this one.
    ///
    /// # Errors
    /// [`RegionError`]; whatever it is but an unknown region may pass.
    pub async fn put_account(&self, region: &str, account: &Account) -> Result<Told, RegionError> {
        let record = AccountRecord {
            email: account.email.clone(),
            password_hash: account.password_hash.clone(),
            plan: account.plan,
            created: account.created,
            revision: account.revision,
        };
        let body = serde_json::to_vec(&record).expect("a record has nothing that JSON cannot say");
        let path = account_path(account.id);
        match self.ask(region, "PUT", &path, body).await? {
            204 => Ok(Told::Known),
            409 => Ok(Told::AddressTaken),
            status => Err(RegionError::Refused {
                region: region.to_owned(),
                status,
            }),
        }
    }

    /// Tells a region that an account of this one is gone.
    ///
    /// # Errors
    /// [`RegionError`]; whatever it is but an unknown region may pass.
    pub async fn remove_account(&self, region: &str, account: Uuid) -> Result<(), RegionError> {
        match self
            .ask(region, "DELETE", &account_path(account), Vec::new())
            .await?
        {
            204 => Ok(()),
            status => Err(RegionError::Refused {
                region: region.to_owned(),
                status,
            }),
        }
    }

    async fn ask(
        &self,
        region: &str,
        method: &'static str,
        path: &str,
        body: Vec<u8>,
    ) -> Result<u16, RegionError> {
        let peer = self
            .peer(region)
            .ok_or_else(|| RegionError::Unknown(region.to_owned()))?;
        let asked = Asked {
            method,
            path,
            body: &body,
        };
        let claim = Claim::new(&peer.keys, &self.own, region, asked);
        let answer = self.client.send(peer, &claim, method, path, body.clone()).await?;
        let proof = answer.proof.as_deref().unwrap_or_default();
        if claim.answer_holds(&peer.keys, answer.status, &answer.body, proof) {
            Ok(answer.status)
        } else {
            Err(RegionError::Unproved {
                region: region.to_owned(),
                status: answer.status,
            })
        }
    }
}

impl Peer {
    fn open(settings: &PeerSettings) -> Result<Self, RegionsError> {
        let region = settings.region.clone();
        if !is_region_name(&region) {
            return Err(RegionsError::Name(region));
        }
        let public_url = settings.public_url.as_ref().unwrap_or(&settings.url);
        Ok(Self {
            url: base(&region, &settings.url)?,
            public_url: base(&region, public_url)?
                .to_string()
                .trim_end_matches('/')
                .to_owned(),
            keys: PairKeys::read(&settings.key_file)?,
            region,
        })
    }
}

/// Where a region takes what it is told of an account.
pub fn account_path(account: Uuid) -> String {
    format!("/regions/accounts/{account}")
}

/// An address that has a scheme and a host, and nothing behind them.
fn base(region: &str, url: &str) -> Result<Uri, RegionsError> {
    let parsed = url.parse::<Uri>().ok();
    parsed
        .filter(|parsed| {
            matches!(parsed.scheme_str(), Some("http" | "https"))
                && parsed
                    .authority()
                    .is_some_and(|authority| !authority.as_str().contains('@'))
                && matches!(parsed.path(), "" | "/")
                && parsed.query().is_none()
        })
        .ok_or_else(|| RegionsError::Url {
            region: region.to_owned(),
            url: url.to_owned(),
        })
}
