"""Runs read back from a store."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

from harness.errors import InputError
from harness.runs.run import Run

DEFAULT_STORE = Path(".harness/runs.db")
"""Where runs are kept when nothing else is said, below the working directory."""

_SQLITE = b"SQLite format 3\0"
_RUN = re.compile(r"run-[0-9a-f]{12}")


def names_store(reference: str) -> bool:
    """Whether ``reference`` is ``STORE#RUN``, a store (for its last run), or a run of the default store."""
    place, _, _ = reference.partition("#")
    if place.startswith(("postgresql+", "sqlite+")) or _RUN.fullmatch(reference):
        return True
    try:
        if not Path(place).is_file():  # a pipe would never answer
            return False
        with Path(place).open("rb") as stream:
            return stream.read(len(_SQLITE)) == _SQLITE
    except (OSError, ValueError):
        return False


def load_stored(reference: str) -> Run:
    """The run that such a ``reference`` names. Raises ``InputError`` where there is none, ``MachineError``."""
    place, _, name = reference.partition("#")
    if _RUN.fullmatch(reference):
        place, name = str(DEFAULT_STORE), reference
    return asyncio.run(_load(place, name))


def save_completions(place: str, run: str, path: Path) -> None:
    """Write what was answered in a run to ``path``, one line of JSON each, as ``harness eval --completions`` reads it.

    Raises ``MachineError`` when the store fails, ``OSError`` when ``path`` cannot be written.
    """
    asyncio.run(_save_completions(place, run, path))


async def _save_completions(place: str, run: str, path: Path) -> None:
    from harness.runs.store import Store

    async with Store(place, create=False) as store:
        with path.open("w", encoding="utf-8") as stream:
            async for each in store.completions(run):
                stream.write(f"{json.dumps(each)}\n")


async def _load(place: str, name: str) -> Run:
    from harness.runs.store import Store

    async with Store(place, create=False) as store:
        # what is asked for an edit of a skill is a run that is judged on no database
        runs = [each for each in await store.runs() if each.header.get("databases")]
        if not runs and not name:
            raise InputError(f"{store.database.shown}: holds no runs")
        name = name or runs[-1].name
        grades = await store.grades(name)
        if not grades:
            raise InputError(f"{store.database.shown}: {name} has no grades yet")
        header = dict(next(each.header for each in runs if each.name == name))
        wanted = await store.size(name) * len(header["databases"])
        if missing := wanted - len(grades):
            header["problems"] = [
                f"{store.database.shown}: {name}: {missing} of {wanted} grades are missing, not asked for or not judged"
                " by now: the command that began it goes on with it"
            ]
        return Run(f"{store.database.shown}#{name}", header, tuple(grades))
