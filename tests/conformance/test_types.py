"""Workflow types and activity types: the same rules for both."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from decisions import schedule
from domain import ACT, FLOW, FLOW_DEFAULTS, Domain
from endpoint import refused

proves = pytest.mark.proves


@dataclass(frozen=True)
class Kind:
    """One of the two kinds of types, and its six actions."""

    word: str
    defaults: dict[str, Any]

    @property
    def member(self) -> str:
        return f"{self.word}Type"

    def call(self, domain: Domain, verb: str, **members: Any) -> Any:
        ending = "types" if verb == "list" else "type"
        return getattr(domain.swf, f"{verb}_{self.word}_{ending}")(domain=domain.name, **members)

    def register(self, domain: Domain, name: str, version: str, **members: Any) -> None:
        self.call(domain, "register", name=name, version=version, **members)

    def named(self, name: str, version: str) -> dict[str, Any]:
        return {self.member: {"name": name, "version": version}}

    def message(self, name: str, version: str) -> str:
        return f"{self.word.capitalize()}Type=[name={name}, version={version}]"

    def names(self, domain: Domain, **members: Any) -> list[str]:
        listed = self.call(domain, "list", **{"registrationStatus": "REGISTERED"} | members)
        return [f"{info[self.member]['name']} {info[self.member]['version']}" for info in listed["typeInfos"]]


WORKFLOW = Kind(
    "workflow",
    {
        "defaultTaskStartToCloseTimeout": "NONE",
        "defaultExecutionStartToCloseTimeout": "31536000",
        "defaultTaskList": {"name": "l"},
        "defaultTaskPriority": "-2147483648",
        "defaultChildPolicy": "REQUEST_CANCEL",
        "defaultLambdaRole": "arn:aws:iam::123456789012:role/role",
    },
)
ACTIVITY = Kind(
    "activity",
    {
        "defaultTaskStartToCloseTimeout": "60",
        "defaultTaskHeartbeatTimeout": "NONE",
        "defaultTaskList": {"name": "l"},
        "defaultTaskPriority": "2147483647",
        "defaultTaskScheduleToStartTimeout": "0",
        "defaultTaskScheduleToCloseTimeout": "99999999",
    },
)


def both(verb: str, plural: str = "Type") -> Any:
    """Parametrizes a test by both kinds, with the row of each kind's action."""
    kinds = [
        pytest.param(
            kind,
            marks=proves("action", f"{verb}{kind.word.capitalize()}{plural}"),
            id=kind.word,
        )
        for kind in (WORKFLOW, ACTIVITY)
    ]
    return pytest.mark.parametrize("kind", kinds)


kinds = pytest.mark.parametrize("kind", [WORKFLOW, ACTIVITY], ids=["workflow", "activity"])


@both("Register")
def test_every_default_is_described_as_given(domain: Domain, kind: Kind) -> None:
    """Every default is described exactly as it was given."""
    kind.register(domain, "n", "1.0", description="d", **kind.defaults)
    described = kind.call(domain, "describe", **kind.named("n", "1.0"))
    assert described["configuration"] == kind.defaults
    info = described["typeInfo"]
    assert isinstance(info.pop("creationDate"), datetime)
    assert info == {"status": "REGISTERED", "description": "d"} | kind.named("n", "1.0")


@both("Describe")
def test_what_was_not_given_is_absent(domain: Domain, kind: Kind) -> None:
    """Defaults and a description that were not given are absent."""
    kind.register(domain, "bare", "1")
    described = kind.call(domain, "describe", **kind.named("bare", "1"))
    assert described["configuration"] == {}
    assert set(described["typeInfo"]) == {kind.member, "status", "creationDate"}


@kinds
@proves("fault", "TypeAlreadyExistsFault")
def test_a_type_is_registered_once(domain: Domain, kind: Kind) -> None:
    """A name and version that are registered, or deprecated, can't be registered again; another version can."""
    kind.register(domain, "n", "1")
    with refused("TypeAlreadyExistsFault", kind.message("n", "1")):
        kind.register(domain, "n", "1")
    kind.call(domain, "deprecate", **kind.named("n", "1"))
    with refused("TypeAlreadyExistsFault", kind.message("n", "1")):
        kind.register(domain, "n", "1")
    kind.register(domain, "n", "2")


@both("Deprecate")
def test_a_type_is_deprecated_once(domain: Domain, kind: Kind) -> None:
    """A deprecated type is described with its deprecation date; deprecating it again is refused."""
    kind.register(domain, "n", "1")
    kind.call(domain, "deprecate", **kind.named("n", "1"))
    info = kind.call(domain, "describe", **kind.named("n", "1"))["typeInfo"]
    assert info["status"] == "DEPRECATED"
    assert info["deprecationDate"] >= info["creationDate"]
    with refused("TypeDeprecatedFault", kind.message("n", "1")):
        kind.call(domain, "deprecate", **kind.named("n", "1"))


@both("Undeprecate")
def test_a_type_is_registered_again(domain: Domain, kind: Kind) -> None:
    """An undeprecated type is registered and has no deprecation date; undeprecating it again is refused."""
    kind.register(domain, "n", "1")
    kind.call(domain, "deprecate", **kind.named("n", "1"))
    kind.call(domain, "undeprecate", **kind.named("n", "1"))
    info = kind.call(domain, "describe", **kind.named("n", "1"))["typeInfo"]
    assert info["status"] == "REGISTERED"
    assert "deprecationDate" not in info
    with refused("TypeAlreadyExistsFault", kind.message("n", "1")):
        kind.call(domain, "undeprecate", **kind.named("n", "1"))


@both("Delete")
@proves("fault", "TypeNotDeprecatedFault")
@pytest.mark.decision("Deleting a type frees its name and version.")
def test_only_a_deprecated_type_is_deleted(domain: Domain, kind: Kind) -> None:
    """A registered type can't be deleted; a deleted one is gone, and its name and version are free again."""
    kind.register(domain, "n", "1", description="first")
    registered = "The type is currently registered and cannot be deleted in its current state"
    with refused("TypeNotDeprecatedFault", registered):
        kind.call(domain, "delete", **kind.named("n", "1"))
    kind.call(domain, "deprecate", **kind.named("n", "1"))
    kind.call(domain, "delete", **kind.named("n", "1"))
    unknown = f"Unknown type: {kind.message('n', '1')}"
    for verb in ("describe", "delete", "deprecate", "undeprecate"):
        with refused("UnknownResourceFault", unknown):
            kind.call(domain, verb, **kind.named("n", "1"))
    assert kind.names(domain, registrationStatus="DEPRECATED") == []
    kind.register(domain, "n", "1", description="second")
    assert kind.call(domain, "describe", **kind.named("n", "1"))["typeInfo"]["description"] == "second"


@both("List", "Types")
@pytest.mark.decision("Versions of one name are listed in the order of their characters.")
def test_types_are_listed_by_name(domain: Domain, kind: Kind) -> None:
    """Types come in the order of their names, reversed if asked for, of one name or status if asked for."""
    for name, version in [("mole", "1"), ("ant", "2"), ("zebra", "1"), ("mole", "2"), ("gone", "1")]:
        kind.register(domain, name, version)
    kind.call(domain, "deprecate", **kind.named("gone", "1"))
    own = {"workflow": "flow 1", "activity": "act 1"}[kind.word]
    expected = sorted(["mole 1", "ant 2", "zebra 1", "mole 2", own])
    assert kind.names(domain) == expected
    assert kind.names(domain, reverseOrder=True) == expected[::-1]
    assert kind.names(domain, name="mole") == ["mole 1", "mole 2"]
    assert kind.names(domain, name="nobody") == []
    assert kind.names(domain, registrationStatus="DEPRECATED") == ["gone 1"]


@both("List", "Types")
@pytest.mark.parametrize("reverse", [False, True])
def test_types_are_listed_page_by_page(domain: Domain, kind: Kind, reverse: bool) -> None:
    """Pages of types have neither gaps nor repetitions, and the last one has no token."""
    for number in range(5):
        kind.register(domain, f"n{number}", "1")
    request = {"registrationStatus": "REGISTERED", "maximumPageSize": 4, "reverseOrder": reverse}
    first = kind.call(domain, "list", **request)
    assert len(first["typeInfos"]) == 4
    second = kind.call(domain, "list", **request, nextPageToken=first["nextPageToken"])
    assert "nextPageToken" not in second
    names = [info[kind.member]["name"] for info in first["typeInfos"] + second["typeInfos"]]
    assert len(names) == 6
    assert names == sorted(names, reverse=reverse)


@proves("fault", "TypeDeprecatedFault")
def test_a_deprecated_type_starts_no_run(domain: Domain) -> None:
    """A run of a deprecated workflow type can't be started."""
    domain.swf.deprecate_workflow_type(domain=domain.name, workflowType=FLOW)
    with refused("TypeDeprecatedFault", "WorkflowType=[name=flow, version=1]"):
        domain.start()


@proves("action", "DeleteActivityType")
@proves("action", "DeprecateActivityType")
def test_scheduled_tasks_of_a_deleted_type_run_on(domain: Domain) -> None:
    """Tasks that were scheduled before their type was deprecated and deleted are delivered and completed."""
    run = domain.start()
    domain.decide(schedule())
    domain.swf.deprecate_activity_type(domain=domain.name, activityType=ACT)
    domain.swf.delete_activity_type(domain=domain.name, activityType=ACT)
    domain.complete(domain.activity_task())
    assert run.attributes("ActivityTaskCompleted") == [{"scheduledEventId": 5, "startedEventId": 6}]


@proves("action", "DeleteWorkflowType")
def test_runs_of_a_deleted_type_go_on(domain: Domain) -> None:
    """Runs that were started before their type was deleted go on; new ones can't be started."""
    kept = domain.workflow_type("gone", **FLOW_DEFAULTS)
    run = domain.start("w", kept)
    domain.swf.deprecate_workflow_type(domain=domain.name, workflowType=kept)
    domain.swf.delete_workflow_type(domain=domain.name, workflowType=kept)
    task = domain.decision_task()
    assert task["workflowType"] == kept
    domain.answer(task)
    assert run.info()["executionStatus"] == "OPEN"
    with refused("UnknownResourceFault", "Unknown type: WorkflowType=[name=gone, version=1]"):
        domain.start("other", kept)
