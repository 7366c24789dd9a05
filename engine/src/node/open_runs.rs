//! How many runs are open in each domain, for the limit on them. A start costs nothing but an addition: the count comes
//! from Postgres when the node starts, follows what this node begins and ends, and is compared with Postgres's some
//! seconds after a start, in case other nodes have begun and ended runs.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How often a domain in which runs were started is counted again.
const COUNT_EVERY: Duration = Duration::from_secs(5);
/// Counting takes one part in so many of the time: it is slow where Postgres may not remove what has died.
const COUNT_SHARE: u32 = 20;

/// The count of every domain.
pub struct OpenRuns {
    limit: u64,
    domains: HashMap<i32, Count>,
}

#[derive(Debug, Default)]
struct Count {
    /// Open runs, with those that begin just now.
    open: u64,
    /// Of them, those whose first commit is under way.
    beginning: u64,
    /// A start was asked for since the last count.
    stale: bool,
    counted_at: Option<Instant>,
    /// How long the last count took.
    took: Duration,
    counting: Option<Counting>,
}

/// A count in Postgres that is under way.
#[derive(Debug, Default)]
struct Counting {
    /// What it may or may not see: runs that begin, and those that end meanwhile.
    unsure: u64,
}

impl OpenRuns {
    /// At most `limit` open runs a domain; so many there are now.
    pub fn new(limit: u64, now: impl IntoIterator<Item = (i32, u64)>) -> Self {
        let counted = |(domain, open)| {
            let count = Count {
                open,
                ..Count::default()
            };
            (domain, count)
        };
        OpenRuns {
            limit,
            domains: now.into_iter().map(counted).collect(),
        }
    }

    /// A run is to begin. False when there are too many.
    pub fn begin(&mut self, domain: i32) -> bool {
        let count = self.domains.entry(domain).or_default();
        count.stale = true;
        if count.open >= self.limit {
            return false;
        }
        count.open += 1;
        count.beginning += 1;
        count.note();
        true
    }

    /// It has begun.
    pub fn begun(&mut self, domain: i32) {
        let count = self.domains.entry(domain).or_default();
        count.beginning = count.beginning.saturating_sub(1);
        count.note();
    }

    /// It did not begin after all.
    pub fn not_begun(&mut self, domain: i32) {
        self.begun(domain);
        self.ended(domain);
    }

    /// A run ended.
    pub fn ended(&mut self, domain: i32) {
        let count = self.domains.entry(domain).or_default();
        count.open = count.open.saturating_sub(1);
        count.note();
    }

    /// Domains to count now; [`OpenRuns::counted`] is to follow for each.
    pub fn due(&mut self, now: Instant) -> Vec<i32> {
        let is_due = |count: &Count| {
            let pause = COUNT_EVERY.max(count.took * COUNT_SHARE);
            count.stale
                && count.counting.is_none()
                && count.counted_at.is_none_or(|at| now.duration_since(at) >= pause)
        };
        let mut domains = Vec::new();
        for (domain, count) in &mut self.domains {
            if is_due(count) {
                count.stale = false;
                count.counted_at = Some(now);
                count.counting = Some(Counting {
                    unsure: count.beginning,
                });
                domains.push(*domain);
            }
        }
        domains
    }

    /// So many are open by Postgres; none if it could not say.
    pub fn counted(&mut self, domain: i32, open: Option<u64>, now: Instant) {
        let count = self.domains.entry(domain).or_default();
        let Some(Counting { unsure }) = count.counting.take() else {
            return;
        };
        count.took = count
            .counted_at
            .map_or(Duration::ZERO, |at| now.duration_since(at));
        match open {
            Some(open) if open.abs_diff(count.open) > unsure => count.open = open,
            Some(_) => {}
            None => count.stale = true,
        }
    }

    /// What a count stops at.
    pub fn limit(&self) -> u64 {
        self.limit
    }
}

impl Count {
    fn note(&mut self) {
        if let Some(counting) = &mut self.counting {
            counting.unsure += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAIN: i32 = 7;

    #[test]
    fn no_more_than_the_limit_begin() {
        let mut runs = OpenRuns::new(3, [(DOMAIN, 1)]);
        assert!(runs.begin(DOMAIN) && runs.begin(DOMAIN) && !runs.begin(DOMAIN));
        assert!(runs.begin(8), "another domain has its own");
        runs.begun(DOMAIN);
        runs.not_begun(DOMAIN);
        assert!(runs.begin(DOMAIN) && !runs.begin(DOMAIN));
        runs.ended(DOMAIN);
        assert!(runs.begin(DOMAIN));
    }

    #[test]
    fn what_other_nodes_did_is_found_out() {
        let mut runs = OpenRuns::new(3, []);
        let began = Instant::now();
        assert!(runs.due(began).is_empty(), "nothing was started");
        assert!(runs.begin(DOMAIN));
        runs.begun(DOMAIN);
        assert_eq!(runs.due(began), [DOMAIN]);
        assert!(runs.due(began).is_empty(), "it is being counted");
        runs.counted(DOMAIN, Some(3), began);
        assert!(!runs.begin(DOMAIN));
        assert!(runs.due(began).is_empty(), "not so soon again");
        assert_eq!(runs.due(began + COUNT_EVERY), [DOMAIN]);
        runs.counted(DOMAIN, Some(0), began + COUNT_EVERY);
        assert!(runs.begin(DOMAIN));
    }

    #[test]
    fn what_takes_long_to_count_is_counted_less_often() {
        let mut runs = OpenRuns::new(3, []);
        assert!(runs.begin(DOMAIN));
        let began = Instant::now();
        assert_eq!(runs.due(began), [DOMAIN]);
        runs.counted(DOMAIN, Some(1), began + COUNT_EVERY);
        assert!(runs.begin(DOMAIN));
        assert!(runs.due(began + COUNT_EVERY * (COUNT_SHARE - 1)).is_empty());
        assert_eq!(runs.due(began + COUNT_EVERY * COUNT_SHARE), [DOMAIN]);
    }

    #[test]
    fn a_count_that_was_overtaken_changes_nothing() {
        let mut runs = OpenRuns::new(3, []);
        assert!(runs.begin(DOMAIN));
        assert_eq!(runs.due(Instant::now()), [DOMAIN]);
        assert!(runs.begin(DOMAIN) && runs.begin(DOMAIN));
        runs.counted(DOMAIN, Some(0), Instant::now());
        assert!(!runs.begin(DOMAIN));
    }
}
