//! Clients of the server, as a process is told to make them.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::client::Client;
use crate::failure::{Failure, failed};
use crate::signer::Signer;

use super::super::process::Parent;

/// A poll is held for 55 s, and SDKs wait for its answer a little longer than a minute.
const TIMEOUT: Duration = Duration::from_secs(70);

/// How to call the server.
#[derive(Clone, Serialize, Deserialize)]
pub struct Session {
    /// Its URL.
    pub endpoint: String,
    /// The access key id.
    pub access_key: String,
    /// The secret access key.
    pub secret: String,
}

/// What a process that polls is told.
#[derive(Serialize, Deserialize)]
pub struct Polls {
    /// How to call the server.
    pub session: Session,
    /// Requests under way at once.
    pub pollers: usize,
}

impl Session {
    /// A client. It keeps its connections.
    pub fn client(&self) -> Result<Client, Failure> {
        let signer = Signer::new(&self.access_key, &self.secret);
        Client::signing(&self.endpoint, TIMEOUT, signer)
    }
}

/// Does what a process that polls is for: so many times `poll`, over and over, until the process is to end.
pub async fn poll<F>(
    parent: &mut Parent,
    poll: impl Fn(Arc<Client>) -> F + Clone + Send + 'static,
) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let polls: Polls = parent.assignment().await?;
    let client = Arc::new(polls.session.client()?);
    if !parent.begin().await? {
        return Ok(());
    }
    let mut pollers: JoinSet<Result<(), Failure>> = JoinSet::new();
    for _ in 0..polls.pollers {
        let (poll, client) = (poll.clone(), Arc::clone(&client));
        pollers.spawn(async move {
            loop {
                poll(Arc::clone(&client)).await?;
            }
        });
    }
    tokio::select! {
        dismissed = parent.dismissal() => dismissed,
        Some(ended) = pollers.join_next() => ended.map_err(failed)?,
    }
}
