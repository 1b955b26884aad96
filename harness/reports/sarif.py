"""What ``harness check`` found, in the Static Analysis Results Interchange Format 2.1.0 (an OASIS standard)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from harness.checking.findings import Level
from harness.checking.fingerprints import fingerprint
from harness.criteria import CRITERIA
from harness.reports.explained import to_markdown, to_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.checking.findings import Finding, Report, Unread
    from harness.checking.sources import Sources

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_BASE = "SRCROOT"
_FINGERPRINT = "harnessFinding/v1"
_LEVELS = {Level.ERROR: "error", Level.ADVICE: "note"}


def to_sarif(report: Report, criteria: Sequence[str], root: Path, sources: Sources, version: str) -> dict[str, Any]:
    """A log of one run. ``criteria`` were looked for; paths below ``root`` are relative to it; ``version`` is ours."""
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
                "results": _results(report.findings, criteria, root, sources),
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
    findings: Sequence[Finding], criteria: Sequence[str], root: Path, sources: Sources
) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    alike: Counter[str] = Counter()
    for each in findings:
        same = fingerprint(each, _relative(each.path, root) or each.path, sources)
        alike[same] += 1
        results.append(
            {
                "ruleId": each.criterion,
                "ruleIndex": criteria.index(each.criterion),
                "level": _LEVELS[each.level],
                "message": {"text": f"{each.message}\n{each.remedy}"},
                "locations": [_location(each, root)],
                "partialFingerprints": {_FINGERPRINT: f"{same}:{alike[same]}"},
            }
        )
    return results


def _notification(unread: Unread, root: Path) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": f"not checked: {unread.reason}"},
        "locations": [_location(unread, root)],
    }


def _location(at: Finding | Unread, root: Path) -> dict[str, Any]:
    relative = _relative(at.path, root)
    if relative:
        artifact = {"uri": quote(relative, errors="surrogateescape"), "uriBaseId": _BASE}
    else:
        artifact = {"uri": Path(at.path).absolute().as_uri()}
    return {
        "physicalLocation": {
            "artifactLocation": artifact,
            "region": {"startLine": at.line, "startColumn": at.column},
        }
    }


def _relative(path: str, root: Path) -> str:
    """The path below the root, empty where it is not."""
    full = Path(path).absolute()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else ""
