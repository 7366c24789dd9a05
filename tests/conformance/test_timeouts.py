"""Every clock: when it runs out, what is written, and what comes after."""

import pytest

from decisions import complete, continue_as_new, schedule, timer
from domain import ACTS, Domain, Run
from endpoint import refused
from histories import (
    activity_scheduled,
    assert_history,
    decided,
    decision_scheduled,
    event,
    opening,
    seconds_between,
)

proves = pytest.mark.proves

# Longer than the clock by so much, on a machine that is busy, is still in time.
LATE = 20


def assert_late(run: Run, earlier: int, later: int, seconds: float = 1) -> None:
    assert seconds <= seconds_between(run, earlier, later) < seconds + LATE


@proves("timeout", "execution start-to-close")
@proves("event", "WorkflowExecutionTimedOut")
@proves("close status", "TIMED_OUT")
def test_a_run_times_out(domain: Domain) -> None:
    """A run that takes longer than its start-to-close timeout is closed, whatever is open in it."""
    run = domain.start(executionStartToCloseTimeout="1", childPolicy="ABANDON")
    task = domain.decision_task()
    domain.until_closed(run)
    started = opening(executionStartToCloseTimeout="1", childPolicy="ABANDON")
    expected = [
        *started,
        event("DecisionTaskStarted", scheduledEventId=2),
        event("WorkflowExecutionTimedOut", timeoutType="START_TO_CLOSE", childPolicy="ABANDON"),
    ]
    assert_history(run, expected)
    assert_late(run, 1, 4)
    assert run.info()["closeStatus"] == "TIMED_OUT"
    message = f"Unknown execution: WorkflowExecution=[workflowId=w, runId={run.run_id}]"
    with refused("UnknownResourceFault", message):
        domain.answer(task)


@proves("timeout", "execution start-to-close")
def test_a_successor_has_its_own_clock(domain: Domain) -> None:
    """A continued run has the whole timeout for itself, from its own start."""
    domain.start(executionStartToCloseTimeout="60")
    domain.decide(timer("t", "1"))
    domain.decide(continue_as_new(executionStartToCloseTimeout="1"))
    run = domain.open_run("w")
    domain.until_closed(run)
    assert run.types() == ["WorkflowExecutionStarted", "DecisionTaskScheduled", "WorkflowExecutionTimedOut"]
    assert_late(run, 1, 3)


@proves("timeout", "decision start-to-close")
@proves("event", "DecisionTaskTimedOut")
def test_a_decision_task_times_out(domain: Domain) -> None:
    """A decision task that is not answered in time times out, and another one is scheduled with it."""
    run = domain.start(taskStartToCloseTimeout="1")
    domain.decision_task()
    domain.decide(complete())
    dts = decision_scheduled(startToCloseTimeout="1")
    expected = [
        opening(taskStartToCloseTimeout="1")[0],
        dts,
        event("DecisionTaskStarted", scheduledEventId=2),
        event("DecisionTaskTimedOut", timeoutType="START_TO_CLOSE", scheduledEventId=2, startedEventId=3),
        dts,
        *decided(5),
        event("WorkflowExecutionCompleted", decisionTaskCompletedEventId=7),
    ]
    assert_history(run, expected, same_time=[(4, 5), (7, 8)])
    assert_late(run, 3, 4)


@pytest.mark.decision("When a decision task times out while another one waits, the waiting one is delivered.")
@proves("timeout", "decision start-to-close")
def test_a_waiting_task_follows_one_that_timed_out(domain: Domain) -> None:
    """When a started task times out while another one waits, no third one is scheduled."""
    run = domain.start(taskStartToCloseTimeout="1")
    domain.decision_task()
    domain.signal()
    assert domain.decision_task()["startedEventId"] == 7
    assert run.types()[2:] == [
        "DecisionTaskStarted",
        "WorkflowExecutionSignaled",
        "DecisionTaskScheduled",
        "DecisionTaskTimedOut",
        "DecisionTaskStarted",
    ]


@proves("timeout", "activity schedule-to-start")
@proves("event", "ActivityTaskTimedOut")
def test_nobody_takes_an_activity(domain: Domain) -> None:
    """An activity that no worker takes in time times out with startedEventId 0."""
    run = domain.start()
    domain.decide(schedule(scheduleToStartTimeout="1"))
    domain.decide()
    expected = [
        *opening(),
        *decided(2),
        activity_scheduled(scheduleToStartTimeout="1"),
        event("ActivityTaskTimedOut", timeoutType="SCHEDULE_TO_START", scheduledEventId=5, startedEventId=0),
        decision_scheduled(),
        *decided(7),
    ]
    assert_history(run, expected, same_time=[(6, 7)])
    assert_late(run, 5, 6)
    assert "taskToken" not in domain.swf.poll_for_activity_task(domain=domain.name, taskList=ACTS)


STARTED = [
    ("START_TO_CLOSE", "activity start-to-close", {"startToCloseTimeout": "1"}, 6),
    ("SCHEDULE_TO_CLOSE", "activity schedule-to-close", {"scheduleToCloseTimeout": "3"}, 5),
    ("HEARTBEAT", "activity heartbeat", {"heartbeatTimeout": "1"}, 6),
]


@pytest.mark.parametrize(
    "timeout_type, timeouts, since",
    [pytest.param(case[0], *case[2:], marks=proves("timeout", case[1]), id=case[0]) for case in STARTED],
)
@proves("event", "ActivityTaskTimedOut")
def test_a_worker_takes_too_long(
    domain: Domain, timeout_type: str, timeouts: dict[str, str], since: int
) -> None:
    """A worker that does not answer in time loses its task; its late answer is refused."""
    run = domain.start()
    domain.decide(schedule(**timeouts))
    task = domain.activity_task()
    domain.decide()
    expected = [
        *opening(),
        *decided(2),
        activity_scheduled(**timeouts),
        event("ActivityTaskStarted", scheduledEventId=5),
        event("ActivityTaskTimedOut", timeoutType=timeout_type, scheduledEventId=5, startedEventId=6),
        decision_scheduled(),
        *decided(8),
    ]
    assert_history(run, expected, same_time=[(7, 8)])
    assert_late(run, since, 7, float(*timeouts.values()))
    with refused("UnknownResourceFault", "Unknown activity, scheduledEventId = 5"):
        domain.complete(task)
    with refused("UnknownResourceFault", "Unknown activity, scheduledEventId = 5"):
        domain.swf.record_activity_task_heartbeat(taskToken=task["taskToken"])


@proves("timeout", "activity schedule-to-close")
def test_a_waiting_activity_reaches_its_schedule_to_close(domain: Domain) -> None:
    """The schedule-to-close clock runs while an activity waits, too; startedEventId is 0 then."""
    run = domain.start()
    domain.decide(schedule(scheduleToCloseTimeout="1"))
    timed_out = run.wait_for("ActivityTaskTimedOut")
    assert timed_out == {"timeoutType": "SCHEDULE_TO_CLOSE", "scheduledEventId": 5, "startedEventId": 0}


@proves("timeout", "activity heartbeat")
def test_the_last_heartbeat_is_in_the_event(domain: Domain) -> None:
    """Heartbeats keep an activity open beyond its heartbeat timeout; the last one's details are in the event."""
    run = domain.start()
    domain.decide(schedule(heartbeatTimeout="2"), timer("t", "3"))
    task = domain.activity_task()
    beats: list[str] = []

    def beat_until_the_timer_fires() -> bool:
        beats.append(f"beat {len(beats)}")
        beat = domain.swf.record_activity_task_heartbeat(taskToken=task["taskToken"], details=beats[-1])
        assert beat["cancelRequested"] is False
        return bool(run.attributes("TimerFired"))

    domain.until(beat_until_the_timer_fires)
    domain.decide()
    timed_out = run.wait_for("ActivityTaskTimedOut")
    assert timed_out == {
        "timeoutType": "HEARTBEAT",
        "scheduledEventId": 5,
        "startedEventId": 7,
        "details": beats[-1],
    }
    assert len(beats) > 2


@proves("timeout", "timer")
@proves("event", "TimerFired")
def test_timers_fire_in_the_order_of_their_times(domain: Domain) -> None:
    """Timers fire in the order of their times, not of their starts."""
    run = domain.start()
    domain.decide(timer("late", "2"), timer("soon", "1"), timer("now", "0"))
    domain.until(lambda: len(run.attributes("TimerFired")) == 3)
    fired = [(found["timerId"], found["startedEventId"]) for found in run.attributes("TimerFired")]
    assert fired == [("now", 7), ("soon", 6), ("late", 5)]


@proves("behaviour", "closed runs")
def test_clocks_stop_with_the_run(domain: Domain) -> None:
    """Clocks of a closed run stop: its timers and activities write no more."""
    run = domain.start()
    other = domain.start("other", taskList={"name": "others"})
    domain.decide(timer("t", "1"), schedule(scheduleToStartTimeout="1"), complete())
    domain.decide(timer("t", "2"), task_list="others")
    domain.decision_task("others")
    assert other.attributes("TimerFired")
    assert run.types()[-1] == "WorkflowExecutionCompleted"
    assert len(run.history()) == 7


@proves("timeout", "none")
def test_a_timeout_of_none_never_comes(domain: Domain) -> None:
    """A timeout of `NONE` never comes: task and activity stay open while another run's clocks run out."""
    run = domain.start(taskStartToCloseTimeout="NONE")
    none = {
        "scheduleToStartTimeout": "NONE",
        "scheduleToCloseTimeout": "NONE",
        "startToCloseTimeout": "NONE",
        "heartbeatTimeout": "NONE",
    }
    domain.decide(schedule(**none))
    domain.activity_task()
    domain.signal()
    domain.decision_task()
    domain.start("other", taskList={"name": "others"})
    domain.decide(timer("t", "2"), task_list="others")
    domain.decide(complete(), task_list="others")
    assert run.types()[-1] == "DecisionTaskStarted"
    assert run.open_counts()["openActivityTasks"] == 1
