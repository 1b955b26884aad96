"""What the code says about findings in it: ``# harness: ignore[criterion] reason``."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.checking.selection import CHECKED
from harness.checking.sources import comments

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from harness.checking.findings import Finding
    from harness.checking.sources import Comment, Sources

_MARK = re.compile(r"#\s*harness:\s*(?P<what>ignore(?:-file)?)\b\s*(?:\[(?P<criteria>[^\]#]*)\])?", re.IGNORECASE)
_HINT = re.compile(r"harness:\s*ignore", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ignore:
    """A comment that hides findings of ``criteria``: those on ``covers``, None for the whole file."""

    line: int
    criteria: tuple[str, ...]
    covers: frozenset[int] | None

    def hides(self, finding: Finding) -> bool:
        """Whether it speaks of this finding, which is in its file."""
        return finding.criterion in self.criteria and (self.covers is None or finding.line in self.covers)


@dataclass(frozen=True, slots=True)
class Note:
    """Something to say about a comment that does not do what it seems to; 1-based line."""

    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Screened:
    """What is left of the findings, and what is to be said to whoever wrote the comments."""

    kept: list[Finding]
    notes: list[Note]


def screen(findings: Iterable[Finding], sources: Sources) -> Screened:
    """Take away what comments in the files of the findings hide."""
    kept: list[Finding] = []
    notes: list[Note] = []
    by_path: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_path[finding.path].append(finding)
    for path, found in by_path.items():
        ignores, wrong = parse(sources.text(path), path)
        left = [each for each in found if not any(ignore.hides(each) for ignore in ignores)]
        kept += left
        notes += wrong
    return Screened(kept, notes)


def unused(
    findings: Iterable[Finding], paths: Iterable[str], sources: Sources, criteria: Collection[str]
) -> list[Note]:
    """The comments in the files that hide none of the findings; of the given criteria, which were all looked for."""
    by_path: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_path[finding.path].append(finding)
    return [
        Note(path, ignore.line, f"the ignore of {criterion} hides nothing: remove it")
        for path in paths
        for ignore in parse(sources.text(path), path)[0]
        for criterion in ignore.criteria
        if criterion in criteria
        and not any(ignore.hides(each) for each in by_path[path] if each.criterion == criterion)
    ]


def parse(text: str, path: str = "") -> tuple[list[Ignore], list[Note]]:
    """The ignores in the comments of a source, in order, and what is wrong with them.

    A comment behind code covers its line. One that stands alone covers the next line that is no comment.
    """
    if not _HINT.search(text):
        return [], []
    ignores: list[Ignore] = []
    notes: list[Note] = []
    found = comments(text)
    alone = {comment.line for comment in found if comment.alone}
    for comment in found:
        for match in _MARK.finditer(comment.text):
            criteria, problems = _criteria(match)
            notes += [Note(path, comment.line, problem) for problem in problems]
            if criteria:
                whole = match["what"].lower() == "ignore-file"
                ignores.append(Ignore(comment.line, criteria, None if whole else _covered(comment, alone)))
    return ignores, notes


def _criteria(match: re.Match[str]) -> tuple[tuple[str, ...], list[str]]:
    """The known criteria that a comment names, and what is to be said of the others."""
    what = f"# harness: {match['what'].lower()}"
    if match["criteria"] is None:
        return (), [f"{what} names no criteria, so it hides nothing: write {what}[{CHECKED[0]}]"]
    names = [name.strip() for name in match["criteria"].split(",") if name.strip()]
    if not names:
        return (), [f"{what}[] names no criteria, so it hides nothing"]
    problems = [
        f"{what}: there is no criterion {name!r} to check{_meant(name)}" for name in names if name not in CHECKED
    ]
    return tuple(dict.fromkeys(name for name in names if name in CHECKED)), problems


def _meant(name: str) -> str:
    close: Sequence[str] = difflib.get_close_matches(name, CHECKED, 1)
    return f": did you mean {close[0]}?" if close else "; harness explain lists them"


def _covered(comment: Comment, alone: Collection[int]) -> frozenset[int]:
    line = comment.line
    while line in alone:
        line += 1
    return frozenset({comment.line, line})
