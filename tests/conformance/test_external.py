"""Signals and cancel requests from one run to another."""

import pytest

from decisions import cancel_external, complete, signal_external
from domain import Domain
from histories import assert_history, decided, decision_scheduled, event, opening

proves = pytest.mark.proves

BY = {"decisionTaskCompletedEventId": 4}
OTHERS = {"name": "others"}


@proves("decision", "SignalExternalWorkflowExecution")
@proves("event", "SignalExternalWorkflowExecutionInitiated")
@proves("event", "ExternalWorkflowExecutionSignaled")
@proves("event", "WorkflowExecutionSignaled")
@pytest.mark.parametrize("by_run_id", [False, True])
def test_a_run_signals_another(domain: Domain, by_run_id: bool) -> None:
    """The target gets the signal with the source's ids, the source learns that it was delivered; both are called."""
    target = domain.start("other", taskList=OTHERS)
    source = domain.start()
    named = {"runId": target.run_id} if by_run_id else {}
    domain.decide(signal_external("other", "hello", input="in", control="c", **named))
    domain.decide()
    expected = [
        *opening(),
        *decided(2),
        event(
            "SignalExternalWorkflowExecutionInitiated",
            workflowId="other",
            signalName="hello",
            input="in",
            control="c",
            **named,
            **BY,
        ),
        event("ExternalWorkflowExecutionSignaled", workflowExecution=target.execution, initiatedEventId=5),
        decision_scheduled(),
        *decided(7),
    ]
    assert_history(source, expected, same_time=[(4, 5), (6, 7)])
    signaled = {
        "signalName": "hello",
        "input": "in",
        "externalWorkflowExecution": source.execution,
        "externalInitiatedEventId": 5,
    }
    assert target.attributes("WorkflowExecutionSignaled") == [signaled]


@proves("decision", "SignalExternalWorkflowExecution")
def test_a_run_signals_itself(domain: Domain) -> None:
    """A run may signal itself: it gets both the signal and the news of its delivery."""
    run = domain.start()
    domain.decide(signal_external("w", "self"))
    domain.until(lambda: "ExternalWorkflowExecutionSignaled" in run.types())
    domain.decide()
    assert run.attributes("WorkflowExecutionSignaled") == [
        {"signalName": "self", "externalWorkflowExecution": run.execution, "externalInitiatedEventId": 5}
    ]
    assert run.attributes("ExternalWorkflowExecutionSignaled") == [
        {"workflowExecution": run.execution, "initiatedEventId": 5}
    ]


@proves("failure cause", "SignalExternalWorkflowExecution: UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION")
@proves("event", "SignalExternalWorkflowExecutionFailed")
@pytest.mark.parametrize("closed", [False, True])
def test_a_signal_to_nobody(domain: Domain, closed: bool) -> None:
    """A signal to a run that is not there, or closed, fails after it was initiated."""
    named = {}
    if closed:
        target = domain.start("other", taskList=OTHERS)
        domain.decide(complete(), task_list="others")
        named = {"runId": target.run_id}
    source = domain.start()
    domain.decide(signal_external("other", control="c", **named))
    domain.decide()
    expected = [
        *opening(),
        *decided(2),
        event(
            "SignalExternalWorkflowExecutionInitiated",
            workflowId="other",
            signalName="s",
            control="c",
            **named,
            **BY,
        ),
        event(
            "SignalExternalWorkflowExecutionFailed",
            workflowId="other",
            cause="UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
            initiatedEventId=5,
            control="c",
            **named,
            **BY,
        ),
        decision_scheduled(),
        *decided(7),
    ]
    assert_history(source, expected, same_time=[(4, 5), (6, 7)])


@proves("decision", "RequestCancelExternalWorkflowExecution")
@proves("event", "RequestCancelExternalWorkflowExecutionInitiated")
@proves("event", "ExternalWorkflowExecutionCancelRequested")
@proves("event", "WorkflowExecutionCancelRequested")
@pytest.mark.parametrize("by_run_id", [False, True])
def test_a_run_asks_another_to_cancel(domain: Domain, by_run_id: bool) -> None:
    """The target gets the request with the source's ids, the source learns that it was delivered."""
    target = domain.start("other", taskList=OTHERS)
    source = domain.start()
    named = {"runId": target.run_id} if by_run_id else {}
    domain.decide(cancel_external("other", control="c", **named))
    domain.decide()
    expected = [
        *opening(),
        *decided(2),
        event(
            "RequestCancelExternalWorkflowExecutionInitiated",
            workflowId="other",
            control="c",
            **named,
            **BY,
        ),
        event(
            "ExternalWorkflowExecutionCancelRequested", workflowExecution=target.execution, initiatedEventId=5
        ),
        decision_scheduled(),
        *decided(7),
    ]
    assert_history(source, expected, same_time=[(4, 5), (6, 7)])
    asked = {"externalWorkflowExecution": source.execution, "externalInitiatedEventId": 5}
    assert target.attributes("WorkflowExecutionCancelRequested") == [asked]
    assert target.info()["cancelRequested"] is True


@proves("failure cause", "RequestCancelExternalWorkflowExecution: UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION")
@proves("event", "RequestCancelExternalWorkflowExecutionFailed")
def test_a_cancel_request_to_nobody(domain: Domain) -> None:
    """A cancel request to a run that is not there fails after it was initiated."""
    source = domain.start()
    domain.decide(cancel_external("other", control="c"))
    domain.decide()
    expected = [
        *opening(),
        *decided(2),
        event("RequestCancelExternalWorkflowExecutionInitiated", workflowId="other", control="c", **BY),
        event(
            "RequestCancelExternalWorkflowExecutionFailed",
            workflowId="other",
            cause="UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
            initiatedEventId=5,
            control="c",
            **BY,
        ),
        decision_scheduled(),
        *decided(7),
    ]
    assert_history(source, expected, same_time=[(4, 5), (6, 7)])


@proves("behaviour", "signals between runs")
def test_other_domains_are_out_of_reach(domain: Domain) -> None:
    """A run reaches runs of its own domain only."""
    other = Domain.register(domain.swf, f"{domain.name}-other")
    target = other.start("other")
    source = domain.start()
    domain.decide(signal_external("other"))
    domain.decide()
    assert source.attributes("SignalExternalWorkflowExecutionFailed")
    assert "WorkflowExecutionSignaled" not in target.types()
