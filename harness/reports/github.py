"""What ``harness check`` found, as annotations that GitHub shows beside the lines of a change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.checking.findings import Level
from harness.reports.findings import plain

if TYPE_CHECKING:
    from harness.checking.findings import Finding, Report, Unread

_COMMANDS = {Level.ERROR: "error", Level.ADVICE: "notice"}


def to_annotations(report: Report, root: Path) -> str:
    """One workflow command a line; paths below ``root``, the folder of the checkout, are relative to it."""
    lines = [
        _command(_COMMANDS[each.level], each, root, f"harness: {each.criterion}", each.message, each.remedy)
        for each in report.findings
    ]
    lines += [_command("error", each, root, "harness: not checked", each.reason) for each in report.unread]
    return "".join(f"{line}\n" for line in lines)


def escape_message(text: str) -> str:
    """What may stand behind the ``::``."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """What may stand between the commas."""
    return escape_message(text).replace(":", "%3A").replace(",", "%2C")


def _command(command: str, at: Finding | Unread, root: Path, title: str, *message: str) -> str:
    path = Path(at.path).absolute()
    file = path.relative_to(root).as_posix() if path.is_relative_to(root) else at.path
    properties = {"file": file, "line": at.line, "col": at.column, "title": title}
    said = "\n".join(map(plain, message))
    listed = ",".join(f"{key}={escape_property(str(value))}" for key, value in properties.items())
    return f"::{command} {listed}::{escape_message(said)}"
