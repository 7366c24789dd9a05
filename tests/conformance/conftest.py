"""What all tests share: a client, and a domain for each test."""

import itertools
import os
from pathlib import Path
from typing import Any

import pytest

# Before they are imported: pytest shows what failed assertions compared.
pytest.register_assert_rewrite("domain", "endpoint", "histories")

import rows
from domain import Domain
from endpoint import Raw, boto

NUMBERS = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(rows.OPTION, type=Path, help="where to write the rows of the compatibility table")


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption(rows.OPTION)
    # Workers send their reports to the process that started them.
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(rows.Rows(path))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        rows.attach(item)


@pytest.fixture(scope="session")
def swf() -> Any:
    return boto()


@pytest.fixture(scope="session")
def raw() -> Raw:
    return Raw()


@pytest.fixture
def unique(request: pytest.FixtureRequest) -> str:
    """A name that no other test has."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"{request.node.originalname[:120]}-{worker}-{os.getpid()}-{next(NUMBERS)}"


@pytest.fixture
def domain(swf: Any, unique: str) -> Domain:
    """A registered domain with a workflow type and an activity type."""
    return Domain.register(swf, unique)
