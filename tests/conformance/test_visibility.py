"""Executions described, listed and counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from decisions import cancel, child, complete, continue_as_new, fail, schedule, timer
from domain import FLOW, FLOW_DEFAULTS, FLOWS, Domain, Run
from endpoint import Raw, refused

proves = pytest.mark.proves

EVER = {"oldestDate": 0}
NOTHING_OPEN = {
    "openActivityTasks": 0,
    "openDecisionTasks": 0,
    "openTimers": 0,
    "openChildWorkflowExecutions": 0,
    "openLambdaFunctions": 0,
}


def ids(answer: dict[str, Any]) -> list[str]:
    return [info["execution"]["workflowId"] for info in answer["executionInfos"]]


def list_open(domain: Domain, **members: Any) -> list[str]:
    request = {"domain": domain.name, "startTimeFilter": EVER} | members
    listed = ids(domain.swf.list_open_workflow_executions(**request))
    request.pop("reverseOrder", None)
    counted = domain.swf.count_open_workflow_executions(**request)
    counted.pop("ResponseMetadata")
    assert counted == {"count": len(listed), "truncated": False}
    return listed


def list_closed(domain: Domain, **members: Any) -> list[str]:
    request = {"domain": domain.name} | members
    if "closeTimeFilter" not in members:
        request["startTimeFilter"] = members.get("startTimeFilter", EVER)
    listed = ids(domain.swf.list_closed_workflow_executions(**request))
    request.pop("reverseOrder", None)
    counted = domain.swf.count_closed_workflow_executions(**request)
    counted.pop("ResponseMetadata")
    assert counted == {"count": len(listed), "truncated": False}
    return listed


@proves("action", "DescribeWorkflowExecution")
def test_an_open_run_is_described(domain: Domain) -> None:
    """An open run is described with its settled configuration, its tags and what is open in it."""
    run = domain.start(tagList=["x", "y"], taskPriority="3", lambdaRole="arn:aws:iam::1:role/r")
    described = run.describe()
    described.pop("ResponseMetadata")
    started = described["executionInfo"].pop("startTimestamp")
    assert started == run.history()[0]["eventTimestamp"]
    assert described == {
        "executionInfo": {
            "execution": run.execution,
            "workflowType": FLOW,
            "executionStatus": "OPEN",
            "tagList": ["x", "y"],
            "cancelRequested": False,
        },
        "executionConfiguration": {
            "taskStartToCloseTimeout": "30",
            "executionStartToCloseTimeout": "3600",
            "taskList": FLOWS,
            "taskPriority": "3",
            "childPolicy": "TERMINATE",
            "lambdaRole": "arn:aws:iam::1:role/r",
        },
        "openCounts": NOTHING_OPEN | {"openDecisionTasks": 1},
    }


@proves("action", "DescribeWorkflowExecution")
def test_what_is_open_is_counted(domain: Domain) -> None:
    """Open activities, timers and children are counted until they close."""
    run = domain.start()
    domain.decide(schedule("a"), schedule("b"), timer("t"), child("c", taskList={"name": "children"}))
    run.wait_for("ChildWorkflowExecutionStarted")
    counts = NOTHING_OPEN | {
        "openDecisionTasks": 1,
        "openActivityTasks": 2,
        "openTimers": 1,
        "openChildWorkflowExecutions": 1,
    }
    assert run.open_counts() == counts
    domain.complete(domain.activity_task())
    domain.terminate("c")
    domain.until(lambda: "ChildWorkflowExecutionTerminated" in run.types())
    assert run.open_counts() == counts | {"openActivityTasks": 1, "openChildWorkflowExecutions": 0}


@pytest.mark.decision("One decision task started and another waiting are reported as one open decision task.")
@proves("action", "DescribeWorkflowExecution")
def test_open_decision_tasks_are_one_at_most(domain: Domain) -> None:
    """openDecisionTasks is 1 while a task is started and another one waits, 0 when there is none."""
    run = domain.start()
    assert run.open_counts()["openDecisionTasks"] == 1
    task = domain.decision_task()
    assert run.open_counts()["openDecisionTasks"] == 1
    domain.signal()
    assert run.open_counts()["openDecisionTasks"] == 1
    domain.answer(task)
    domain.decide()
    assert run.open_counts()["openDecisionTasks"] == 0


@proves("action", "DescribeWorkflowExecution")
def test_the_latest_activity_task_has_its_time(domain: Domain) -> None:
    """latestActivityTaskTimestamp is absent until an activity was scheduled, and later the time of the latest."""
    run = domain.start()
    assert "latestActivityTaskTimestamp" not in run.describe()
    domain.decide(schedule())
    assert run.describe()["latestActivityTaskTimestamp"] == run.history()[4]["eventTimestamp"]


@proves("action", "DescribeWorkflowExecution")
def test_the_latest_execution_context_is_described(domain: Domain) -> None:
    """The execution context of the last completed task that gave one is described, an empty one too."""
    run = domain.start()
    assert "latestExecutionContext" not in run.describe()
    domain.decide(executionContext="first")
    domain.signal()
    domain.decide()
    assert run.describe()["latestExecutionContext"] == "first"
    domain.signal()
    domain.decide(executionContext="")
    assert run.describe()["latestExecutionContext"] == ""
    assert run.attributes("DecisionTaskCompleted")[-1]["executionContext"] == ""


@proves("action", "DescribeWorkflowExecution")
def test_a_closed_run_is_described(domain: Domain) -> None:
    """A run that was asked to cancel and did is CANCELED, its flag is off, its running activity still counts."""
    run = domain.start()
    domain.decide(schedule())
    domain.activity_task()
    domain.request_cancel()
    domain.decide(cancel())
    described = run.describe()
    info = described["executionInfo"]
    assert info["cancelRequested"] is False
    assert (info["executionStatus"], info["closeStatus"]) == ("CLOSED", "CANCELED")
    assert info["closeTimestamp"] == run.history()[-1]["eventTimestamp"]
    assert described["openCounts"] == NOTHING_OPEN | {"openActivityTasks": 1}


@proves("fault", "UnknownResourceFault")
def test_a_run_is_described_by_both_ids(domain: Domain) -> None:
    """A run is found by workflow id and run id together, and in its own domain only."""
    run = domain.start()
    wrong = {"workflowId": "other", "runId": run.run_id}
    message = f"Unknown execution: WorkflowExecution=[workflowId=other, runId={run.run_id}]"
    with refused("UnknownResourceFault", message):
        domain.swf.describe_workflow_execution(domain=domain.name, execution=wrong)
    with refused("UnknownResourceFault", message):
        domain.swf.get_workflow_execution_history(domain=domain.name, execution=wrong)
    other = Domain.register(domain.swf, f"{domain.name}-other")
    with refused("UnknownResourceFault"):
        Run(other, run.workflow_id, run.run_id).describe()


@proves("action", "ListOpenWorkflowExecutions")
@proves("action", "CountOpenWorkflowExecutions")
def test_open_runs_are_listed_newest_first(domain: Domain) -> None:
    """Open runs are listed newest start first, reversed if asked for; closed ones are not among them."""
    assert list_open(domain) == []
    for workflow_id in ("w1", "w2", "w3", "w4"):
        domain.start(workflow_id)
    domain.terminate("w2")
    assert list_open(domain) == ["w4", "w3", "w1"]
    assert list_open(domain, reverseOrder=True) == ["w1", "w3", "w4"]


def close_one_of_each(domain: Domain) -> None:
    """Closes six runs, each in its own way, in this order; starts them in the reverse order."""
    lists = ["timed-out", "continued", "terminated", "canceled", "failed", "completed"]
    for name in lists:
        more = {"executionStartToCloseTimeout": "1"} if name == "timed-out" else {}
        domain.start(name, taskList={"name": name}, **more)
    domain.decide(complete(), task_list="completed")
    domain.decide(fail(), task_list="failed")
    domain.decide(cancel(), task_list="canceled")
    domain.terminate("terminated")
    domain.decide(continue_as_new(), task_list="continued")


@proves("action", "ListClosedWorkflowExecutions")
@proves("action", "CountClosedWorkflowExecutions")
def test_closed_runs_are_listed_by_either_time(domain: Domain) -> None:
    """Closed runs are ordered by the time that the filter is about, newest first, reversed if asked for."""
    for name in ("a", "b", "c"):
        domain.start(name)
    for name in ("c", "a", "b"):
        domain.terminate(name)
    assert list_closed(domain) == ["c", "b", "a"]
    assert list_closed(domain, reverseOrder=True) == ["a", "b", "c"]
    assert list_closed(domain, closeTimeFilter=EVER) == ["b", "a", "c"]
    assert list_closed(domain, closeTimeFilter=EVER, reverseOrder=True) == ["c", "a", "b"]


@proves("action", "ListClosedWorkflowExecutions")
def test_closed_runs_are_found_by_how_they_closed(domain: Domain) -> None:
    """The close status filter finds each of the six close statuses."""
    close_one_of_each(domain)
    expected = {
        "COMPLETED": "completed",
        "FAILED": "failed",
        "CANCELED": "canceled",
        "TERMINATED": "terminated",
        "CONTINUED_AS_NEW": "continued",
        "TIMED_OUT": "timed-out",
    }
    domain.until(lambda: len(list_closed(domain)) == len(expected))
    for status, workflow_id in expected.items():
        assert list_closed(domain, closeStatusFilter={"status": status}) == [workflow_id]
    closed = domain.swf.list_closed_workflow_executions(domain=domain.name, startTimeFilter=EVER)
    found = {info["closeStatus"]: info["execution"]["workflowId"] for info in closed["executionInfos"]}
    assert found == expected


@proves("action", "ListOpenWorkflowExecutions")
@proves("action", "ListClosedWorkflowExecutions")
def test_runs_are_found_by_type_tag_and_id(domain: Domain) -> None:
    """Runs are found by the name of their type, by name and version, by tag and by workflow id."""
    other = domain.workflow_type("flow", "2", **FLOW_DEFAULTS)
    bird = domain.workflow_type("bird", **FLOW_DEFAULTS)
    domain.start("one", tagList=["red", "round"])
    domain.start("two", other, tagList=["red"])
    domain.start("three", bird, tagList=[""])
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"typeFilter": {"name": "flow"}}, ["two", "one"]),
        ({"typeFilter": {"name": "flow", "version": "2"}}, ["two"]),
        ({"typeFilter": {"name": "flow", "version": ""}}, ["two", "one"]),
        ({"typeFilter": {"name": "flow", "version": "3"}}, []),
        ({"typeFilter": {"name": "nobody"}}, []),
        ({"tagFilter": {"tag": "red"}}, ["two", "one"]),
        ({"tagFilter": {"tag": "round"}}, ["one"]),
        ({"tagFilter": {"tag": "blue"}}, []),
        ({"executionFilter": {"workflowId": "three"}}, ["three"]),
        ({"executionFilter": {"workflowId": "flow"}}, []),
    ]
    for members, expected in cases:
        assert list_open(domain, **members) == expected, members
        assert list_closed(domain, **members) == []
    for workflow_id in ("one", "two", "three"):
        domain.terminate(workflow_id)
    for members, expected in cases:
        assert list_open(domain, **members) == []
        assert list_closed(domain, **members) == expected, members
        by_close = sorted(list_closed(domain, **members, closeTimeFilter=EVER))
        assert by_close == sorted(expected)


@proves("action", "ListOpenWorkflowExecutions")
def test_both_ends_of_a_time_filter_are_inside(domain: Domain) -> None:
    """A time filter includes both its ends, to the millisecond; one without an end has none."""
    run = domain.start()
    at = run.info()["startTimestamp"]
    tick = timedelta(milliseconds=1)
    cases = [
        ({"oldestDate": at}, ["w"]),
        ({"oldestDate": at, "latestDate": at}, ["w"]),
        ({"oldestDate": at - tick, "latestDate": at + tick}, ["w"]),
        ({"oldestDate": at + tick}, []),
        ({"oldestDate": 0, "latestDate": at - tick}, []),
        ({"oldestDate": datetime(2100, 1, 1, tzinfo=UTC)}, []),
    ]
    for times, expected in cases:
        assert list_open(domain, startTimeFilter=times) == expected, times
    domain.terminate()
    closed_at = run.info()["closeTimestamp"]
    assert list_closed(domain, closeTimeFilter={"oldestDate": closed_at, "latestDate": closed_at}) == ["w"]
    assert list_closed(domain, closeTimeFilter={"oldestDate": closed_at + tick}) == []


FILTERS = {
    "typeFilter": {"name": "flow"},
    "tagFilter": {"tag": "t"},
    "executionFilter": {"workflowId": "w"},
    "closeStatusFilter": {"status": "FAILED"},
}
PAIRS = [(one, other) for one in FILTERS for other in FILTERS if one < other]


@pytest.mark.parametrize("verb", ["List", "Count"])
@proves("constraint", "visibility filters", "raw HTTP")
def test_filters_exclude_each_other(domain: Domain, raw: Raw, verb: str) -> None:
    """Two filters at once, both times at once, or no time are a ValidationException."""
    wrong: list[tuple[str, dict[str, Any]]] = []
    for one, other in PAIRS:
        both = {"startTimeFilter": EVER, one: FILTERS[one], other: FILTERS[other]}
        wrong.append(("Closed", both))
        if "closeStatusFilter" not in (one, other):
            wrong.append(("Open", both))
    wrong += [
        ("Closed", {"startTimeFilter": EVER, "closeTimeFilter": EVER}),
        ("Closed", {}),
        ("Open", {}),
        ("Open", {"startTimeFilter": {}}),
        ("Closed", {"closeTimeFilter": {"latestDate": 1}}),
    ]
    for kind, members in wrong:
        answer = raw.call(f"{verb}{kind}WorkflowExecutions", domain=domain.name, **members)
        assert answer.status == 400, (kind, members)
        assert answer.json()["__type"] == "com.amazon.coral.validate#ValidationException"


@pytest.mark.parametrize("reverse", [False, True])
@proves("action", "ListOpenWorkflowExecutions")
@proves("action", "ListClosedWorkflowExecutions")
def test_runs_are_listed_page_by_page(domain: Domain, reverse: bool) -> None:
    """Pages of runs have neither gaps nor repetitions; the last one has no token."""
    names = [f"w{number}" for number in range(7)]
    for name in names:
        domain.start(name)

    def pages(operation: str, size: int) -> list[list[str]]:
        paginator = domain.swf.get_paginator(operation)
        found = paginator.paginate(
            domain=domain.name, startTimeFilter=EVER, maximumPageSize=size, reverseOrder=reverse
        )
        return [ids(page) for page in found]

    expected = names if reverse else names[::-1]
    opened = pages("list_open_workflow_executions", 3)
    assert opened == [expected[:3], expected[3:6], expected[6:]]
    for name in names:
        domain.terminate(name)
    closed = pages("list_closed_workflow_executions", 2)
    assert [name for page in closed for name in page] == expected
    assert pages("list_closed_workflow_executions", 7) == [expected]


@proves("action", "GetWorkflowExecutionHistory")
def test_a_history_is_read_from_both_ends(domain: Domain) -> None:
    """A history is read page by page in either order; the last page has no token."""
    run = domain.start()
    for _ in range(5):
        domain.signal()
    paginator = domain.swf.get_paginator("get_workflow_execution_history")

    def pages(**members: Any) -> list[list[int]]:
        found = paginator.paginate(domain=domain.name, execution=run.execution, **members)
        return [[event["eventId"] for event in page["events"]] for page in found]

    assert pages() == [[1, 2, 3, 4, 5, 6, 7]]
    assert pages(maximumPageSize=3) == [[1, 2, 3], [4, 5, 6], [7]]
    assert pages(maximumPageSize=3, reverseOrder=True) == [[7, 6, 5], [4, 3, 2], [1]]
    assert pages(maximumPageSize=7) == [[1, 2, 3, 4, 5, 6, 7]]
    assert pages(maximumPageSize=0) == [[1, 2, 3, 4, 5, 6, 7]]


@proves("fault", "ValidationException")
def test_a_page_token_belongs_to_its_call(domain: Domain) -> None:
    """A page token that is not ours, or came from another call, is refused."""
    run = domain.start()
    page = {"domain": domain.name, "execution": run.execution, "maximumPageSize": 1}
    token = domain.swf.get_workflow_execution_history(**page)["nextPageToken"]
    other = domain.start("other")
    with refused("ValidationException", "Invalid token"):
        domain.swf.get_workflow_execution_history(
            **page | {"execution": other.execution}, nextPageToken=token
        )
    with refused("ValidationException", "Invalid token"):
        domain.swf.get_workflow_execution_history(**page, nextPageToken="AAAA")
    with refused("ValidationException", "Invalid token"):
        domain.swf.list_open_workflow_executions(
            domain=domain.name, startTimeFilter=EVER, nextPageToken=token
        )


@pytest.mark.parametrize("retention", ["0", "NONE"])
@proves("action", "DescribeWorkflowExecution")
def test_without_retention_a_closed_run_is_gone(swf: Any, unique: str, retention: str) -> None:
    """A retention of `0` or `NONE` hides a run from every call as soon as it is closed."""
    domain = Domain.register(swf, unique, retention)
    run = domain.start()
    assert run.info()["executionStatus"] == "OPEN"
    domain.decide(complete())
    assert list_open(domain) == list_closed(domain) == []
    for look in (run.describe, run.history):
        with refused("UnknownResourceFault"):
            look()
    assert domain.start().run_id != run.run_id
