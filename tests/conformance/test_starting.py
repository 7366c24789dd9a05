"""Executions: started, signalled, asked to cancel, terminated."""

from typing import Any

import pytest

from decisions import complete
from domain import ACT_DEFAULTS, FLOW, FLOW_DEFAULTS, FLOWS, Domain
from endpoint import Raw, refused
from histories import assert_history, decided, decision_scheduled, event, opening

proves = pytest.mark.proves

ALREADY = ("WorkflowExecutionAlreadyStartedFault", "Already Started")


@proves("action", "StartWorkflowExecution")
@proves("event", "WorkflowExecutionStarted")
@proves("event", "DecisionTaskScheduled")
def test_what_the_request_says_goes_before_the_defaults(domain: Domain) -> None:
    """Values of the request replace the type's defaults; the first two events have the same time."""
    run = domain.start(
        taskList={"name": "mine"},
        taskPriority="-5",
        input="in",
        executionStartToCloseTimeout="31536000",
        taskStartToCloseTimeout="NONE",
        tagList=["a", "b", "c", "d", "e"],
        childPolicy="ABANDON",
        lambdaRole="arn:aws:iam::123456789012:role/role",
    )
    own = {"taskList": {"name": "mine"}, "taskPriority": "-5"}
    expected = [
        event(
            "WorkflowExecutionStarted",
            workflowType=FLOW,
            input="in",
            executionStartToCloseTimeout="31536000",
            taskStartToCloseTimeout="NONE",
            tagList=["a", "b", "c", "d", "e"],
            childPolicy="ABANDON",
            lambdaRole="arn:aws:iam::123456789012:role/role",
            parentInitiatedEventId=0,
            **own,
        ),
        event("DecisionTaskScheduled", startToCloseTimeout="NONE", **own),
    ]
    assert_history(run, expected, same_time=[(1, 2)])


@proves("action", "StartWorkflowExecution")
def test_what_the_request_leaves_out_comes_from_the_type(domain: Domain) -> None:
    """What the request leaves out comes from the type, its priority and Lambda role included."""
    role = "arn:aws:iam::123456789012:role/role"
    own = domain.workflow_type("own", **FLOW_DEFAULTS, defaultTaskPriority="7", defaultLambdaRole=role)
    run = domain.start("w", own)
    started = opening(workflowType=own, taskPriority="7", lambdaRole=role)[0]
    assert_history(run, [started, decision_scheduled(taskPriority="7")])


@pytest.mark.parametrize("missing", sorted(FLOW_DEFAULTS))
@proves("fault", "DefaultUndefinedFault")
def test_a_value_without_a_default_is_named(domain: Domain, missing: str) -> None:
    """A value that neither the request nor the type has is named by its default."""
    given = {name: value for name, value in FLOW_DEFAULTS.items() if name != missing}
    bare = domain.workflow_type("bare", **given)
    with refused("DefaultUndefinedFault", missing):
        domain.start("w", bare)


@proves("fault", "WorkflowExecutionAlreadyStartedFault")
def test_a_workflow_id_has_one_open_run(domain: Domain) -> None:
    """While a run is open its workflow id is taken, also by another type; a closed one is no obstacle."""
    other = domain.workflow_type("other", **FLOW_DEFAULTS)
    first = domain.start()
    for workflow_type in (FLOW, other):
        with refused(*ALREADY):
            domain.start("w", workflow_type)
    domain.terminate()
    second = domain.start("w", other)
    assert second.run_id != first.run_id


@proves("fault", "UnknownResourceFault")
def test_a_type_that_is_not_there_starts_nothing(domain: Domain) -> None:
    """A run of an unknown type, or version of it, can't be started."""
    for wrong in ({"name": "nobody", "version": "1"}, {"name": "flow", "version": "2"}):
        message = f"Unknown type: WorkflowType=[name={wrong['name']}, version={wrong['version']}]"
        with refused("UnknownResourceFault", message):
            domain.start("w", wrong)


@proves("action", "SignalWorkflowExecution")
@proves("event", "WorkflowExecutionSignaled")
def test_a_signal_calls_for_a_decision(domain: Domain) -> None:
    """A signal from outside has externalInitiatedEventId 0 and calls for one decision, however many come."""
    run = domain.start()
    domain.decide()
    domain.signal(signal="first", input="in")
    domain.signal(signal="second", runId=run.run_id)
    expected = [
        *opening(),
        *decided(2),
        event("WorkflowExecutionSignaled", signalName="first", input="in", externalInitiatedEventId=0),
        decision_scheduled(),
        event("WorkflowExecutionSignaled", signalName="second", externalInitiatedEventId=0),
    ]
    assert_history(run, expected, same_time=[(5, 6)])


@proves("action", "RequestCancelWorkflowExecution")
@proves("event", "WorkflowExecutionCancelRequested")
def test_a_cancel_request_leaves_the_run_open(domain: Domain) -> None:
    """A cancel request is an event and a flag; the run stays open until its decider decides."""
    run = domain.start()
    domain.decide()
    assert run.info()["cancelRequested"] is False
    domain.request_cancel()
    expected = [
        *opening(),
        *decided(2),
        event("WorkflowExecutionCancelRequested", externalInitiatedEventId=0),
        decision_scheduled(),
    ]
    assert_history(run, expected, same_time=[(5, 6)])
    assert run.info()["cancelRequested"] is True
    assert run.info()["executionStatus"] == "OPEN"
    domain.decide()
    assert run.info()["executionStatus"] == "OPEN", "a decider may ignore it"


@proves("action", "TerminateWorkflowExecution")
@proves("close status", "TERMINATED")
@proves("event", "WorkflowExecutionTerminated")
def test_a_terminated_run_is_closed_at_once(domain: Domain) -> None:
    """A terminated run is closed with reason, details and the policy of the request; nothing follows."""
    run = domain.start()
    domain.terminate(reason="because", details="of this", childPolicy="REQUEST_CANCEL", runId=run.run_id)
    terminated = event(
        "WorkflowExecutionTerminated",
        reason="because",
        details="of this",
        childPolicy="REQUEST_CANCEL",
        cause="OPERATOR_INITIATED",
    )
    assert_history(run, [*opening(), terminated])
    info = run.info()
    assert (info["executionStatus"], info["closeStatus"]) == ("CLOSED", "TERMINATED")
    assert info["closeTimestamp"] == run.history()[-1]["eventTimestamp"]


@proves("event", "WorkflowExecutionTerminated")
def test_a_terminated_run_has_its_own_policy(domain: Domain) -> None:
    """Without a policy in the request, the event has the run's own."""
    run = domain.start(childPolicy="ABANDON")
    domain.terminate()
    attributes = {"childPolicy": "ABANDON", "cause": "OPERATOR_INITIATED"}
    assert run.attributes("WorkflowExecutionTerminated") == [attributes]


STEERING: dict[str, dict[str, Any]] = {
    "SignalWorkflowExecution": {"signalName": "s"},
    "RequestCancelWorkflowExecution": {},
    "TerminateWorkflowExecution": {},
}


@pytest.mark.parametrize("action", STEERING)
@proves("fault", "UnknownResourceFault", "raw HTTP")
def test_only_an_open_run_is_steered(domain: Domain, raw: Raw, action: str) -> None:
    """Signal, cancel request and termination of a run that is not there, or closed, or of another id are refused."""
    nobody = "0" * 32
    request = {"domain": domain.name, "workflowId": "w"} | STEERING[action]
    no_run = "Unknown execution, workflowId = w"

    def message(run_id: str) -> str:
        return f"Unknown execution: WorkflowExecution=[workflowId=w, runId={run_id}]"

    def refusal(**more: Any) -> str:
        answer = raw.call(action, **request, **more)
        assert answer.status == 400
        assert answer.json()["__type"] == "com.amazonaws.swf.base.model#UnknownResourceFault"
        return answer.json()["message"]

    assert refusal() == no_run
    closed = domain.start()
    domain.decide(complete())
    assert refusal() == no_run
    assert refusal(runId=closed.run_id) == message(closed.run_id)
    domain.start()
    assert refusal(runId=closed.run_id) == message(closed.run_id), "another run of that id is open"
    assert refusal(runId=nobody) == message(nobody)
    answer = raw.call(action, **request, runId="")
    assert (answer.status, answer.body) == (200, b""), "an empty run id is none"


def test_types_of_activities_start_nothing(domain: Domain) -> None:
    """An activity type is no workflow type, whatever its name."""
    domain.activity_type("deed", **ACT_DEFAULTS)
    with refused("UnknownResourceFault", "Unknown type: WorkflowType=[name=deed, version=1]"):
        domain.start("w", {"name": "deed", "version": "1"}, taskList=FLOWS)
