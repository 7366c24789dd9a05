//! How many calls of an action a node takes: a bucket of tokens an action, filled again at a steady rate, of the sizes
//! that Amazon grants an account by default. A node has one account, and its own buckets.

use std::collections::HashMap;
use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::model::{Decision, Fault};

/// Tokens in a full bucket, and those that are added a second.
struct Bucket {
    action: &'static str,
    size: u32,
    per_second: u32,
}

const fn bucket(action: &'static str, size: u32, per_second: u32) -> Bucket {
    Bucket {
        action,
        size,
        per_second,
    }
}

/// Amazon names no numbers for the two deletions; they have those of the deprecations.
const BUCKETS: [Bucket; 39] = [
    bucket("CountClosedWorkflowExecutions", 2_000, 6),
    bucket("CountOpenWorkflowExecutions", 2_000, 6),
    bucket("CountPendingActivityTasks", 200, 6),
    bucket("CountPendingDecisionTasks", 200, 6),
    bucket("DeleteActivityType", 200, 6),
    bucket("DeleteWorkflowType", 200, 6),
    bucket("DeprecateActivityType", 200, 6),
    bucket("DeprecateDomain", 200, 6),
    bucket("DeprecateWorkflowType", 200, 6),
    bucket("DescribeActivityType", 2_000, 6),
    bucket("DescribeDomain", 200, 6),
    bucket("DescribeWorkflowExecution", 2_000, 6),
    bucket("DescribeWorkflowType", 2_000, 6),
    bucket("GetWorkflowExecutionHistory", 2_000, 60),
    bucket("ListActivityTypes", 200, 6),
    bucket("ListClosedWorkflowExecutions", 200, 6),
    bucket("ListDomains", 100, 6),
    bucket("ListOpenWorkflowExecutions", 200, 48),
    bucket("ListTagsForResource", 50, 30),
    bucket("ListWorkflowTypes", 200, 6),
    bucket("PollForActivityTask", 2_000, 200),
    bucket("PollForDecisionTask", 2_000, 200),
    bucket("RecordActivityTaskHeartbeat", 2_000, 160),
    bucket("RegisterActivityType", 200, 60),
    bucket("RegisterDomain", 100, 6),
    bucket("RegisterWorkflowType", 200, 60),
    bucket("RequestCancelWorkflowExecution", 2_000, 30),
    bucket("RespondActivityTaskCanceled", 2_000, 200),
    bucket("RespondActivityTaskCompleted", 2_000, 200),
    bucket("RespondActivityTaskFailed", 2_000, 200),
    bucket("RespondDecisionTaskCompleted", 2_000, 200),
    bucket("SignalWorkflowExecution", 2_000, 30),
    bucket("StartWorkflowExecution", 2_000, 200),
    bucket("TagResource", 50, 30),
    bucket("TerminateWorkflowExecution", 2_000, 60),
    bucket("UndeprecateActivityType", 200, 6),
    bucket("UndeprecateDomain", 100, 6),
    bucket("UndeprecateWorkflowType", 200, 6),
    bucket("UntagResource", 50, 30),
];

/// Decisions are counted beside the call that carries them.
const DECISION_BUCKETS: [Bucket; 5] = [
    bucket("RequestCancelExternalWorkflowExecution", 1_200, 120),
    bucket("ScheduleActivityTask", 1_000, 200),
    bucket("SignalExternalWorkflowExecution", 1_200, 120),
    bucket("StartChildWorkflowExecution", 500, 12),
    bucket("StartTimer", 2_000, 200),
];

/// The buckets of a node; none when it takes any number of calls.
pub(super) struct Throttle(HashMap<&'static str, DefaultDirectRateLimiter>);

impl Throttle {
    pub(super) fn new(on: bool) -> Self {
        let buckets = BUCKETS.iter().chain(&DECISION_BUCKETS).filter(|_| on);
        Throttle(buckets.map(|bucket| (bucket.action, bucket.limiter())).collect())
    }

    /// Takes a token for a call of the action.
    pub(super) fn check(&self, action: &str) -> Result<(), Fault> {
        match self.0.get(action).map(RateLimiter::check) {
            Some(Err(_)) => Err(Fault::throttled()),
            Some(Ok(())) | None => Ok(()),
        }
    }

    /// Takes a token for each decision; the positions of those that got none.
    pub(super) fn too_fast(&self, decisions: &[Decision]) -> Vec<usize> {
        let named = decisions.iter().map(Decision::name).enumerate();
        named
            .filter(|(_, name)| self.check(name).is_err())
            .map(|(position, _)| position)
            .collect()
    }
}

impl Bucket {
    fn limiter(&self) -> DefaultDirectRateLimiter {
        let positive = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(positive(self.per_second));
        RateLimiter::direct(quota.allow_burst(positive(self.size)))
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{RecordMarker, StartTimer, Timeout};

    use super::super::ACTIONS;
    use super::*;

    #[test]
    fn every_action_has_a_bucket() {
        let throttle = Throttle::new(true);
        assert_eq!(throttle.0.len(), BUCKETS.len() + DECISION_BUCKETS.len());
        for action in ACTIONS {
            assert!(throttle.0.contains_key(action.name), "{}", action.name);
        }
    }

    #[test]
    fn an_empty_bucket_refuses_its_action_only() {
        let throttle = Throttle::new(true);
        let taken = (0..200).filter(|_| throttle.check("ListDomains").is_ok()).count();
        assert!((100..200).contains(&taken), "{taken}");
        assert_eq!(throttle.check("ListDomains"), Err(Fault::throttled()));
        assert_eq!(throttle.check("DescribeDomain"), Ok(()));
    }

    #[test]
    fn decisions_beyond_their_bucket_are_named() {
        let timer = Decision::from(StartTimer {
            timer_id: "t".into(),
            control: None,
            start_to_fire_timeout: Timeout::Seconds(1),
        });
        let marker = Decision::from(RecordMarker {
            marker_name: "m".into(),
            details: None,
        });
        let mut decisions = vec![timer; 4_000];
        decisions.push(marker);
        let too_fast = Throttle::new(true).too_fast(&decisions);
        assert!((1_000..=2_000).contains(&too_fast.len()), "{}", too_fast.len());
        assert!(!too_fast.contains(&0) && !too_fast.contains(&4_000));
        assert!(Throttle::new(false).too_fast(&decisions).is_empty());
    }

    #[test]
    fn throttling_is_off_unless_asked_for() {
        let throttle = Throttle::new(false);
        assert!((0..1_000).all(|_| throttle.check("ListDomains").is_ok()));
    }
}
