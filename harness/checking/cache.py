"""What was found in a unit the last time, for as long as neither its files nor the harness change."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from harness.checking.findings import Finding, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.checking.workers import Judged
    from harness.source.treefile import TreeFile

NAME = ".harness_cache"
MOST = 5_000
"""Entries; when there are more, those that nobody asked for the longest go."""
_JUDGES = ("checking", "criteria", "fixes", "source")
_LIBRARIES = ("libcst", "sqlmodel", "sqlalchemy", "fastapi", "pydantic")
_ENTRY = TypeAdapter(tuple[list[Finding], list[Unread]])
"""Paths are numbers here: those of the unit's files."""


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of entries, each a file that is named after all that its contents depend on.

    Nothing here ever fails: an entry that cannot be used is none, and what cannot be written is not kept.
    """

    folder: Path
    judges: bytes  # digest of what judges, and of how

    @classmethod
    def beside(cls, root: Path, **how: object) -> Cache:
        """The cache of a project; ``how`` its files are judged is part of what an entry depends on."""
        return cls(root / NAME, _digest(_harness(), json.dumps(how, sort_keys=True, default=list).encode()))

    def key(self, unit: Sequence[TreeFile]) -> str:
        """What the findings in a unit depend on: the names and contents of its files, and what judges them."""
        parts = [self.judges]
        for file in unit:
            name = f"{file.module}\0{int(file.is_package)}"
            parts += [name.encode("utf-8", "surrogateescape"), file.content]
        return _digest(*parts).hex()

    def get(self, key: str, unit: Sequence[TreeFile]) -> Judged | None:
        """What was found in a unit with this key, at the paths of this one."""
        path = self.folder / key
        try:
            findings, unread = _ENTRY.validate_json(path.read_bytes())
            found = (
                [replace(each, path=unit[int(each.path)].path) for each in findings],
                [replace(each, path=unit[int(each.path)].path) for each in unread],
            )
        except (OSError, ValueError, IndexError):
            return None
        with suppress(OSError):
            os.utime(path)  # it was asked for
        return found

    def put(self, key: str, unit: Sequence[TreeFile], found: Judged) -> None:
        """Keep what was found."""
        numbers = {file.path: str(number) for number, file in enumerate(unit)}
        findings, unread = found
        entry = _ENTRY.dump_json(
            (
                [replace(each, path=numbers[each.path]) for each in findings],
                [replace(each, path=numbers[each.path]) for each in unread],
            )
        )
        with suppress(OSError):
            if not self.folder.is_dir():
                self.folder.mkdir(exist_ok=True)  # another process may be making it, too
                (self.folder / ".gitignore").write_text("*\n", encoding="utf-8")
            handle, name = tempfile.mkstemp(prefix="new.", dir=self.folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(entry)
                Path(name).replace(self.folder / key)
            except BaseException:
                with suppress(OSError):
                    Path(name).unlink()
                raise

    def prune(self, most: int = MOST) -> None:
        """Take away what is too much."""
        entries = sorted(_entries(self.folder), reverse=True)
        for _, path in entries[most:]:
            with suppress(OSError):
                path.unlink()


def _entries(folder: Path) -> Iterator[tuple[float, Path]]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name != ".gitignore":
                with suppress(OSError):
                    yield entry.stat(follow_symlinks=False).st_mtime, folder / entry.name


def _harness() -> bytes:
    """What judges: the harness's own code, and the libraries that it reads code with or compares it to."""
    package = Path(__file__).parent.parent
    files = sorted(path for name in _JUDGES for path in (package / name).glob("*.py"))
    return _digest(*(path.read_bytes() for path in files), *(_version(name).encode() for name in _LIBRARIES))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _digest(*parts: bytes) -> bytes:
    """Of all parts, each with its length, so that none can pass for the end of another."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()
