"""What ``harness skill verify`` found: text for people, JSON for programs."""

from __future__ import annotations

from itertools import groupby
from typing import IO, TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from harness.reports.findings import plain

if TYPE_CHECKING:
    from harness.verification import Result, Verification


def write_verified(found: Verification, stream: IO[str]) -> None:
    """One line for each part of the skill that holds, all problems of one that does not; a summary at the end."""
    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    for (path, line, claim), group in groupby(found.results, lambda each: (each.path, each.line, each.claim)):
        results = list(group)
        sign, style = ("✓", "green") if all(each.holds for each in results) else ("✗", "red")
        where = ", ".join(each.database for each in results)
        _write(console, (f"{sign} ", style), (f"{plain(path)}:{line}: ", "bold"), (f"{claim} ({where})", ""))
        for each in results:
            for problem in each.problems:
                _write(console, (f"    {each.database}: {plain(problem)}", ""))
    console.print()
    _write(console, (_summary(found), ""))


def to_json(found: Verification) -> dict[str, Any]:
    """``{"skill", "blocks", "holds", "results": [{"path", "line", "claim", "database", "holds", "problems"}]}``.

    ``database`` is "read" for what reading the code tells; ``environment`` has the versions.
    """
    return {
        "skill": found.skill,
        "blocks": found.blocks,
        "holds": found.exit_status == 0,
        "results": [_result(each) for each in found.results],
        "environment": found.environment,
    }


def _result(each: Result) -> dict[str, Any]:
    return {
        "path": each.path,
        "line": each.line,
        "claim": each.claim,
        "database": each.database,
        "holds": each.holds,
        "problems": list(each.problems),
    }


def _summary(found: Verification) -> str:
    wrong = [each for each in found.results if not each.holds]
    what = f"{found.skill}: {found.blocks} Python blocks and files, {len(found.results)} checks"
    seen = ", ".join(f"{name} {found.environment[name]}" for name in ("sqlalchemy", "sqlmodel", "fastapi"))
    return f"{what}, {len(wrong) or 'none'} of them wrong; {seen}"


def _write(console: Console, *parts: tuple[str, str]) -> None:
    console.print(Text.assemble(*parts), soft_wrap=True)
