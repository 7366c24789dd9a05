"""Rates of calls and decisions, on an engine that was started with Amazon's."""

from typing import Any

import pytest

from decisions import cancel_external, child, schedule, signal_external, timer
from domain import Domain
from endpoint import boto, refused, url

proves = pytest.mark.proves


@pytest.fixture
def throttled(unique: str) -> Domain:
    """A domain of the engine that grants no more than Amazon does. One test uses each of its rates."""
    return Domain.register(boto(url("APUS_THROTTLED_URL")), unique)


def failures(domain: Domain, event: str, decisions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How decisions failed that are more than there are tokens for."""
    run = domain.start("fast")
    domain.decide(*decisions)
    return run.attributes(event)


@proves("fault", "ThrottlingException")
def test_calls_beyond_the_rate_are_refused(throttled: Domain) -> None:
    """Where throttling is on, calls beyond Amazon's rate of the action are refused: `Rate exceeded`."""
    with refused("ThrottlingException", "Rate exceeded"):
        for _ in range(1000):
            throttled.swf.list_domains(registrationStatus="REGISTERED", maximumPageSize=1)
    throttled.swf.describe_domain(name=throttled.name)


@proves("failure cause", "ScheduleActivityTask: ACTIVITY_CREATION_RATE_EXCEEDED")
def test_activities_beyond_the_rate_fail(throttled: Domain) -> None:
    """Where throttling is on, activities beyond 1,000 at once, and 200 a second, are not scheduled."""
    *_, failed = failures(throttled, "ScheduleActivityTaskFailed", [schedule(f"a{n}") for n in range(1500)])
    assert (failed["activityId"], failed["cause"]) == ("a1499", "ACTIVITY_CREATION_RATE_EXCEEDED")


@proves("failure cause", "StartTimer: TIMER_CREATION_RATE_EXCEEDED")
def test_timers_beyond_the_rate_fail(throttled: Domain) -> None:
    """Where throttling is on, timers beyond 2,000 at once, and 200 a second, are not started."""
    *_, failed = failures(throttled, "StartTimerFailed", [timer(f"t{n}") for n in range(2500)])
    assert (failed["timerId"], failed["cause"]) == ("t2499", "TIMER_CREATION_RATE_EXCEEDED")


@proves("failure cause", "StartChildWorkflowExecution: CHILD_CREATION_RATE_EXCEEDED")
def test_children_beyond_the_rate_fail(throttled: Domain) -> None:
    """Where throttling is on, children beyond 500 at once, and 12 a second, are not initiated."""
    many = [child(f"c{n}", taskList={"name": "children"}) for n in range(600)]
    *_, failed = failures(throttled, "StartChildWorkflowExecutionFailed", many)
    assert (failed["workflowId"], failed["cause"]) == ("c599", "CHILD_CREATION_RATE_EXCEEDED")
    assert failed["initiatedEventId"] == 0


@proves(
    "failure cause",
    "SignalExternalWorkflowExecution: SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED",
)
def test_signals_beyond_the_rate_fail(throttled: Domain) -> None:
    """Where throttling is on, signals to runs beyond 1,200 at once, and 120 a second, are not sent."""
    many = [signal_external(f"o{n}") for n in range(1500)]
    # Those that were sent found nobody; they fail later.
    failed = failures(throttled, "SignalExternalWorkflowExecutionFailed", many)
    causes = {event["cause"] for event in failed if event["workflowId"] == "o1499"}
    assert causes == {"SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED"}


@proves(
    "failure cause",
    "RequestCancelExternalWorkflowExecution: REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED",
)
def test_cancel_requests_beyond_the_rate_fail(throttled: Domain) -> None:
    """Where throttling is on, cancel requests to runs beyond 1,200 at once, and 120 a second, are not sent."""
    many = [cancel_external(f"o{n}") for n in range(1500)]
    failed = failures(throttled, "RequestCancelExternalWorkflowExecutionFailed", many)
    causes = {event["cause"] for event in failed if event["workflowId"] == "o1499"}
    assert causes == {"REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED"}
