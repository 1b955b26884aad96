"""A backend on the private server for each driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.databases.postgresql import PostgresBackend, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases.cluster import Cluster


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
