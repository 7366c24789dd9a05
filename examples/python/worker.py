"""Weighs parcels: the first step of `label-parcel`."""

import json

import boto3
from botocore.config import Config

DOMAIN = "parcels"
TASK_LIST = {"name": "scales"}

# A poll is held for up to a minute.
swf = boto3.client("swf", config=Config(read_timeout=70))


def weigh(parcel: dict[str, list[int]]) -> dict[str, int]:
    """The grams of a parcel: what is in it, and the box."""
    return {"grams": sum(parcel["items"]) + 50}


def main() -> None:
    print("weighs parcels", flush=True)
    while True:
        task = swf.poll_for_activity_task(domain=DOMAIN, taskList=TASK_LIST, identity="scales")
        token = task.get("taskToken")
        if not token:
            continue
        try:
            result = json.dumps(weigh(json.loads(task["input"])))
        except (KeyError, TypeError, ValueError) as error:
            swf.respond_activity_task_failed(taskToken=token, reason=type(error).__name__, details=str(error))
            continue
        try:
            swf.respond_activity_task_completed(taskToken=token, result=result)
        except swf.exceptions.UnknownResourceFault:
            print("too late: the task has timed out, or its run has closed", flush=True)


if __name__ == "__main__":
    main()
