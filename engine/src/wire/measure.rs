//! Requests as metrics.

use std::time::Instant;

use crate::metrics::{REQUEST_SECONDS, REQUESTS, REQUESTS_UNDER_WAY};

use super::ACTIONS;
use super::refusal::Refusal;

/// The label of requests that name no action of ours.
const UNKNOWN: &str = "unknown";

/// A request that is worked on; it is under way until it is dropped, whatever becomes of it.
pub(super) struct Measured {
    began: Instant,
}

impl Measured {
    pub(super) fn begin() -> Self {
        metrics::gauge!(REQUESTS_UNDER_WAY).increment(1);
        Measured {
            began: Instant::now(),
        }
    }

    /// The request is answered.
    pub(super) fn answered(self, action: Option<&str>, refusal: Option<&Refusal>) {
        // Callers may name anything; a label is one of a few.
        let known = ACTIONS.iter().find(|known| Some(known.name) == action);
        let action = known.map_or(UNKNOWN, |known| known.name);
        let code = refusal.map(Refusal::code);
        let code = code
            .as_deref()
            .map_or("OK", |code| code.rsplit_once('#').map_or(code, |(_, code)| code));
        metrics::counter!(REQUESTS, "action" => action, "code" => code.to_owned()).increment(1);
        metrics::histogram!(REQUEST_SECONDS, "action" => action).record(self.began.elapsed());
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        metrics::gauge!(REQUESTS_UNDER_WAY).decrement(1);
    }
}
