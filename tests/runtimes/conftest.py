"""The table of what the runtimes did, written when all of them did it."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from harness.resources import skill_folder
from harness.skills import Skill, load_skill

if TYPE_CHECKING:
    from collections.abc import Callable

_PAGE = """\
# Where the skill loads

What `make runtimes` did: each runtime was installed in an environment of its own, loaded the skill's folder from disk,
and gave back what was then compared with the files. Python {python}; the digest of the skill (`harness skill show`) was
`{digest}`.

| runtime | version | what it did | what came back equal |
| --- | --- | --- | --- |
{rows}
"""


class Row(NamedTuple):
    """One line of the table."""

    runtime: str
    version: str
    did: str
    equal: str


_rows = pytest.StashKey[list[Row]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--runtimes-table", type=Path, help="Write the table of this run here when all tests pass.")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_rows] = []


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    path = session.config.getoption("--runtimes-table")
    if path is None or exitstatus != 0 or session.config.option.keyword or not session.config.stash[_rows]:
        return
    rows = "\n".join(f"| {' | '.join(row)} |" for row in session.config.stash[_rows])
    page = _PAGE.format(python=platform.python_version(), digest=load_skill(skill_folder()).digest, rows=rows)
    path.write_text(page, encoding="utf-8")


@pytest.fixture(scope="session")
def skill() -> Skill:
    return load_skill(skill_folder())


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Called at the end of a test with the cells of its line."""
    return lambda *cells: request.config.stash[_rows].append(Row(*cells))
