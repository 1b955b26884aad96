"""What this machine can do: versions, the layers of the sandbox, databases."""

from __future__ import annotations

import platform
import sqlite3
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from harness.databases import choose
from harness.databases.choice import POSTGRESQL
from harness.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.databases import Choice
    from harness.databases.postgresql import Inspection

_PACKAGES = (
    "relational-db-agent",
    "fastapi",
    "sqlmodel",
    "sqlalchemy",
    "aiosqlite",
    "asyncpg",
    "psycopg",
    "greenlet",
    "pydantic",
    "starlette",
)
_NOT_TRIED = "not tried: --db postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE tries a server"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """``problem`` is empty when answers can be run here, on every database that was asked for.

    ``databases`` says of each kind its version or that it was not tried, ``server`` what PostgreSQL's lets its user do.
    """

    versions: dict[str, str]
    layers: dict[str, str]
    databases: dict[str, str]
    problem: str = ""
    server: Inspection | None = None

    @property
    def works(self) -> bool:
        """Answers can be run here, inside the sandbox."""
        return not self.problem

    def to_json(self) -> dict[str, Any]:
        """Plain data: ``works``, ``problem``, ``versions``, ``layers``, ``databases``, ``server``."""
        return {
            "works": self.works,
            "problem": self.problem,
            "versions": self.versions,
            "layers": self.layers,
            "databases": self.databases,
            "server": asdict(self.server) if self.server is not None else None,
        }

    def to_text(self) -> str:
        """A few lines for people."""
        tables = [("versions", self.versions), ("sandbox", self.layers), ("databases", self.databases)]
        if self.server is not None:
            tables.append(("postgresql server", _said(self.server)))
        lines = []
        for title, values in tables:
            lines += [title, *(f"  {name:20} {value}" for name, value in values.items())] if values else []
        lines += ["", "Answers can be run here." if self.works else f"Answers cannot be run here: {self.problem}"]
        return "\n".join(lines) + "\n"


def diagnose(databases: Sequence[str] = ("sqlite",)) -> Diagnosis:
    """Look at this machine: tries in a fresh sandbox what code must not be able to do.

    ``databases`` as ``--db`` names them, one a kind; on a server, what a worker needs is made and dropped. Raises
    InputError for a database that is not known.
    """
    from harness.sandbox import self_test

    choices = [choose(each) for each in databases]
    layers: dict[str, str] = {}
    problems: list[str] = []
    try:
        for sockets in sorted({choice.kind == POSTGRESQL for choice in choices}):
            test = self_test(sockets=sockets)
            layers = test.layers
            problems += test.failures
    except MachineError as error:
        problems.append(str(error))
    found = {"sqlite": sqlite3.sqlite_version, "postgresql": _NOT_TRIED}
    server = next((_inspected(choice) for choice in choices if choice.kind == POSTGRESQL), None)
    if server is not None:
        found["postgresql"] = server.version or "not reachable"
        problems += [server.problem] if server.problem else []
    versions = {"python": platform.python_version()} | {name: installed_version(name) for name in _PACKAGES}
    return Diagnosis(versions, layers, found, "; ".join(dict.fromkeys(problems)), server)


def _inspected(choice: Choice) -> Inspection:
    from harness.databases.postgresql import inspect  # only where it is asked for

    return inspect(choice.url, choice.driver)


def _said(server: Inspection) -> dict[str, str]:
    if not server.reachable:
        return {"reachable": "no"}
    return {
        "reachable": server.server,
        "user": f"{server.user} (superuser)" if server.superuser else server.user,
        "create databases": _yes(server.create_databases),
        "create roles": _yes(server.create_roles),
        "both tried": "made, logged in, dropped" if server.tried else "no",
    }


def _yes(right: bool) -> str:
    return "yes" if right else "no"


def installed_version(package: str) -> str:
    """The version of a distribution, or ``not installed``."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
