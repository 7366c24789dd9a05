//! Requests to other regions over HTTP.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::uri::PathAndQuery;
use http::{Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;

use super::signature::ANSWER_HEADER;
use super::{Claim, Peer};
use crate::ports::https::{Connector, connector, innermost};

/// How long an exchange may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// The most bytes of an answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Why a region could not be told. It has to be told again.
#[derive(Debug, thiserror::Error)]
pub enum RegionError {
    /// No settings name the region: it was taken out of them.
    #[error("the settings name no region {0}")]
    Unknown(String),
    /// It can't be reached, or does not answer in time.
    #[error("the region {region} can't be reached: {cause}")]
    Unreachable {
        /// The region.
        region: String,
        /// What went wrong.
        cause: String,
    },
    /// Something answered that does not have the key: a proxy, or another key than this region's.
    #[error(
        "an answer with status {status} does not come from the region {region}; compare the two key files and clocks"
    )]
    Unproved {
        /// The region.
        region: String,
        /// The status of the answer.
        status: u16,
    },
    /// The region would not do it.
    #[error("the region {region} refused with status {status}; its log says why")]
    Refused {
        /// The region.
        region: String,
        /// The status of the answer.
        status: u16,
    },
}

/// What came back; nobody has looked yet whether it is genuine.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Bytes,
    /// The code that it carries.
    pub(super) proof: Option<String>,
}

/// A client for all regions, with and without encryption.
#[derive(Clone)]
pub(super) struct Client {
    http: legacy::Client<Connector, Full<Bytes>>,
}

impl Client {
    pub(super) fn new() -> io::Result<Self> {
        let connector = connector(None)?;
        Ok(Self {
            http: legacy::Client::builder(TokioExecutor::new()).build(connector),
        })
    }

    pub(super) async fn send(
        &self,
        peer: &Peer,
        claim: &Claim,
        method: &'static str,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Answer, RegionError> {
        let unreachable = |cause: String| RegionError::Unreachable {
            region: peer.region.clone(),
            cause,
        };
        let request = Request::builder()
            .method(method)
            .uri(at(&peer.url, path).map_err(|error| unreachable(error.to_string()))?)
            .header(AUTHORIZATION, claim.header())
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| unreachable(error.to_string()))?;
        tokio::time::timeout(ANSWER_WITHIN, self.exchange(request))
            .await
            .map_err(|_| unreachable(format!("no answer within {} s", ANSWER_WITHIN.as_secs())))?
            .map_err(unreachable)
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Answer, String> {
        let response = self
            .http
            .request(request)
            .await
            .map_err(|error| innermost(&error))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX)
            .collect()
            .await
            .map_err(|error| innermost(&*error))?;
        let proof = parts.headers.get(ANSWER_HEADER);
        Ok(Answer {
            status: parts.status.as_u16(),
            body: body.to_bytes(),
            proof: proof.and_then(|proof| proof.to_str().ok()).map(str::to_owned),
        })
    }
}

fn at(base: &Uri, path: &str) -> Result<Uri, http::Error> {
    let mut parts = base.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path)?);
    Ok(Uri::from_parts(parts)?)
}
