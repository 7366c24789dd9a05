"""The rows of docs/swf-compatibility.md: what each test proves, gathered while the tests run."""

import json
from pathlib import Path
from typing import Any

import pytest

OPTION = "--rows"


class Rows:
    """Collects the rows of the tests, from all workers, and writes them to a file in the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.failed:
            for row in (value for name, value in report.user_properties if name == "row"):
                self.rows.append(row | {"outcome": outcome(report)})

    def pytest_sessionfinish(self) -> None:
        self.rows.sort(key=lambda row: (row["area"], row["subject"], row["test"]))
        self.path.write_text(json.dumps(self.rows, indent=1, ensure_ascii=False))


def outcome(report: pytest.TestReport) -> str:
    """`passed`, `failed` or `xfailed`: a difference that is known."""
    return "xfailed" if hasattr(report, "wasxfail") else report.outcome


def attach(item: pytest.Item) -> None:
    """Gives a test's rows to its report."""
    text = first_line(item)
    decisions = [mark.args[0] for mark in item.iter_markers("decision")]
    for mark in item.iter_markers("proves"):
        area, subject, *client = mark.args
        row = {
            "area": area,
            "subject": subject,
            "client": client[0] if client else "boto3",
            "test": f"{item.path.stem}::{item.originalname}",
            "text": mark.kwargs.get("says", text),
            "decision": decisions[0] if decisions else None,
        }
        item.user_properties.append(("row", row))


def first_line(item: pytest.Item) -> str:
    text = (item.obj.__doc__ or "").strip()
    assert text, f"{item.nodeid} says nothing of what it proves"
    return " ".join(text.split("\n\n")[0].split())
