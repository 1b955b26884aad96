"""What of this machine the inside needs to see: the interpreter, the packages, this package."""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import harness

if TYPE_CHECKING:
    from collections.abc import Iterable

_PACKAGE_FOLDERS = ("site-packages", "dist-packages")
_SYSTEM = ("/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin")


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths on this machine, the same inside.

    ``executable`` is the real interpreter, not a link to it: ``import_path`` alone says where packages come from, after
    the standard library. ``read_only`` is to be seen inside, ``masked`` (folders beneath it) is not. ``links`` are
    (target, path) pairs.
    """

    executable: str
    import_path: tuple[str, ...]
    read_only: tuple[str, ...]
    masked: tuple[str, ...]
    links: tuple[tuple[str, str], ...]


def find(import_from: Iterable[Path] = ()) -> Layout:
    """The layout of the running interpreter; ``import_from`` are further folders to import from."""
    packages = [entry for entry in sys.path if Path(entry).name in _PACKAGE_FOLDERS and Path(entry).is_dir()]
    package = Path(harness.__file__).resolve().parent
    extra = [str(Path(folder).resolve()) for folder in import_from]
    interpreter = {sys.base_prefix, os.path.realpath(sys.base_prefix), sysconfig.get_paths()["stdlib"]}
    links = [(str(Path(path).readlink()), path) for path in _SYSTEM if Path(path).is_symlink()]
    system = [path for path in _SYSTEM if Path(path).is_dir() and not Path(path).is_symlink()]
    read_only = ["/usr", *system, *sorted(interpreter), *packages, str(package), *extra]
    return Layout(
        executable=os.path.realpath(sys.executable),
        import_path=tuple(dict.fromkeys([str(package.parent), *packages, *extra])),
        read_only=tuple(_outermost(read_only)),
        masked=tuple(str(folder) for folder in (package / "_shipped", package / ".agents") if folder.is_dir()),
        links=tuple(links),
    )


def _outermost(paths: Iterable[str]) -> list[str]:
    """Without those that lie beneath another one, in order."""
    kept: list[str] = []
    for path in dict.fromkeys(paths):
        if not any(Path(path).is_relative_to(other) for other in kept):
            kept = [other for other in kept if not Path(other).is_relative_to(path)]
            kept.append(path)
    return kept
