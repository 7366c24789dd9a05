//! The executor on histories written by hand.

use crate::model::{
    CloseDecisionFailedCause, CompleteWorkflowExecutionFailed, Decision, DecisionTaskTimedOut,
    DecisionTaskTimeoutType,
};
use crate::node::{Decided, Decider};
use crate::sdk::run::WorkflowDecider;
use crate::sdk::{Either, Workflow, Workflows};

use super::history::{History, execution, names};
use super::{Say, SayOne, workflow};

fn decider<W: Workflow>() -> WorkflowDecider {
    WorkflowDecider::new(Workflows::new().add::<W>())
}

fn failure(decided: Decided) -> String {
    match decided {
        Decided::Failed(message) => message,
        other => panic!("{other:?}"),
    }
}

fn result(decisions: &[Decision]) -> &str {
    match decisions {
        [Decision::CompleteWorkflowExecution(complete)] => complete.result.as_deref().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_activity_is_scheduled_and_its_result_ends_the_run() {
    let (mut history, mut decider) = (History::of(&SayOne), decider::<SayOne>());
    let first = history.decide(&mut decider, 0);
    let [Decision::ScheduleActivityTask(schedule)] = &*first else {
        panic!("{first:?}")
    };
    assert_eq!(
        (&*schedule.activity_type.name, &*schedule.activity_id),
        ("say", "1")
    );
    assert_eq!(schedule.input.as_deref(), Some("1"));
    history.complete();
    let scheduled = history.activity_scheduled("say", "1");
    history.activity_completed(scheduled, "1");
    history.task();
    assert_eq!(result(&history.decide(&mut decider, 3)), "1");
}

workflow!(
    Race,
    "race",
    u32,
    |ctx| match ctx.race(ctx.run(Say(1)), ctx.run(Say(2))).await {
        Either::Left(one) => Ok(one?),
        Either::Right(two) => Ok(two?),
    }
);

/// Fed at once, both would be ready and the first named would win; the history says that the second was first.
#[test]
fn two_completions_in_one_task_are_told_one_by_one() {
    let (mut history, mut live) = (History::of(&Race), decider::<Race>());
    assert_eq!(history.decide(&mut live, 0).len(), 2);
    history.complete();
    let (one, two) = (
        history.activity_scheduled("say", "1"),
        history.activity_scheduled("say", "2"),
    );
    history.activity_completed(two, "2");
    history.activity_completed(one, "1");
    history.task();
    assert_eq!(result(&history.decide(&mut live, 3)), "2");
    assert_eq!(result(&history.decide(&mut decider::<Race>(), 0)), "2");
}

#[test]
fn a_close_that_came_too_early_is_decided_again() {
    let (mut history, mut live) = (History::of(&SayOne), decider::<SayOne>());
    history.decide(&mut live, 0);
    history.complete();
    let scheduled = history.activity_scheduled("say", "1");
    history.activity_completed(scheduled, "1");
    history.task();
    let seen = history.events.len() as u64;
    assert_eq!(result(&history.decide(&mut live, 3)), "1");
    history.signaled("late");
    let decision_task_completed_event_id = history.complete();
    let cause = CloseDecisionFailedCause::UnhandledDecision;
    history.push(CompleteWorkflowExecutionFailed {
        cause,
        decision_task_completed_event_id,
    });
    history.task();
    assert_eq!(result(&history.decide(&mut live, seen)), "1");
    assert_eq!(result(&history.decide(&mut decider::<SayOne>(), 0)), "1");
}

#[test]
fn what_a_lost_task_would_have_told_comes_with_the_next() {
    let mut history = History::of(&SayOne);
    history.push(DecisionTaskTimedOut {
        timeout_type: DecisionTaskTimeoutType::StartToClose,
        scheduled_event_id: 2,
        started_event_id: 3,
    });
    history.task();
    assert_eq!(
        names(&history.decide(&mut decider::<SayOne>(), 0)),
        ["ScheduleActivityTask"]
    );
}

#[test]
fn a_run_that_is_not_known_is_asked_for() {
    let (mut history, mut live) = (History::of(&SayOne), decider::<SayOne>());
    history.decide(&mut live, 0);
    history.complete();
    history.activity_scheduled("say", "1");
    history.signaled("now");
    history.task();
    assert!(
        matches!(
            decider::<SayOne>().decide(&history.input(3)),
            Decided::NeedsHistory
        ),
        "never seen"
    );
    assert!(
        matches!(live.decide(&history.input(4)), Decided::NeedsHistory),
        "event 4 is missing"
    );
    assert!(
        matches!(live.decide(&history.input(3)), Decided::NeedsHistory),
        "dropped after the gap"
    );
    assert!(history.decide(&mut live, 0).is_empty());
    live.forget(execution().run_id);
    assert!(
        matches!(live.decide(&history.input(3)), Decided::NeedsHistory),
        "forgotten"
    );
}

/// What the decider kept was never committed: somebody else decided, and other things happened.
#[test]
fn a_past_that_was_never_committed_is_dropped() {
    let (mut history, mut live) = (History::of(&Race), decider::<Race>());
    history.decide(&mut live, 0);
    history.complete();
    history.activity_scheduled("say", "1");
    history.task();
    assert!(matches!(live.decide(&history.input(3)), Decided::NeedsHistory));
}

workflow!(Panics, "panics", (), |_ctx| panic!("no way {}", 7));

workflow!(Spins, "spins", (), |_ctx| {
    futures::future::poll_fn(|cx| {
        cx.waker().wake_by_ref();
        std::task::Poll::<()>::Pending
    })
    .await;
    Ok(())
});

#[test]
fn code_that_panics_or_spins_harms_nobody() {
    let message = failure(decider::<Panics>().decide(&History::of(&Panics).input(0)));
    assert_eq!(message, "the workflow panicked: no way 7");
    let message = failure(decider::<Spins>().decide(&History::of(&Spins).input(0)));
    assert!(message.contains("wakes itself without end"), "{message}");
    let message = failure(decider::<Spins>().decide(&History::of(&SayOne).input(0)));
    assert_eq!(
        message,
        "workflow type say-one 1 is not registered with this decider"
    );
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Strict {
    number: u32,
}

impl Workflow for Strict {
    type Output = u32;
    const NAME: &'static str = "say-one";

    async fn run(self, _: crate::sdk::WorkflowContext) -> Result<u32, crate::sdk::WorkflowError> {
        Ok(self.number)
    }
}

#[test]
fn an_input_that_can_not_be_read_fails_the_run() {
    let decisions = History::of(&SayOne).decide(&mut decider::<Strict>(), 0);
    let [Decision::FailWorkflowExecution(fail)] = &*decisions else {
        panic!("{decisions:?}")
    };
    assert_eq!(fail.reason.as_deref(), Some("unreadable_payload"));
}
