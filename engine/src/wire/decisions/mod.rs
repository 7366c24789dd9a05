//! The decisions of a completed decision task. The whole list is checked before anything happens, and all that is wrong
//! with it is told at once.

mod activity;
mod child;
mod close;
mod external;
mod lambda;
mod marker;
mod timer;

use std::fmt;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::model::Decision;

use super::check::Check;
use super::refusal::Refusal;

/// Decisions that are read; of more only the number matters, as they are refused.
const READ_MAX: usize = 10_000;

/// The members of one kind of decision.
trait Attributes: Default {
    /// Reads them; the decision is to be used only after [`Check::done`].
    fn check(&self, check: &mut Check<'_>) -> Decision;
}

/// Declares the decisions: type, member of the request, member in Rust, what it consists of.
macro_rules! decisions {
    ($($name:literal $path:literal $member:ident: $attributes:ty;)*) => {
        /// All types, as messages name them.
        const TYPES: &[&str] = &[$($name),*];

        #[derive(Debug, Default, Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct DecisionShape {
            decision_type: Option<String>,
            $($member: Option<Box<$attributes>>,)*
        }

        impl DecisionShape {
            /// Checks the attributes of every type that are there, as SWF does, and those of the decision's own type.
            fn attributes(&self, check: &mut Check<'_>) -> Option<Decision> {
                let decision_type = self.decision_type.as_deref();
                let mut decided = None;
                $(
                    let is_decided = decision_type == Some($name);
                    if is_decided || self.$member.is_some() {
                        let read = |check: &mut Check<'_>| match &self.$member {
                            Some(attributes) => attributes.check(check),
                            None => <$attributes>::default().check(check),
                        };
                        let decision = check.within($path, read);
                        if is_decided {
                            decided = Some(decision);
                        }
                    }
                )*
                decided
            }

            /// Whether the attributes of the decision's own type are there.
            fn is_specified(&self) -> bool {
                match self.decision_type.as_deref() {
                    $(Some($name) => self.$member.is_some(),)*
                    _ => true,
                }
            }
        }
    };
}

// In the order in which the service itself lists the types.
decisions! {
    "CompleteWorkflowExecution" "completeWorkflowExecutionDecisionAttributes"
        complete_workflow_execution_decision_attributes: close::Complete;
    "StartTimer" "startTimerDecisionAttributes"
        start_timer_decision_attributes: timer::Start;
    "RequestCancelExternalWorkflowExecution" "requestCancelExternalWorkflowExecutionDecisionAttributes"
        request_cancel_external_workflow_execution_decision_attributes: external::RequestCancel;
    "SignalExternalWorkflowExecution" "signalExternalWorkflowExecutionDecisionAttributes"
        signal_external_workflow_execution_decision_attributes: external::Signal;
    "CancelTimer" "cancelTimerDecisionAttributes"
        cancel_timer_decision_attributes: timer::Cancel;
    "RecordMarker" "recordMarkerDecisionAttributes"
        record_marker_decision_attributes: marker::Record;
    "ScheduleActivityTask" "scheduleActivityTaskDecisionAttributes"
        schedule_activity_task_decision_attributes: activity::Schedule;
    "ContinueAsNewWorkflowExecution" "continueAsNewWorkflowExecutionDecisionAttributes"
        continue_as_new_workflow_execution_decision_attributes: close::ContinueAsNew;
    "ScheduleLambdaFunction" "scheduleLambdaFunctionDecisionAttributes"
        schedule_lambda_function_decision_attributes: lambda::Schedule;
    "FailWorkflowExecution" "failWorkflowExecutionDecisionAttributes"
        fail_workflow_execution_decision_attributes: close::Fail;
    "RequestCancelActivityTask" "requestCancelActivityTaskDecisionAttributes"
        request_cancel_activity_task_decision_attributes: activity::RequestCancel;
    "StartChildWorkflowExecution" "startChildWorkflowExecutionDecisionAttributes"
        start_child_workflow_execution_decision_attributes: child::Start;
    "CancelWorkflowExecution" "cancelWorkflowExecutionDecisionAttributes"
        cancel_workflow_execution_decision_attributes: close::Cancel;
}

/// The types that end a run.
const CLOSING_TYPES: [&str; 4] = [
    "CompleteWorkflowExecution",
    "FailWorkflowExecution",
    "CancelWorkflowExecution",
    "ContinueAsNewWorkflowExecution",
];

/// A list of decisions as requests have it.
#[derive(Debug, Default)]
pub(super) struct DecisionList {
    first: Vec<DecisionShape>,
    count: usize,
}

impl DecisionList {
    /// Refuses a list that goes on after the run is closed. This is told before anything else.
    pub(super) fn check_order(&self) -> Result<(), Refusal> {
        let before_last = self.count.saturating_sub(1).min(self.first.len());
        let closes = |shape: &DecisionShape| {
            let of = shape.decision_type.as_deref();
            of.is_some_and(|of| CLOSING_TYPES.contains(&of))
        };
        if self.first[..before_last].iter().any(closes) {
            return Err(Refusal::validation("Close must be last decision in list"));
        }
        Ok(())
    }

    /// Reads the decisions; they are to be used only after [`Check::done`] and [`DecisionList::check_specified`].
    pub(super) fn check(&self, check: &mut Check<'_>) -> Vec<Decision> {
        let max = check.limits().decisions.min(READ_MAX);
        if self.count > max {
            check.wrong(
                "decisions",
                &format!("{} decisions", self.count),
                format!("have length less than or equal to {max}"),
            );
            return Vec::new();
        }
        let read = |(index, shape): (usize, &DecisionShape)| {
            check.within(&format!("decisions.{}.member", index + 1), |check| {
                shape.check(check)
            })
        };
        self.first.iter().enumerate().filter_map(read).collect()
    }

    /// Refuses a decision without the attributes of its type. Where one of them must be there, [`DecisionList::check`]
    /// has said so already.
    pub(super) fn check_specified(&self) -> Result<(), Refusal> {
        let unspecified = self.first.iter().find(|shape| !shape.is_specified());
        match unspecified.and_then(|shape| shape.decision_type.as_deref()) {
            None => Ok(()),
            Some(of) => Err(Refusal::validation(format!(
                "{of}DecisionAttributes must be specified for decision of type {of}"
            ))),
        }
    }
}

impl DecisionShape {
    fn check(&self, check: &mut Check<'_>) -> Option<Decision> {
        match self.decision_type.as_deref() {
            None => check.missing("decisionType"),
            Some(known) if TYPES.contains(&known) => {}
            Some(unknown) => {
                let must = format!("satisfy enum value set: [{}]", TYPES.join(", "));
                check.wrong("decisionType", unknown, must);
            }
        }
        self.attributes(check)
    }
}

impl<'de> Deserialize<'de> for DecisionList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Reader)
    }
}

/// Reads as many decisions as may be, and counts the rest.
struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = DecisionList;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of decisions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<DecisionList, A::Error> {
        let mut list = DecisionList::default();
        while list.first.len() < READ_MAX {
            let Some(decision) = items.next_element()? else {
                break;
            };
            list.first.push(decision);
        }
        list.count = list.first.len();
        while items.next_element::<IgnoredAny>()?.is_some() {
            list.count += 1;
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests;
