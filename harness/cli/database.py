"""The ``--db`` option."""

from __future__ import annotations

from harness.errors import InputError, MachineError


def database_names(option: str) -> tuple[str, ...]:
    """The databases that ``--db`` asks for: ``sqlite``. Addresses are refused; they may hold a password."""
    asked = option.strip().lower()
    name = asked.partition(":")[0]
    if name.startswith("postgres"):
        raise MachineError("--db: this version judges on SQLite only: leave --db out")
    if name.partition("+")[0] == "sqlite" and asked != "sqlite":
        raise InputError("--db: sqlite takes no address, each answer gets a new database: write --db sqlite")
    if name != "sqlite":
        raise InputError(f"--db: {name[:100]!r} is not a database that is known: use sqlite")
    return ("sqlite",)
