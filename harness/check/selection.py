"""Which criteria are checked."""

from __future__ import annotations

from harness.check.judge import CHECKED
from harness.errors import InputError


def chosen(select: str = "", ignore: str = "") -> tuple[str, ...]:
    """The ids named in ``select`` (all when empty) without those in ``ignore``, both separated by commas.

    Raises InputError for an id that is not known.
    """
    wanted, unwanted = _ids("--select", select), _ids("--ignore", ignore)
    return tuple(each for each in CHECKED if (not wanted or each in wanted) and each not in unwanted)


def _ids(option: str, text: str) -> set[str]:
    ids = {part.strip() for part in text.split(",") if part.strip()}
    if unknown := sorted(ids - set(CHECKED)):
        raise InputError(f"{option}: there is no criterion {unknown[0]!r} to check; known: {', '.join(CHECKED)}")
    return ids
