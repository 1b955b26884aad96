"""The ``--db`` option."""

from __future__ import annotations

import contextlib

HELP = (
    "Database to judge on: sqlite, postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE, +psycopg, or sqlite,URL for both."
)


def database_names(option: str) -> tuple[str, ...]:
    """The databases that ``--db`` asks for.

    Raises InputError for one that is not known, MachineError for a server that cannot be used: before anything is read.
    """
    from harness.databases import choose, split
    from harness.databases.choice import POSTGRESQL

    names = split(option)
    for choice in map(choose, names):
        if choice.kind == POSTGRESQL:
            from harness.databases.postgresql import Server

            with contextlib.closing(Server(choice.url)) as server:
                server.check()
    return names
