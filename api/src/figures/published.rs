//! The figures as metrics: levels, the same for Prometheus and CloudWatch.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use docstore_activities::catalog::Plan;
use docstore_activities::ports::metrics::{Datum, Unit};

use super::Figures;
use crate::cli::state_name;

/// What tells a series of levels from others: its name and its dimensions.
pub type Series = (&'static str, Vec<(String, String)>);

/// A level: its name, its dimensions, its value.
type Level = (&'static str, Vec<(&'static str, String)>, f64);

impl Figures {
    /// Every figure as a level. Series of `published` that have no figure any more are zero; afterwards it has those
    /// of now.
    pub fn as_metrics(&self, published: &mut HashSet<Series>) -> Vec<Datum> {
        let mut levels: BTreeMap<Series, f64> = published.drain().map(|series| (series, 0.0)).collect();
        for (name, dimensions, value) in self.levels() {
            let dimensions = dimensions
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            *levels.entry((name, dimensions)).or_default() = value;
        }
        let datum = |((name, dimensions), value): (&Series, &f64)| Datum {
            name: (*name).to_owned(),
            value: *value,
            unit: Unit::Level,
            dimensions: dimensions.clone(),
            at: self.at,
        };
        let data = levels.iter().map(datum).collect();
        published.extend(levels.into_keys());
        data
    }

    fn levels(&self) -> Vec<Level> {
        let mut levels = Vec::new();
        for total in &self.totals {
            let of = || {
                vec![
                    ("account_type", plan_name(total.plan).to_owned()),
                    ("kind", total.kind.clone()),
                ]
            };
            levels.push(("documents", of(), total.documents as f64));
            levels.push(("stored_bytes", of(), total.bytes as f64));
            levels.push((
                "average_document_bytes",
                of(),
                total.bytes as f64 / total.documents.max(1) as f64,
            ));
        }
        for plan in [Plan::Free, Plan::Premium] {
            for (name, hours_ago) in [("current", 0), ("last", 1)] {
                let hour = hour_of(self.at, hours_ago);
                let uploads = self
                    .uploads
                    .iter()
                    .filter(|of| of.plan == plan && of.hour == hour);
                let documents: u64 = uploads.map(|of| of.documents).sum();
                let of = vec![
                    ("account_type", plan_name(plan).to_owned()),
                    ("hour", name.to_owned()),
                ];
                levels.push(("hourly_uploads", of, documents as f64));
            }
        }
        for of in &self.under_way {
            levels.push((
                "documents_under_way",
                vec![("state", state_name(of.state))],
                of.documents as f64,
            ));
        }
        for of in &self.failures {
            let dimensions = vec![("state", state_name(of.state)), ("reason", of.reason.clone())];
            levels.push(("documents_not_well", dimensions, of.documents as f64));
        }
        let times = self.processing;
        for (percentile, seconds) in [("p50", times.p50), ("p90", times.p90), ("p99", times.p99)] {
            let dimensions = vec![("percentile", percentile.to_owned())];
            levels.extend(seconds.map(|seconds| ("processing_seconds", dimensions, seconds)));
        }
        if let Some(depth) = self.queue {
            for (state, messages) in [
                ("waiting", depth.waiting),
                ("in_flight", depth.in_flight),
                ("dead", depth.dead),
            ] {
                levels.push((
                    "queue_messages",
                    vec![("state", state.to_owned())],
                    messages as f64,
                ));
            }
        }
        for (list, waiting) in &self.tasks {
            levels.push((
                "tasks_waiting",
                vec![("task_list", (*list).to_owned())],
                *waiting as f64,
            ));
        }
        // The log of an hour is complete when the next one is.
        if let Some(of) = self.traffic.iter().find(|of| of.hour == hour_of(self.at, 1)) {
            levels.push(("hourly_requests", Vec::new(), of.requests as f64));
            levels.push(("hourly_faults", Vec::new(), of.faults as f64));
            levels.push(("hourly_accounts", Vec::new(), of.accounts as f64));
        }
        levels
    }
}

/// The beginning of the hour that was so many hours ago.
pub fn hour_of(at: DateTime<Utc>, hours_ago: i64) -> DateTime<Utc> {
    let hour = at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at);
    hour - TimeDelta::hours(hours_ago)
}

/// What a plan is called in figures.
pub fn plan_name(plan: Plan) -> &'static str {
    match plan {
        Plan::Free => "free",
        Plan::Premium => "premium",
    }
}

#[cfg(test)]
mod tests {
    use docstore_activities::catalog::{ProcessingTimes, Total};

    use super::*;

    fn figures(totals: Vec<Total>) -> Figures {
        Figures {
            at: DateTime::UNIX_EPOCH,
            totals,
            uploads: Vec::new(),
            traffic: Vec::new(),
            under_way: Vec::new(),
            failures: Vec::new(),
            processing: ProcessingTimes::default(),
            queue: None,
            tasks: Vec::new(),
        }
    }

    #[test]
    fn what_is_no_more_is_zero() {
        let pdfs = Total {
            plan: Plan::Free,
            kind: "pdf".to_owned(),
            documents: 2,
            bytes: 3_000,
        };
        let mut published = HashSet::new();
        let level = |data: &[Datum], name: &str| {
            let found = data.iter().find(|datum| datum.name == name);
            found.map(|datum| datum.value)
        };
        let data = figures(vec![pdfs]).as_metrics(&mut published);
        assert_eq!(level(&data, "documents"), Some(2.0));
        assert_eq!(level(&data, "average_document_bytes"), Some(1_500.0));
        let data = figures(Vec::new()).as_metrics(&mut published);
        assert_eq!(level(&data, "documents"), Some(0.0));
        assert_eq!(level(&data, "stored_bytes"), Some(0.0));
        assert_eq!(level(&data, "processing_seconds"), None);
    }
}
