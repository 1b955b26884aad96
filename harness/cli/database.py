"""The ``--db`` option."""

from __future__ import annotations

from harness.errors import InputError, MachineError


def database_names(option: str) -> tuple[str, ...]:
    """The databases that ``--db`` asks for: ``sqlite`` or a ``sqlite...`` URL."""
    scheme = option.strip().partition(":")[0].lower()
    if scheme in {"sqlite", "sqlite+aiosqlite"}:
        return ("sqlite",)
    if scheme.startswith("postgres"):
        raise MachineError("--db: this version judges on SQLite only: leave --db out")
    raise InputError(f"--db: {option[:100]!r} is not a database that is known: use sqlite")
