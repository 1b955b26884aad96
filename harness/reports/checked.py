"""What ``harness check`` found, as JSON, and in a few words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from harness.checking.findings import Level

if TYPE_CHECKING:
    from harness.checking.findings import Report


def to_json(report: Report) -> dict[str, Any]:
    """What was found and what could not be read, with its place; files and accepted findings are counted.

    ``{"findings": [{"criterion", "level", "path", "line", "column", "message", "remedy", "fixable",
    "unsafe"}], "files": 1,
    "unread": [{"path", "line", "column", "reason"}], "hidden": 0, "known": 0}``
    """
    return {
        "findings": [
            {
                "criterion": each.criterion,
                "level": each.level.value,
                "path": each.path,
                "line": each.line,
                "column": each.column,
                "message": each.message,
                "remedy": each.remedy,
                "fixable": each.fixable,
                "unsafe": each.unsafe,
            }
            for each in report.findings
        ],
        "files": report.files,
        "unread": [
            {"path": each.path, "line": each.line, "column": each.column, "reason": each.reason}
            for each in report.unread
        ],
        "hidden": report.hidden,
        "known": report.known,
    }


def summary(report: Report) -> list[str]:
    """How much was found and where, what was accepted, and what to do next."""
    counts = Counter(each.criterion for each in report.findings)
    advice = sum(each.level is Level.ADVICE for each in report.findings)
    unread = f", {len(report.unread)} not checked" if report.unread else ""
    found = counted(len(report.findings), "finding") if counts else "No findings"
    listed = ": " + ", ".join(f"{criterion} {count}" for criterion, count in counts.most_common()) if counts else ""
    only = f" ({advice} advice)" if advice else ""
    lines = [f"{found}{only} in {counted(report.files, 'file')}{unread}{listed}."]
    accepted = [f"{report.known} in the baseline"] * bool(report.known)
    accepted += [f"{report.hidden} by comments and settings"] * bool(report.hidden)
    if accepted:
        lines.append(f"Accepted: {', '.join(accepted)}.")
    if report.unread:
        lines.append("What cannot be read makes the exit status 2: mend it, or leave it out with --exclude.")
    safe = sum(each.fixable and not each.unsafe for each in report.findings)
    unsafe = sum(each.unsafe for each in report.findings)
    fixes = [f"{safe} with --fix"] * bool(safe) + [f"{unsafe} with --fix --unsafe-fixes"] * bool(unsafe)
    if fixes:
        lines.append(f"Can be mended: {', '.join(fixes)}; --diff shows how.")
    if counts:
        lines.append(f"What it means and what to write instead: harness explain {counts.most_common(1)[0][0]}")
    return lines


def counted(number: int, what: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
