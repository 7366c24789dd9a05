"""Histories compared event by event: ids, types, every attribute, and which times are equal."""

from datetime import datetime
from typing import Any

from domain import ACT, ACTS, FLOW, FLOWS, Run

Event = tuple[str, dict[str, Any]]


def event(event_type: str, **attributes: Any) -> Event:
    return event_type, attributes


def opening(**started: Any) -> list[Event]:
    """The first two events of a run of the usual type."""
    attributes = {
        "workflowType": FLOW,
        "taskList": FLOWS,
        "childPolicy": "TERMINATE",
        "executionStartToCloseTimeout": "3600",
        "taskStartToCloseTimeout": "30",
        "parentInitiatedEventId": 0,
    }
    return [("WorkflowExecutionStarted", attributes | started), decision_scheduled()]


def decision_scheduled(**attributes: Any) -> Event:
    return "DecisionTaskScheduled", {"taskList": FLOWS, "startToCloseTimeout": "30"} | attributes


def activity_scheduled(**attributes: Any) -> Event:
    """The usual activity, by the defaults of its type, decided in the first decision task."""
    usual = {
        "activityType": ACT,
        "activityId": "a",
        "taskList": ACTS,
        "scheduleToStartTimeout": "100",
        "scheduleToCloseTimeout": "200",
        "startToCloseTimeout": "60",
        "heartbeatTimeout": "NONE",
        "decisionTaskCompletedEventId": 4,
    }
    return "ActivityTaskScheduled", usual | attributes


def decided(scheduled: int, **completed: Any) -> list[Event]:
    """A decision task that is taken and answered at once."""
    started = scheduled + 1
    return [
        event("DecisionTaskStarted", scheduledEventId=scheduled),
        event("DecisionTaskCompleted", scheduledEventId=scheduled, startedEventId=started, **completed),
    ]


def assert_history(run: Run, expected: list[Event], same_time: list[tuple[int, ...]] | None = None) -> None:
    """The run's history is exactly this; each group of `same_time` has ids of events with equal timestamps."""
    events = run.history()
    assert [shape(number, found) for number, found in enumerate(events, 1)] == expected
    times = [found["eventTimestamp"] for found in events]
    assert all(isinstance(time, datetime) for time in times)
    assert times == sorted(times)
    for group in same_time or []:
        assert len({times[number - 1] for number in group}) == 1, f"{group}: {times}"


def shape(number: int, found: dict[str, Any]) -> Event:
    """The type and the attributes of an event that has the right id and no other members."""
    event_type = found["eventType"]
    member = f"{event_type[0].lower()}{event_type[1:]}EventAttributes"
    assert set(found) == {"eventId", "eventTimestamp", "eventType", member}, found
    assert found["eventId"] == number
    return event_type, found[member]


def seconds_between(run: Run, earlier: int, later: int) -> float:
    """How long after one event another one happened."""
    events = run.history()
    return (events[later - 1]["eventTimestamp"] - events[earlier - 1]["eventTimestamp"]).total_seconds()
