"""Domains and their tags."""

from typing import Any

import pytest

from decisions import complete
from domain import FLOW, Domain
from endpoint import ACCOUNT, REGION, Raw, constraint, refused

proves = pytest.mark.proves


def arn(name: str) -> str:
    return f"arn:aws:swf:{REGION}:{ACCOUNT}:/domain/{name}"


@proves("action", "RegisterDomain", "raw HTTP")
@proves("action", "DescribeDomain")
def test_a_domain_is_described_as_it_was_registered(swf: Any, raw: Raw, unique: str) -> None:
    """A domain is described as it was registered, with its ARN; registering answers with an empty body."""
    answer = raw.call(
        "RegisterDomain",
        name=unique,
        description="birds",
        workflowExecutionRetentionPeriodInDays="90",
        tags=[{"key": "team", "value": "owls"}],
    )
    assert (answer.status, answer.body) == (200, b"")
    described = swf.describe_domain(name=unique)
    described.pop("ResponseMetadata")
    assert described == {
        "domainInfo": {
            "name": unique,
            "status": "REGISTERED",
            "description": "birds",
            "arn": arn(unique),
        },
        "configuration": {"workflowExecutionRetentionPeriodInDays": "90"},
    }


@proves("action", "RegisterDomain")
def test_a_retention_of_none_is_kept_as_given(swf: Any, unique: str) -> None:
    """`NONE` as retention, and no description, are described as given."""
    swf.register_domain(name=unique, workflowExecutionRetentionPeriodInDays="NONE")
    described = swf.describe_domain(name=unique)
    assert described["configuration"] == {"workflowExecutionRetentionPeriodInDays": "NONE"}
    assert "description" not in described["domainInfo"]


@proves("fault", "DomainAlreadyExistsFault")
def test_a_domain_is_registered_once(swf: Any, domain: Domain) -> None:
    """A name that is registered, or was and is deprecated, can't be registered again."""
    again = {"name": domain.name, "workflowExecutionRetentionPeriodInDays": "1"}
    with refused("DomainAlreadyExistsFault", domain.name):
        swf.register_domain(**again)
    swf.deprecate_domain(name=domain.name)
    with refused("DomainAlreadyExistsFault", domain.name):
        swf.register_domain(**again)


@proves("action", "DeprecateDomain")
@proves("action", "UndeprecateDomain")
@proves("fault", "DomainDeprecatedFault")
def test_a_domain_is_deprecated_and_back(swf: Any, domain: Domain) -> None:
    """Deprecating and undeprecating change the status; doing either twice is refused."""
    swf.deprecate_domain(name=domain.name)
    assert swf.describe_domain(name=domain.name)["domainInfo"]["status"] == "DEPRECATED"
    with refused("DomainDeprecatedFault", domain.name):
        swf.deprecate_domain(name=domain.name)
    swf.undeprecate_domain(name=domain.name)
    assert swf.describe_domain(name=domain.name)["domainInfo"]["status"] == "REGISTERED"
    with refused("DomainAlreadyExistsFault", domain.name):
        swf.undeprecate_domain(name=domain.name)


@pytest.mark.decision("Registering into, or starting in, a deprecated domain is a DomainDeprecatedFault.")
@proves("fault", "DomainDeprecatedFault")
def test_a_deprecated_domain_takes_nothing_new(swf: Any, domain: Domain) -> None:
    """A deprecated domain takes no new types and no new runs."""
    swf.deprecate_domain(name=domain.name)
    with refused("DomainDeprecatedFault", domain.name):
        domain.workflow_type("new")
    with refused("DomainDeprecatedFault", domain.name):
        domain.activity_type("new")
    with refused("DomainDeprecatedFault", domain.name):
        domain.start()


@proves("action", "DeprecateDomain")
def test_open_runs_of_a_deprecated_domain_go_on(swf: Any, domain: Domain) -> None:
    """Open runs of a deprecated domain go on to their end and are found; its types are deprecated with it."""
    run = domain.start()
    swf.deprecate_domain(name=domain.name)
    described = swf.describe_workflow_type(domain=domain.name, workflowType=FLOW)
    assert described["typeInfo"]["status"] == "DEPRECATED"
    domain.signal()
    domain.decide(complete())
    assert run.info()["closeStatus"] == "COMPLETED"
    counted = swf.count_closed_workflow_executions(domain=domain.name, startTimeFilter={"oldestDate": 0})
    assert counted["count"] == 1


@pytest.mark.decision("A domain that is used again has its types deprecated still.")
@proves("action", "UndeprecateDomain")
def test_the_types_of_a_domain_that_is_back_stay_deprecated(swf: Any, domain: Domain) -> None:
    """The types of an undeprecated domain stay deprecated, and can be undeprecated one by one, but not before it."""
    swf.deprecate_domain(name=domain.name)
    with refused("DomainDeprecatedFault", domain.name):
        swf.undeprecate_workflow_type(domain=domain.name, workflowType=FLOW)
    swf.undeprecate_domain(name=domain.name)
    with refused("TypeDeprecatedFault", "WorkflowType=[name=flow, version=1]"):
        domain.start()
    swf.undeprecate_workflow_type(domain=domain.name, workflowType=FLOW)
    domain.start()


@proves("action", "ListDomains")
@pytest.mark.parametrize("reverse", [False, True])
def test_domains_are_listed_by_name_page_by_page(swf: Any, unique: str, reverse: bool) -> None:
    """Domains come in the order of their names, reversed if asked for, in pages without gaps or repetition."""
    names = [f"{unique}-{letter}" for letter in "cabd"]
    for name in names:
        swf.register_domain(name=name, workflowExecutionRetentionPeriodInDays="1", description=name)
    swf.deprecate_domain(name=names[3])
    found, request = [], {"registrationStatus": "REGISTERED", "maximumPageSize": 7, "reverseOrder": reverse}
    while True:
        page = swf.list_domains(**request)
        assert len(page["domainInfos"]) <= 7
        found += page["domainInfos"]
        if "nextPageToken" not in page:
            break
        request["nextPageToken"] = page["nextPageToken"]
    assert [info["name"] for info in found] == sorted((info["name"] for info in found), reverse=reverse)
    ours = [info for info in found if info["name"] in names]
    assert [info["name"] for info in ours] == sorted(names[:3], reverse=reverse)
    first = ours[-1 if reverse else 0]
    assert first == {
        "name": names[1],
        "status": "REGISTERED",
        "description": names[1],
        "arn": arn(names[1]),
    }
    deprecated = swf.list_domains(registrationStatus="DEPRECATED")["domainInfos"]
    assert names[3] in [info["name"] for info in deprecated]


@proves("action", "TagResource")
@proves("action", "UntagResource")
@proves("action", "ListTagsForResource")
def test_tags_are_set_replaced_and_removed(swf: Any, unique: str) -> None:
    """Tags are added, equal keys replaced, keys removed; removing an absent key is no fault."""
    swf.register_domain(
        name=unique, workflowExecutionRetentionPeriodInDays="1", tags=[{"key": "a", "value": "1"}]
    )
    tag = {"resourceArn": arn(unique)}

    def tags() -> dict[str, str]:
        listed = swf.list_tags_for_resource(**tag)["tags"]
        return {found["key"]: found["value"] for found in listed}

    assert tags() == {"a": "1"}
    swf.tag_resource(**tag, tags=[{"key": "a", "value": "2"}, {"key": "b c", "value": ""}])
    assert tags() == {"a": "2", "b c": ""}
    swf.untag_resource(**tag, tagKeys=["a", "absent"])
    assert tags() == {"b c": ""}
    swf.untag_resource(**tag, tagKeys=["b c"])
    assert swf.list_tags_for_resource(**tag)["tags"] == []


@pytest.mark.decision("An ARN names a domain of this account in the caller's region; any other is unknown.")
@proves("fault", "UnknownResourceFault")
@pytest.mark.parametrize("part", ["", REGION, ACCOUNT, "swf", ":/domain/"])
def test_tags_of_what_is_not_there(swf: Any, domain: Domain, unique: str, part: str) -> None:
    """The tag actions refuse the ARN of a domain that is not there, or not the caller's."""
    tag = {"resourceArn": arn(domain.name).replace(part, "elsewhere") if part else arn(f"{unique}-not")}
    with refused("UnknownResourceFault"):
        swf.list_tags_for_resource(**tag)
    with refused("UnknownResourceFault"):
        swf.tag_resource(**tag, tags=[{"key": "a", "value": "1"}])
    with refused("UnknownResourceFault"):
        swf.untag_resource(**tag, tagKeys=["a"])


@proves("fault", "TooManyTagsFault")
def test_a_domain_has_fifty_tags(swf: Any, unique: str) -> None:
    """A domain has fifty tags at most, given at once or one after another."""
    many = [{"key": f"k{number}", "value": "v"} for number in range(51)]
    retention = {"workflowExecutionRetentionPeriodInDays": "1"}
    with refused("TooManyTagsFault"):
        swf.register_domain(name=unique, tags=many, **retention)
    swf.register_domain(name=unique, tags=many[:50], **retention)
    with refused("TooManyTagsFault"):
        swf.tag_resource(resourceArn=arn(unique), tags=many[50:])
    swf.tag_resource(resourceArn=arn(unique), tags=[{"key": "k7", "value": "again"}])


@pytest.mark.parametrize("retention", ["91", "-1", "x"])
@proves("constraint", "retention")
def test_retention_is_at_most_ninety_days(swf: Any, unique: str, retention: str) -> None:
    """A retention is 0 to 90 days, or `NONE`."""
    with refused("ValidationException"):
        swf.register_domain(name=unique, workflowExecutionRetentionPeriodInDays=retention)


@proves("constraint", "required members")
def test_what_is_missing_is_named(swf: Any) -> None:
    """All missing members are named at once."""
    missing = "not be null"
    message = constraint((None, "name", missing), (None, "workflowExecutionRetentionPeriodInDays", missing))
    with refused("ValidationException", message):
        swf.register_domain()
