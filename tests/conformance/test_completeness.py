"""The rows of the other tests against the service model: nothing of it is left out in silence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

proves = pytest.mark.proves

NO_LAMBDA = (
    "The engine calls no Lambda functions: ScheduleLambdaFunction fails as in a region without Lambda."
)
NO_RATE = "Amazon names no rate for it."
NO_PERMISSIONS = "What a decider may do is settled when it calls, not decision by decision."

NO_ROLES = "`apus dev`, which this suite calls, lets its callers do everything."

NOT_PRODUCED = {
    ("fault", "OperationNotPermittedFault"): NO_ROLES,
    ("event", "RecordMarkerFailed"): NO_PERMISSIONS,
    ("event", "LambdaFunctionScheduled"): NO_LAMBDA,
    ("event", "LambdaFunctionStarted"): NO_LAMBDA,
    ("event", "LambdaFunctionCompleted"): NO_LAMBDA,
    ("event", "LambdaFunctionFailed"): NO_LAMBDA,
    ("event", "LambdaFunctionTimedOut"): NO_LAMBDA,
    ("event", "StartLambdaFunctionFailed"): NO_LAMBDA,
    ("failure cause", "ScheduleLambdaFunction: ID_ALREADY_IN_USE"): NO_LAMBDA,
    ("failure cause", "ScheduleLambdaFunction: OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED"): NO_LAMBDA,
    ("failure cause", "ScheduleLambdaFunction: LAMBDA_FUNCTION_CREATION_RATE_EXCEEDED"): NO_LAMBDA,
    (
        "failure cause",
        "ContinueAsNewWorkflowExecution: CONTINUE_AS_NEW_WORKFLOW_EXECUTION_RATE_EXCEEDED",
    ): NO_RATE,
}


def of_the_model(swf: Any) -> Iterator[tuple[str, str]]:
    """Every action, decision, event, cause of failure, fault, close status and child policy that SWF has."""
    model = swf.meta.service_model
    yield from (("action", name) for name in model.operation_names)
    for area, shape in [
        ("decision", "DecisionType"),
        ("event", "EventType"),
        ("close status", "CloseStatus"),
        ("child policy", "ChildPolicy"),
    ]:
        yield from ((area, word) for word in model.shape_for(shape).enum)
    for decision in model.shape_for("DecisionType").enum:
        causes = model.shape_for(f"{decision}FailedCause").enum
        yield from (
            ("failure cause", f"{decision}: {cause}")
            for cause in causes
            if cause != "OPERATION_NOT_PERMITTED"
        )
    yield from (("fault", name) for name in model.shape_names if name.endswith("Fault"))


@pytest.fixture
def proved(request: pytest.FixtureRequest) -> set[tuple[str, str]]:
    """Area and subject of every row; the test is skipped where only some of the files were collected."""
    items = request.session.items
    if {item.path.name for item in items} != {path.name for path in Path(__file__).parent.glob("test_*.py")}:
        pytest.skip("some of the files were not collected")
    rows = (mark.args[:2] for item in items for mark in item.iter_markers("proves"))
    return {(area, subject) for area, subject in rows if area != "not produced"}


def test_nothing_is_left_out(swf: Any, proved: set[tuple[str, str]]) -> None:
    """Everything that the service model names has a test, or a reason why it is not produced."""
    assert set(of_the_model(swf)) - proved == set(NOT_PRODUCED)


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param(key, marks=proves("not produced", key[1], "-", says=reason), id=key[1])
        for key, reason in NOT_PRODUCED.items()
    ],
)
def test_what_is_not_produced(swf: Any, subject: tuple[str, str]) -> None:
    """What is not produced is part of the model, all the same."""
    assert subject in set(of_the_model(swf))
