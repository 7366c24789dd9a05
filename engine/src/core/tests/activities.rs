//! Activity tasks: every way to schedule, refuse, do, give up and lose one.

use super::run::{Run, activity, patient_activity, text};
use crate::core::generate::EPOCH;
use crate::core::{Command, heartbeat};
use crate::model::{
    ActivityType, ActivityTypeDefaults, Decision, EventId, Fault, RequestCancelActivityTask,
    ScheduleActivityTask, TaskList, TaskPriority, Timeout,
};

fn cancel(id: &str) -> Decision {
    RequestCancelActivityTask {
        activity_id: text(id),
    }
    .into()
}

#[test]
fn values_are_resolved_from_the_type() {
    let mut run = Run::new();
    let mut own = activity("own");
    own.task_list = Some(TaskList::new("own"));
    own.heartbeat_timeout = Some(Timeout::None);
    own.task_priority = Some(TaskPriority(3));
    run.decide([activity("default").into(), own.into()]);
    let default = run.attributes(5);
    let resolved = [
        "scheduleToStartTimeout",
        "scheduleToCloseTimeout",
        "startToCloseTimeout",
        "heartbeatTimeout",
    ]
    .map(|member| default[member].as_str().unwrap().to_owned());
    assert_eq!(resolved, ["8", "10", "6", "4"]);
    assert_eq!(default["taskList"]["name"], "activities");
    assert_eq!(run.attributes(6)["taskList"]["name"], "own");
    assert_eq!(run.attributes(6)["heartbeatTimeout"], "NONE");
    assert_eq!(run.attributes(6)["taskPriority"], "3");
}

#[track_caller]
fn refused(run: &mut Run, decision: ScheduleActivityTask, cause: &str) {
    let next = run.execution.next_event_id;
    run.decide([decision.into()]);
    let (completed, failed, task) = (next + 1, next + 2, next + 3);
    let scheduled = run.attributes(completed)["scheduledEventId"].clone();
    run.expect(
        completed,
        &format!(
            "{completed} DecisionTaskCompleted sched {scheduled} started {next}
             {failed} ScheduleActivityTaskFailed dec {completed} {cause}
             {task} DecisionTaskScheduled"
        ),
    );
}

#[test]
fn every_refusal_has_its_cause() {
    let of = |version| ScheduleActivityTask {
        activity_type: ActivityType::new("activity", version),
        ..activity("b")
    };
    let mut run = Run::new();
    refused(&mut run, of("unknown"), "ACTIVITY_TYPE_DOES_NOT_EXIST");
    refused(&mut run, of("deprecated"), "ACTIVITY_TYPE_DEPRECATED");
    run.decide([
        patient_activity("a").into(),
        activity("missing").into(),
        cancel("missing"),
    ]);
    refused(&mut run, patient_activity("a"), "ACTIVITY_ID_ALREADY_IN_USE");
    run.limits.open_activities = 1;
    refused(&mut run, activity("b"), "OPEN_ACTIVITIES_LIMIT_EXCEEDED");
}

#[test]
fn each_missing_default_has_its_cause() {
    type Unset = fn(&mut ActivityTypeDefaults);
    let cases: [(Unset, &str); 5] = [
        (
            |d| d.default_task_schedule_to_close_timeout = None,
            "DEFAULT_SCHEDULE_TO_CLOSE_TIMEOUT_UNDEFINED",
        ),
        (|d| d.default_task_list = None, "DEFAULT_TASK_LIST_UNDEFINED"),
        (
            |d| d.default_task_schedule_to_start_timeout = None,
            "DEFAULT_SCHEDULE_TO_START_TIMEOUT_UNDEFINED",
        ),
        (
            |d| d.default_task_start_to_close_timeout = None,
            "DEFAULT_START_TO_CLOSE_TIMEOUT_UNDEFINED",
        ),
        (
            |d| d.default_task_heartbeat_timeout = None,
            "DEFAULT_HEARTBEAT_TIMEOUT_UNDEFINED",
        ),
    ];
    for (unset, cause) in cases {
        let mut run = Run::new();
        let record = run
            .types
            .activities
            .get_mut(&ActivityType::new("activity", "1"))
            .unwrap();
        unset(&mut record.defaults);
        refused(&mut run, activity("a"), cause);
    }
}

#[test]
fn an_id_is_free_again_once_its_activity_ended() {
    let mut run = Run::new();
    run.decide([activity("a").into()]);
    run.take_activity(5);
    run.complete_activity(5, 6);
    run.decide([activity("a").into()]);
    run.expect(11, "11 ActivityTaskScheduled dec 10");
}

#[test]
fn a_task_is_handed_out_once_and_answered_by_that_attempt_only() {
    let mut run = Run::new();
    run.decide([activity("a").into()]);
    let take = || Command::StartActivityTask {
        scheduled_event_id: 5,
        identity: Some(text("worker")),
    };
    let answer = |started_event_id: EventId| Command::CompleteActivityTask {
        scheduled_event_id: 5,
        started_event_id,
        result: None,
    };
    assert_eq!(
        run.give(answer(6)),
        Err(Fault::unknown_activity_task(5)),
        "not taken yet"
    );
    run.give(take()).unwrap();
    assert_eq!(run.attributes(6)["identity"], "worker");
    assert_eq!(run.give(take()), Err(Fault::unknown_activity_task(5)));
    assert_eq!(
        run.give(answer(7)),
        Err(Fault::unknown_activity_task(5)),
        "another attempt's answer"
    );
    run.give(answer(6)).unwrap();
    assert_eq!(run.give(answer(6)), Err(Fault::unknown_activity_task(5)));
}

#[test]
fn a_failure_says_why() {
    let mut run = Run::new();
    run.decide([activity("a").into()]);
    run.take_activity(5);
    let (reason, details) = (Some(text("reason")), Some(text("details")));
    run.give(Command::FailActivityTask {
        scheduled_event_id: 5,
        started_event_id: 6,
        reason,
        details,
    })
    .unwrap();
    run.expect(
        7,
        "7 ActivityTaskFailed sched 5 started 6\n8 DecisionTaskScheduled",
    );
    assert_eq!(run.attributes(7)["reason"], "reason");
}

#[test]
fn a_waiting_task_is_canceled_at_once() {
    let mut run = Run::new();
    run.decide([
        activity("a").into(),
        cancel("a"),
        activity("a").into(),
        cancel("b"),
    ]);
    run.expect(
        5,
        "5 ActivityTaskScheduled dec 4
         6 ActivityTaskCancelRequested dec 4
         7 ActivityTaskCanceled sched 5 started 0 cancel 6
         8 DecisionTaskScheduled
         9 ActivityTaskScheduled dec 4
         10 RequestCancelActivityTaskFailed dec 4 ACTIVITY_ID_UNKNOWN",
    );
}

#[test]
fn a_worker_hears_of_a_cancel_request_and_may_give_up_or_go_on() {
    for gives_up in [true, false] {
        let mut run = Run::new();
        run.decide([activity("a").into()]);
        run.take_activity(5);
        run.signal();
        assert_eq!(heartbeat(&mut run.execution, 5, 6, None, run.now), Ok(false));
        run.decide([cancel("a"), cancel("a")]);
        assert_eq!(heartbeat(&mut run.execution, 5, 6, None, run.now), Ok(true));
        if gives_up {
            let details = Some(text("details"));
            run.give(Command::CancelActivityTask {
                scheduled_event_id: 5,
                started_event_id: 6,
                details,
            })
            .unwrap();
            run.expect(
                13,
                "13 ActivityTaskCanceled sched 5 started 6 cancel 12\n14 DecisionTaskScheduled",
            );
        } else {
            run.complete_activity(5, 6);
            run.expect(
                13,
                "13 ActivityTaskCompleted sched 5 started 6\n14 DecisionTaskScheduled",
            );
        }
    }
}

#[test]
fn a_worker_may_give_up_unasked() {
    let mut run = Run::new();
    run.decide([activity("a").into()]);
    run.take_activity(5);
    run.give(Command::CancelActivityTask {
        scheduled_event_id: 5,
        started_event_id: 6,
        details: None,
    })
    .unwrap();
    run.expect(
        7,
        "7 ActivityTaskCanceled sched 5 started 6\n8 DecisionTaskScheduled",
    );
}

/// One activity with one clock; taken after a second or never; what it writes when its time is up, and not before.
#[track_caller]
fn times_out(change: fn(&mut ScheduleActivityTask), taken: bool, after_millis: i64, kind: &str) {
    let mut decision = patient_activity("a");
    change(&mut decision);
    let mut run = Run::new();
    run.decide([decision.into()]);
    if taken {
        run.now = EPOCH.plus_millis(1_000);
        run.take_activity(5);
    }
    let (first, started) = if taken { (7, 6) } else { (6, 0) };
    let task = first + 1;
    run.fire_at(after_millis - 1);
    assert_eq!(run.execution.next_event_id, first, "not early");
    run.fire_at(after_millis);
    run.expect(
        first,
        &format!(
            "{first} ActivityTaskTimedOut sched 5 started {started} {kind}\n{task} DecisionTaskScheduled"
        ),
    );
}

#[test]
fn every_clock_rings() {
    const SECONDS: Option<Timeout> = Some(Timeout::Seconds(3));
    times_out(
        |a| a.schedule_to_start_timeout = SECONDS,
        false,
        3_000,
        "SCHEDULE_TO_START",
    );
    times_out(
        |a| a.schedule_to_close_timeout = SECONDS,
        false,
        3_000,
        "SCHEDULE_TO_CLOSE",
    );
    times_out(
        |a| a.schedule_to_close_timeout = SECONDS,
        true,
        3_000,
        "SCHEDULE_TO_CLOSE",
    );
    times_out(
        |a| a.start_to_close_timeout = SECONDS,
        true,
        4_000,
        "START_TO_CLOSE",
    );
    times_out(|a| a.heartbeat_timeout = SECONDS, true, 4_000, "HEARTBEAT");
}

#[test]
fn heartbeats_postpone_their_clock_and_leave_their_details() {
    let mut decision = patient_activity("a");
    decision.heartbeat_timeout = Some(Timeout::Seconds(3));
    let mut run = Run::new();
    run.decide([decision.into()]);
    run.take_activity(5);
    for (millis, details) in [(2_900, "a third"), (5_800, "two thirds")] {
        run.fire_at(millis);
        heartbeat(&mut run.execution, 5, 6, Some(text(details)), run.now).unwrap();
    }
    assert_eq!(run.execution.next_deadline(), Some(EPOCH.plus_millis(8_800)));
    run.fire_at(8_799);
    run.fire_at(8_800);
    run.expect(
        7,
        "7 ActivityTaskTimedOut sched 5 started 6 HEARTBEAT\n8 DecisionTaskScheduled",
    );
    assert_eq!(run.attributes(7)["details"], "two thirds");
    let late = heartbeat(&mut run.execution, 5, 6, None, run.now);
    assert_eq!(late, Err(Fault::unknown_activity_task(5)));
}

#[test]
fn late_clocks_ring_in_the_order_of_their_deadlines() {
    let mut run = Run::new();
    let with = |id, seconds| {
        let mut decision = patient_activity(id);
        decision.schedule_to_close_timeout = Some(Timeout::Seconds(seconds));
        Decision::from(decision)
    };
    run.decide([with("a", 30), with("b", 20), with("c", 30)]);
    run.fire_at(60_000);
    run.expect(
        8,
        "8 ActivityTaskTimedOut sched 6 started 0 SCHEDULE_TO_CLOSE
         9 DecisionTaskScheduled
         10 ActivityTaskTimedOut sched 5 started 0 SCHEDULE_TO_CLOSE
         11 ActivityTaskTimedOut sched 7 started 0 SCHEDULE_TO_CLOSE",
    );
}
