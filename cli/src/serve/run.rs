//! A node behind its endpoint, from its start to its end.

use std::net::SocketAddr;

use apus::node::{Node, NodeOptions};
use apus::wire::{self, Endpoint, WireOptions};
use tokio_util::sync::CancellationToken;

use super::failed;
use crate::failure::Failure;

/// Runs a node until `stop`, and lets what is under way end. `announce` is told where it listens.
pub async fn run(
    endpoint: Endpoint,
    node: NodeOptions,
    wire: WireOptions,
    stop: &CancellationToken,
    announce: impl FnOnce(SocketAddr),
) -> Result<(), Failure> {
    let node = Node::start(node).await.map_err(failed)?;
    let address = endpoint.address();
    let serving = endpoint.serve(wire::router(node.clone(), wire), stop.clone());
    let serving = tokio::spawn(serving);
    announce(address);
    let ended = tokio::select! {
        ended = serving => ended,
        () = node.ended() => return Err(failed("the engine failed; see the log")),
    };
    node.shutdown().await;
    match ended {
        Ok(served) => served.map_err(|error| Failure::Io("the endpoint failed".to_owned(), error)),
        Err(panic) => Err(failed(format!("the endpoint failed: {panic}"))),
    }
}
