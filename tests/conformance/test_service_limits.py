"""Limits of the service, on an engine that was started with small ones."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest

from decisions import child
from domain import Domain
from endpoint import boto, refused, url

proves = pytest.mark.proves

# As the Rust test starts it, see tests/tests/it/conformance/mod.rs.
OPEN_RUNS = 2
EVENTS = 40
POLLERS = 2


@pytest.fixture
def limited(unique: str) -> Domain:
    """A domain of the engine with small limits."""
    return Domain.register(boto(url("APUS_LIMITED_URL")), unique)


@proves("fault", "LimitExceededFault")
def test_open_runs_are_limited(limited: Domain) -> None:
    """One open run more than the limit is refused, until one of them closes."""
    for number in range(OPEN_RUNS):
        limited.start(f"w{number}")
    with refused("LimitExceededFault"):
        limited.start("more")
    limited.terminate("w0")
    limited.start("more")


@proves("failure cause", "StartChildWorkflowExecution: OPEN_WORKFLOWS_LIMIT_EXCEEDED")
def test_open_children_count(limited: Domain) -> None:
    """A child more than the limit of open runs is not started."""
    parent = limited.start("p", taskList={"name": "parents"})
    limited.start("other")
    limited.decide(child("c"), task_list="parents")
    limited.decide(task_list="parents")
    (failed,) = parent.attributes("StartChildWorkflowExecutionFailed")
    assert failed["cause"] == "OPEN_WORKFLOWS_LIMIT_EXCEEDED"


@proves("event", "WorkflowExecutionTerminated")
@proves("behaviour", "long histories")
def test_a_history_has_an_end(limited: Domain) -> None:
    """A run whose history goes beyond the limit is terminated: EVENT_LIMIT_EXCEEDED."""
    run = limited.start("endless")
    for _ in itertools.takewhile(lambda _: run.info()["executionStatus"] == "OPEN", range(2 * EVENTS)):
        limited.signal("endless")
    assert run.info()["closeStatus"] == "TERMINATED"
    terminated = {"cause": "EVENT_LIMIT_EXCEEDED", "childPolicy": "TERMINATE"}
    assert run.attributes("WorkflowExecutionTerminated") == [terminated]
    assert EVENTS <= len(run.history()) <= EVENTS + 2


@proves("fault", "LimitExceededFault")
def test_pollers_of_a_list_are_limited(limited: Domain) -> None:
    """One poller of a task list more than the limit is refused while the others wait."""

    def poll(_: int) -> str:
        try:
            limited.swf.poll_for_decision_task(domain=limited.name, taskList={"name": "crowded"})
        except limited.swf.exceptions.LimitExceededFault as fault:
            return fault.response["Error"]["Message"]
        return "waited"

    with ThreadPoolExecutor(POLLERS + 1) as pollers:
        answers = sorted(pollers.map(poll, range(POLLERS + 1)))
    limit = "Limit on maximum concurrent poll requests per task list reached"
    assert answers == [limit, *["waited"] * POLLERS]
