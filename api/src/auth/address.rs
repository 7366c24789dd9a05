//! Which network address a request comes from.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::app::AppState;
use crate::problem::Problem;

/// The network address that a request comes from, as far as it can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// Where a request comes from that came over this connection, with these headers, through so many trusted proxies.
    pub fn of(peer: IpAddr, headers: &HeaderMap, forwarded_hops: usize) -> Self {
        let forwarded = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok());
        Self(believed(peer, forwarded, forwarded_hops))
    }

    /// What attempts are counted by. One customer has a whole /64 of IPv6, so its addresses count as one.
    pub fn network(&self) -> IpAddr {
        match self.0 {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let network = address.to_bits() & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
        }
    }
}

impl FromRequestParts<AppState> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(peer)| peer.ip())
            .ok_or_else(|| {
                Problem::internal(anyhow::anyhow!(
                    "the server did not say where the request came from"
                ))
            })?;
        Ok(Self::of(peer, &parts.headers, app.site.forwarded_hops))
    }
}

/// Each trusted proxy appends the address that it was reached from; whatever stands before those may be invented.
fn believed<'a>(peer: IpAddr, forwarded: impl Iterator<Item = &'a str>, hops: usize) -> IpAddr {
    let Some(hop) = hops.checked_sub(1) else {
        return peer;
    };
    let addresses: Vec<&str> = forwarded
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    addresses
        .iter()
        .rev()
        .nth(hop)
        .and_then(|address| address.parse().ok())
        .unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_trusted_proxies_added_is_believed() {
        let peer = IpAddr::from([10, 0, 0, 1]);
        let header = ["6.6.6.6, 203.0.113.7", "10.0.0.2"];
        assert_eq!(believed(peer, header.into_iter(), 0), peer);
        assert_eq!(believed(peer, header.into_iter(), 1), IpAddr::from([10, 0, 0, 2]));
        assert_eq!(
            believed(peer, header.into_iter(), 2),
            IpAddr::from([203, 0, 113, 7])
        );
        assert_eq!(believed(peer, header.into_iter(), 9), peer);
        assert_eq!(believed(peer, ["nonsense"].into_iter(), 1), peer);
    }
}
