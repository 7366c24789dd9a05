"""Activity tasks: polled for, kept alive, answered."""

from typing import Any

import pytest

from decisions import cancel_activity, complete, schedule, timer
from domain import ACT, ACTS, Domain
from endpoint import refused
from histories import activity_scheduled, assert_history, decided, decision_scheduled, event, opening

proves = pytest.mark.proves


def started_activity(domain: Domain, **members: Any) -> dict[str, Any]:
    """Schedules an activity in the open run and takes its task."""
    domain.decide(schedule(**members))
    return domain.activity_task()


@proves("action", "PollForActivityTask")
@proves("event", "ActivityTaskScheduled")
@proves("event", "ActivityTaskStarted")
def test_an_activity_task_brings_what_was_scheduled(domain: Domain) -> None:
    """An activity task brings id, type, input and run; taking it is an event and calls for no decision."""
    run = domain.start()
    domain.decide(schedule(input="in", control="not for the worker"))
    task = domain.activity_task(identity="somebody")
    task.pop("ResponseMetadata")
    assert 1 <= len(task.pop("taskToken")) <= 1024
    assert task == {
        "activityId": "a",
        "activityType": ACT,
        "startedEventId": 6,
        "workflowExecution": run.execution,
        "input": "in",
    }
    expected = [
        *opening(),
        *decided(2),
        activity_scheduled(input="in", control="not for the worker"),
        event("ActivityTaskStarted", scheduledEventId=5, identity="somebody"),
    ]
    assert_history(run, expected, same_time=[(4, 5)])


@proves("action", "RespondActivityTaskCompleted")
@proves("event", "ActivityTaskCompleted")
@pytest.mark.parametrize("result", [None, "", "done"])
def test_an_activity_completes(domain: Domain, result: str | None) -> None:
    """A completed activity's result, also an empty one, is in its event, which calls for a decision."""
    run = domain.start()
    given = {} if result is None else {"result": result}
    domain.complete(started_activity(domain), **given)
    expected = [
        *opening(),
        *decided(2),
        activity_scheduled(),
        event("ActivityTaskStarted", scheduledEventId=5),
        event("ActivityTaskCompleted", scheduledEventId=5, startedEventId=6, **given),
        decision_scheduled(),
    ]
    assert_history(run, expected, same_time=[(7, 8)])


@proves("action", "RespondActivityTaskFailed")
@proves("event", "ActivityTaskFailed")
def test_an_activity_fails(domain: Domain) -> None:
    """A failed activity's reason and details are in its event; the service retries nothing by itself."""
    run = domain.start()
    task = started_activity(domain)
    domain.swf.respond_activity_task_failed(taskToken=task["taskToken"], reason="why", details="how")
    expected = [
        *opening(),
        *decided(2),
        activity_scheduled(),
        event("ActivityTaskStarted", scheduledEventId=5),
        event("ActivityTaskFailed", scheduledEventId=5, startedEventId=6, reason="why", details="how"),
        decision_scheduled(),
    ]
    assert_history(run, expected, same_time=[(7, 8)])


@proves("action", "RespondActivityTaskCanceled")
@proves("action", "RecordActivityTaskHeartbeat")
@proves("event", "ActivityTaskCancelRequested")
@proves("event", "ActivityTaskCanceled")
def test_a_running_activity_is_canceled(domain: Domain) -> None:
    """A running activity learns of a cancel request by its heartbeat; its answer names the request's event."""
    run = domain.start()
    task = started_activity(domain)

    def asked() -> bool:
        beat = domain.swf.record_activity_task_heartbeat(taskToken=task["taskToken"])
        assert set(beat) == {"cancelRequested", "ResponseMetadata"}
        return beat["cancelRequested"]

    assert asked() is False
    domain.signal()
    domain.decide(cancel_activity())
    assert asked() is True
    domain.swf.respond_activity_task_canceled(taskToken=task["taskToken"], details="half done")
    expected = [
        *opening(),
        *decided(2),
        activity_scheduled(),
        event("ActivityTaskStarted", scheduledEventId=5),
        event("WorkflowExecutionSignaled", signalName="s", externalInitiatedEventId=0),
        decision_scheduled(),
        *decided(8),
        event("ActivityTaskCancelRequested", activityId="a", decisionTaskCompletedEventId=10),
        event(
            "ActivityTaskCanceled",
            scheduledEventId=5,
            startedEventId=6,
            details="half done",
            latestCancelRequestedEventId=11,
        ),
        decision_scheduled(),
    ]
    assert_history(run, expected, same_time=[(10, 11), (12, 13)])


@proves("decision", "RequestCancelActivityTask")
@proves("event", "ActivityTaskCanceled")
def test_a_waiting_activity_is_canceled_at_once(domain: Domain) -> None:
    """A waiting activity is canceled by the request itself, with startedEventId 0, and comes to no worker."""
    run = domain.start()
    domain.decide(schedule())
    domain.signal()
    domain.decide(cancel_activity())
    expected = [
        *opening(),
        *decided(2),
        activity_scheduled(),
        event("WorkflowExecutionSignaled", signalName="s", externalInitiatedEventId=0),
        decision_scheduled(),
        *decided(7),
        event("ActivityTaskCancelRequested", activityId="a", decisionTaskCompletedEventId=9),
        event("ActivityTaskCanceled", scheduledEventId=5, startedEventId=0, latestCancelRequestedEventId=10),
        decision_scheduled(),
    ]
    assert_history(run, expected, same_time=[(9, 10, 11, 12)])
    assert "taskToken" not in domain.swf.poll_for_activity_task(domain=domain.name, taskList=ACTS)
    counted = domain.swf.count_pending_activity_tasks(domain=domain.name, taskList=ACTS)
    assert counted["count"] == 0


@pytest.mark.decision("RespondActivityTaskCanceled is not refused for lack of a cancel request.")
@proves("action", "RespondActivityTaskCanceled")
def test_a_worker_may_cancel_unasked(domain: Domain) -> None:
    """A worker may answer that the activity is canceled although nobody asked; no request is named then."""
    run = domain.start()
    task = started_activity(domain)
    domain.swf.respond_activity_task_canceled(taskToken=task["taskToken"])
    assert run.attributes("ActivityTaskCanceled") == [{"scheduledEventId": 5, "startedEventId": 6}]


@proves("decision", "RequestCancelActivityTask")
def test_completing_stays_legal_after_a_cancel_request(domain: Domain) -> None:
    """An activity that was asked to cancel may still complete or fail."""
    run = domain.start()
    domain.decide(schedule("a"), schedule("b"))
    first, second = domain.activity_task(), domain.activity_task()
    domain.signal()
    domain.decide(cancel_activity("a"), cancel_activity("b"))
    domain.complete(first, result="anyway")
    domain.swf.respond_activity_task_failed(taskToken=second["taskToken"])
    assert run.attributes("ActivityTaskCompleted") == [
        {"scheduledEventId": 5, "startedEventId": 7, "result": "anyway"}
    ]
    assert run.attributes("ActivityTaskFailed") == [{"scheduledEventId": 6, "startedEventId": 8}]


ANSWERS = [
    "respond_activity_task_completed",
    "respond_activity_task_failed",
    "respond_activity_task_canceled",
    "record_activity_task_heartbeat",
]


@pytest.mark.parametrize("answer", ANSWERS)
@proves("fault", "UnknownResourceFault")
def test_a_closed_activity_task_is_refused(domain: Domain, answer: str) -> None:
    """The token of a task that is closed is refused with the id of its scheduled event."""
    domain.start()
    task = started_activity(domain)
    domain.complete(task)
    with refused("UnknownResourceFault", "Unknown activity, scheduledEventId = 5"):
        getattr(domain.swf, answer)(taskToken=task["taskToken"])


@pytest.mark.parametrize("answer", ANSWERS)
@proves("fault", "UnknownResourceFault")
def test_an_activity_task_of_a_closed_run_is_refused(domain: Domain, answer: str) -> None:
    """The token of a task whose run has closed is refused with the run's ids."""
    run = domain.start()
    task = started_activity(domain)
    domain.signal()
    domain.decide(complete())
    message = f"Unknown execution: WorkflowExecution=[workflowId=w, runId={run.run_id}]"
    with refused("UnknownResourceFault", message):
        getattr(domain.swf, answer)(taskToken=task["taskToken"])


@proves("action", "CountPendingActivityTasks")
def test_waiting_activity_tasks_are_counted(domain: Domain) -> None:
    """Waiting activity tasks are counted, started ones are not; an unknown list has none."""

    def count(task_list: str) -> dict[str, Any]:
        counted = domain.swf.count_pending_activity_tasks(domain=domain.name, taskList={"name": task_list})
        counted.pop("ResponseMetadata")
        return counted

    domain.start()
    assert count("acts") == {"count": 0, "truncated": False}
    domain.decide(schedule("a"), schedule("b"))
    assert count("acts") == {"count": 2, "truncated": False}
    domain.activity_task()
    assert count("acts") == {"count": 1, "truncated": False}
    domain.terminate()
    assert count("acts") == {"count": 0, "truncated": False}
    assert count("nobody") == {"count": 0, "truncated": False}


@proves("behaviour", "task priority")
def test_higher_priorities_of_activities_go_first(domain: Domain) -> None:
    """Activity tasks of higher priority come first, among equals the oldest one; a type may have a default."""
    urgent = domain.activity_type(
        "urgent",
        defaultTaskList=ACTS,
        defaultTaskPriority="8",
        defaultTaskScheduleToStartTimeout="NONE",
        defaultTaskScheduleToCloseTimeout="NONE",
        defaultTaskStartToCloseTimeout="NONE",
        defaultTaskHeartbeatTimeout="NONE",
    )
    run = domain.start()
    domain.decide(
        schedule("a"),
        schedule("b", taskPriority="9"),
        schedule("c", urgent),
        schedule("d", taskPriority="-1"),
        schedule("e"),
    )
    priorities = [found.get("taskPriority") for found in run.attributes("ActivityTaskScheduled")]
    assert priorities == [None, "9", "8", "-1", None]
    assert [domain.activity_task()["activityId"] for _ in range(5)] == ["b", "c", "a", "e", "d"]


@proves("behaviour", "ids in use")
def test_an_activity_id_is_free_again_after_its_close(domain: Domain) -> None:
    """Ids of activities and timers need be unique only among the open ones of their run."""
    run = domain.start()
    domain.complete(started_activity(domain))
    domain.decide(schedule(), timer("t", "0"))
    domain.decide(timer("t", "0"))
    domain.complete(domain.activity_task())
    assert len(run.attributes("ActivityTaskCompleted")) == 2
    assert len(run.attributes("TimerStarted")) == 2
    assert not run.attributes("StartTimerFailed") + run.attributes("ScheduleActivityTaskFailed")
