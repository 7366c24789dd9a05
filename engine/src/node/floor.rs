//! Where a sweep begins to look. What is due stands at the lower end of an index, and so does everything that was ever
//! due: entries whose rows are gone, which Postgres may not remove as long as somebody holds an old transaction open.
//! So a sweep that found all that was due lets the next one begin near where it ended.
//!
//! What is written only later, but lower, is seldom: a commit that took longer than [`MARGIN`], or a row that was
//! locked during the sweep by somebody who then gave up. It is found by a sweep of the whole, which comes every
//! [`WHOLE_EVERY`], and less often where it takes long.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::model::Timestamp;

/// A sweep begins so long before the end of the one before it. Sweeps come twice a second, and what is between two of
/// them is read anyway: beside a held transaction, in which all that died is still there, each entry is read one and a
/// half times.
const MARGIN: Duration = Duration::from_millis(250);
/// How often a sweep begins at the lowest entry.
const WHOLE_EVERY: Duration = Duration::from_secs(60);
/// Such sweeps take one part in so many of the time.
const WHOLE_SHARE: u32 = 100;

/// See the module. One for each kind of sweep.
#[derive(Default)]
pub struct Floor(Mutex<Place>);

#[derive(Default)]
struct Place {
    from: Timestamp,
    /// At the beginning nothing is known.
    whole_at: Option<Instant>,
}

/// A sweep under way.
pub struct Sweep {
    /// Where it begins; what stands there was swept before.
    pub from: Timestamp,
    /// Where it ends.
    pub due: Timestamp,
    begun: Instant,
}

impl Floor {
    /// Begins a sweep of all that was due at `due`, or before.
    pub fn sweep(&self, due: Timestamp) -> Sweep {
        let place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Instant::now();
        let in_part = place.whole_at.is_some_and(|at| begun < at);
        Sweep {
            from: if in_part { place.from } else { Timestamp::default() },
            due,
            begun,
        }
    }

    /// A sweep found all there was.
    pub fn swept(&self, sweep: &Sweep) {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        place.from = sweep.due.plus_millis(-(MARGIN.as_millis() as i64));
        if sweep.from == Timestamp::default() {
            let pause = WHOLE_EVERY.max(sweep.begun.elapsed() * WHOLE_SHARE);
            place.whole_at = Some(Instant::now() + pause);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_begins_where_the_last_complete_one_ended() {
        let floor = Floor::default();
        let first = floor.sweep(Timestamp(50_000));
        assert_eq!(first.from, Timestamp(0));
        let again = floor.sweep(Timestamp(51_000));
        assert_eq!(
            again.from,
            Timestamp(0),
            "the first found more than it could take"
        );
        floor.swept(&again);
        assert_eq!(floor.sweep(Timestamp(52_000)).from, Timestamp(50_750));
    }
}
