"""A domain of its own for each test, and the runs in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# A test gives up when a task does not come within so many polls of a second each.
POLLS = 30

FLOW = {"name": "flow", "version": "1"}
ACT = {"name": "act", "version": "1"}
FLOWS = {"name": "flows"}
ACTS = {"name": "acts"}

FLOW_DEFAULTS = {
    "defaultTaskList": FLOWS,
    "defaultTaskStartToCloseTimeout": "30",
    "defaultExecutionStartToCloseTimeout": "3600",
    "defaultChildPolicy": "TERMINATE",
}
# Why a decision fails whose new run has no such value, neither its own nor its type's.
FLOW_DEFAULTS_UNDEFINED = {
    "defaultExecutionStartToCloseTimeout": "DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED",
    "defaultTaskStartToCloseTimeout": "DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED",
    "defaultTaskList": "DEFAULT_TASK_LIST_UNDEFINED",
    "defaultChildPolicy": "DEFAULT_CHILD_POLICY_UNDEFINED",
}
ACT_DEFAULTS = {
    "defaultTaskList": ACTS,
    "defaultTaskScheduleToStartTimeout": "100",
    "defaultTaskScheduleToCloseTimeout": "200",
    "defaultTaskStartToCloseTimeout": "60",
    "defaultTaskHeartbeatTimeout": "NONE",
}


@dataclass(frozen=True)
class Domain:
    """A domain that one test has for itself."""

    swf: Any
    name: str

    @classmethod
    def register(cls, swf: Any, name: str, retention: str = "7") -> "Domain":
        swf.register_domain(name=name, workflowExecutionRetentionPeriodInDays=retention)
        domain = cls(swf, name)
        domain.workflow_type(**FLOW_DEFAULTS)
        domain.activity_type(**ACT_DEFAULTS)
        return domain

    def workflow_type(self, name: str = "flow", version: str = "1", **members: Any) -> dict[str, str]:
        self.swf.register_workflow_type(domain=self.name, name=name, version=version, **members)
        return {"name": name, "version": version}

    def activity_type(self, name: str = "act", version: str = "1", **members: Any) -> dict[str, str]:
        self.swf.register_activity_type(domain=self.name, name=name, version=version, **members)
        return {"name": name, "version": version}

    def start(self, workflow_id: str = "w", workflow_type: dict[str, str] = FLOW, **members: Any) -> "Run":
        started = self.swf.start_workflow_execution(
            domain=self.name, workflowId=workflow_id, workflowType=workflow_type, **members
        )
        assert set(started) == {"runId", "ResponseMetadata"}
        return Run(self, workflow_id, started["runId"])

    def decision_task(self, task_list: str = "flows", **members: Any) -> dict[str, Any]:
        """The next decision task of a list, waited for."""
        for _ in range(POLLS):
            task = self.swf.poll_for_decision_task(domain=self.name, taskList={"name": task_list}, **members)
            if task.get("taskToken"):
                return task
        raise AssertionError(f"no decision task on {task_list}")

    def activity_task(self, task_list: str = "acts", **members: Any) -> dict[str, Any]:
        """The next activity task of a list, waited for."""
        for _ in range(POLLS):
            task = self.swf.poll_for_activity_task(domain=self.name, taskList={"name": task_list}, **members)
            if task.get("taskToken"):
                return task
        raise AssertionError(f"no activity task on {task_list}")

    def decide(self, *decisions: dict[str, Any], task_list: str = "flows", **answer: Any) -> dict[str, Any]:
        """Takes the next decision task and answers it; gives the task."""
        task = self.decision_task(task_list)
        self.answer(task, *decisions, **answer)
        return task

    def answer(self, task: dict[str, Any], *decisions: dict[str, Any], **members: Any) -> None:
        self.swf.respond_decision_task_completed(
            taskToken=task["taskToken"], decisions=list(decisions), **members
        )

    def complete(self, task: dict[str, Any], **members: Any) -> None:
        """Completes an activity task."""
        self.swf.respond_activity_task_completed(taskToken=task["taskToken"], **members)

    def signal(self, workflow_id: str = "w", signal: str = "s", **members: Any) -> None:
        self.swf.signal_workflow_execution(
            domain=self.name, workflowId=workflow_id, signalName=signal, **members
        )

    def request_cancel(self, workflow_id: str = "w", **members: Any) -> None:
        self.swf.request_cancel_workflow_execution(domain=self.name, workflowId=workflow_id, **members)

    def terminate(self, workflow_id: str = "w", **members: Any) -> None:
        self.swf.terminate_workflow_execution(domain=self.name, workflowId=workflow_id, **members)

    def until(self, condition: Callable[[], bool]) -> None:
        """Waits for what calls for no decision, a second at a time: a poll of a list where nothing comes."""
        for _ in range(POLLS):
            if condition():
                return
            self.swf.poll_for_decision_task(domain=self.name, taskList={"name": "nobody"})
        raise AssertionError("it does not come about")

    def until_closed(self, run: "Run") -> None:
        """Waits until a run has closed."""
        self.until(lambda: run.info()["executionStatus"] == "CLOSED")

    def open_run(self, workflow_id: str) -> "Run":
        """The open run of that workflow id."""
        found = self.swf.list_open_workflow_executions(
            domain=self.name, startTimeFilter={"oldestDate": 0}, executionFilter={"workflowId": workflow_id}
        )
        (info,) = found["executionInfos"]
        return Run(self, workflow_id, info["execution"]["runId"])


@dataclass(frozen=True)
class Run:
    """One run of a workflow."""

    domain: Domain
    workflow_id: str
    run_id: str

    @property
    def execution(self) -> dict[str, str]:
        return {"workflowId": self.workflow_id, "runId": self.run_id}

    def describe(self) -> dict[str, Any]:
        return self.domain.swf.describe_workflow_execution(domain=self.domain.name, execution=self.execution)

    def info(self) -> dict[str, Any]:
        return self.describe()["executionInfo"]

    def open_counts(self) -> dict[str, int]:
        return self.describe()["openCounts"]

    def history(self) -> list[dict[str, Any]]:
        """All events as they were answered."""
        paginator = self.domain.swf.get_paginator("get_workflow_execution_history")
        pages = paginator.paginate(domain=self.domain.name, execution=self.execution)
        return [event for page in pages for event in page["events"]]

    def types(self) -> list[str]:
        return [event["eventType"] for event in self.history()]

    def attributes(self, event_type: str) -> list[dict[str, Any]]:
        """The attributes of all events of a type."""
        member = f"{event_type[0].lower()}{event_type[1:]}EventAttributes"
        return [event[member] for event in self.history() if event["eventType"] == event_type]

    def wait_for(self, event_type: str) -> dict[str, Any]:
        """Polls until an event of this type calls for a decision; gives its attributes. Leaves the task started."""
        task = self.domain.decision_task()
        assert task["workflowExecution"] == self.execution
        found = self.attributes(event_type)
        assert found, f"{event_type} is not in {self.types()}"
        return found[-1]
