"""What this machine can do: versions, the layers of the sandbox, databases."""

from __future__ import annotations

import platform
import sqlite3
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from harness.errors import MachineError

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


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """``problem`` is empty when answers can be run here."""

    versions: dict[str, str]
    layers: dict[str, str]
    databases: dict[str, str]
    problem: str = ""

    @property
    def works(self) -> bool:
        """Answers can be run here, inside the sandbox."""
        return not self.problem

    def to_json(self) -> dict[str, Any]:
        """Plain data: ``works``, ``problem``, ``versions``, ``layers``, ``databases``."""
        return {
            "works": self.works,
            "problem": self.problem,
            "versions": self.versions,
            "layers": self.layers,
            "databases": self.databases,
        }

    def to_text(self) -> str:
        """A few lines for people."""
        lines = []
        for title, values in (("versions", self.versions), ("sandbox", self.layers), ("databases", self.databases)):
            lines += [title, *(f"  {name:20} {value}" for name, value in values.items())] if values else []
        lines += ["", "Answers can be run here." if self.works else f"Answers cannot be run here: {self.problem}"]
        return "\n".join(lines) + "\n"


def diagnose() -> Diagnosis:
    """Look at this machine: tries in a fresh sandbox what code must not be able to do."""
    from harness.sandbox import self_test

    try:
        test = self_test()
        layers, problem = test.layers, "; ".join(test.failures)
    except MachineError as error:
        layers, problem = {}, str(error)
    versions = {"python": platform.python_version()} | {name: installed_version(name) for name in _PACKAGES}
    return Diagnosis(versions, layers, {"sqlite": sqlite3.sqlite_version}, problem)


def installed_version(package: str) -> str:
    """The version of a distribution, or ``not installed``."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
