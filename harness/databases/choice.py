"""Which databases were asked for, in words and URLs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.errors import InputError

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_DRIVERS = ("asyncpg", "psycopg")
_COMMA = re.compile(r",\s*(?=sqlite|postgres)", re.IGNORECASE)
_HELP = "use sqlite, postgresql+asyncpg://USER:PASSWORD@HOST:PORT/DATABASE or postgresql+psycopg://..."


@dataclass(frozen=True, slots=True)
class Choice:
    """``url`` is PostgreSQL's as libpq reads it, ``driver`` what answers are given where they leave it open."""

    kind: str
    url: str = ""
    driver: str = ""


def split(option: str) -> tuple[str, ...]:
    """The parts of a list of databases, in order: ``sqlite``, PostgreSQL's URL.

    Raises InputError for one that is not known or named twice.
    """
    parts = [part.strip() for part in _COMMA.split(option.strip())]
    kinds = [choose(part).kind for part in parts]
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise InputError(f"--db: {kind} is named more than once: one database a kind can be judged on in one run")
    return tuple(kind if kind == SQLITE else part for kind, part in zip(kinds, parts, strict=True))


def choose(name: str) -> Choice:
    """What one name or URL asks for. Raises InputError."""
    scheme, colon, rest = name.partition(":")
    dialect, _, driver = scheme.lower().partition("+")
    if dialect == SQLITE and (colon or driver):
        raise InputError("--db: sqlite takes no address, each answer gets a new database: write --db sqlite")
    if dialect == SQLITE:
        return Choice(SQLITE)
    if dialect in (POSTGRESQL, "postgres") and driver in ("", "psycopg_async", *_DRIVERS):
        if colon and not rest.startswith("//"):
            raise InputError(f"--db: a database URL has two slashes after {scheme}: {_HELP}")
        return Choice(POSTGRESQL, f"postgresql:{rest or '//'}", driver.removesuffix("_async") or _DRIVERS[0])
    if dialect in (POSTGRESQL, "postgres"):
        raise InputError(f"--db: the driver {driver[:40]!r} is not one of {', '.join(_DRIVERS)}: {_HELP}")
    raise InputError(f"--db: {scheme[:40]!r} is not a database that is known: {_HELP}")
