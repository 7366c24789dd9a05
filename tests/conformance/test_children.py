"""Child workflows: started, ended, told of; what becomes of them when their parent ends."""

from typing import Any

import pytest

from decisions import cancel, child, complete, continue_as_new, fail, marker, signal_external
from domain import FLOW, FLOW_DEFAULTS, FLOW_DEFAULTS_UNDEFINED, FLOWS, Domain, Run
from histories import Event, assert_history, decided, decision_scheduled, event, opening

proves = pytest.mark.proves

CHILDREN = {"name": "children"}
BY = {"decisionTaskCompletedEventId": 4}


def initiated(**attributes: Any) -> Event:
    usual = {
        "workflowId": "c",
        "workflowType": FLOW,
        "taskList": CHILDREN,
        "childPolicy": "TERMINATE",
        "executionStartToCloseTimeout": "3600",
        "taskStartToCloseTimeout": "30",
        **BY,
    }
    return "StartChildWorkflowExecutionInitiated", usual | attributes


def of(run: Run) -> dict[str, Any]:
    """The members by which every event about the only child names it."""
    return {"workflowExecution": run.execution, "workflowType": FLOW, "initiatedEventId": 5}


def parent_and_child(domain: Domain, **members: Any) -> tuple[Run, Run]:
    """A parent whose only child has started, and the child; the parent has seen it and waits."""
    parent = domain.start("p")
    domain.decide(child(taskList=CHILDREN, **members))
    domain.decide()
    return parent, domain.open_run("c")


@proves("decision", "StartChildWorkflowExecution")
@proves("event", "StartChildWorkflowExecutionInitiated")
@proves("event", "ChildWorkflowExecutionStarted")
@proves("event", "ChildWorkflowExecutionCompleted")
def test_a_child_starts_and_completes(domain: Domain) -> None:
    """A parent is told of its child's start and completion; the child knows its parent and the event that began it."""
    parent, started = parent_and_child(domain, input="in", control="c", tagList=["t"])
    domain.decide(complete(result="out"), task_list="children")
    domain.decide(complete())
    expected = [
        *opening(),
        *decided(2),
        initiated(input="in", control="c", tagList=["t"]),
        event("ChildWorkflowExecutionStarted", **of(started)),
        decision_scheduled(),
        *decided(7),
        event("ChildWorkflowExecutionCompleted", **of(started), startedEventId=6, result="out"),
        decision_scheduled(),
        *decided(11),
        event("WorkflowExecutionCompleted", decisionTaskCompletedEventId=13),
    ]
    assert_history(parent, expected, same_time=[(4, 5), (6, 7), (10, 11), (13, 14)])
    own = opening(
        taskList=CHILDREN,
        input="in",
        tagList=["t"],
        parentWorkflowExecution=parent.execution,
        parentInitiatedEventId=5,
    )[0]
    expected = [
        own,
        decision_scheduled(taskList=CHILDREN),
        *decided(2),
        event("WorkflowExecutionCompleted", result="out", decisionTaskCompletedEventId=4),
    ]
    assert_history(started, expected)
    assert started.info()["parent"] == parent.execution
    assert "parent" not in parent.info()


def end_by_failing(domain: Domain, run: Run) -> None:
    domain.decide(fail(reason="r", details="d"), task_list="children")


def end_by_cancelling(domain: Domain, run: Run) -> None:
    domain.decide(cancel(details="d"), task_list="children")


def end_by_terminating(domain: Domain, run: Run) -> None:
    domain.terminate("c")


def end_by_timing_out(domain: Domain, run: Run) -> None:
    """Nothing to do: its time is short."""


ENDS = [
    ("ChildWorkflowExecutionFailed", end_by_failing, {"reason": "r", "details": "d"}),
    ("ChildWorkflowExecutionCanceled", end_by_cancelling, {"details": "d"}),
    ("ChildWorkflowExecutionTerminated", end_by_terminating, {}),
    ("ChildWorkflowExecutionTimedOut", end_by_timing_out, {"timeoutType": "START_TO_CLOSE"}),
]


@pytest.mark.parametrize(
    "event_type, end, attributes",
    [pytest.param(*case, marks=proves("event", case[0]), id=case[0]) for case in ENDS],
)
def test_a_parent_is_told_how_its_child_ended(
    domain: Domain, event_type: str, end: Any, attributes: dict[str, Any]
) -> None:
    """A parent is told how its child ended, and called to decide."""
    short = {"executionStartToCloseTimeout": "4"} if end is end_by_timing_out else {}
    parent, started = parent_and_child(domain, **short)
    end(domain, started)
    task = domain.decision_task()
    told, scheduled = parent.history()[9:11]
    member = f"{event_type[0].lower()}{event_type[1:]}EventAttributes"
    assert told["eventType"] == event_type
    assert told[member] == of(started) | {"startedEventId": 6} | attributes
    assert scheduled["eventTimestamp"] == told["eventTimestamp"]
    assert task["startedEventId"] == 12
    assert parent.open_counts()["openChildWorkflowExecutions"] == 0


def child_failed(cause: str, workflow_type: dict[str, str] = FLOW, **more: Any) -> Event:
    usual = {"workflowId": "c", "workflowType": workflow_type, "cause": cause, "initiatedEventId": 0, **BY}
    return "StartChildWorkflowExecutionFailed", usual | more


def assert_refused(domain: Domain, decision: dict[str, Any], failed: Event) -> None:
    run = domain.start("p")
    domain.decide(decision)
    assert_history(run, [*opening(), *decided(2), failed, decision_scheduled()], same_time=[(4, 5, 6)])


NOBODY = {"name": "nobody", "version": "1"}


@proves("failure cause", "StartChildWorkflowExecution: WORKFLOW_TYPE_DOES_NOT_EXIST")
@proves("event", "StartChildWorkflowExecutionFailed")
def test_a_child_of_an_unknown_type(domain: Domain) -> None:
    """A child of an unknown type fails before it is initiated: initiatedEventId is 0."""
    decision = child("c", NOBODY, control="x")
    assert_refused(domain, decision, child_failed("WORKFLOW_TYPE_DOES_NOT_EXIST", NOBODY, control="x"))


@proves("failure cause", "StartChildWorkflowExecution: WORKFLOW_TYPE_DEPRECATED")
def test_a_child_of_a_deprecated_type(domain: Domain) -> None:
    """A child of a deprecated type fails before it is initiated."""
    old = domain.workflow_type("old", **FLOW_DEFAULTS)
    domain.swf.deprecate_workflow_type(domain=domain.name, workflowType=old)
    assert_refused(domain, child("c", old), child_failed("WORKFLOW_TYPE_DEPRECATED", old))


@pytest.mark.parametrize(
    "missing, cause",
    [
        pytest.param(
            *pair, marks=proves("failure cause", f"StartChildWorkflowExecution: {pair[1]}"), id=pair[0]
        )
        for pair in FLOW_DEFAULTS_UNDEFINED.items()
    ],
)
def test_a_child_without_a_value(domain: Domain, missing: str, cause: str) -> None:
    """A child for which neither the decision nor the type has this value fails before it is initiated."""
    given = {name: value for name, value in FLOW_DEFAULTS.items() if name != missing}
    bare = domain.workflow_type("bare", **given)
    assert_refused(domain, child("c", bare), child_failed(cause, bare))


@proves("failure cause", "StartChildWorkflowExecution: WORKFLOW_ALREADY_RUNNING")
@proves("event", "StartChildWorkflowExecutionFailed")
def test_a_child_whose_id_is_taken(domain: Domain) -> None:
    """A child whose workflow id is taken is initiated first and fails later, naming that event."""
    domain.start("c", taskList=CHILDREN)
    parent = domain.start("p")
    domain.decide(child(control="x"))
    domain.decide()
    expected = [
        *opening(),
        *decided(2),
        initiated(taskList=FLOWS, control="x"),
        child_failed("WORKFLOW_ALREADY_RUNNING", initiatedEventId=5, control="x"),
        decision_scheduled(),
        *decided(7),
    ]
    assert_history(parent, expected, same_time=[(4, 5), (6, 7)])


@proves("behaviour", "chains of runs")
@pytest.mark.decision(
    "A child that continues as new stays its parent's child; the parent hears of its last run's end."
)
def test_a_child_that_continues_stays_a_child(domain: Domain) -> None:
    """A parent hears nothing of its child's continuing; the end of the last run is told with the first run's events."""
    parent, first = parent_and_child(domain)
    domain.decide(continue_as_new(taskList=CHILDREN), task_list="children")
    last = domain.open_run("c")
    assert last.info()["parent"] == parent.execution
    domain.decide(complete(result="out"), task_list="children")
    domain.decision_task()
    assert parent.attributes("ChildWorkflowExecutionStarted") == [of(first)]
    told = of(last) | {"startedEventId": 6, "result": "out"}
    assert parent.attributes("ChildWorkflowExecutionCompleted") == [told]
    (started,) = last.attributes("WorkflowExecutionStarted")
    assert started["parentWorkflowExecution"] == parent.execution
    assert started["parentInitiatedEventId"] == 5
    assert started["continuedExecutionRunId"] == first.run_id


def family(domain: Domain, parent_policy: str, **members: Any) -> tuple[Run, Run, Run]:
    """A parent of this policy, its child, and a child of the child whose parent's policy is to terminate it."""
    parent = domain.start("p", childPolicy=parent_policy, **members)
    domain.decide(child(taskList=CHILDREN))
    domain.decide()
    own = domain.open_run("c")
    domain.decide(child("g", taskList={"name": "grandchildren"}), task_list="children")
    domain.decide(task_list="children")
    return parent, own, domain.open_run("g")


def terminate(domain: Domain, parent: Run) -> None:
    domain.terminate("p")


def time_out(domain: Domain, parent: Run) -> None:
    domain.until_closed(parent)
    assert parent.info()["closeStatus"] == "TIMED_OUT"


endings = pytest.mark.parametrize("end", [terminate, time_out], ids=["terminated", "timed-out"])


def closing(end: Any) -> dict[str, str]:
    return {"executionStartToCloseTimeout": "6"} if end is time_out else {}


@endings
@proves("child policy", "TERMINATE")
@proves("event", "WorkflowExecutionTerminated")
def test_children_are_terminated(domain: Domain, end: Any) -> None:
    """TERMINATE terminates the children of a parent that is terminated or times out, and theirs by their own policy."""
    parent, own, grandchild = family(domain, "TERMINATE", **closing(end))
    end(domain, parent)
    for run in (own, grandchild):
        domain.until_closed(run)
        assert run.info()["closeStatus"] == "TERMINATED"
        terminated = {"cause": "CHILD_POLICY_APPLIED", "childPolicy": "TERMINATE"}
        assert run.attributes("WorkflowExecutionTerminated") == [terminated]


@endings
@proves("child policy", "REQUEST_CANCEL")
@proves("event", "WorkflowExecutionCancelRequested")
def test_children_are_asked_to_cancel(domain: Domain, end: Any) -> None:
    """REQUEST_CANCEL asks the children to cancel, naming the parent; their own children are left alone."""
    parent, own, grandchild = family(domain, "REQUEST_CANCEL", **closing(end))
    end(domain, parent)
    domain.decide(task_list="children")
    (asked,) = own.attributes("WorkflowExecutionCancelRequested")
    assert asked == {
        "cause": "CHILD_POLICY_APPLIED",
        "externalWorkflowExecution": parent.execution,
        "externalInitiatedEventId": 0,
    }
    assert own.info()["cancelRequested"] is True
    assert grandchild.types().count("WorkflowExecutionCancelRequested") == 0
    assert own.info()["executionStatus"] == grandchild.info()["executionStatus"] == "OPEN"


@endings
@proves("child policy", "ABANDON")
def test_children_are_left_alone(domain: Domain, end: Any) -> None:
    """ABANDON leaves the children open; nobody is told when they end."""
    parent, own, _ = family(domain, "ABANDON", **closing(end))
    end(domain, parent)
    ended = len(parent.history())
    domain.signal("c")
    domain.decide(complete(), task_list="children")
    assert own.info()["closeStatus"] == "COMPLETED"
    assert "WorkflowExecutionCancelRequested" not in own.types()
    assert len(parent.history()) == ended


@proves("child policy", "TERMINATE")
def test_the_policy_of_the_request_goes_before_the_run_s(domain: Domain) -> None:
    """A termination's own child policy is applied instead of the run's."""
    _, own = parent_and_child(domain)
    domain.terminate("p", childPolicy="ABANDON")
    domain.signal("c", signal="after")
    assert own.info()["executionStatus"] == "OPEN"


@pytest.mark.parametrize(
    "close", [complete(), fail(), cancel(), continue_as_new()], ids=lambda close: close["decisionType"]
)
@proves("child policy", "TERMINATE")
@pytest.mark.decision(
    "The child policy is applied when a parent is terminated or times out, not on any other close."
)
def test_other_ends_leave_children_alone(domain: Domain, close: dict[str, Any]) -> None:
    """A parent that completes, fails, cancels or continues leaves its children open, whatever its policy."""
    parent, own = parent_and_child(domain)
    domain.signal("p")
    domain.decide(close)
    assert parent.info()["executionStatus"] == "CLOSED"
    domain.decide(marker(), task_list="children")
    domain.signal("c")
    domain.decide(complete(), task_list="children")
    assert own.info()["closeStatus"] == "COMPLETED"


@proves("behaviour", "signals between runs")
def test_a_child_signals_its_parent(domain: Domain) -> None:
    """A child signals its parent by the ids that it was started with, and the parent sees which run it was."""
    parent, own = parent_and_child(domain)
    domain.decide(signal_external("p", runId=parent.run_id, signal="hello"), task_list="children")
    domain.decision_task()
    (signaled,) = parent.attributes("WorkflowExecutionSignaled")
    assert signaled == {
        "signalName": "hello",
        "externalWorkflowExecution": own.execution,
        "externalInitiatedEventId": 5,
    }
