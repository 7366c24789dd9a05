"""Decision tasks: polled for, read page by page, answered."""

import threading
import time
from typing import Any

import pytest

from decisions import cancel_timer, child, complete, decision, marker, schedule, timer
from domain import ACTS, FLOW, FLOWS, Domain
from endpoint import PREFIX, Raw, boto, constraint, refused
from histories import assert_history, decided, decision_scheduled, event, opening

proves = pytest.mark.proves


def poll(domain: Domain, **members: Any) -> dict[str, Any]:
    answer = domain.swf.poll_for_decision_task(domain=domain.name, taskList=FLOWS, **members)
    answer.pop("ResponseMetadata")
    return answer


def ids(answer: dict[str, Any]) -> list[int]:
    return [found["eventId"] for found in answer["events"]]


@proves("action", "PollForDecisionTask")
@proves("event", "DecisionTaskStarted")
def test_a_decision_task_brings_the_history(domain: Domain) -> None:
    """A decision task names its run and brings the history up to its own start; previousStartedEventId is 0 at first."""
    run = domain.start(input="in")
    task = poll(domain, identity="somebody")
    token = task.pop("taskToken")
    assert 1 <= len(token) <= 1024
    events = task.pop("events")
    assert events == run.history()
    assert events[-1]["eventType"] == "DecisionTaskStarted"
    assert events[-1]["decisionTaskStartedEventAttributes"] == {"scheduledEventId": 2, "identity": "somebody"}
    assert task == {
        "startedEventId": 3,
        "previousStartedEventId": 0,
        "workflowExecution": run.execution,
        "workflowType": FLOW,
    }


@proves("action", "PollForDecisionTask")
def test_the_previous_started_event_is_that_of_the_last_completed_task(domain: Domain) -> None:
    """previousStartedEventId names the start of the last task that was completed; one that timed out does not count."""
    domain.start(taskStartToCloseTimeout="1")
    assert domain.decide()["previousStartedEventId"] == 0
    domain.signal()
    lost = domain.decision_task()
    assert (lost["previousStartedEventId"], lost["startedEventId"]) == (3, 7)
    again = domain.decision_task()
    assert (again["previousStartedEventId"], again["startedEventId"]) == (3, 10)


@proves("action", "PollForDecisionTask")
def test_a_task_is_read_page_by_page(domain: Domain) -> None:
    """The pages of a task are of one task: same token, no new event, the last page without a page token."""
    run = domain.start()
    for _ in range(5):
        domain.signal()
    first = poll(domain, maximumPageSize=3)
    assert ids(first) == [1, 2, 3]
    second = poll(domain, maximumPageSize=3, nextPageToken=first["nextPageToken"])
    third = poll(domain, maximumPageSize=3, nextPageToken=second["nextPageToken"])
    assert (ids(second), ids(third)) == ([4, 5, 6], [7, 8])
    assert "nextPageToken" not in third
    for page in (second, third):
        assert page["startedEventId"] == first["startedEventId"] == 8
        assert page["previousStartedEventId"] == 0
        assert page["workflowExecution"] == run.execution
    assert len(run.history()) == 8
    domain.answer(third, complete())
    assert run.info()["closeStatus"] == "COMPLETED"


@proves("action", "PollForDecisionTask")
def test_a_task_is_read_in_reverse_order(domain: Domain) -> None:
    """In reverse order the newest event comes first, on every page."""
    domain.start()
    domain.signal()
    first = poll(domain, maximumPageSize=3, reverseOrder=True)
    assert ids(first) == [4, 3, 2]
    second = poll(domain, maximumPageSize=3, reverseOrder=True, nextPageToken=first["nextPageToken"])
    assert ids(second) == [1]
    assert "nextPageToken" not in second


@proves("action", "PollForDecisionTask")
def test_a_task_is_read_from_the_previous_start_on(domain: Domain) -> None:
    """With startAtPreviousStartedEvent the history begins at the previous start, that event included."""
    domain.start()
    assert ids(poll_and_answer(domain, startAtPreviousStartedEvent=True)) == [1, 2, 3]
    domain.signal()
    task = poll(domain, startAtPreviousStartedEvent=True)
    assert (task["previousStartedEventId"], ids(task)) == (3, [3, 4, 5, 6, 7])
    domain.answer(task)
    domain.signal()
    task = poll(domain, startAtPreviousStartedEvent=True, reverseOrder=True)
    assert (task["previousStartedEventId"], ids(task)) == (7, [11, 10, 9, 8, 7])


def poll_and_answer(domain: Domain, **members: Any) -> dict[str, Any]:
    task = poll(domain, **members)
    domain.answer(task)
    return task


@proves("fault", "ValidationException")
def test_page_tokens_of_tasks_and_histories_do_not_mix(domain: Domain) -> None:
    """Page tokens of PollForDecisionTask and GetWorkflowExecutionHistory are not usable for one another."""
    run = domain.start()
    of_task = poll(domain, maximumPageSize=1)["nextPageToken"]
    history = {"domain": domain.name, "execution": run.execution, "maximumPageSize": 1}
    of_history = domain.swf.get_workflow_execution_history(**history)["nextPageToken"]
    with refused("ValidationException", "Invalid token"):
        poll(domain, maximumPageSize=1, nextPageToken=of_history)
    with refused("ValidationException", "Invalid token"):
        domain.swf.get_workflow_execution_history(**history, nextPageToken=of_task)
    with refused("ValidationException", "Invalid token"):
        poll(domain, nextPageToken="AAAA")


@proves("action", "PollForDecisionTask")
def test_a_task_is_handed_out_once(domain: Domain) -> None:
    """A task is handed out once; while it is started its run has no other one for anybody."""
    run = domain.start()
    task = poll(domain)
    domain.signal()
    assert poll(domain) == {"startedEventId": 0, "previousStartedEventId": 0}
    domain.answer(task)
    expected = [
        *opening(),
        event("DecisionTaskStarted", scheduledEventId=2),
        event("WorkflowExecutionSignaled", signalName="s", externalInitiatedEventId=0),
        decision_scheduled(),
        event("DecisionTaskCompleted", scheduledEventId=2, startedEventId=3),
    ]
    assert_history(run, expected)
    assert poll(domain)["startedEventId"] == 7


@proves("behaviour", "task lists")
def test_task_lists_are_apart(domain: Domain) -> None:
    """A task comes to pollers of its own list in its own domain only."""
    other = Domain.register(domain.swf, f"{domain.name}-other")
    domain.start(taskList={"name": "mine"})
    assert "taskToken" not in poll(domain)
    assert "taskToken" not in domain.swf.poll_for_decision_task(domain=other.name, taskList={"name": "mine"})
    assert "taskToken" not in domain.swf.poll_for_activity_task(domain=domain.name, taskList={"name": "mine"})
    domain.decide(task_list="mine")


@proves("behaviour", "task priority")
def test_higher_priorities_go_first(domain: Domain) -> None:
    """Tasks of higher priority come first, among equals the oldest one; no priority is 0."""
    priorities = ["-1", None, "10", "9", "0", "10"]
    for number, priority in enumerate(priorities):
        domain.start(f"w{number}", **({"taskPriority": priority} if priority else {}))
    order = [domain.decision_task()["workflowExecution"]["workflowId"] for _ in priorities]
    assert order == ["w2", "w5", "w3", "w1", "w4", "w0"]


@proves("action", "CountPendingDecisionTasks")
def test_waiting_tasks_are_counted(domain: Domain) -> None:
    """Waiting decision tasks are counted, started ones are not; an unknown list has none."""

    def count(task_list: str) -> dict[str, Any]:
        counted = domain.swf.count_pending_decision_tasks(domain=domain.name, taskList={"name": task_list})
        counted.pop("ResponseMetadata")
        return counted

    assert count("flows") == {"count": 0, "truncated": False}
    for workflow_id in ("a", "b", "c"):
        domain.start(workflow_id)
    assert count("flows") == {"count": 3, "truncated": False}
    task = domain.decision_task()
    assert count("flows") == {"count": 2, "truncated": False}
    domain.signal(task["workflowExecution"]["workflowId"])
    domain.answer(task)
    assert count("flows") == {"count": 3, "truncated": False}
    domain.terminate("c")
    assert count("flows") == {"count": 2, "truncated": False}
    assert count("nobody") == {"count": 0, "truncated": False}


@proves("behaviour", "long polls")
def test_a_task_wakes_who_waits(domain: Domain) -> None:
    """A poll that waits gets the task of a run that is started meanwhile, and the same for an activity's task."""
    got: dict[str, dict[str, Any]] = {}

    def wait() -> None:
        client = boto()
        got["decision"] = Domain(client, domain.name).decision_task()
        got["activity"] = Domain(client, domain.name).activity_task()

    waiting = threading.Thread(target=wait)
    waiting.start()
    run = domain.start()
    while "decision" not in got:
        waiting.join(0.01)
        assert waiting.is_alive()
    domain.answer(got["decision"], schedule())
    waiting.join(30)
    assert got["activity"]["workflowExecution"] == run.execution
    times = [found["eventTimestamp"] for found in run.history()]
    assert (times[5] - times[4]).total_seconds() < 1, "the poll was woken, it did not come again"


@proves("behaviour", "long polls", "raw HTTP")
@pytest.mark.parametrize("action", ["PollForDecisionTask", "PollForActivityTask"])
def test_an_empty_poll_waits(domain: Domain, raw: Raw, action: str) -> None:
    """A poll of an empty list is held for the time that is set (here a second), then answered."""
    before = time.monotonic()
    answer = raw.call(action, domain=domain.name, taskList={"name": "nobody"})
    assert answer.status == 200
    assert 0.9 <= time.monotonic() - before < 10


@proves("behaviour", "long polls", "raw HTTP")
def test_a_client_that_goes_away_loses_no_task(domain: Domain, raw: Raw) -> None:
    """A client that hangs up while it waits takes no task with it: the next poller gets it, at its first attempt."""
    body = b'{"domain":"%s","taskList":{"name":"flows"}}' % domain.name.encode()
    for _ in range(5):
        gone = raw.connect()
        gone.request("POST", "/", body=body, headers=raw.signed(PREFIX + "PollForDecisionTask", body))
        gone.close()
    run = domain.start()
    task = domain.decision_task()
    assert (task["workflowExecution"], task["startedEventId"]) == (run.execution, 3)


@proves("action", "RespondDecisionTaskCompleted")
@proves("event", "DecisionTaskCompleted")
def test_an_empty_batch_waits_for_the_next_event(domain: Domain) -> None:
    """A batch without decisions, or with successful ones only, schedules no decision task."""
    run = domain.start()
    domain.decide()
    domain.signal()
    domain.decide(marker(), timer(), executionContext="context")
    expected = [
        *opening(),
        *decided(2),
        event("WorkflowExecutionSignaled", signalName="s", externalInitiatedEventId=0),
        decision_scheduled(),
        *decided(6, executionContext="context"),
        event("MarkerRecorded", markerName="m", decisionTaskCompletedEventId=8),
        event("TimerStarted", timerId="t", startToFireTimeout="3000", decisionTaskCompletedEventId=8),
    ]
    assert_history(run, expected, same_time=[(8, 9, 10)])


@proves("action", "RespondDecisionTaskCompleted")
def test_decisions_may_be_left_out(domain: Domain) -> None:
    """RespondDecisionTaskCompleted without the member `decisions` is a batch without decisions."""
    run = domain.start()
    domain.swf.respond_decision_task_completed(taskToken=domain.decision_task()["taskToken"])
    assert run.types()[-1] == "DecisionTaskCompleted"


@proves("behaviour", "failed decisions")
def test_the_rest_of_a_batch_is_applied(domain: Domain) -> None:
    """A decision that fails leaves its event in its place, the others are applied, and one decision task follows."""
    run = domain.start()
    domain.decide(timer("t"), cancel_timer("x"), timer("t"), marker())
    completed = {"decisionTaskCompletedEventId": 4}
    expected = [
        *opening(),
        *decided(2),
        event("TimerStarted", timerId="t", startToFireTimeout="3000", **completed),
        event("CancelTimerFailed", timerId="x", cause="TIMER_ID_UNKNOWN", **completed),
        event("StartTimerFailed", timerId="t", cause="TIMER_ID_ALREADY_IN_USE", **completed),
        event("MarkerRecorded", markerName="m", **completed),
        decision_scheduled(),
    ]
    assert_history(run, expected, same_time=[(4, 5, 6, 7, 8, 9)])


ATTRIBUTES = "decisions.1.member"
BAD: list[tuple[str, list[dict[str, Any]], str | None]] = [
    ("close-not-last", [complete(), marker()], "Close must be last decision in list"),
    ("two-closes", [complete(), complete()], "Close must be last decision in list"),
    ("no-attributes", [{"decisionType": "StartTimer"}], None),
    ("no-type", [{"startTimerDecisionAttributes": {"timerId": "t", "startToFireTimeout": "1"}}], None),
    (
        "missing",
        [decision("RecordMarker")],
        constraint((None, f"{ATTRIBUTES}.recordMarkerDecisionAttributes.markerName", "not be null")),
    ),
    (
        "second-missing",
        [marker(), decision("StartTimer", startToFireTimeout="1")],
        constraint((None, "decisions.2.member.startTimerDecisionAttributes.timerId", "not be null")),
    ),
    (
        "two-missing",
        [decision("StartTimer")],
        constraint(
            (None, f"{ATTRIBUTES}.startTimerDecisionAttributes.timerId", "not be null"),
            (None, f"{ATTRIBUTES}.startTimerDecisionAttributes.startToFireTimeout", "not be null"),
        ),
    ),
    (
        "nested-missing",
        [decision("ScheduleActivityTask", activityId="a", activityType={"name": "act"})],
        constraint(
            (None, f"{ATTRIBUTES}.scheduleActivityTaskDecisionAttributes.activityType.version", "not be null")
        ),
    ),
    ("timer-none", [timer("t", "NONE")], None),
    ("timer-negative", [timer("t", "-1")], None),
    (
        "timer-long",
        [timer("t", "123456789")],
        constraint(
            (
                "123456789",
                f"{ATTRIBUTES}.startTimerDecisionAttributes.startToFireTimeout",
                "have length less than or equal to 8",
            )
        ),
    ),
    (
        "empty-id",
        [timer("", "1")],
        constraint(
            (
                "",
                f"{ATTRIBUTES}.startTimerDecisionAttributes.timerId",
                "have length greater than or equal to 1",
            )
        ),
    ),
    ("colon-in-timer-id", [timer("a:b")], None),
    ("colon-in-activity-id", [schedule("a:b")], None),
    ("colon-in-child-id", [child("a:b")], None),
    ("long-details", [marker("m", details="d" * 32769)], None),
    (
        "child-tags",
        [decision("StartChildWorkflowExecution", workflowId="c", workflowType=FLOW, tagList=list("abcdef"))],
        None,
    ),
    (
        "child-forever",
        [
            decision(
                "StartChildWorkflowExecution",
                workflowId="c",
                workflowType=FLOW,
                executionStartToCloseTimeout="NONE",
            )
        ],
        None,
    ),
    ("policy", [decision("ContinueAsNewWorkflowExecution", childPolicy="KILL")], None),
]


@pytest.mark.parametrize("batch, message", [case[1:] for case in BAD], ids=[case[0] for case in BAD])
@proves("constraint", "decisions")
def test_a_bad_batch_changes_nothing(
    domain: Domain, batch: list[dict[str, Any]], message: str | None
) -> None:
    """A bad batch is refused whole; the task stays open and its token usable."""
    run = domain.start()
    task = domain.decision_task()
    with refused("ValidationException", message):
        domain.answer(task, *batch)
    assert len(run.history()) == 3
    domain.answer(task, complete())
    assert run.info()["closeStatus"] == "COMPLETED"


@proves("constraint", "decisions")
def test_an_unknown_kind_of_decision_is_refused(domain: Domain) -> None:
    """A decision type that is none of the thirteen is answered with their list."""
    domain.start()
    task = domain.decision_task()
    with pytest.raises(domain.swf.exceptions.ClientError) as caught:
        domain.answer(task, {"decisionType": "BadDecisionType"})
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith(
        "1 validation error detected: Value 'BadDecisionType' at 'decisions.1.member.decisionType' "
        "failed to satisfy constraint: Member must satisfy enum value set: ["
    )
    assert error["Message"].count(",") == 12


@pytest.mark.decision(
    "`Close must be last decision in list` is told before what is wrong with single decisions."
)
@proves("constraint", "decisions")
def test_the_order_is_told_before_constraints(domain: Domain) -> None:
    """When a batch closes too early and breaks a constraint, the early close is told."""
    domain.start()
    task = domain.decision_task()
    with refused("ValidationException", "Close must be last decision in list"):
        domain.answer(task, complete(), decision("RecordMarker"))


@proves("fault", "UnknownResourceFault")
def test_a_decision_task_is_answered_once(domain: Domain) -> None:
    """The token of a task that is completed, or timed out, is refused with the id of its scheduled event."""
    run = domain.start(taskStartToCloseTimeout="1")
    task = domain.decide()
    unknown = "Unknown decision task, scheduledEventId = {}"
    with refused("UnknownResourceFault", unknown.format(2)):
        domain.answer(task)
    domain.signal()
    lost = domain.decision_task()
    domain.decision_task()
    assert run.attributes("DecisionTaskTimedOut")
    with refused("UnknownResourceFault", unknown.format(6)):
        domain.answer(lost)


@proves("fault", "UnknownResourceFault")
def test_a_decision_task_of_a_closed_run_is_refused(domain: Domain) -> None:
    """The token of a task whose run has closed is refused with the run's ids."""
    run = domain.start()
    task = domain.decision_task()
    domain.terminate()
    message = f"Unknown execution: WorkflowExecution=[workflowId=w, runId={run.run_id}]"
    with refused("UnknownResourceFault", message):
        domain.answer(task, complete())


@proves("fault", "ValidationException")
def test_a_token_is_good_for_its_kind_of_task_only(domain: Domain) -> None:
    """A decision task's token answers no activity task, nor the reverse; a changed token is no token."""
    domain.start()
    task = domain.decision_task()
    domain.answer(task, schedule(taskList=ACTS))
    activity = domain.activity_task()
    with refused("ValidationException", "Invalid token"):
        domain.complete(task)
    with refused("ValidationException", "Invalid token"):
        domain.answer(activity)
    token = activity["taskToken"]
    for changed in (
        token[:-1],
        token[1:],
        f"{token}A",
        token[:20] + ("A" if token[20] != "A" else "B") + token[21:],
    ):
        with refused("ValidationException", "Invalid token"):
            domain.complete({"taskToken": changed})
    domain.complete(activity)


@proves("behaviour", "sticky task lists")
def test_a_permanent_task_list_stays(domain: Domain) -> None:
    """A task list in the answer without a timeout is that of all later decision tasks."""
    run = domain.start()
    sticky = {"name": "sticky"}
    domain.decide(taskList=sticky)
    domain.signal()
    domain.decide(task_list="sticky")
    domain.signal()
    expected = [
        *opening(),
        *decided(2, taskList=sticky),
        event("WorkflowExecutionSignaled", signalName="s", externalInitiatedEventId=0),
        decision_scheduled(taskList=sticky),
        *decided(6),
        event("WorkflowExecutionSignaled", signalName="s", externalInitiatedEventId=0),
        decision_scheduled(taskList=sticky),
    ]
    assert_history(run, expected)


@proves("timeout", "decision schedule-to-start")
@proves("event", "DecisionTaskTimedOut")
def test_a_temporary_task_list_falls_back(domain: Domain) -> None:
    """A task on a temporary list that nobody takes in time times out, and the next one is on the original list."""
    run = domain.start()
    sticky = {"name": "sticky"}
    on_sticky = {"taskList": sticky, "taskListScheduleToStartTimeout": "1"}
    domain.decide(**on_sticky)
    domain.signal()
    domain.decide(task_list="sticky")
    domain.signal()
    domain.decide()
    completed = event("DecisionTaskCompleted", scheduledEventId=2, startedEventId=3, **on_sticky)
    scheduled = decision_scheduled(taskList=sticky, scheduleToStartTimeout="1")
    signaled = event("WorkflowExecutionSignaled", signalName="s", externalInitiatedEventId=0)
    expected = [
        *opening(),
        event("DecisionTaskStarted", scheduledEventId=2),
        completed,
        signaled,
        scheduled,
        *decided(6),
        signaled,
        scheduled,
        event("DecisionTaskTimedOut", timeoutType="SCHEDULE_TO_START", scheduledEventId=10, startedEventId=0),
        decision_scheduled(),
        *decided(12),
    ]
    assert_history(run, expected, same_time=[(11, 12)])


@proves("timeout", "decision start-to-close")
def test_a_temporary_task_list_is_dropped_with_its_decider(domain: Domain) -> None:
    """When a decider on a temporary list does not answer in time, the next task is on the original list."""
    run = domain.start(taskStartToCloseTimeout="1")
    domain.decide(taskList={"name": "sticky"}, taskListScheduleToStartTimeout="60")
    domain.signal()
    domain.decision_task("sticky")
    domain.decide()
    lists = [found["taskList"]["name"] for found in run.attributes("DecisionTaskScheduled")]
    assert lists == ["flows", "sticky", "flows"]
