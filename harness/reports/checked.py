"""What ``harness check`` found, as lines for people and as JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.check.findings import Report


def to_json(report: Report) -> dict[str, Any]:
    """``{"findings": [{"criterion", "path", "line", "column", "message", "remedy", "fixable"}], "files", "unread"}``"""
    return {
        "findings": [
            {
                "criterion": each.criterion,
                "path": each.path,
                "line": each.line,
                "column": each.column,
                "message": each.message,
                "remedy": each.remedy,
                "fixable": each.fixable,
            }
            for each in report.findings
        ],
        "files": report.files,
        "unread": [
            {"path": each.path, "line": each.line, "column": each.column, "reason": each.reason}
            for each in report.unread
        ],
    }


def to_lines(report: Report) -> str:
    """``path:line:column: criterion: message`` and the remedy below; a summary at the end."""
    lines: list[str] = []
    for each in report.findings:
        lines += [f"{each.path}:{each.line}:{each.column}: {each.criterion}: {each.message}", f"    {each.remedy}"]
    lines += [f"{each.path}:{each.line}:{each.column}: not checked: {each.reason}" for each in report.unread]
    return "\n".join([*lines, _summary(report)]) + "\n"


def _summary(report: Report) -> str:
    counts = Counter(each.criterion for each in report.findings)
    files = _counted(report.files, "file")
    unread = f", {len(report.unread)} not checked" if report.unread else ""
    if not counts:
        return f"No findings in {files}{unread}."
    listed = ", ".join(f"{criterion} {count}" for criterion, count in counts.most_common())
    found = _counted(sum(counts.values()), "finding")
    return f"{found} in {files}{unread}: {listed}. See harness explain CRITERION."


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
