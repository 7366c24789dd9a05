"""What requests are held to before anything is looked up: lengths, words, numbers, signs."""

from typing import Any

import pytest

from domain import ACT, FLOW, FLOWS, Domain
from endpoint import Raw, constraint, refused

proves = pytest.mark.proves

LONG = "x" * 257
NOT_NULL = "not be null"
AT_LEAST_ONE = "have length greater than or equal to 1"


def at_most(length: int) -> str:
    return f"have length less than or equal to {length}"


RUN = {"workflowId": "w", "runId": "r"}
START: dict[str, Any] = {"workflowId": "w", "workflowType": FLOW}
LISTED = {"startTimeFilter": {"oldestDate": 0}}

# An action with everything that it needs but the domain; the member that is wrong, its value, what it must.
LENGTHS: list[tuple[str, dict[str, Any], str, Any, str]] = [
    ("StartWorkflowExecution", START, "workflowId", "", AT_LEAST_ONE),
    ("StartWorkflowExecution", START, "workflowId", LONG, at_most(256)),
    ("StartWorkflowExecution", START, "workflowType.name", "", AT_LEAST_ONE),
    ("StartWorkflowExecution", START, "workflowType.name", LONG, at_most(256)),
    ("StartWorkflowExecution", START, "workflowType.version", "x" * 65, at_most(64)),
    ("StartWorkflowExecution", START, "taskList.name", "", AT_LEAST_ONE),
    ("StartWorkflowExecution", START, "taskList.name", LONG, at_most(256)),
    ("StartWorkflowExecution", START, "executionStartToCloseTimeout", "123456789", at_most(8)),
    ("StartWorkflowExecution", START, "taskStartToCloseTimeout", "123456789", at_most(8)),
    ("StartWorkflowExecution", START, "lambdaRole", "", AT_LEAST_ONE),
    ("SignalWorkflowExecution", {"workflowId": "w", "signalName": "s"}, "signalName", "", AT_LEAST_ONE),
    ("SignalWorkflowExecution", {"workflowId": "w", "signalName": "s"}, "signalName", LONG, at_most(256)),
    ("SignalWorkflowExecution", {"workflowId": "w", "signalName": "s"}, "runId", "r" * 65, at_most(64)),
    ("RequestCancelWorkflowExecution", {"workflowId": "w"}, "workflowId", LONG, at_most(256)),
    ("TerminateWorkflowExecution", {"workflowId": "w"}, "reason", LONG, at_most(256)),
    ("DescribeWorkflowExecution", {"execution": RUN}, "execution.runId", "", AT_LEAST_ONE),
    ("DescribeWorkflowExecution", {"execution": RUN}, "execution.runId", "r" * 65, at_most(64)),
    ("GetWorkflowExecutionHistory", {"execution": RUN}, "execution.workflowId", "", AT_LEAST_ONE),
    ("RegisterWorkflowType", {"name": "n", "version": "1"}, "version", "x" * 65, at_most(64)),
    ("RegisterWorkflowType", {"name": "n", "version": "1"}, "version", "", AT_LEAST_ONE),
    ("RegisterWorkflowType", {"name": "n", "version": "1"}, "description", "d" * 1025, at_most(1024)),
    ("RegisterActivityType", {"name": "n", "version": "1"}, "name", LONG, at_most(256)),
    ("RegisterActivityType", {"name": "n", "version": "1"}, "description", "d" * 1025, at_most(1024)),
    ("PollForDecisionTask", {"taskList": FLOWS}, "identity", LONG, at_most(256)),
    ("PollForActivityTask", {"taskList": FLOWS}, "identity", LONG, at_most(256)),
    ("PollForActivityTask", {"taskList": FLOWS}, "taskList.name", "", AT_LEAST_ONE),
    ("PollForDecisionTask", {"taskList": FLOWS}, "nextPageToken", "t" * 2049, at_most(2048)),
    ("CountPendingDecisionTasks", {"taskList": FLOWS}, "taskList.name", LONG, at_most(256)),
    ("CountPendingActivityTasks", {"taskList": FLOWS}, "taskList.name", LONG, at_most(256)),
    ("ListOpenWorkflowExecutions", LISTED, "nextPageToken", "t" * 2049, at_most(2048)),
    ("ListOpenWorkflowExecutions", LISTED, "executionFilter.workflowId", "", AT_LEAST_ONE),
    ("ListOpenWorkflowExecutions", LISTED, "typeFilter.name", LONG, at_most(256)),
    ("ListClosedWorkflowExecutions", LISTED, "tagFilter.tag", LONG, at_most(256)),
    ("ListActivityTypes", {"registrationStatus": "REGISTERED"}, "name", "", AT_LEAST_ONE),
]


def with_member(request: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The request with one member changed, which may be a member of a member."""
    first, _, rest = path.partition(".")
    return request | {first: with_member(request.get(first, {}), rest, value) if rest else value}


@pytest.mark.parametrize("action, request_, path, value, must", LENGTHS)
@proves("constraint", "lengths", "raw HTTP")
def test_lengths(
    swf: Any, raw: Raw, action: str, request_: dict[str, Any], path: str, value: Any, must: str
) -> None:
    """Texts that are too short or too long are named with their path and the bound, before the domain is looked up."""
    answer = raw.call(action, domain="nowhere", **with_member(request_, path, value))
    assert answer.status == 400
    fault = answer.json()
    assert fault["__type"] == "com.amazon.coral.validate#ValidationException"
    prefix, suffix = (
        "1 validation error detected: Value '",
        (f"' at '{path}' failed to satisfy constraint: Member must {must}"),
    )
    assert fault["message"].startswith(prefix)
    assert fault["message"].endswith(suffix)


DATA = [
    ("StartWorkflowExecution", START, "input"),
    ("SignalWorkflowExecution", {"workflowId": "w", "signalName": "s"}, "input"),
    ("TerminateWorkflowExecution", {"workflowId": "w"}, "details"),
    ("RespondActivityTaskCompleted", {"taskToken": "t"}, "result"),
    ("RespondActivityTaskFailed", {"taskToken": "t"}, "details"),
    ("RespondActivityTaskCanceled", {"taskToken": "t"}, "details"),
    ("RespondDecisionTaskCompleted", {"taskToken": "t"}, "executionContext"),
]


@pytest.mark.parametrize("action, request_, member", DATA)
@proves("constraint", "data", "raw HTTP")
def test_data_have_32768_characters(raw: Raw, action: str, request_: dict[str, Any], member: str) -> None:
    """Input, result, details and context have 32,768 characters at most, whatever each takes in bytes."""
    long = raw.call(action, domain="nowhere", **request_, **{member: "é" * 32769})
    assert long.json()["message"].endswith(
        f"at '{member}' failed to satisfy constraint: Member must {at_most(32768)}"
    )
    fits = raw.call(action, domain="nowhere", **request_, **{member: "é" * 32768})
    assert "failed to satisfy" not in fits.json()["message"]


@proves("constraint", "data")
def test_the_longest_input_is_kept(domain: Domain) -> None:
    """An input of 32,768 characters is kept whole, and so is an empty one."""
    run = domain.start(input="é" * 32768)
    assert run.attributes("WorkflowExecutionStarted")[0]["input"] == "é" * 32768
    run = domain.start("empty", input="")
    assert run.attributes("WorkflowExecutionStarted")[0]["input"] == ""


@proves("constraint", "heartbeat details", "raw HTTP")
def test_heartbeat_details_have_2048_characters(raw: Raw) -> None:
    """The details of a heartbeat have 2,048 characters at most."""
    answer = raw.call("RecordActivityTaskHeartbeat", taskToken="t", details="d" * 2049)
    assert answer.json()["message"].endswith(
        f"at 'details' failed to satisfy constraint: Member must {at_most(2048)}"
    )


@pytest.mark.parametrize(
    "action",
    [
        "RecordActivityTaskHeartbeat",
        "RespondActivityTaskCanceled",
        "RespondActivityTaskCompleted",
        "RespondActivityTaskFailed",
        "RespondDecisionTaskCompleted",
    ],
)
@proves("constraint", "task tokens", "raw HTTP")
def test_task_tokens(raw: Raw, action: str) -> None:
    """A task token must be there and has 1 to 1,024 characters; one that is not ours is an `Invalid token`."""
    cases = [
        ({}, constraint((None, "taskToken", NOT_NULL))),
        ({"taskToken": ""}, constraint(("", "taskToken", AT_LEAST_ONE))),
        ({"taskToken": "not one of ours"}, "Invalid token"),
    ]
    for members, message in cases:
        answer = raw.call(action, **members)
        assert answer.json()["__type"] == "com.amazon.coral.validate#ValidationException"
        assert answer.json()["message"] == message
    long = raw.call(action, taskToken="t" * 1025).json()["message"]
    assert long.endswith(f"at 'taskToken' failed to satisfy constraint: Member must {at_most(1024)}")


NAMES = ["a:b", "a/b", "a|b", "a\u0000b", "a\u001fb", "a\u007fb", "a\u009fb", " a", "a ", "arn"]


@pytest.mark.parametrize("name", NAMES, ids=[repr(name) for name in NAMES])
@proves("constraint", "names")
def test_signs_that_names_do_not_have(domain: Domain, name: str) -> None:
    """Names, versions and ids have no `:` `/` `|` nor control characters, no blank at either end, and are not `arn`."""
    with refused("ValidationException"):
        domain.swf.register_domain(name=name, workflowExecutionRetentionPeriodInDays="1")
    with refused("ValidationException"):
        domain.workflow_type(name)
    with refused("ValidationException"):
        domain.activity_type("n", name)
    with refused("ValidationException"):
        domain.start(name)
    with refused("ValidationException"):
        domain.start("w", taskList={"name": name})


@proves("constraint", "names")
def test_signs_that_names_may_have(domain: Domain) -> None:
    """Names have 256 characters of any other kind, such as dots, blanks inside and `arn` as a part."""
    for name in ("a.b-c_d e", "arnica", "x" * 256, "ARN", "日本", "a\\b'\"<>&%"):
        run = domain.start(name, taskList={"name": name})
        assert run.info()["execution"]["workflowId"] == name


def numbers(value: int, must: str) -> str:
    return constraint((str(value), "maximumPageSize", must))


@pytest.mark.parametrize(
    "action, members",
    [
        ("ListDomains", {"registrationStatus": "REGISTERED"}),
        ("ListWorkflowTypes", {"domain": "d", "registrationStatus": "REGISTERED"}),
        ("ListActivityTypes", {"domain": "d", "registrationStatus": "REGISTERED"}),
        ("ListOpenWorkflowExecutions", {"domain": "d", **LISTED}),
        ("ListClosedWorkflowExecutions", {"domain": "d", **LISTED}),
        ("GetWorkflowExecutionHistory", {"domain": "d", "execution": RUN}),
        ("PollForDecisionTask", {"domain": "d", "taskList": FLOWS}),
    ],
)
@proves("constraint", "page sizes", "raw HTTP")
def test_page_sizes(raw: Raw, action: str, members: dict[str, Any]) -> None:
    """A page size beyond 0 to 1,000 is refused, not cut."""
    above = raw.call(action, **members, maximumPageSize=1001).json()
    assert above["message"] == numbers(1001, "have value less than or equal to 1000")
    below = raw.call(action, **members, maximumPageSize=-1).json()
    assert below["message"] == numbers(-1, "have value greater than or equal to 0")


WORDS = [
    ("ListDomains", {}, "registrationStatus"),
    ("ListWorkflowTypes", {"domain": "d"}, "registrationStatus"),
    ("StartWorkflowExecution", {"domain": "d", **START}, "childPolicy"),
    ("TerminateWorkflowExecution", {"domain": "d", "workflowId": "w"}, "childPolicy"),
    ("RegisterWorkflowType", {"domain": "d", "name": "n", "version": "1"}, "defaultChildPolicy"),
    ("ListClosedWorkflowExecutions", {"domain": "d", **LISTED}, "closeStatusFilter.status"),
]


@pytest.mark.parametrize("action, request_, path", WORDS)
@proves("constraint", "words", "raw HTTP")
def test_words(raw: Raw, action: str, request_: dict[str, Any], path: str) -> None:
    """A word that is none of the allowed ones is answered with their list."""
    answer = raw.call(action, **with_member(request_, path, "WHATEVER")).json()
    start = f"1 validation error detected: Value 'WHATEVER' at '{path}' failed to satisfy constraint: "
    assert answer["message"].startswith(start + "Member must satisfy enum value set: [")


MISSING: list[tuple[str, list[str]]] = [
    ("CountClosedWorkflowExecutions", ["domain"]),
    ("CountOpenWorkflowExecutions", ["domain", "startTimeFilter"]),
    ("CountPendingActivityTasks", ["domain", "taskList"]),
    ("CountPendingDecisionTasks", ["domain", "taskList"]),
    ("DeleteActivityType", ["domain", "activityType"]),
    ("DeleteWorkflowType", ["domain", "workflowType"]),
    ("DeprecateActivityType", ["domain", "activityType"]),
    ("DeprecateDomain", ["name"]),
    ("DeprecateWorkflowType", ["domain", "workflowType"]),
    ("DescribeActivityType", ["domain", "activityType"]),
    ("DescribeDomain", ["name"]),
    ("DescribeWorkflowExecution", ["domain", "execution"]),
    ("DescribeWorkflowType", ["domain", "workflowType"]),
    ("GetWorkflowExecutionHistory", ["domain", "execution"]),
    ("ListActivityTypes", ["domain", "registrationStatus"]),
    ("ListClosedWorkflowExecutions", ["domain"]),
    ("ListDomains", ["registrationStatus"]),
    ("ListOpenWorkflowExecutions", ["domain", "startTimeFilter"]),
    ("ListTagsForResource", ["resourceArn"]),
    ("ListWorkflowTypes", ["domain", "registrationStatus"]),
    ("PollForActivityTask", ["domain", "taskList"]),
    ("PollForDecisionTask", ["domain", "taskList"]),
    ("RecordActivityTaskHeartbeat", ["taskToken"]),
    ("RegisterActivityType", ["domain", "name", "version"]),
    ("RegisterDomain", ["name", "workflowExecutionRetentionPeriodInDays"]),
    ("RegisterWorkflowType", ["domain", "name", "version"]),
    ("RequestCancelWorkflowExecution", ["domain", "workflowId"]),
    ("RespondActivityTaskCanceled", ["taskToken"]),
    ("RespondActivityTaskCompleted", ["taskToken"]),
    ("RespondActivityTaskFailed", ["taskToken"]),
    ("RespondDecisionTaskCompleted", ["taskToken"]),
    ("SignalWorkflowExecution", ["domain", "workflowId", "signalName"]),
    ("StartWorkflowExecution", ["domain", "workflowId", "workflowType"]),
    ("TagResource", ["resourceArn", "tags"]),
    ("TerminateWorkflowExecution", ["domain", "workflowId"]),
    ("UndeprecateActivityType", ["domain", "activityType"]),
    ("UndeprecateDomain", ["name"]),
    ("UndeprecateWorkflowType", ["domain", "workflowType"]),
    ("UntagResource", ["resourceArn", "tagKeys"]),
]


def test_the_list_of_actions_is_complete(swf: Any) -> None:
    """The list of required members names every action of the service model."""
    model = swf.meta.service_model
    assert sorted(action for action, _ in MISSING) == sorted(model.operation_names)
    for action, members in MISSING:
        assert set(members) == set(model.operation_model(action).input_shape.required_members), action


@pytest.mark.parametrize("action, members", MISSING)
@proves("constraint", "required members", "raw HTTP")
def test_required_members(raw: Raw, action: str, members: list[str]) -> None:
    """An empty request is answered with every required member of its action."""
    answer = raw.call(action)
    assert answer.status == 400
    found = answer.json()
    assert found["__type"] == "com.amazon.coral.validate#ValidationException"
    count, _, problems = found["message"].partition(" detected: ")
    assert count == f"{len(members)} validation error{'s' if len(members) > 1 else ''}"
    expected = [constraint((None, member, NOT_NULL)).partition(" detected: ")[2] for member in members]
    assert sorted(problems.split("; ")) == sorted(expected)


IN_A_DOMAIN: list[tuple[str, dict[str, Any]]] = [
    ("CountClosedWorkflowExecutions", LISTED),
    ("CountOpenWorkflowExecutions", LISTED),
    ("CountPendingActivityTasks", {"taskList": FLOWS}),
    ("CountPendingDecisionTasks", {"taskList": FLOWS}),
    ("DeleteActivityType", {"activityType": ACT}),
    ("DeleteWorkflowType", {"workflowType": FLOW}),
    ("DeprecateActivityType", {"activityType": ACT}),
    ("DeprecateWorkflowType", {"workflowType": FLOW}),
    ("DescribeActivityType", {"activityType": ACT}),
    ("DescribeWorkflowExecution", {"execution": RUN}),
    ("DescribeWorkflowType", {"workflowType": FLOW}),
    ("GetWorkflowExecutionHistory", {"execution": RUN}),
    ("ListActivityTypes", {"registrationStatus": "REGISTERED"}),
    ("ListClosedWorkflowExecutions", LISTED),
    ("ListOpenWorkflowExecutions", LISTED),
    ("ListWorkflowTypes", {"registrationStatus": "DEPRECATED"}),
    ("PollForActivityTask", {"taskList": FLOWS}),
    ("PollForDecisionTask", {"taskList": FLOWS}),
    ("RegisterActivityType", {"name": "n", "version": "1"}),
    ("RegisterWorkflowType", {"name": "n", "version": "1"}),
    ("RequestCancelWorkflowExecution", {"workflowId": "w"}),
    ("SignalWorkflowExecution", {"workflowId": "w", "signalName": "s"}),
    ("StartWorkflowExecution", START),
    ("TerminateWorkflowExecution", {"workflowId": "w"}),
    ("UndeprecateActivityType", {"activityType": ACT}),
    ("UndeprecateWorkflowType", {"workflowType": FLOW}),
]


@pytest.mark.parametrize("action, members", IN_A_DOMAIN)
@proves("fault", "UnknownResourceFault", "raw HTTP")
def test_the_domain_must_be_there(raw: Raw, action: str, members: dict[str, Any]) -> None:
    """Every action in a domain that is not there is an UnknownResourceFault."""
    answer = raw.call(action, domain="nowhere", **members)
    assert answer.status == 400
    expected = {
        "__type": "com.amazonaws.swf.base.model#UnknownResourceFault",
        "message": "Unknown domain: nowhere",
    }
    assert answer.json() == expected


@pytest.mark.parametrize("action", ["DescribeDomain", "DeprecateDomain", "UndeprecateDomain"])
@proves("fault", "UnknownResourceFault", "raw HTTP")
def test_a_domain_that_is_not_there(raw: Raw, action: str) -> None:
    """Describing, deprecating or undeprecating a domain that is not there is an UnknownResourceFault."""
    assert raw.call(action, name="nowhere").json()["message"] == "Unknown domain: nowhere"


@proves("constraint", "tags of runs")
def test_a_run_has_five_tags(domain: Domain) -> None:
    """A run has five tags at most, of 256 characters at most; an empty one counts."""
    with refused("ValidationException"):
        domain.start(tagList=["a", "b", "c", "d", "e", "f"])
    with refused("ValidationException"):
        domain.start(tagList=["t" * 257])
    assert domain.start(tagList=["t" * 256, ""]).info()["tagList"] == ["t" * 256, ""]


TIMEOUTS = [
    ("executionStartToCloseTimeout", ["NONE", "x", "-1", "1.5", "31536001", " 1"]),
    ("taskStartToCloseTimeout", ["none", "x", "-1", "1.5", " 1"]),
]


@pytest.mark.parametrize("member, values", TIMEOUTS)
@proves("constraint", "durations")
def test_durations(domain: Domain, member: str, values: list[str]) -> None:
    """Durations are digits, or `NONE` where allowed; an execution takes a year at most."""
    for value in values:
        with refused("ValidationException"):
            domain.start(**{member: value})


@proves("constraint", "task priorities")
def test_priorities(domain: Domain) -> None:
    """A task priority is a signed 32-bit number."""
    for value in ("2147483648", "-2147483649", "x", "1.0", ""):
        with refused("ValidationException"):
            domain.start(taskPriority=value)
    assert domain.start(taskPriority="-2147483648").attributes("WorkflowExecutionStarted")[0][
        "taskPriority"
    ] == ("-2147483648")
