"""Rules for the whole suite."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from tests.databases.cluster import Cluster

_MUST_BE_THERE = re.compile(r"bubblewrap|bwrap|sandbox|postgres|browser|chromium", re.IGNORECASE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write what the reports look like now.")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A private PostgreSQL server, started when the first test asks for it."""
    from tests.databases import cluster as clusters

    if clusters.binaries() is None:
        pytest.skip("no postgresql server is installed (Debian: apt install postgresql)")
    yield from clusters.running()


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("HARNESS_CI") and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr)
        if _MUST_BE_THERE.search(reason):
            report.outcome = "failed"
            report.longrepr = f"skipped, which HARNESS_CI forbids: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(report)
    return report
