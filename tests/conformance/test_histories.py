"""Whole executions as they were recorded against Amazon's service: every event, every id, every attribute."""

import pytest

from decisions import cancel, child, complete, schedule
from domain import FLOW, FLOWS, Domain
from endpoint import refused
from histories import activity_scheduled, assert_history, decided, decision_scheduled, event, opening

proves = pytest.mark.proves


@proves("history", "simple execution")
@proves("event", "WorkflowExecutionCompleted")
def test_a_simple_execution(domain: Domain) -> None:
    """One activity from start to completion: eleven events, with equal times where one move wrote several."""
    run = domain.start(input="in")
    domain.decide(schedule(input="do"))
    domain.complete(domain.activity_task(), result="done")
    domain.decide(complete(result="out"))
    expected = [
        *opening(input="in"),
        *decided(2),
        activity_scheduled(input="do"),
        event("ActivityTaskStarted", scheduledEventId=5),
        event("ActivityTaskCompleted", scheduledEventId=5, startedEventId=6, result="done"),
        decision_scheduled(),
        *decided(8),
        event("WorkflowExecutionCompleted", result="out", decisionTaskCompletedEventId=10),
    ]
    assert_history(run, expected, same_time=[(1, 2), (4, 5), (7, 8), (10, 11)])


@proves("history", "an event while a decision task is started")
def test_an_activity_completes_while_the_decider_thinks(domain: Domain) -> None:
    """The next decision task is scheduled at once, also while an earlier one is started."""
    run = domain.start()
    domain.decide(schedule())
    activity = domain.activity_task()
    domain.signal()
    thinking = domain.decision_task()
    domain.complete(activity)
    domain.answer(thinking)
    domain.decision_task()
    expected = [
        *opening(),
        *decided(2),
        activity_scheduled(),
        event("ActivityTaskStarted", scheduledEventId=5),
        event("WorkflowExecutionSignaled", signalName="s", externalInitiatedEventId=0),
        decision_scheduled(),
        event("DecisionTaskStarted", scheduledEventId=8),
        event("ActivityTaskCompleted", scheduledEventId=5, startedEventId=6),
        decision_scheduled(),
        event("DecisionTaskCompleted", scheduledEventId=8, startedEventId=9),
        event("DecisionTaskStarted", scheduledEventId=11),
    ]
    assert_history(run, expected, same_time=[(7, 8), (10, 11)])


@proves("history", "cancellation honoured")
@proves("event", "WorkflowExecutionCanceled")
def test_a_cancellation_that_is_honoured(domain: Domain) -> None:
    """A decider that honours a cancel request closes the run; the running activity's late answer is refused."""
    run = domain.start()
    domain.decide(schedule())
    activity = domain.activity_task()
    domain.request_cancel()
    domain.decide(cancel(details="as asked"))
    expected = [
        *opening(),
        *decided(2),
        activity_scheduled(),
        event("ActivityTaskStarted", scheduledEventId=5),
        event("WorkflowExecutionCancelRequested", externalInitiatedEventId=0),
        decision_scheduled(),
        *decided(8),
        event("WorkflowExecutionCanceled", details="as asked", decisionTaskCompletedEventId=10),
    ]
    assert_history(run, expected, same_time=[(7, 8), (10, 11)])
    message = f"Unknown execution: WorkflowExecution=[workflowId=w, runId={run.run_id}]"
    with refused("UnknownResourceFault", message):
        domain.complete(activity)


@proves("history", "cancellation refused")
def test_a_cancellation_that_is_refused(domain: Domain) -> None:
    """A decider may ignore a cancel request and complete the run."""
    run = domain.start()
    domain.decide(schedule())
    domain.request_cancel()
    domain.decide()
    domain.complete(domain.activity_task())
    domain.decide(complete())
    info = run.info()
    assert (info["closeStatus"], info["cancelRequested"]) == ("COMPLETED", False)


@proves("history", "child workflow")
def test_a_child_workflow(domain: Domain) -> None:
    """A parent's history around its child: initiated in the batch, started, told of, completed."""
    parent = domain.start("p")
    children = {"name": "children"}
    domain.decide(child(taskList=children, input="in"))
    task = domain.decision_task("children")
    domain.answer(task, complete(result="out"))
    domain.until(lambda: "ChildWorkflowExecutionCompleted" in parent.types())
    domain.decide(complete())
    of = {"workflowExecution": task["workflowExecution"], "workflowType": FLOW, "initiatedEventId": 5}
    expected = [
        *opening(),
        *decided(2),
        event(
            "StartChildWorkflowExecutionInitiated",
            workflowId="c",
            workflowType=FLOW,
            taskList=children,
            childPolicy="TERMINATE",
            executionStartToCloseTimeout="3600",
            taskStartToCloseTimeout="30",
            input="in",
            decisionTaskCompletedEventId=4,
        ),
        event("ChildWorkflowExecutionStarted", **of),
        decision_scheduled(),
        event("ChildWorkflowExecutionCompleted", **of, startedEventId=6, result="out"),
        event("DecisionTaskStarted", scheduledEventId=7),
        event("DecisionTaskCompleted", scheduledEventId=7, startedEventId=9),
        event("WorkflowExecutionCompleted", decisionTaskCompletedEventId=10),
    ]
    assert_history(parent, expected, same_time=[(4, 5), (6, 7), (10, 11)])


@proves("history", "signals before the first decision")
def test_signals_before_the_first_decision(domain: Domain) -> None:
    """Signals that come before the first decision add no decision task to the one that waits."""
    run = domain.start()
    domain.signal(signal="a")
    domain.signal(signal="b")
    domain.decide()
    expected = [
        *opening(),
        event("WorkflowExecutionSignaled", signalName="a", externalInitiatedEventId=0),
        event("WorkflowExecutionSignaled", signalName="b", externalInitiatedEventId=0),
        event("DecisionTaskStarted", scheduledEventId=2),
        event("DecisionTaskCompleted", scheduledEventId=2, startedEventId=5),
    ]
    assert_history(run, expected)


@proves("history", "two activities in turn")
def test_two_activities_in_turn(domain: Domain) -> None:
    """Two steps one after the other, with the decider's context kept between them."""
    run = domain.start(taskList=FLOWS)
    domain.decide(schedule("one", input="1"), executionContext="after one")
    domain.complete(domain.activity_task(), result="one")
    domain.decide(schedule("two", input="2"), executionContext="after two")
    domain.complete(domain.activity_task(), result="two")
    domain.decide(complete(result="both"))
    steps = [
        activity_scheduled(activityId="one", input="1"),
        event("ActivityTaskStarted", scheduledEventId=5),
        event("ActivityTaskCompleted", scheduledEventId=5, startedEventId=6, result="one"),
        decision_scheduled(),
        *decided(8, executionContext="after two"),
        activity_scheduled(activityId="two", input="2", decisionTaskCompletedEventId=10),
        event("ActivityTaskStarted", scheduledEventId=11),
        event("ActivityTaskCompleted", scheduledEventId=11, startedEventId=12, result="two"),
        decision_scheduled(),
        *decided(14),
        event("WorkflowExecutionCompleted", result="both", decisionTaskCompletedEventId=16),
    ]
    assert_history(run, [*opening(), *decided(2, executionContext="after one"), *steps])
    assert run.describe()["latestExecutionContext"] == "after two"
