"""Limits of one run."""

from typing import Any

import pytest

from decisions import child, complete, schedule, timer
from domain import Domain

proves = pytest.mark.proves

# Amazon's, and the default.
OPEN = 1000


def fill(domain: Domain, decisions: list[dict[str, Any]]) -> None:
    """Answers one decision task with as many decisions as the limit, then adds one in the next."""
    half = OPEN // 2
    domain.decide(*decisions[:half])
    domain.signal()
    domain.decide(*decisions[half:OPEN])
    domain.signal()
    domain.decide(decisions[OPEN])


@proves("failure cause", "ScheduleActivityTask: OPEN_ACTIVITIES_LIMIT_EXCEEDED")
def test_a_run_has_a_thousand_open_activities(domain: Domain) -> None:
    """A run has 1,000 open activities at most; one more fails."""
    run = domain.start()
    fill(domain, [schedule(f"a{number}") for number in range(OPEN + 1)])
    assert run.open_counts()["openActivityTasks"] == OPEN
    (failed,) = run.attributes("ScheduleActivityTaskFailed")
    assert (failed["activityId"], failed["cause"]) == (f"a{OPEN}", "OPEN_ACTIVITIES_LIMIT_EXCEEDED")


@proves("failure cause", "StartTimer: OPEN_TIMERS_LIMIT_EXCEEDED")
def test_a_run_has_a_thousand_open_timers(domain: Domain) -> None:
    """A run has 1,000 open timers at most; one more fails."""
    run = domain.start()
    fill(domain, [timer(f"t{number}") for number in range(OPEN + 1)])
    assert run.open_counts()["openTimers"] == OPEN
    (failed,) = run.attributes("StartTimerFailed")
    assert (failed["timerId"], failed["cause"]) == (f"t{OPEN}", "OPEN_TIMERS_LIMIT_EXCEEDED")


@proves("failure cause", "StartChildWorkflowExecution: OPEN_CHILDREN_LIMIT_EXCEEDED")
def test_a_run_has_a_thousand_open_children(domain: Domain) -> None:
    """A run has 1,000 open children at most; one more fails before it is initiated."""
    run = domain.start("p")
    many = [child(f"c{number}", taskList={"name": "children"}) for number in range(OPEN + 1)]
    # Those that start call for decisions, and so the one too many is in the first batches.
    domain.decide(*many[: OPEN // 2])
    domain.decide(*many[OPEN // 2 :])
    (failed,) = run.attributes("StartChildWorkflowExecutionFailed")
    assert (failed["workflowId"], failed["cause"]) == (f"c{OPEN}", "OPEN_CHILDREN_LIMIT_EXCEEDED")
    assert failed["initiatedEventId"] == 0


@proves("behaviour", "long histories")
def test_a_long_history_is_read_whole(domain: Domain) -> None:
    """A task brings a history of more than 1,000 events in pages of 1,000."""
    run = domain.start()
    domain.decide(*[timer(f"t{number}") for number in range(OPEN)])
    domain.signal()
    task = domain.decision_task()
    assert [found["eventId"] for found in task["events"]] == list(range(1, 1001))
    request = {"domain": domain.name, "taskList": {"name": "flows"}, "nextPageToken": task["nextPageToken"]}
    rest = domain.swf.poll_for_decision_task(**request)
    assert [found["eventId"] for found in rest["events"]] == list(range(1001, 1008))
    assert "nextPageToken" not in rest
    domain.answer(task, complete())
    assert run.info()["closeStatus"] == "COMPLETED"
