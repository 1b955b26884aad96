"""A private server for all tests of PostgreSQL, and a backend on it for each driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.databases.postgresql import PostgresBackend, Server
from tests.databases import cluster as clusters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases.cluster import Cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    if clusters.binaries() is None:
        pytest.skip("no postgresql server is installed (Debian: apt install postgresql)")
    yield from clusters.running()


@pytest.fixture(scope="package")
def server(cluster: Cluster) -> Iterator[Server]:
    server = Server(cluster.url().replace("+asyncpg", ""))
    yield server
    server.close()


@pytest.fixture(scope="package", params=["asyncpg", "psycopg"])
def backend(server: Server, request: pytest.FixtureRequest) -> Iterator[PostgresBackend]:
    backend = PostgresBackend(server, request.param)
    yield backend
    backend.close()
