"""What a server was found to be good for, for people: never raises."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from harness.databases.postgresql.backend import PostgresBackend
from harness.databases.postgresql.server import Server
from harness.errors import MachineError


@dataclass(frozen=True, slots=True)
class Inspection:
    """``problem`` is one line that says what is lacking, empty when answers can be run there.

    What was not found out is empty or False. ``tried``: a database and a role of an answer's were made, the role
    logged in, and both were dropped.
    """

    server: str = ""
    version: str = ""
    user: str = ""
    reachable: bool = False
    superuser: bool = False
    create_databases: bool = False
    create_roles: bool = False
    tried: bool = False
    problem: str = ""


def inspect(url: str, driver: str) -> Inspection:
    """Look at a server, and make what a worker would make there; takes it away again."""
    try:
        server = Server(url)
    except MachineError as error:
        return Inspection(problem=str(error))
    with contextlib.closing(server):
        problem = ""
        try:
            server.check()
            PostgresBackend(server, driver).close()
        except MachineError as error:
            problem = str(error)
        rights = server.rights
        return Inspection(
            server=str(server),
            version=server.version,
            user=rights.user,
            reachable=True,
            superuser=rights.superuser,
            create_databases=rights.create_databases,
            create_roles=rights.create_roles,
            tried=not problem,
            problem=problem,
        )
