"""The ``--db`` option."""

from __future__ import annotations

HELP = (
    "Database to judge on: sqlite, postgresql+asyncpg://USER:PASSWORD@HOST/DATABASE, +psycopg, or sqlite,URL for both."
)


def database_names(option: str) -> tuple[str, ...]:
    """The databases that ``--db`` asks for. Raises InputError for one that is not known."""
    from harness.databases import split

    return split(option)
