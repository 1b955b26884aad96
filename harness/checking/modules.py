"""From paths to modules: what the files hold, and how each is called where it is imported."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.checking.findings import Unread
from harness.checking.units import names_library
from harness.source.treefile import TreeFile

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_BYTES = 1 << 20
"""A larger file is nobody's own code, and may keep the parser busy for minutes."""
_MOST_SEARCHED = 256 << 20
_ROOT_MARKS = (".git", "pyproject.toml")


def load(paths: Iterable[Path]) -> tuple[list[TreeFile], list[Unread]]:
    """The files with their contents, and those that cannot be read. Paths are shown as seen from the working folder.

    Of a file that is too large to be parsed nothing is kept; only where it names a library, that is a loss.
    """
    files: list[TreeFile] = []
    unread: list[Unread] = []
    paths = list(paths)
    root = _root(paths)
    taken: set[str] = set()
    for path in paths:
        as_shown = shown(path)
        try:
            content = _content(path)
        except OSError as error:
            unread.append(Unread(as_shown, 1, 1, f"cannot be read: {error.strerror or error}"))
            continue
        if len(content) > MOST_BYTES:
            if names_library(content):
                unread.append(Unread(as_shown, 1, 1, f"larger than {MOST_BYTES >> 20} MiB: not read"))
                continue
            content = b""
        module = _module(path, root)
        while module in taken:  # x.py beside x/__init__.py
            module += "_"
        taken.add(module)
        files.append(TreeFile(module, as_shown, content))
    return files, unread


def project_root(path: Path) -> Path | None:
    """The nearest folder at or above an absolute path that holds a repository or a pyproject.toml."""
    for folder in (path, *path.parents):
        with suppress(OSError):  # what must not be looked into is nobody's project
            if any((folder / mark).exists() for mark in _ROOT_MARKS):
                return folder
    return None


def shown(path: Path) -> str:
    """The path as seen from the working folder; in full where it is not below it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _content(path: Path) -> bytes:
    """Raises OSError; never waits for what is no file."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("is no regular file")
        return file.read(_MOST_SEARCHED)


def _root(paths: list[Path]) -> Path:
    """What names of modules start below: the project's root, so that one folder of it is read as the whole would be.

    Without one, the folder above the package that holds all files, or the working folder above that: imports name the
    package from there.
    """
    if not paths:
        return Path()
    above = Path(os.path.commonpath([path.parent for path in paths]))
    found = project_root(above)
    if found is not None:
        return found
    while (above / "__init__.py").exists():
        above = above.parent
    here = Path.cwd()
    return here if here in above.parents else above.parent


def _module(path: Path, root: Path) -> str:
    parts = list(path.with_suffix("").relative_to(root).parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts) or "__init__"
