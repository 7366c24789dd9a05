//! How scripts are drawn: mostly what a well-behaved decider and its workers do, with a little of everything else.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{Move, Script, name};
use crate::core::{Completion, NewRun};
use crate::model::{
    ActivityType, CancelTimer, CancelWorkflowExecution, ChildOutcome, ChildPolicy, CompleteWorkflowExecution,
    ContinueAsNewWorkflowExecution, Decision, FailWorkflowExecution, RecordMarker, RequestCancelActivityTask,
    RequestCancelExternalWorkflowExecution, ScheduleActivityTask, ScheduleLambdaFunction,
    SignalExternalWorkflowExecution, StartChildWorkflowExecution, StartTimer, TaskList, Text, Timeout,
    WorkflowType,
};

/// Runs of up to `length` moves.
pub fn scripts(length: usize) -> impl Strategy<Value = Script> {
    let moves = vec((pauses(), moves()), 0..length);
    (new_runs(), moves).prop_map(|(new, moves)| Script { new, moves })
}

fn new_runs() -> impl Strategy<Value = NewRun> {
    (
        option::of(any::<bool>()),
        option::of(timeouts()),
        option::of(Just(Timeout::Seconds(20))),
    )
        .prop_map(|(tagged, task_timeout, execution_timeout)| NewRun {
            workflow_type: WorkflowType::new("workflow", "1"),
            task_list: None,
            task_priority: None,
            input: Some(name("input")),
            execution_start_to_close_timeout: execution_timeout,
            task_start_to_close_timeout: task_timeout,
            tag_list: tagged.map(|_| name("tag")).into_iter().collect(),
            child_policy: None,
            lambda_role: None,
        })
}

/// Mostly little time passes; sometimes enough for clocks to ring; now and then the clock goes back.
fn pauses() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 0..50_i64, 3 => 500..3_000_i64, 1 => 3_000..15_000_i64, 1 => -100..0_i64]
}

fn moves() -> impl Strategy<Value = Move> {
    let rank = 0..4_usize;
    prop_oneof![
        6 => Just(Move::TakeDecision),
        10 => completions().prop_map(Move::Decide),
        6 => rank.clone().prop_map(Move::TakeActivity),
        3 => rank.clone().prop_map(Move::CompleteActivity),
        1 => rank.clone().prop_map(Move::FailActivity),
        1 => rank.clone().prop_map(Move::CancelActivity),
        4 => Just(Move::FireDue),
        1 => Just(Move::Signal),
        1 => Just(Move::RequestCancel),
        2 => rank.clone().prop_map(Move::ChildStarted),
        1 => rank.clone().prop_map(Move::ChildStartFailed),
        2 => (rank.clone(), outcomes()).prop_map(|(rank, outcome)| Move::ChildClosed(rank, outcome)),
        1 => (rank.clone(), any::<bool>()).prop_map(|(rank, taken)| Move::SignalAnswered(rank, taken)),
        1 => (rank.clone(), any::<bool>()).prop_map(|(rank, taken)| Move::CancelAnswered(rank, taken)),
        1 => prop_oneof![Just(Move::ExternalSignal), Just(Move::ExternalCancel), Just(Move::PolicyCancel)],
        1 => rank.clone().prop_map(Move::StaleActivity),
        1 => Just(Move::StaleDecision),
        1 => prop_oneof![
            3 => Just(Move::PolicyTerminate),
            1 => option::of(policies()).prop_map(Move::Terminate),
        ],
    ]
}

fn outcomes() -> impl Strategy<Value = ChildOutcome> {
    prop_oneof![
        Just(ChildOutcome::Completed(Some(name("result")))),
        Just(ChildOutcome::Failed {
            reason: None,
            details: None
        }),
        Just(ChildOutcome::Canceled(None)),
        Just(ChildOutcome::TimedOut),
        Just(ChildOutcome::Terminated),
    ]
}

fn completions() -> impl Strategy<Value = Completion> {
    (
        vec(decisions(), 0..5),
        option::weighted(0.1, closings()),
        option::weighted(0.1, Just(name(""))),
        option::weighted(0.15, option::of(Just(Timeout::Seconds(3)))),
        option::weighted(0.1, 0..5usize),
    )
        .prop_map(|(mut decisions, closing, execution_context, sticky, too_fast)| {
            decisions.extend(closing);
            Completion {
                decisions,
                too_fast: too_fast.into_iter().collect(),
                execution_context,
                task_list: sticky.map(|_| TaskList::new("sticky")),
                task_list_schedule_to_start_timeout: sticky.flatten(),
            }
        })
}

fn closings() -> impl Strategy<Value = Decision> {
    prop_oneof![
        Just(
            CompleteWorkflowExecution {
                result: Some(name("result"))
            }
            .into()
        ),
        Just(
            FailWorkflowExecution {
                reason: None,
                details: None
            }
            .into()
        ),
        Just(CancelWorkflowExecution { details: None }.into()),
        versions().prop_map(|version| {
            ContinueAsNewWorkflowExecution {
                workflow_type_version: Some(version),
                ..ContinueAsNewWorkflowExecution::default()
            }
            .into()
        }),
    ]
}

fn decisions() -> impl Strategy<Value = Decision> {
    let id = (0..5_u8).prop_map(|n| Text::from(format!("id{n}")));
    prop_oneof![
        8 => (id.clone(), versions(), option::of(timeouts())).prop_map(schedule_activity),
        2 => id.clone().prop_map(|activity_id| RequestCancelActivityTask { activity_id }.into()),
        5 => (id.clone(), 0..10_u32).prop_map(|(timer_id, seconds)| {
            let start_to_fire_timeout = Timeout::Seconds(seconds);
            StartTimer { timer_id, control: None, start_to_fire_timeout }.into()
        }),
        2 => id.clone().prop_map(|timer_id| CancelTimer { timer_id }.into()),
        1 => Just(RecordMarker { marker_name: name("marker"), details: None }.into()),
        3 => (id.clone(), versions()).prop_map(start_child),
        1 => id.clone().prop_map(|workflow_id| {
            let (run_id, input, control) = (None, None, None);
            let signal_name = name("signal");
            SignalExternalWorkflowExecution { workflow_id, run_id, signal_name, input, control }.into()
        }),
        1 => id.clone().prop_map(|workflow_id| {
            RequestCancelExternalWorkflowExecution { workflow_id, run_id: None, control: None }.into()
        }),
        1 => id.prop_map(|id| {
            let (control, input, start_to_close_timeout) = (None, None, None);
            ScheduleLambdaFunction { id, name: name("lambda"), control, input, start_to_close_timeout }.into()
        }),
        // Malformed: a closing decision that may not be the last, and a timer that would never fire.
        1 => prop_oneof![
            closings(),
            Just(StartTimer { timer_id: name("never"), control: None, start_to_fire_timeout: Timeout::None }.into()),
        ],
    ]
}

fn schedule_activity((activity_id, version, timeout): (Text, Text, Option<Timeout>)) -> Decision {
    ScheduleActivityTask {
        input: Some(name("input")),
        schedule_to_close_timeout: timeout,
        schedule_to_start_timeout: timeout,
        heartbeat_timeout: timeout,
        ..ScheduleActivityTask::new(ActivityType::new("activity", version), activity_id)
    }
    .into()
}

fn start_child((workflow_id, version): (Text, Text)) -> Decision {
    StartChildWorkflowExecution::new(WorkflowType::new("workflow", version), workflow_id).into()
}

fn versions() -> impl Strategy<Value = Text> {
    prop_oneof![8 => Just("1"), 1 => Just("deprecated"), 1 => Just("bare"), 1 => Just("unknown")]
        .prop_map(name)
}

fn timeouts() -> impl Strategy<Value = Timeout> {
    prop_oneof![Just(Timeout::None), (0..12_u32).prop_map(Timeout::Seconds)]
}

fn policies() -> impl Strategy<Value = ChildPolicy> {
    prop_oneof![
        Just(ChildPolicy::Terminate),
        Just(ChildPolicy::RequestCancel),
        Just(ChildPolicy::Abandon)
    ]
}
