"""Which files are checked: Python files below the given paths, but for what git ignores and what nobody here wrote."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pathspec import GitIgnoreSpec

from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SUFFIX = ".py"
NEVER = frozenset(
    ".git .hg .svn .venv venv .tox .nox .eggs __pycache__ node_modules site-packages .mypy_cache .ruff_cache "
    ".pytest_cache .harness_cache build dist".split()
)
"""Folders that are passed over unless they are named themselves."""


@dataclass(frozen=True, slots=True)
class Ignores:
    """The rules of one ``.gitignore``, which hold below ``folder``."""

    folder: Path
    rules: GitIgnoreSpec

    @classmethod
    def of(cls, patterns: Iterable[str], folder: Path, where: str) -> Ignores:
        """Patterns of a user's; raises InputError, which names ``where`` they stand, for one that is none."""
        try:
            return cls(folder, GitIgnoreSpec.from_lines(patterns))
        except ValueError as error:
            raise InputError(f"{where}: {error}") from error

    def match(self, path: Path, *, folder: bool) -> bool | None:
        """Whether the path is ignored, None where no rule speaks of it."""
        name = path.relative_to(self.folder).as_posix() + ("/" if folder else "")
        return self.rules.check_file(name).include

    def covers(self, file: str) -> bool:
        """Whether a file, as it is reached from the working folder, or a folder that it is in, is ignored."""
        path = Path(file).absolute()
        return path.is_relative_to(self.folder) and bool(self.match(path, folder=False))


def python_files(paths: Sequence[Path], *, exclude: Iterable[Ignores] = ()) -> Iterator[Path]:
    """The files to check, each once, sorted within each path; a file that is named itself is always one.

    ``exclude`` are more rules, which go before those of git. Raises InputError for a path that is not there.
    """
    seen: set[Path] = set()
    excluded = list(exclude)
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: there is no such file or folder")
        here = Path.cwd() / path
        found = _below(here, [*_above(here), *excluded]) if path.is_dir() else [here]
        for file in found:
            if file not in seen:
                seen.add(file)
                yield file


def _below(folder: Path, ignores: list[Ignores]) -> Iterator[Path]:
    own = _rules(folder)
    rules = [*ignores, own] if own is not None else ignores
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return  # a folder that cannot be entered holds nothing that could be read
    for entry in entries:
        path = folder / entry.name
        is_folder = entry.is_dir(follow_symlinks=False)
        if is_folder and entry.name in NEVER:
            continue
        if (is_folder or entry.name.endswith(SUFFIX)) and not _ignored(path, rules, folder=is_folder):
            if is_folder:
                yield from _below(path, rules)
            elif entry.is_file():
                yield path


def _ignored(path: Path, rules: list[Ignores], *, folder: bool) -> bool:
    """What the innermost file says counts, as for git."""
    for each in reversed(rules):
        if path.is_relative_to(each.folder):
            said = each.match(path, folder=folder)
            if said is not None:
                return said
    return False


def _above(folder: Path) -> list[Ignores]:
    """The rules of the folders above, up to the root of the repository, outermost first."""
    found: list[Ignores] = []
    here = folder
    while not (here / ".git").exists():
        if here.parent == here:
            return []  # no repository: files further up say nothing about this folder
        here = here.parent
        rules = _rules(here)
        if rules is not None:
            found.append(rules)
    return found[::-1]


def _rules(folder: Path) -> Ignores | None:
    try:
        text = (folder / ".gitignore").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return Ignores(folder, GitIgnoreSpec.from_lines(text.splitlines()))
