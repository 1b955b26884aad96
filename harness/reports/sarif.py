"""What ``harness check`` found, in the Static Analysis Results Interchange Format 2.1.0 (an OASIS standard)."""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from collections import Counter
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from harness.checking.findings import Level
from harness.checking.fingerprints import fingerprint
from harness.criteria import CRITERIA
from harness.reports.explained import to_markdown, to_plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.checking.findings import Finding, Place, Report, Unread
    from harness.checking.fixing import Change, Proposal
    from harness.checking.sources import Sources

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_BASE = "SRCROOT"
_FINGERPRINT = "harnessFinding/v1"
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_OTHER_ENDS = re.compile(r"\r(?!\n)|[\u2028\u2029]")
_LEVELS = {Level.ERROR: "error", Level.ADVICE: "note"}


def to_sarif(
    report: Report,
    criteria: Sequence[str],
    root: Path,
    sources: Sources,
    version: str,
    proposals: Mapping[Place, Proposal] = MappingProxyType({}),
) -> dict[str, Any]:
    """A log of one run. ``criteria`` were looked for; paths below ``root`` are relative to it; ``version`` is ours.

    ``proposals`` are the fixes of findings.
    """
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "relational-db-agent",
                        "fullName": "harness check",
                        "semanticVersion": version,
                        "rules": [_rule(criterion) for criterion in criteria],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": not report.unread,
                        "toolExecutionNotifications": [_notification(each, root) for each in report.unread],
                    }
                ],
                "originalUriBaseIds": {_BASE: {"uri": root.as_uri().rstrip("/") + "/" if root.name else "file:///"}},
                "columnKind": "unicodeCodePoints",
                "results": _results(report.findings, criteria, root, sources, proposals),
            }
        ],
    }


def _rule(criterion_id: str) -> dict[str, Any]:
    criterion = CRITERIA[criterion_id]
    return {
        "id": criterion.id,
        "shortDescription": {"text": f"{criterion.title}."},
        "fullDescription": {"text": criterion.statement},
        "help": {"text": to_plain(criterion), "markdown": to_markdown(criterion)},
        "defaultConfiguration": {"level": "error" if criterion.find else "note"},
        "properties": {"tags": ["correctness", "sqlmodel", "async"]},
    }


def _results(
    findings: Sequence[Finding],
    criteria: Sequence[str],
    root: Path,
    sources: Sources,
    proposals: Mapping[Place, Proposal],
) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    alike: Counter[str] = Counter()
    for each in findings:
        same = fingerprint(each, _relative(each.path, root) or each.path, sources)
        alike[same] += 1
        proposal = proposals.get((each.criterion, each.path, each.line, each.column))
        fixes = [_fix(each, proposal, root)] if proposal is not None else []
        results.append(
            {
                "ruleId": each.criterion,
                "ruleIndex": criteria.index(each.criterion),
                "level": _LEVELS[each.level],
                "message": {"text": f"{each.message}\n{each.remedy}"},
                "locations": [_location(each, root)],
                "partialFingerprints": {_FINGERPRINT: f"{same}:{alike[same]}"},
            }
            | ({"fixes": fixes} if all(fixes) and fixes else {})
        )
    return results


def _fix(finding: Finding, proposal: Proposal, root: Path) -> dict[str, Any]:
    """The fix as replacements of whole lines; empty where a file's lines are not those that SARIF counts."""
    found = {change.path: replacements(change) for change in proposal.changes}
    if not all(found.values()):
        return {}
    caution = "" if proposal.safe else " (unsafe: the code may behave otherwise afterwards)"
    return {
        "description": {"text": f"Fix {finding.criterion}: {finding.remedy}{caution}"},
        "artifactChanges": [
            {"artifactLocation": _artifact(path, root), "replacements": each} for path, each in found.items()
        ],
    }


def replacements(change: Change) -> list[dict[str, Any]]:
    """What to delete and to insert, in order, none touching another; empty where lines end in other ways than usual."""
    before, after = (_lines(content) for content in (change.before, change.after))
    if any(_OTHER_ENDS.search(line) for line in (*before, *after)):
        return []
    return [
        {
            "deletedRegion": _region(before, first, last),
            "insertedContent": {"text": "".join(after[start:end])},
        }
        for tag, first, last, start, end in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        if tag != "equal"
    ]


def _lines(content: bytes) -> list[str]:
    """With their ends. What Python reads as no character stands for itself: columns are not counted here."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return [line for line in _LINE.findall(content.decode(encoding, "replace")) if line]


def _region(lines: Sequence[str], first: int, last: int) -> dict[str, int]:
    """From the start of a line to the start of a later one, or to the end of a last one that has no end."""
    end = {"endLine": last + 1, "endColumn": 1}
    if 0 < last == len(lines) and not lines[-1].endswith("\n"):
        end = {"endLine": last, "endColumn": len(lines[-1]) + 1}
    start = {"startLine": first + 1, "startColumn": 1} if first < len(lines) else _start(end)
    return start | end


def _start(end: dict[str, int]) -> dict[str, int]:
    return {"startLine": end["endLine"], "startColumn": end["endColumn"]}


def _notification(unread: Unread, root: Path) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": f"not checked: {unread.reason}"},
        "locations": [_location(unread, root)],
    }


def _location(at: Finding | Unread, root: Path) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(at.path, root),
            "region": {"startLine": at.line, "startColumn": at.column},
        }
    }


def _artifact(path: str, root: Path) -> dict[str, str]:
    relative = _relative(path, root)
    if relative:
        return {"uri": quote(relative, errors="surrogateescape"), "uriBaseId": _BASE}
    return {"uri": Path(path).absolute().as_uri()}


def _relative(path: str, root: Path) -> str:
    """The path below the root, empty where it is not."""
    full = Path(path).absolute()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else ""
