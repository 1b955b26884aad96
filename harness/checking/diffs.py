"""Changes as a unified diff that ``git apply`` and ``patch -p1`` take."""

from __future__ import annotations

import difflib
import io
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.checking.fixing import Change

_NO_NEWLINE = "\n\\ No newline at end of file\n"


def unified(files: Iterable[Change]) -> str:
    """The diffs of all files, one after the other; line ends are those of the files."""
    return "".join(line for change in files for line in _of(change))


def _of(change: Change) -> Iterator[str]:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(change.before).readline)
    # a byte order mark is part of the first line
    encoding = "utf-8" if encoding == "utf-8-sig" else encoding
    old, new = (_lines(content.decode(encoding, "replace")) for content in (change.before, change.after))
    path = Path(change.path).as_posix()
    names = (path, path) if Path(path).is_absolute() else (f"a/{path}", f"b/{path}")
    for line in difflib.unified_diff(old, new, *names):
        yield line if line.endswith("\n") else line + _NO_NEWLINE


def _lines(text: str) -> list[str]:
    """With their ends; a carriage return or a form feed alone ends none, as for git."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]
