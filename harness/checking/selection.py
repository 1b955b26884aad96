"""Which criteria are checked, and in which files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.checking.files import Ignores
from harness.criteria import CRITERIA
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from harness.checking.findings import Finding

CHECKED = tuple(criterion.id for criterion in CRITERIA.values() if criterion.find or criterion.advise)
"""The criteria that can be checked without running anything, in the checklist's order."""


def chosen(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[str, ...]:
    """The ids in ``select`` (all when it is empty) without those in ``ignore``, in the checklist's order."""
    wanted, unwanted = set(select), set(ignore)
    return tuple(each for each in CHECKED if (not wanted or each in wanted) and each not in unwanted)


def listed(values: Sequence[str]) -> list[str]:
    """What stands between the commas of an option that may be given several times."""
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def known(ids: Iterable[str], where: str) -> None:
    """Raises InputError for the first id that is no criterion to check; ``where`` is named in it."""
    for each in ids:
        if each not in CHECKED:
            raise InputError(f"{where}: there is no criterion {each!r} to check; known: {', '.join(CHECKED)}")


def without(
    findings: Iterable[Finding], per_file: Mapping[str, Iterable[str]], folder: Path, where: str
) -> list[Finding]:
    """The findings but for those of a criterion that is not wanted in their file.

    ``per_file`` maps patterns like those of ``.gitignore``, relative to ``folder``, to criteria. Raises InputError for
    one that is no pattern, and names ``where`` they stand.
    """
    rules = [(Ignores.of([pattern], folder, f"{where}.{pattern}"), set(ids)) for pattern, ids in per_file.items()]
    return [
        each for each in findings if not any(each.criterion in ids and rule.covers(each.path) for rule, ids in rules)
    ]
