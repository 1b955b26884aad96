"""The Python code that a block stands for: typed in a session, left by a diff, written by shell commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.answer import diff, names, repl
from harness.answer.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.answer.pieces import Piece

_HEREDOC = re.compile(r"\s*cat\s+>{1,2}\s*(?P<path>[\w./-]{1,200})\s*<<-?\s*['\"]?(?P<end>\w{1,40})['\"]?\s*$")


def versions(piece: Piece, kind: Kind) -> Iterator[tuple[str | None, Piece, bool]]:
    """The code to read, with the path that a diff names; True for what a diff takes away."""
    if kind is Kind.REPL:
        yield None, repl.typed(piece), False
    elif kind is Kind.DIFF:
        for change in diff.changes(piece):
            yield change.path, change.after, False
            if not change.before.blank:
                yield change.path, change.before, True
    else:
        yield None, piece.dedented(), False


def written_files(piece: Piece) -> Iterator[tuple[names.Found, Piece]]:
    """Python files that shell commands write with ``cat > file.py << EOF``."""
    start: int | None = None
    match: re.Match[str] | None = None
    for index, line in enumerate(piece.lines):
        if match is None:
            match = _HEREDOC.match(line[:400])
            start = index + 1
        elif line.strip() == match.group("end") and start is not None:
            raw = match.group("path")
            if raw.endswith(".py"):
                yield names.Found(raw, names.safe(raw)), piece.take(range(start, index))
            match = None
