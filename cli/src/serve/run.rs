//! A node behind its endpoint, from its start to its end.

use std::net::SocketAddr;
use std::time::Duration;

use apus::http::HttpOptions;
use apus::node::{Node, NodeOptions};
use apus::wire::{self, Endpoint, WireOptions};
use tokio_util::sync::CancellationToken;

use super::figures;
use crate::failure::{Failure, failed};

/// How long the engine may take to stop once nobody calls it any more. Only a database that is away takes so long.
const ENGINE_WITHIN: Duration = Duration::from_secs(2);

/// What runs.
pub struct Program {
    /// Where it listens.
    pub endpoint: Endpoint,
    /// The engine.
    pub node: NodeOptions,
    /// What it answers.
    pub wire: WireOptions,
    /// How it treats clients.
    pub http: HttpOptions,
    /// How long it goes on to take calls once it is to stop.
    pub drain_notice: Duration,
}

impl Program {
    /// Runs until `stop`, and lets what is under way end: polls are answered, then requests, then the engine stops.
    /// `announce` is told where it listens.
    pub async fn run(
        self,
        stop: &CancellationToken,
        announce: impl FnOnce(SocketAddr),
    ) -> Result<(), Failure> {
        let figures = figures::install()?;
        let Some(node) = stop.run_until_cancelled(Node::start(self.node)).await else {
            return Ok(());
        };
        let node = node.map_err(failed)?;
        let address = self.endpoint.address();
        let routes = wire::router(node.clone(), self.wire)
            .merge(wire::probes(node.clone()))
            .merge(figures::routes(figures));
        let closing = CancellationToken::new();
        let mut serving = tokio::spawn(self.endpoint.serve_with(routes, self.http, closing.clone()));
        announce(address);
        let ended = tokio::select! {
            () = stop.cancelled() => {
                drain(&node, self.drain_notice).await;
                closing.cancel();
                serving.await
            }
            ended = &mut serving => ended,
            () = node.ended() => return Err(failed("the engine failed; see the log")),
        };
        if tokio::time::timeout(ENGINE_WITHIN, node.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("the engine did not stop in time; what is open goes on at the next start");
        }
        match ended {
            Ok(served) => served.map_err(|error| Failure::Io("the endpoint failed".to_owned(), error)),
            Err(panic) => Err(failed(format!("the endpoint failed: {panic}"))),
        }
    }
}

async fn drain(node: &Node, notice: Duration) {
    tracing::info!("asked to stop; polls are answered, and what is under way ends");
    node.drain_polls().await;
    tokio::time::sleep(notice).await;
}
