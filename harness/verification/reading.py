"""What ``harness check`` says of a skill's code: nothing of what is right, and what a page says that it reports."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from harness.checking.run import check
from harness.verification.results import READ, Result
from harness.verification.sections import TEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.checking.findings import Finding, Unread
    from harness.verification.claims import Claim
    from harness.verification.sections import Block


def read(claims: Sequence[Claim]) -> list[Result]:
    """One result for each claim that reading may decide. Raises MachineError."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        places = {path: place for number, claim in enumerate(claims) for path, place in _write(folder, number, claim)}
        report = check([folder], jobs=1)
    findings: defaultdict[int, list[Finding]] = defaultdict(list)
    unread: defaultdict[int, list[Unread]] = defaultdict(list)
    for finding in report.findings:
        findings[places[finding.path][0]].append(finding)
    for each in report.unread:
        unread[places[each.path][0]].append(each)
    results = []
    for number, claim in enumerate(claims):
        own = set(claim.section.blocks)
        if claim.section.faults is None:
            told = [(each.path, each.line, f"{each.criterion}: {each.message}") for each in findings[number]]
            told += [(each.path, each.line, each.reason) for each in unread[number]]
            problems = [
                f"line {_line(places[path][1], line)}: {text}" for path, line, text in told if places[path][1] in own
            ]
        elif claim.section.reported:
            found = {each.criterion for each in findings[number]}
            missed = {fault.name for fault in claim.section.faults} - found - {TEST}
            problems = [f"harness check does not report {name}" for name in sorted(missed)]
        else:
            continue
        results.append(Result(claim.section.document, claim.section.line, claim.text, READ, tuple(problems)))
    return results


def _write(folder: Path, number: int, claim: Claim) -> Iterator[tuple[str, tuple[int, Block]]]:
    """Each claim has a folder of its own: the files in it import one another."""
    for index, block in enumerate(claim.app):
        file = folder / f"claim{number}" / block.path
        if file.exists():  # another version of the same file
            file = folder / f"claim{number}_{index}" / block.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.code, encoding="utf-8")
        yield str(file), (number, block)


def _line(block: Block, line: int) -> int:
    return block.lines[line - 1] if 0 < line <= len(block.lines) else line
