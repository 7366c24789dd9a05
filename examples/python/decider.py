"""Decides about parcels: weigh first, then price, then done. Asks nobody but the run's history."""

from typing import Any

import boto3
from botocore.config import Config

DOMAIN = "parcels"
LOST = {"ActivityTaskFailed", "ActivityTaskTimedOut"}

# A poll is held for up to a minute.
swf = boto3.client("swf", config=Config(read_timeout=70))


def register() -> None:
    """Registers the domain and the types, unless they are."""
    timeouts = {
        "defaultTaskStartToCloseTimeout": "30",
        "defaultTaskHeartbeatTimeout": "NONE",
        "defaultTaskScheduleToStartTimeout": "NONE",
        "defaultTaskScheduleToCloseTimeout": "NONE",
    }
    flow = {
        "defaultTaskList": {"name": "deciders"},
        "defaultTaskStartToCloseTimeout": "10",
        "defaultExecutionStartToCloseTimeout": "86400",
        "defaultChildPolicy": "TERMINATE",
    }
    calls = [
        (swf.register_domain, {"name": DOMAIN, "workflowExecutionRetentionPeriodInDays": "1"}),
        (swf.register_workflow_type, {"domain": DOMAIN, "name": "label-parcel", "version": "1", **flow}),
        (swf.register_activity_type, {"domain": DOMAIN, "name": "weigh", "version": "1", **timeouts}),
        (swf.register_activity_type, {"domain": DOMAIN, "name": "price", "version": "1", **timeouts}),
    ]
    for call, members in calls:
        try:
            call(**members)
        except (swf.exceptions.DomainAlreadyExistsFault, swf.exceptions.TypeAlreadyExistsFault):
            pass


def schedule(activity: str, task_list: str, given: str) -> dict[str, Any]:
    attributes = {
        "activityId": activity,
        "activityType": {"name": activity, "version": "1"},
        "taskList": {"name": task_list},
        "input": given,
    }
    return {"decisionType": "ScheduleActivityTask", "scheduleActivityTaskDecisionAttributes": attributes}


def end(decision: str, **attributes: str) -> dict[str, Any]:
    return {"decisionType": decision, f"{decision[0].lower()}{decision[1:]}DecisionAttributes": attributes}


def decide(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is to happen, by what has happened."""
    results = [
        event["activityTaskCompletedEventAttributes"]["result"]
        for event in events
        if event["eventType"] == "ActivityTaskCompleted"
    ]
    given = events[0]["workflowExecutionStartedEventAttributes"]["input"]
    match results:
        case _ if {event["eventType"] for event in events} & LOST:
            return [end("FailWorkflowExecution", reason="a step failed or took too long")]
        case []:
            return [schedule("weigh", "scales", given)]
        case [weight]:
            return [schedule("price", "prices", weight)]
        case [_, price, *_]:
            return [end("CompleteWorkflowExecution", result=price)]


def main() -> None:
    register()
    print("decides about parcels", flush=True)
    polls = swf.get_paginator("poll_for_decision_task")
    while True:
        task = polls.paginate(domain=DOMAIN, taskList={"name": "deciders"}).build_full_result()
        if task.get("taskToken"):
            swf.respond_decision_task_completed(taskToken=task["taskToken"], decisions=decide(task["events"]))


if __name__ == "__main__":
    main()
