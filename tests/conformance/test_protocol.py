"""The form of requests and answers, below what an SDK shows."""

import re
from typing import Any

import pytest

from domain import FLOW, Domain
from endpoint import PREFIX, Raw

proves = pytest.mark.proves

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@proves("protocol", "answers", "raw HTTP")
def test_answers_have_a_request_id_and_the_type_of_their_body(domain: Domain, raw: Raw) -> None:
    """Every answer has a request id of its own and is of type application/x-amz-json-1.0, faults included."""
    done = raw.call("DescribeDomain", name=domain.name)
    failed = raw.call("DescribeDomain", name="nobody")
    silent = raw.call(
        "SignalWorkflowExecution", domain=domain.name, workflowId=domain.start().workflow_id, signalName="s"
    )
    assert (done.status, failed.status, silent.status) == (200, 400, 200)
    for answer in (done, failed, silent):
        assert UUID.fullmatch(answer.headers["x-amzn-requestid"])
        assert answer.headers["content-type"] == "application/x-amz-json-1.0"
    assert len({answer.headers["x-amzn-requestid"] for answer in (done, failed, silent)}) == 3


@proves("protocol", "silent actions", "raw HTTP")
def test_silent_actions_have_an_empty_body(domain: Domain, raw: Raw) -> None:
    """Actions with no output answer with a body of length zero."""
    domain.start()
    calls: list[tuple[str, dict[str, Any]]] = [
        ("RegisterDomain", {"name": f"{domain.name}-2", "workflowExecutionRetentionPeriodInDays": "1"}),
        ("RegisterWorkflowType", {"domain": domain.name, "name": "n", "version": "1"}),
        ("RegisterActivityType", {"domain": domain.name, "name": "n", "version": "1"}),
        ("SignalWorkflowExecution", {"domain": domain.name, "workflowId": "w", "signalName": "s"}),
        ("RequestCancelWorkflowExecution", {"domain": domain.name, "workflowId": "w"}),
        ("TerminateWorkflowExecution", {"domain": domain.name, "workflowId": "w"}),
        ("DeprecateWorkflowType", {"domain": domain.name, "workflowType": {"name": "n", "version": "1"}}),
        ("UndeprecateWorkflowType", {"domain": domain.name, "workflowType": {"name": "n", "version": "1"}}),
        ("DeprecateActivityType", {"domain": domain.name, "activityType": {"name": "n", "version": "1"}}),
        ("DeleteActivityType", {"domain": domain.name, "activityType": {"name": "n", "version": "1"}}),
        ("DeprecateDomain", {"name": domain.name}),
        ("UndeprecateDomain", {"name": domain.name}),
    ]
    for action, members in calls:
        answer = raw.call(action, **members)
        assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "0"), action


@proves("protocol", "boto 2", "raw HTTP")
def test_the_headers_of_boto_2_are_understood(domain: Domain, raw: Raw) -> None:
    """boto 2's long target prefix, its content type and its Content-Encoding, which is no compression, are taken."""
    answer = raw.send(
        "com.amazonaws.swf.service.model.SimpleWorkflowService.DescribeDomain",
        {"name": domain.name},
        {"Content-Type": "application/json; charset=UTF-8", "Content-Encoding": "amz-1.0"},
    )
    assert answer.status == 200
    assert answer.json()["domainInfo"]["name"] == domain.name


@proves("protocol", "timestamps", "raw HTTP")
def test_timestamps_are_numbers_of_seconds(domain: Domain, raw: Raw) -> None:
    """Timestamps are JSON numbers, seconds with milliseconds; in requests integers and exponents are taken too."""
    run = domain.start()
    history = raw.call("GetWorkflowExecutionHistory", domain=domain.name, execution=run.execution).json()
    at = history["events"][0]["eventTimestamp"]
    assert isinstance(at, float)
    assert abs(at * 1000 - round(at * 1000)) < 1e-3
    written = [b"0", b"1.497371587073E9", b"1497371587", b"1.5e9"]
    for oldest in written:
        body = b'{"domain":"%s","startTimeFilter":{"oldestDate":%s}}' % (domain.name.encode(), oldest)
        answer = raw.send(PREFIX + "CountOpenWorkflowExecutions", body)
        assert answer.json() == {"count": 1, "truncated": False}, oldest


@proves("protocol", "absent members", "raw HTTP")
def test_absent_members_are_left_out(domain: Domain, raw: Raw) -> None:
    """Members that have no value are left out, never null."""
    run = domain.start()
    calls = [
        raw.call("DescribeDomain", name=domain.name),
        raw.call("DescribeWorkflowType", domain=domain.name, workflowType=FLOW),
        raw.call("DescribeWorkflowExecution", domain=domain.name, execution=run.execution),
        raw.call("GetWorkflowExecutionHistory", domain=domain.name, execution=run.execution),
        raw.call("ListOpenWorkflowExecutions", domain=domain.name, startTimeFilter={"oldestDate": 0}),
        raw.call("PollForDecisionTask", domain=domain.name, taskList={"name": "flows"}),
    ]
    for answer in calls:
        assert answer.status == 200
        assert b"null" not in answer.body


@proves("protocol", "null members", "raw HTTP")
def test_null_is_absent(domain: Domain, raw: Raw) -> None:
    """A member that is null in a request is absent."""
    answer = raw.call(
        "ListDomains",
        registrationStatus="REGISTERED",
        nextPageToken=None,
        maximumPageSize=None,
        reverseOrder=None,
    )
    assert answer.status == 200
    unnamed = raw.call("DescribeDomain", name=None)
    assert unnamed.json()["message"].endswith(
        "Value null at 'name' failed to satisfy constraint: Member must not be null"
    )


@proves("protocol", "unknown members", "raw HTTP")
def test_unknown_members_are_ignored(domain: Domain, raw: Raw) -> None:
    """Members that the action does not have are ignored."""
    assert raw.call("DescribeDomain", name=domain.name, colour="blue").status == 200


@proves("fault", "UnknownOperationException", "raw HTTP")
def test_what_is_no_action_is_refused(raw: Raw) -> None:
    """A target that is no action is an UnknownOperationException."""
    for target in (PREFIX + "ListBirds", "SimpleWorkflowService", PREFIX + "listdomains"):
        answer = raw.send(target, {})
        assert answer.status == 400
        assert answer.json()["__type"] == "com.amazon.coral.service#UnknownOperationException", target


@proves("fault", "SerializationException", "raw HTTP")
def test_what_is_no_request_is_refused(raw: Raw) -> None:
    """A body that is not JSON, not an object, or has a member of the wrong type is a SerializationException."""
    bodies: list[Any] = [b"{", b"\xff\xfe", b"[]", b"7", {"name": 7}, {"name": {}}, {"name": ["d"]}]
    for body in bodies:
        answer = raw.send(PREFIX + "DescribeDomain", body)
        assert answer.status == 400, body
        assert answer.json()["__type"] == "com.amazon.coral.service#SerializationException", body


@proves("protocol", "empty polls", "raw HTTP")
def test_an_empty_decision_poll_has_zeros_and_no_token(domain: Domain, raw: Raw) -> None:
    """A decision poll without a task answers two zeros and no taskToken."""
    answer = raw.call("PollForDecisionTask", domain=domain.name, taskList={"name": "nobody"})
    assert (answer.status, answer.json()) == (200, {"previousStartedEventId": 0, "startedEventId": 0})


@pytest.mark.decision("The body of an empty activity poll is a startedEventId of zero.")
@proves("protocol", "empty polls", "raw HTTP")
def test_an_empty_activity_poll_has_a_zero_and_no_token(domain: Domain, raw: Raw) -> None:
    """An activity poll without a task answers a zero and no taskToken."""
    answer = raw.call("PollForActivityTask", domain=domain.name, taskList={"name": "nobody"})
    assert (answer.status, answer.json()) == (200, {"startedEventId": 0})


@proves("protocol", "zeros", "raw HTTP")
def test_zeros_are_written(domain: Domain, raw: Raw) -> None:
    """Zeros are written where there is no earlier event: parentInitiatedEventId and externalInitiatedEventId."""
    run = domain.start()
    domain.signal()
    domain.request_cancel()
    answer = raw.call("GetWorkflowExecutionHistory", domain=domain.name, execution=run.execution)
    started, _, signaled, asked = answer.json()["events"]
    assert started["workflowExecutionStartedEventAttributes"]["parentInitiatedEventId"] == 0
    assert signaled["workflowExecutionSignaledEventAttributes"]["externalInitiatedEventId"] == 0
    assert asked["workflowExecutionCancelRequestedEventAttributes"] == {"externalInitiatedEventId": 0}


@proves("protocol", "text", "raw HTTP")
def test_text_of_any_language_is_kept(domain: Domain) -> None:
    """Text of any language is kept, characters beyond the basic plane and line ends included."""
    text = 'žluťoučký 小鳥 🦉\r\n\t"\\ \u2028'
    run = domain.start("小鳥 🦉", input=text, tagList=["🦉"])
    assert run.history()[0]["workflowExecutionStartedEventAttributes"]["input"] == text
    assert run.info()["tagList"] == ["🦉"]
    assert run.info()["execution"]["workflowId"] == "小鳥 🦉"
