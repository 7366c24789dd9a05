//! The SWF endpoint: Amazon's JSON 1.0 protocol over a [`Node`]. The only room that knows HTTP status codes.
//!
//! ```text
//! endpoint.rs   HTTP: finds the action, reads the body, writes the answer
//! actions.rs    the table of actions
//! domains.rs    and its neighbours: one file a family of actions - request, checks, call to the node, answer
//! check.rs      the constraints of requests, with SWF's messages
//! decisions/    the decisions of a completed decision task
//! json.rs       bodies in and out
//! keys.rs       the secret that nodes share
//! page.rs       page tokens
//! probes.rs     whether the node lives and can serve
//! guard.rs      keeps web pages away from an endpoint that knows no callers
//! refusal.rs    faults as HTTP answers
//! throttle.rs   how many calls an action gets
//! seal.rs       signatures of what callers carry from call to call
//! token.rs      task tokens
//! auth/         who calls, and what he may do
//! ```

mod actions;
mod auth;
mod check;
mod decision_tasks;
mod decisions;
mod domains;
mod endpoint;
mod executions;
#[cfg(test)]
mod fuzz;
mod guard;
mod history;
mod json;
mod keys;
mod measure;
mod page;
mod polls;
mod probes;
mod refusal;
mod registered_types;
mod responses;
mod seal;
mod shapes;
mod tags;
mod throttle;
mod token;
mod type_kinds;
mod visibility;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use actions::{ACTIONS, Action};
pub use auth::{
    Access, Authentication, Issued, Keyring, KeyringError, NewCredential, Role, Scope, UnknownRole,
};
pub use keys::{KeyError, MasterKey};
pub use probes::probes;

use auth::{Authenticator, Caller};
use measure::Meters;
use seal::Seals;
use throttle::Throttle;

use crate::http::{self, HttpOptions};
use crate::node::Node;

/// Where the endpoint listens unless it is told otherwise.
pub const DEFAULT_PORT: u16 = 7070;
/// The region to name where none is asked for. Callers may name any: ARNs carry theirs.
pub const DEFAULT_REGION: &str = "us-east-1";
/// How far a caller's clock may be off unless told otherwise, as at AWS.
const CLOCK_SKEW: Duration = Duration::from_secs(300);

/// As which part of AWS the endpoint appears, and how it treats its callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireOptions {
    /// The account id in ARNs, 12 digits.
    pub account: String,
    /// How long a poll waits for a task. AWS SDKs give up after 60 s, so it has to be a little less.
    pub long_poll: Duration,
    /// The secret of the cluster.
    pub key: MasterKey,
    /// Whose signatures are accepted.
    pub authentication: Authentication,
    /// How far a request's date may be from now; any distance when none.
    pub clock_skew: Option<Duration>,
    /// Whether calls are limited to the rates that Amazon grants.
    pub throttle: bool,
}

impl Default for WireOptions {
    fn default() -> Self {
        WireOptions {
            account: "123456789012".to_owned(),
            long_poll: Duration::from_secs(55),
            key: MasterKey::random(),
            authentication: Authentication::Stored,
            clock_skew: Some(CLOCK_SKEW),
            throttle: false,
        }
    }
}

impl WireOptions {
    /// For development on this machine: dummy credentials are accepted, and dates are not looked at, because test
    /// suites freeze their clocks.
    pub fn local() -> Self {
        WireOptions {
            authentication: Authentication::StoredOrDummies,
            clock_skew: None,
            ..WireOptions::default()
        }
    }
}

/// Why the endpoint can't listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Others than the programs of this machine could call.
    #[error(
        "an endpoint that accepts dummy credentials listens on this machine only, not on {0}; \
         use an address such as 127.0.0.1:{DEFAULT_PORT}"
    )]
    NotLoopback(SocketAddr),
    /// The system refused.
    #[error("cannot listen on {at}: {error}; choose another address")]
    Bind {
        /// Where.
        at: SocketAddr,
        /// What it said.
        error: io::Error,
    },
}

/// An endpoint that has its address and does not answer yet.
#[derive(Debug)]
pub struct Endpoint {
    listener: TcpListener,
    address: SocketAddr,
    authentication: Authentication,
}

impl Endpoint {
    /// Binds an address; port 0 takes a free one. Where dummy credentials are accepted, it has to be a loopback address.
    ///
    /// # Errors
    /// When others could call that should not, or the address is taken.
    pub async fn bind(at: SocketAddr, authentication: Authentication) -> Result<Self, ListenError> {
        if authentication == Authentication::StoredOrDummies && !at.ip().is_loopback() {
            return Err(ListenError::NotLoopback(at));
        }
        let bound = async {
            let listener = TcpListener::bind(at).await?;
            Ok((listener.local_addr()?, listener))
        };
        let (address, listener) = bound.await.map_err(|error| ListenError::Bind { at, error })?;
        Ok(Endpoint {
            listener,
            address,
            authentication,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers calls by these routes ([`router`], and what a program adds to it) until `stop`, with the usual options
    /// of HTTP, see [`Endpoint::serve_with`].
    ///
    /// # Errors
    /// As [`Endpoint::serve_with`].
    pub async fn serve(self, routes: Router, stop: CancellationToken) -> io::Result<()> {
        self.serve_with(routes, HttpOptions::default(), stop).await
    }

    /// Answers calls by these routes until `stop`, then lets those under way end. Where dummy credentials are
    /// accepted, web pages are refused.
    ///
    /// # Errors
    /// When the program takes away what it serves with.
    pub async fn serve_with(
        self,
        routes: Router,
        http: HttpOptions,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let routes = match self.authentication {
            Authentication::Stored => routes,
            Authentication::StoredOrDummies => guard::guarded(routes),
        };
        http::serve_with(self.listener, routes, http, stop).await
    }
}

/// The endpoint's routes over this node.
pub fn router(node: Node, options: WireOptions) -> Router {
    let shared = Shared {
        node,
        authenticator: Arc::new(Authenticator::new(&options)),
        seals: Arc::new(Seals::new(&options.key)),
        throttle: Arc::new(Throttle::new(options.throttle)),
        meters: Arc::new(Meters::new()),
        options: Arc::new(options),
    };
    Router::new().fallback(endpoint::answer).with_state(shared)
}

/// What all calls share. Cheap to clone.
#[derive(Clone)]
struct Shared {
    node: Node,
    authenticator: Arc<Authenticator>,
    throttle: Arc<Throttle>,
    seals: Arc<Seals>,
    meters: Arc<Meters>,
    options: Arc<WireOptions>,
}

impl Shared {
    fn service(self, caller: Caller) -> Service {
        Service {
            node: self.node,
            options: self.options,
            seals: self.seals,
            throttle: self.throttle,
            caller,
        }
    }
}

/// What every action needs.
#[derive(Clone)]
struct Service {
    node: Node,
    options: Arc<WireOptions>,
    seals: Arc<Seals>,
    throttle: Arc<Throttle>,
    caller: Caller,
}

impl Service {
    /// What the caller knows a domain as.
    fn domain_arn(&self, domain: &str) -> String {
        let (region, account) = (&self.caller.region, &self.options.account);
        format!("arn:aws:swf:{region}:{account}:/domain/{domain}")
    }
}
