"""Decisions about the run itself: activities, timers, markers, its end. Each with its event and its failures."""

import itertools
from typing import Any

import pytest

from decisions import (
    cancel,
    cancel_activity,
    cancel_timer,
    complete,
    continue_as_new,
    fail,
    lambda_function,
    marker,
    schedule,
    signal_external,
    timer,
)
from domain import ACT, ACT_DEFAULTS, ACTS, FLOW, FLOW_DEFAULTS, FLOW_DEFAULTS_UNDEFINED, FLOWS, Domain
from histories import assert_history, decided, decision_scheduled, event, opening, seconds_between

proves = pytest.mark.proves

BY = {"decisionTaskCompletedEventId": 4}


@proves("decision", "ScheduleActivityTask")
@proves("event", "ActivityTaskScheduled")
def test_what_the_decision_says_goes_before_the_defaults(domain: Domain) -> None:
    """Values of the decision replace the type's defaults; `NONE` is a value."""
    run = domain.start()
    own = {
        "taskList": {"name": "mine"},
        "taskPriority": "12",
        "scheduleToStartTimeout": "NONE",
        "scheduleToCloseTimeout": "NONE",
        "startToCloseTimeout": "NONE",
        "heartbeatTimeout": "30",
        "input": "",
        "control": "c",
    }
    domain.decide(schedule(**own))
    scheduled = event("ActivityTaskScheduled", activityType=ACT, activityId="a", **own, **BY)
    assert_history(run, [*opening(), *decided(2), scheduled], same_time=[(4, 5)])


@proves("decision", "ScheduleActivityTask")
@proves("behaviour", "parallel activities")
def test_activities_run_side_by_side(domain: Domain) -> None:
    """Activities of one batch run side by side; each close is an event, one decision task waits for all of them."""
    run = domain.start()
    domain.decide(schedule("a"), schedule("b"), schedule("c"))
    tasks = {task["activityId"]: task for task in (domain.activity_task() for _ in range(3))}
    assert sorted(tasks) == ["a", "b", "c"]
    for activity_id in ("c", "a"):
        domain.complete(tasks[activity_id], result=activity_id)
    task = domain.decision_task()
    domain.complete(tasks["b"], result="b")
    domain.answer(task)
    assert run.types()[4:] == [
        "ActivityTaskScheduled",
        "ActivityTaskScheduled",
        "ActivityTaskScheduled",
        "ActivityTaskStarted",
        "ActivityTaskStarted",
        "ActivityTaskStarted",
        "ActivityTaskCompleted",
        "DecisionTaskScheduled",
        "ActivityTaskCompleted",
        "DecisionTaskStarted",
        "ActivityTaskCompleted",
        "DecisionTaskScheduled",
        "DecisionTaskCompleted",
    ]
    completed = [
        (found["result"], found["scheduledEventId"]) for found in run.attributes("ActivityTaskCompleted")
    ]
    assert completed == [("c", 7), ("a", 5), ("b", 6)]


def schedule_failed(cause: str, activity_type: dict[str, str] = ACT) -> tuple[str, dict[str, Any]]:
    return event("ScheduleActivityTaskFailed", activityType=activity_type, activityId="a", cause=cause, **BY)


def assert_refused(
    domain: Domain, decisions: list[dict[str, Any]], *failures: tuple[str, dict[str, Any]]
) -> None:
    """A run whose first batch is this has these events in their place, and then a decision task."""
    run = domain.start()
    domain.decide(*decisions)
    expected = [*opening(), *decided(2), *failures, decision_scheduled()]
    assert_history(run, expected, same_time=[tuple(range(4, len(expected) + 1))])


@proves("failure cause", "ScheduleActivityTask: ACTIVITY_TYPE_DOES_NOT_EXIST")
@proves("event", "ScheduleActivityTaskFailed")
def test_an_unknown_activity_type(domain: Domain) -> None:
    """An activity of an unknown type fails, and the decider is called to see it."""
    nobody = {"name": "nobody", "version": "1"}
    assert_refused(domain, [schedule("a", nobody)], schedule_failed("ACTIVITY_TYPE_DOES_NOT_EXIST", nobody))


@proves("failure cause", "ScheduleActivityTask: ACTIVITY_TYPE_DEPRECATED")
def test_a_deprecated_activity_type(domain: Domain) -> None:
    """An activity of a deprecated type fails."""
    domain.swf.deprecate_activity_type(domain=domain.name, activityType=ACT)
    assert_refused(domain, [schedule()], schedule_failed("ACTIVITY_TYPE_DEPRECATED"))


@proves("failure cause", "ScheduleActivityTask: ACTIVITY_ID_ALREADY_IN_USE")
def test_an_activity_id_in_use(domain: Domain) -> None:
    """A second activity of an open one's id fails, also within a batch."""
    scheduled = event(
        "ActivityTaskScheduled",
        activityType=ACT,
        activityId="a",
        taskList=ACTS,
        scheduleToStartTimeout="100",
        scheduleToCloseTimeout="200",
        startToCloseTimeout="60",
        heartbeatTimeout="NONE",
        **BY,
    )
    assert_refused(domain, [schedule(), schedule()], scheduled, schedule_failed("ACTIVITY_ID_ALREADY_IN_USE"))


UNDEFINED = {
    "defaultTaskScheduleToCloseTimeout": "DEFAULT_SCHEDULE_TO_CLOSE_TIMEOUT_UNDEFINED",
    "defaultTaskList": "DEFAULT_TASK_LIST_UNDEFINED",
    "defaultTaskScheduleToStartTimeout": "DEFAULT_SCHEDULE_TO_START_TIMEOUT_UNDEFINED",
    "defaultTaskStartToCloseTimeout": "DEFAULT_START_TO_CLOSE_TIMEOUT_UNDEFINED",
    "defaultTaskHeartbeatTimeout": "DEFAULT_HEARTBEAT_TIMEOUT_UNDEFINED",
}


@pytest.mark.parametrize(
    "missing, cause",
    [
        pytest.param(*pair, marks=proves("failure cause", f"ScheduleActivityTask: {pair[1]}"), id=pair[0])
        for pair in UNDEFINED.items()
    ],
)
def test_an_activity_without_a_value(domain: Domain, missing: str, cause: str) -> None:
    """An activity for which neither the decision nor the type has this value fails."""
    bare = domain.activity_type(
        "bare", **{name: value for name, value in ACT_DEFAULTS.items() if name != missing}
    )
    assert_refused(domain, [schedule("a", bare)], schedule_failed(cause, bare))


@pytest.mark.decision(
    "Causes of ScheduleActivityTaskFailed are looked for in this order: type unknown, deprecated, id in use, "
    "limit of open activities, missing defaults."
)
@proves("decision", "ScheduleActivityTask")
def test_the_order_of_causes(domain: Domain) -> None:
    """With several things wrong, the type comes before the id, and the id before missing defaults."""
    bare, old = domain.activity_type("bare"), domain.activity_type("old")
    domain.swf.deprecate_activity_type(domain=domain.name, activityType=old)
    run = domain.start()
    domain.decide(
        schedule(), schedule("a", {"name": "x", "version": "1"}), schedule("a", old), schedule("a", bare)
    )
    causes = [found["cause"] for found in run.attributes("ScheduleActivityTaskFailed")]
    assert causes == [
        "ACTIVITY_TYPE_DOES_NOT_EXIST",
        "ACTIVITY_TYPE_DEPRECATED",
        "ACTIVITY_ID_ALREADY_IN_USE",
    ]


@proves("failure cause", "RequestCancelActivityTask: ACTIVITY_ID_UNKNOWN")
@proves("event", "RequestCancelActivityTaskFailed")
def test_an_activity_that_is_not_open(domain: Domain) -> None:
    """A cancel request for an activity that is not open fails."""
    failed = event("RequestCancelActivityTaskFailed", activityId="a", cause="ACTIVITY_ID_UNKNOWN", **BY)
    assert_refused(domain, [cancel_activity()], failed)


@proves("decision", "StartTimer")
@proves("decision", "CancelTimer")
@proves("event", "TimerStarted")
@proves("event", "TimerFired")
@proves("event", "TimerCanceled")
def test_timers_fire_and_are_canceled(domain: Domain) -> None:
    """A timer fires after its time; a canceled one does not, and neither cancelling nor starting calls for a decision."""
    run = domain.start()
    domain.decide(timer("t2", "120", control="c"), timer("t1", "1"))
    domain.decide(cancel_timer("t2"), timer("t3", "0"))
    domain.decide()
    expected = [
        *opening(),
        *decided(2),
        event("TimerStarted", timerId="t2", startToFireTimeout="120", control="c", **BY),
        event("TimerStarted", timerId="t1", startToFireTimeout="1", **BY),
        event("TimerFired", timerId="t1", startedEventId=6),
        decision_scheduled(),
        *decided(8),
        event("TimerCanceled", timerId="t2", startedEventId=5, decisionTaskCompletedEventId=10),
        event("TimerStarted", timerId="t3", startToFireTimeout="0", decisionTaskCompletedEventId=10),
        event("TimerFired", timerId="t3", startedEventId=12),
        decision_scheduled(),
        *decided(14),
    ]
    assert_history(run, expected, same_time=[(4, 5, 6), (7, 8), (10, 11, 12), (13, 14)])
    assert 1 <= seconds_between(run, 6, 7) < 20
    assert run.open_counts()["openTimers"] == 0


@proves("failure cause", "StartTimer: TIMER_ID_ALREADY_IN_USE")
@proves("event", "StartTimerFailed")
def test_a_timer_id_in_use(domain: Domain) -> None:
    """A second timer of an open one's id fails."""
    started = event("TimerStarted", timerId="t", startToFireTimeout="3000", **BY)
    failed = event("StartTimerFailed", timerId="t", cause="TIMER_ID_ALREADY_IN_USE", **BY)
    assert_refused(domain, [timer(), timer()], started, failed)


@proves("failure cause", "CancelTimer: TIMER_ID_UNKNOWN")
@proves("event", "CancelTimerFailed")
def test_a_timer_that_is_not_open(domain: Domain) -> None:
    """Cancelling a timer that is not open fails."""
    failed = event("CancelTimerFailed", timerId="t", cause="TIMER_ID_UNKNOWN", **BY)
    assert_refused(domain, [cancel_timer()], failed)


@proves("decision", "RecordMarker")
@proves("event", "MarkerRecorded")
def test_markers_are_recorded(domain: Domain) -> None:
    """Markers are recorded with their details, any number of one name."""
    run = domain.start()
    domain.decide(marker("m", details="d"), marker("m"), marker("m", details=""))
    recorded = [
        event("MarkerRecorded", markerName="m", details="d", **BY),
        event("MarkerRecorded", markerName="m", **BY),
        event("MarkerRecorded", markerName="m", details="", **BY),
    ]
    assert_history(run, [*opening(), *decided(2), *recorded], same_time=[(4, 5, 6, 7)])


@proves("constraint", "names")
def test_names_of_markers_and_signals_are_free(domain: Domain) -> None:
    """Names of markers and signals are free: they may have colons, slashes and blanks at their ends."""
    run = domain.start()
    domain.signal(signal="a:b/c ")
    domain.decide(marker(" a:b/c"), signal_external("w", "arn"))
    assert run.attributes("WorkflowExecutionSignaled")[0]["signalName"] == "a:b/c "
    assert run.attributes("MarkerRecorded")[0]["markerName"] == " a:b/c"
    assert run.attributes("SignalExternalWorkflowExecutionInitiated")[0]["signalName"] == "arn"


CLOSES = [
    (
        "CompleteWorkflowExecution",
        complete(result="r"),
        "WorkflowExecutionCompleted",
        {"result": "r"},
        "COMPLETED",
    ),
    (
        "FailWorkflowExecution",
        fail(reason="r", details="d"),
        "WorkflowExecutionFailed",
        {"reason": "r", "details": "d"},
        "FAILED",
    ),
    (
        "CancelWorkflowExecution",
        cancel(details="d"),
        "WorkflowExecutionCanceled",
        {"details": "d"},
        "CANCELED",
    ),
    ("CompleteWorkflowExecution", complete(), "WorkflowExecutionCompleted", {}, "COMPLETED"),
    ("FailWorkflowExecution", fail(), "WorkflowExecutionFailed", {}, "FAILED"),
    ("CancelWorkflowExecution", cancel(), "WorkflowExecutionCanceled", {}, "CANCELED"),
]


@pytest.mark.parametrize(
    "decision, event_type, attributes, status",
    [
        pytest.param(
            *case[1:],
            marks=[proves("decision", case[0]), proves("event", case[2]), proves("close status", case[4])],
            id=f"{case[0]}-{'full' if case[3] else 'bare'}",
        )
        for case in CLOSES
    ],
)
def test_a_run_ends(
    domain: Domain, decision: dict[str, Any], event_type: str, attributes: dict[str, Any], status: str
) -> None:
    """The decision closes the run with its event, the last one; what was open in it writes no more."""
    run = domain.start()
    domain.decide(timer("t", "0"), decision)
    started = event("TimerStarted", timerId="t", startToFireTimeout="0", **BY)
    expected = [*opening(), *decided(2), started, event(event_type, **attributes, **BY)]
    assert_history(run, expected, same_time=[(4, 5, 6)])
    info = run.info()
    assert (info["executionStatus"], info["closeStatus"]) == ("CLOSED", status)
    assert run.open_counts()["openTimers"] == 1


UNHANDLED = {
    "CompleteWorkflowExecution": complete(),
    "FailWorkflowExecution": fail(),
    "CancelWorkflowExecution": cancel(),
    "ContinueAsNewWorkflowExecution": continue_as_new(),
}


def unhandled(name: str) -> list[pytest.MarkDecorator]:
    cause = proves("failure cause", f"{name}: UNHANDLED_DECISION")
    return [cause, proves("decision", name), proves("event", f"{name}Failed")]


@pytest.mark.parametrize(
    "name, decision",
    [pytest.param(*pair, marks=unhandled(pair[0]), id=pair[0]) for pair in UNHANDLED.items()],
)
def test_a_run_does_not_end_over_an_unseen_event(domain: Domain, name: str, decision: dict[str, Any]) -> None:
    """The decision is refused when an event came after the task's start; the batch's others stand, no task is added."""
    run = domain.start()
    task = domain.decision_task()
    domain.signal()
    domain.answer(task, marker(), decision)
    completed = {"decisionTaskCompletedEventId": 6}
    expected = [
        *opening(),
        event("DecisionTaskStarted", scheduledEventId=2),
        event("WorkflowExecutionSignaled", signalName="s", externalInitiatedEventId=0),
        decision_scheduled(),
        event("DecisionTaskCompleted", scheduledEventId=2, startedEventId=3),
        event("MarkerRecorded", markerName="m", **completed),
        event(f"{name}Failed", cause="UNHANDLED_DECISION", **completed),
    ]
    assert_history(run, expected, same_time=[(6, 7, 8)])
    assert domain.decision_task()["startedEventId"] == 9
    assert run.info()["executionStatus"] == "OPEN"


@proves("decision", "ContinueAsNewWorkflowExecution")
@proves("event", "WorkflowExecutionContinuedAsNew")
@proves("close status", "CONTINUED_AS_NEW")
@pytest.mark.decision("What ContinueAsNew leaves out comes from the type's defaults, tags from nowhere.")
def test_a_run_continues_as_new(domain: Domain) -> None:
    """The successor has the defaults of the type for what the decision leaves out, not the values of the old run."""
    first = domain.start(
        input="first",
        tagList=["t"],
        childPolicy="ABANDON",
        executionStartToCloseTimeout="50",
        taskPriority="4",
    )
    domain.decide(continue_as_new(input="second"))
    second = domain.open_run("w")
    assert second.run_id != first.run_id
    continued = event(
        "WorkflowExecutionContinuedAsNew",
        newExecutionRunId=second.run_id,
        workflowType=FLOW,
        taskList=FLOWS,
        childPolicy="TERMINATE",
        executionStartToCloseTimeout="3600",
        taskStartToCloseTimeout="30",
        input="second",
        **BY,
    )
    old = {"taskPriority": "4"}
    started = opening(
        input="first", tagList=["t"], childPolicy="ABANDON", executionStartToCloseTimeout="50", **old
    )[0]
    assert_history(
        first, [started, decision_scheduled(**old), *decided(2), continued], same_time=[(1, 2), (4, 5)]
    )
    assert_history(second, opening(input="second", continuedExecutionRunId=first.run_id), same_time=[(1, 2)])
    assert first.info()["closeStatus"] == "CONTINUED_AS_NEW"
    assert "tagList" not in second.info()


@proves("decision", "ContinueAsNewWorkflowExecution")
def test_a_successor_is_as_the_decision_says(domain: Domain) -> None:
    """The decision sets every value of the successor, another version of the type included."""
    other = domain.workflow_type("flow", "2")
    run = domain.start()
    own = {
        "executionStartToCloseTimeout": "77",
        "taskStartToCloseTimeout": "NONE",
        "taskList": {"name": "mine"},
        "taskPriority": "3",
        "childPolicy": "REQUEST_CANCEL",
        "tagList": ["x"],
        "lambdaRole": "arn:aws:iam::1:role/r",
    }
    domain.decide(continue_as_new(workflowTypeVersion="2", **own))
    (continued,) = run.attributes("WorkflowExecutionContinuedAsNew")
    successor = continued.pop("newExecutionRunId")
    assert continued == {"workflowType": other, **own, **BY}
    second = domain.open_run("w")
    assert second.run_id == successor
    (started,) = second.attributes("WorkflowExecutionStarted")
    same = {"workflowType": other, "continuedExecutionRunId": run.run_id, "parentInitiatedEventId": 0}
    assert started == own | same


@proves("behaviour", "chains of runs")
def test_a_chain_of_runs(domain: Domain) -> None:
    """A workflow id continues through many runs, one open at a time, each naming its predecessor."""
    runs = [domain.start(input="0")]
    for number in range(1, 5):
        domain.decide(continue_as_new(input=str(number)))
        runs.append(domain.open_run("w"))
    domain.decide(complete())
    for predecessor, run in itertools.pairwise(runs):
        (started,) = run.attributes("WorkflowExecutionStarted")
        assert started["continuedExecutionRunId"] == predecessor.run_id
    statuses = [run.info()["closeStatus"] for run in runs]
    assert statuses == ["CONTINUED_AS_NEW"] * 4 + ["COMPLETED"]


@pytest.mark.parametrize(
    "missing, cause",
    [
        pytest.param(
            *pair, marks=proves("failure cause", f"ContinueAsNewWorkflowExecution: {pair[1]}"), id=pair[0]
        )
        for pair in FLOW_DEFAULTS_UNDEFINED.items()
    ],
)
@proves("event", "ContinueAsNewWorkflowExecutionFailed")
def test_a_successor_without_a_value(domain: Domain, missing: str, cause: str) -> None:
    """A run does not continue when neither the decision nor the type has this value for its successor."""
    given = {name: value for name, value in FLOW_DEFAULTS.items() if name != missing}
    domain.workflow_type("flow", "2", **given)
    failed = event("ContinueAsNewWorkflowExecutionFailed", cause=cause, **BY)
    assert_refused(domain, [continue_as_new(workflowTypeVersion="2")], failed)


@proves("failure cause", "ContinueAsNewWorkflowExecution: WORKFLOW_TYPE_DOES_NOT_EXIST")
def test_a_successor_of_an_unknown_version(domain: Domain) -> None:
    """A run does not continue in a version of its type that is not there."""
    failed = event("ContinueAsNewWorkflowExecutionFailed", cause="WORKFLOW_TYPE_DOES_NOT_EXIST", **BY)
    assert_refused(domain, [continue_as_new(workflowTypeVersion="2")], failed)


@proves("failure cause", "ContinueAsNewWorkflowExecution: WORKFLOW_TYPE_DEPRECATED")
def test_a_successor_of_a_deprecated_type(domain: Domain) -> None:
    """A run does not continue when its type is deprecated."""
    run = domain.start()
    domain.swf.deprecate_workflow_type(domain=domain.name, workflowType=FLOW)
    domain.decide(continue_as_new())
    failed = {"cause": "WORKFLOW_TYPE_DEPRECATED", **BY}
    assert run.attributes("ContinueAsNewWorkflowExecutionFailed") == [failed]


@pytest.mark.decision("Lambda functions are refused: LAMBDA_SERVICE_NOT_AVAILABLE_IN_REGION.")
@proves("decision", "ScheduleLambdaFunction")
@proves("failure cause", "ScheduleLambdaFunction: LAMBDA_SERVICE_NOT_AVAILABLE_IN_REGION")
@proves("event", "ScheduleLambdaFunctionFailed")
def test_lambda_functions_are_not_available(domain: Domain) -> None:
    """A Lambda function is refused as in a region without Lambda, and the decider is called to see it."""
    failed = event(
        "ScheduleLambdaFunctionFailed",
        id="l",
        name="function",
        cause="LAMBDA_SERVICE_NOT_AVAILABLE_IN_REGION",
        **BY,
    )
    assert_refused(domain, [lambda_function()], failed)


@proves("behaviour", "retries by the decider")
def test_a_decider_tries_again(domain: Domain) -> None:
    """A decider that schedules a failed activity anew gets a new task of the same id with its own events."""
    run = domain.start()
    domain.decide(schedule())
    for attempt in ("first", "second"):
        task = domain.activity_task()
        domain.swf.respond_activity_task_failed(taskToken=task["taskToken"], reason=attempt)
        domain.decide(schedule())
    domain.complete(domain.activity_task(), result="third")
    domain.decide(complete(result="third"))
    failed = [(found["reason"], found["scheduledEventId"]) for found in run.attributes("ActivityTaskFailed")]
    assert failed == [("first", 5), ("second", 11)]
    assert run.attributes("WorkflowExecutionCompleted")[0]["result"] == "third"
