//! Requests as metrics.

use std::sync::OnceLock;
use std::time::Instant;

use metrics::{Counter, Gauge, Histogram};

use crate::metrics::{REQUEST_SECONDS, REQUESTS, REQUESTS_UNDER_WAY};

use super::ACTIONS;
use super::refusal::Refusal;

/// The label of requests that name no action of ours.
const UNKNOWN: &str = "unknown";
/// The code of calls that succeeded.
const OK: &str = "OK";

/// The metrics of an endpoint. Those of most calls are looked up once: a look-up costs more than what is measured.
pub(super) struct Meters {
    under_way: Gauge,
    /// In the order of [`ACTIONS`], and one more for what is none of them.
    calls: Vec<OnceLock<Calls>>,
}

/// The metrics of an action.
struct Calls {
    succeeded: Counter,
    seconds: Histogram,
}

/// A request that is worked on; it is under way until it is dropped, whatever becomes of it.
pub(super) struct Measured<'a> {
    meters: &'a Meters,
    began: Instant,
}

impl Meters {
    pub(super) fn new() -> Self {
        Meters {
            under_way: metrics::gauge!(REQUESTS_UNDER_WAY),
            calls: (0..=ACTIONS.len()).map(|_| OnceLock::new()).collect(),
        }
    }

    /// A request has come.
    pub(super) fn begin(&self) -> Measured<'_> {
        self.under_way.increment(1);
        Measured {
            meters: self,
            began: Instant::now(),
        }
    }
}

impl Measured<'_> {
    /// The request is answered.
    pub(super) fn answered(self, action: Option<&str>, refusal: Option<&Refusal>) {
        // Callers may name anything; a label is one of a few.
        let known = ACTIONS.iter().position(|known| Some(known.name) == action);
        let position = known.unwrap_or(ACTIONS.len());
        let action = ACTIONS.get(position).map_or(UNKNOWN, |known| known.name);
        let calls = self.meters.calls[position].get_or_init(|| Calls {
            succeeded: metrics::counter!(REQUESTS, "action" => action, "code" => OK),
            seconds: metrics::histogram!(REQUEST_SECONDS, "action" => action),
        });
        calls.seconds.record(self.began.elapsed());
        match refusal.map(Refusal::code) {
            None => calls.succeeded.increment(1),
            Some(code) => {
                let code = code.rsplit_once('#').map_or(&*code, |(_, code)| code);
                metrics::counter!(REQUESTS, "action" => action, "code" => code.to_owned()).increment(1);
            }
        }
    }
}

impl Drop for Measured<'_> {
    fn drop(&mut self) {
        self.meters.under_way.decrement(1);
    }
}
