//! How many requests one customer and one network address may send. Each node counts for itself.
//!
//! Every request counts for the address that it comes from; one with a session counts for its account, too. Answers say
//! how much is left, in the headers `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` and `RateLimit-Policy`
//! of the account where there is one, otherwise of the address.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderName, HeaderValue, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;

use crate::app::AppState;
use crate::auth::ClientAddress;
use crate::problem::{Problem, Result};

/// Seconds' worth of requests that may come at once.
const BURST_SECONDS: u32 = 10;
/// Paths that are not counted: files that never change, and what load balancers ask.
const UNCOUNTED: [&str; 2] = ["/assets/", "/v1/health"];

/// How many requests are taken a second, sustained; ten times as many at once. 0 takes any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Of one account.
    pub account: u32,
    /// Of one network address (IPv4) or network (a /64 of IPv6).
    pub address: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            account: 50,
            address: 200,
        }
    }
}

/// Counts requests.
pub struct RateLimits {
    accounts: Bucket<Uuid>,
    addresses: Bucket<IpAddr>,
}

impl RateLimits {
    /// Takes so many.
    pub fn new(rates: Rates) -> Self {
        Self {
            accounts: Bucket::new(rates.account),
            addresses: Bucket::new(rates.address),
        }
    }

    /// Forgets who has sent nothing for a while, so that nobody fills the memory with addresses.
    pub fn forget_idle(&self) {
        self.accounts.forget_idle();
        self.addresses.forget_idle();
    }

    /// Counts a request of an account, once however often its handler looks for the session.
    pub(crate) fn count_account(&self, parts: &Parts, account: Uuid) -> Result<()> {
        let Some(meter) = parts.extensions.get::<Meter>() else {
            return Ok(());
        };
        if meter.0.get().is_none()
            && let Some(standing) = self.accounts.take(&account)
        {
            let refused = standing.refused;
            // Set by another look at the same time: that one has counted.
            let _ = meter.0.set(standing);
            if let Some(wait) = refused {
                return Err(Problem::RateLimited(wait));
            }
        }
        Ok(())
    }
}

/// Where a handler leaves how its account stands.
#[derive(Clone, Default)]
struct Meter(Arc<OnceLock<Standing>>);

/// How a customer stands after a request.
#[derive(Clone, Copy, Debug)]
struct Standing {
    /// Requests that may come at once.
    burst: u32,
    remaining: u32,
    /// Until as many as that may come again.
    reset: Duration,
    /// How long to wait, if this request was one too many.
    refused: Option<Duration>,
}

/// Refuses requests that are too many, and tells with every answer how many are left.
pub async fn limit_rate(State(app): State<AppState>, request: Request, next: Next) -> Response {
    if UNCOUNTED
        .iter()
        .any(|path| request.uri().path().starts_with(path))
    {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let address = match ClientAddress::from_request_parts(&mut parts, &app).await {
        Ok(address) => address.network(),
        Err(problem) => return problem.into_response(),
    };
    let of_address = app.rate_limits.addresses.take(&address);
    if let Some((standing, wait)) = of_address.and_then(|standing| Some((standing, standing.refused?))) {
        return told(Problem::RateLimited(wait).into_response(), standing);
    }
    let meter = Meter::default();
    parts.extensions.insert(meter.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    match meter.0.get().copied().or(of_address) {
        Some(standing) => told(response, standing),
        None => response,
    }
}

fn told(mut response: Response, standing: Standing) -> Response {
    let seconds = standing.reset.as_secs() + u64::from(standing.reset.subsec_nanos() > 0);
    let policy = format!("{};w={BURST_SECONDS}", standing.burst);
    let headers = [
        ("ratelimit-limit", HeaderValue::from(standing.burst)),
        ("ratelimit-remaining", HeaderValue::from(standing.remaining)),
        ("ratelimit-reset", HeaderValue::from(seconds)),
        (
            "ratelimit-policy",
            HeaderValue::from_str(&policy).expect("digits and `;w=` are a header's"),
        ),
    ];
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
    response
}

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, MonotonicClock, StateInformationMiddleware>;

/// The requests of each of many.
struct Bucket<K: Hash + Eq + Clone> {
    /// None takes any number.
    limiter: Option<(Limiter<K>, u32)>,
}

impl<K: Hash + Eq + Clone> Bucket<K> {
    fn new(per_second: u32) -> Self {
        let limiter = NonZeroU32::new(per_second).map(|rate| {
            let burst = rate.saturating_mul(NonZeroU32::MIN.saturating_add(BURST_SECONDS - 1));
            let quota = Quota::per_second(rate).allow_burst(burst);
            let limiter = RateLimiter::keyed(quota).with_middleware::<StateInformationMiddleware>();
            (limiter, burst.get())
        });
        Self { limiter }
    }

    fn take(&self, key: &K) -> Option<Standing> {
        let (limiter, burst) = self.limiter.as_ref()?;
        let (remaining, refused) = match limiter.check_key(key) {
            Ok(snapshot) => (snapshot.remaining_burst_capacity(), None),
            Err(until) => (0, Some(until.wait_time_from(limiter.clock().now()))),
        };
        let used = burst.saturating_sub(remaining);
        Some(Standing {
            burst: *burst,
            remaining,
            reset: Duration::from_secs(u64::from(BURST_SECONDS)) * used / *burst,
            refused,
        })
    }

    fn forget_idle(&self) {
        if let Some((limiter, _)) = &self.limiter {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_taken_and_no_more() {
        let bucket = Bucket::new(3);
        let standings: Vec<_> = (0..31).filter_map(|_| bucket.take(&"ada")).collect();
        let taken = standings
            .iter()
            .filter(|standing| standing.refused.is_none())
            .count();
        assert!((30..=31).contains(&taken), "{taken}: ten seconds' worth");
        assert_eq!((standings[0].burst, standings[0].remaining), (30, 29));
        assert!(
            bucket
                .take(&"bob")
                .is_some_and(|standing| standing.refused.is_none())
        );
    }

    #[test]
    fn no_rate_is_no_limit() {
        let bucket = Bucket::new(0);
        assert!((0..10_000).all(|_| bucket.take(&"ada").is_none()));
    }
}
