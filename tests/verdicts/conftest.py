"""What grades the suite: once for all of it, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.grading import Grader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases.cluster import Cluster


@pytest.fixture(scope="package")
def grader(cluster: Cluster) -> Iterator[Grader]:
    with Grader(jobs=2, databases=("sqlite", cluster.url())) as grader:
        yield grader


@pytest.fixture(scope="package")
def psycopg_grader(cluster: Cluster) -> Iterator[Grader]:
    with Grader(jobs=2, databases=(cluster.url("psycopg"),)) as grader:
        yield grader
