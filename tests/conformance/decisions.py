"""The thirteen decisions, as RespondDecisionTaskCompleted takes them."""

from typing import Any

from domain import ACT, FLOW


def decision(decision_type: str, **attributes: Any) -> dict[str, Any]:
    member = f"{decision_type[0].lower()}{decision_type[1:]}DecisionAttributes"
    return {"decisionType": decision_type, member: attributes}


def schedule(activity_id: str = "a", activity_type: dict[str, str] = ACT, **more: Any) -> dict[str, Any]:
    return decision("ScheduleActivityTask", activityId=activity_id, activityType=activity_type, **more)


def cancel_activity(activity_id: str = "a") -> dict[str, Any]:
    return decision("RequestCancelActivityTask", activityId=activity_id)


def timer(timer_id: str = "t", seconds: str = "3000", **more: Any) -> dict[str, Any]:
    return decision("StartTimer", timerId=timer_id, startToFireTimeout=seconds, **more)


def cancel_timer(timer_id: str = "t") -> dict[str, Any]:
    return decision("CancelTimer", timerId=timer_id)


def marker(name: str = "m", **more: Any) -> dict[str, Any]:
    return decision("RecordMarker", markerName=name, **more)


def complete(**more: Any) -> dict[str, Any]:
    return decision("CompleteWorkflowExecution", **more)


def fail(**more: Any) -> dict[str, Any]:
    return decision("FailWorkflowExecution", **more)


def cancel(**more: Any) -> dict[str, Any]:
    return decision("CancelWorkflowExecution", **more)


def continue_as_new(**more: Any) -> dict[str, Any]:
    return decision("ContinueAsNewWorkflowExecution", **more)


def child(workflow_id: str = "c", workflow_type: dict[str, str] = FLOW, **more: Any) -> dict[str, Any]:
    return decision("StartChildWorkflowExecution", workflowId=workflow_id, workflowType=workflow_type, **more)


def signal_external(workflow_id: str = "other", signal: str = "s", **more: Any) -> dict[str, Any]:
    return decision("SignalExternalWorkflowExecution", workflowId=workflow_id, signalName=signal, **more)


def cancel_external(workflow_id: str = "other", **more: Any) -> dict[str, Any]:
    return decision("RequestCancelExternalWorkflowExecution", workflowId=workflow_id, **more)


def lambda_function(function_id: str = "l", name: str = "function", **more: Any) -> dict[str, Any]:
    return decision("ScheduleLambdaFunction", id=function_id, name=name, **more)
