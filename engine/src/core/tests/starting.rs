//! How runs begin, timers are refused, and histories are read.

use super::run::{Run, new_run, run_id, text, timer};
use crate::core::generate::{self, EPOCH};
use crate::core::{CorruptHistory, Execution, NewRun, Rules, start};
use crate::model::{
    CancelTimer, ChildPolicy, Event, Fault, FaultKind, Limits, TaskList, Timeout, WorkflowType,
    WorkflowTypeDefaults,
};

fn refusal(new: &NewRun, unset: fn(&mut WorkflowTypeDefaults)) -> Fault {
    let (limits, mut types) = (Limits::default(), generate::types());
    unset(
        &mut types
            .workflows
            .get_mut(&WorkflowType::new("workflow", "1"))
            .unwrap()
            .defaults,
    );
    start(
        new,
        &Rules {
            limits: &limits,
            types: &types,
        },
    )
    .unwrap_err()
}

#[test]
fn each_missing_default_is_named() {
    type Unset = fn(&mut WorkflowTypeDefaults);
    let cases: [(Unset, &str); 4] = [
        (|d| d.default_task_list = None, "defaultTaskList"),
        (
            |d| d.default_task_start_to_close_timeout = None,
            "defaultTaskStartToCloseTimeout",
        ),
        (
            |d| d.default_execution_start_to_close_timeout = None,
            "defaultExecutionStartToCloseTimeout",
        ),
        (|d| d.default_child_policy = None, "defaultChildPolicy"),
    ];
    for (unset, name) in cases {
        assert_eq!(
            refusal(&new_run(), unset),
            Fault::new(FaultKind::DefaultUndefinedFault, name)
        );
    }
}

#[test]
fn a_type_must_be_there_and_in_use() {
    let of = |version| NewRun {
        workflow_type: WorkflowType::new("workflow", version),
        ..new_run()
    };
    let unknown = refusal(&of("unknown"), |_| {});
    assert_eq!(
        unknown.message,
        "Unknown type: WorkflowType=[name=workflow, version=unknown]"
    );
    let deprecated = refusal(&of("deprecated"), |_| {});
    assert_eq!(deprecated.kind, FaultKind::TypeDeprecatedFault);
    assert_eq!(
        deprecated.message,
        "WorkflowType=[name=workflow, version=deprecated]"
    );
}

#[test]
fn tags_and_time_are_limited() {
    let tagged = NewRun {
        tag_list: vec![text("tag"); 6],
        ..new_run()
    };
    let endless = NewRun {
        execution_start_to_close_timeout: Some(Timeout::None),
        ..new_run()
    };
    let long = Some(Timeout::Seconds(Limits::default().execution_seconds + 1));
    let long = NewRun {
        execution_start_to_close_timeout: long,
        ..new_run()
    };
    for new in [tagged, endless, long] {
        assert_eq!(refusal(&new, |_| {}).kind, FaultKind::ValidationException);
    }
}

#[test]
fn what_is_asked_for_comes_before_the_default() {
    let run = Run::of(&NewRun {
        task_list: Some(TaskList::new("own")),
        execution_start_to_close_timeout: Some(Timeout::Seconds(7)),
        task_start_to_close_timeout: Some(Timeout::None),
        child_policy: Some(ChildPolicy::Abandon),
        tag_list: vec![text("tag")],
        ..new_run()
    });
    let started = run.attributes(1);
    assert_eq!(started["taskList"]["name"], "own");
    assert_eq!(started["executionStartToCloseTimeout"], "7");
    assert_eq!(started["taskStartToCloseTimeout"], "NONE");
    assert_eq!(started["childPolicy"], "ABANDON");
    assert_eq!(started["tagList"][0], "tag");
    assert_eq!(started["parentInitiatedEventId"], 0);
    assert_eq!(run.attributes(2)["taskList"]["name"], "own");
    assert!(Run::new().attributes(1).get("tagList").is_none());
}

#[test]
fn each_refused_timer_has_its_cause() {
    let mut run = Run::new();
    run.limits.open_timers = 2;
    let cancel = |id| CancelTimer { timer_id: text(id) }.into();
    run.decide([
        timer("a", 9),
        timer("a", 9),
        timer("b", 9),
        timer("c", 9),
        cancel("c"),
        cancel("a"),
        cancel("a"),
        timer("a", 9),
    ]);
    run.expect(
        5,
        "5 TimerStarted dec 4
         6 StartTimerFailed dec 4 TIMER_ID_ALREADY_IN_USE
         7 TimerStarted dec 4
         8 StartTimerFailed dec 4 OPEN_TIMERS_LIMIT_EXCEEDED
         9 CancelTimerFailed dec 4 TIMER_ID_UNKNOWN
         10 TimerCanceled dec 4 started 5
         11 CancelTimerFailed dec 4 TIMER_ID_UNKNOWN
         12 TimerStarted dec 4
         13 DecisionTaskScheduled",
    );
}

#[test]
fn one_call_fires_a_bounded_number_of_clocks() {
    let mut run = Run::new();
    let timers: Vec<_> = (0..1_000).map(|n| timer(&n.to_string(), 1)).collect();
    run.answer(crate::core::Completion {
        decisions: timers,
        ..Default::default()
    })
    .unwrap();
    let before = run.history.len();
    run.fire_at(1_000);
    let fired = run.history.len() - before;
    assert!((900..=1_000).contains(&fired), "{fired}");
    assert_eq!(
        run.execution.next_deadline(),
        Some(EPOCH.plus_millis(1_000)),
        "more is due"
    );
    run.fire_at(1_000);
    assert_eq!(run.execution.open_counts().timers, 0);
}

#[test]
fn time_does_not_go_back_within_a_run() {
    let mut run = Run::new();
    run.now = EPOCH.plus_millis(500);
    run.signal();
    run.now = EPOCH;
    run.signal();
    assert_eq!(run.event(4).at, EPOCH.plus_millis(500));
}

#[test]
fn a_history_that_no_run_wrote_is_not_read() {
    let run = Run::new();
    let read = |events: Vec<Event>| Execution::from_history(text("domain"), run_id("workflow", 1), &events);
    let [first, second] = &run.history[..] else {
        panic!("two events")
    };
    assert_eq!(read(Vec::new()), Err(CorruptHistory::NotStarted));
    assert_eq!(read(vec![second.clone()]), Err(CorruptHistory::NotStarted));
    let twice = read(vec![first.clone(), second.clone(), second.clone()]);
    assert_eq!(
        twice,
        Err(CorruptHistory::Gap {
            expected: 3,
            found: 2
        })
    );
}
