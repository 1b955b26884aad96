"""The prompt that has a skill improved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from harness.completions import NO_SKILL
from harness.reports.findings import plain
from harness.reports.summary import how_many

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.runs.improvement import Gap, Improvement

_MARK = re.compile(r"[ ]*# !$", re.MULTILINE)
_TICKS = re.compile(r"`{3,}")


def to_prompt(found: Improvement) -> str:
    """What to say to the agent that keeps the skill; where there is no gap, one line that says so."""
    if not found.gaps:
        return _nothing(found)
    gaps, answers = how_many(len(found.gaps), "gap"), how_many(found.samples, "answer")
    same = found.arm.partition("@")[0] == found.skill.partition("@")[0]
    with_what = "with it" if same else f"with {plain(found.arm)}"
    given = {NO_SKILL: " that were given without it", "": ""}.get(found.arm, f" that were given {with_what}")
    parts = [
        f"My {plain(found.skill)} skill has {gaps}, seen among {answers}{given}. Update the skill so that the code it "
        "leads to closes each of them. Keep what is right as it is, and keep it short."
    ]
    for number, gap in enumerate(found.gaps, 1):
        parts += list(_gap(gap, number))
    parts += list(_undecided(found))
    return "\n\n".join(parts) + "\n"


def to_json(found: Improvement) -> dict[str, Any]:
    """``{"skill", "arm", "samples", "errors", "gaps": [...], "undecided": {...}, "prompt"}``; no gap, no prompt."""
    return {
        "skill": found.skill,
        "arm": found.arm,
        "samples": found.samples,
        "errors": found.errors,
        "gaps": [
            {
                "criterion": gap.criterion.id,
                "failed": gap.failed,
                "judged": gap.judged,
                "reason": gap.verdict.reason,
                "case": gap.grade.case,
                "completion": gap.grade.completion,
                "database": gap.grade.database,
                "evidence": [{"path": e.path, "line": e.line, "message": e.message} for e in gap.verdict.evidence],
                "rule": gap.criterion.statement,
                "remedy": gap.verdict.remedy or gap.criterion.remedy,
                "code": _MARK.sub("", gap.criterion.example.right).strip("\n"),
            }
            for gap in found.gaps
        ],
        "undecided": found.undecided,
        "prompt": to_prompt(found) if found.gaps else None,
    }


def _nothing(found: Improvement) -> str:
    if not found.samples:
        return f"No sample could be judged ({how_many(found.errors, 'error')}): there is nothing to conclude from.\n"
    parts = [f"Nothing to improve: no criterion fails in {how_many(found.samples, 'sample')}.", *_undecided(found)]
    return "\n\n".join(parts) + "\n"


def _gap(gap: Gap, number: int) -> Iterator[str]:
    verdict, criterion = gap.verdict, gap.criterion
    yield f"## {number}. {criterion.id}: {criterion.title} (wrong in {gap.failed} of {gap.judged} answers)"
    seen = f"For example, the answer {plain(gap.grade.completion)} to {plain(gap.grade.case)}"
    yield f"{seen}, on {plain(gap.grade.database)}: {plain(verdict.reason)}"
    if verdict.evidence:
        yield "\n".join(
            f"- line {each.line}{f' ({plain(each.path)})' if each.path else ''}: {plain(each.message)}"
            for each in verdict.evidence
        )
    yield f"The rule to add: {criterion.statement}"
    remedy = verdict.remedy or criterion.remedy
    example = _MARK.sub("", criterion.example.right).strip("\n")
    fence = max(["```", *(f"{ticks}`" for ticks in _TICKS.findall(example))], key=len)
    language = criterion.example.language
    said = "The code to add" if language == "python" else "What an answer then says"
    yield f"{plain(remedy)}\n\n{said}:\n\n{fence}{language}\n{example}\n{fence}"


def _undecided(found: Improvement) -> Iterator[str]:
    if found.undecided:
        counts = ", ".join(f"{name} in {how_many(number, 'sample')}" for name, number in found.undecided.items())
        yield f"Could not be decided, and is no reason to change anything: {counts}."
    if found.errors:
        yield f"Could not be judged, being errors: {how_many(found.errors, 'sample')}."
