"""From paths to modules: how a file is called where it is imported."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from harness.check.findings import Unread
from harness.source.survey import TreeFile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MOST_BYTES = 2 << 20
"""A larger file is nobody's own code, and may keep the parser busy for minutes."""


def load(paths: Iterable[Path]) -> tuple[list[TreeFile], list[Unread]]:
    """The files with their contents, and those that cannot be read. Paths are shown as seen from the working folder."""
    files: list[TreeFile] = []
    unread: list[Unread] = []
    paths = list(paths)
    root = os.path.commonpath([path.parent for path in paths]) if paths else ""
    taken: set[str] = set()
    for path in paths:
        as_shown = shown(path)
        try:
            size = path.stat().st_size
            if size > MOST_BYTES:
                unread.append(Unread(as_shown, 1, 1, f"larger than {MOST_BYTES >> 20} MiB: not read"))
                continue
            content = path.read_bytes()
        except OSError as error:
            unread.append(Unread(as_shown, 1, 1, f"cannot be read: {error.strerror or error}"))
            continue
        module = _module(path, root)
        while module in taken:  # x.py beside x/__init__.py
            module += "_"
        taken.add(module)
        files.append(TreeFile(module, as_shown, content))
    return files, unread


def _module(path: Path, root: str) -> str:
    parts = list(path.with_suffix("").relative_to(root).parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) or "__init__"


def shown(path: Path) -> str:
    """The path as seen from the working folder; in full where it is not below it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
