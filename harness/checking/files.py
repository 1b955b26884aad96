"""Which files are checked: Python files below the given paths, but for what git ignores and what nobody here wrote."""

from __future__ import annotations

import os
import stat
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

    A folder that cannot be looked into is given itself: nobody knows what it holds. ``exclude`` are more rules, which
    go before those of git. Raises InputError for a path that is not there.
    """
    seen: set[Path] = set()
    excluded = list(exclude)
    for path in paths:
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            raise InputError(f"{path}: there is no such file or folder") from None
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
        here = Path(os.path.normpath(Path.cwd() / path))
        found = _below(here, _rules_for(here, excluded)) if is_folder else [here]
        for file in found:
            if file not in seen:
                seen.add(file)
                yield file


def _rules_for(folder: Path, excluded: list[Ignores]) -> list[Ignores]:
    """Who names a folder that git ignores wants what is in it: the rules that ignore it do not hold."""
    return [*(rules for rules in _above(folder) if not rules.match(folder, folder=True)), *excluded]


def _below(folder: Path, ignores: list[Ignores]) -> Iterator[Path]:
    todo: list[tuple[Path, list[Ignores] | None]] = [(folder, ignores)]  # of a file, no rules
    while todo:
        path, rules = todo.pop()
        if rules is None:
            yield path
            continue
        try:
            with os.scandir(path) as entries:
                listed = sorted(entries, key=lambda entry: entry.name, reverse=True)
        except OSError:
            yield path
            continue
        own = _rules(path)
        rules = [*rules, own] if own is not None else rules
        for entry in listed:
            is_folder = _is_folder(entry)
            if is_folder and entry.name in NEVER:
                continue
            inside = path / entry.name
            if (is_folder or _is_python(entry)) and not _ignored(inside, rules, folder=is_folder):
                todo.append((inside, rules if is_folder else None))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """A link to a folder is none: it may lead anywhere, back up too."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:  # it has vanished
        return False


def _is_python(entry: os.DirEntry[str]) -> bool:
    """No pipe, no device, no link to nowhere or to itself."""
    try:
        return entry.name.endswith(SUFFIX) and entry.is_file()
    except OSError:
        return False


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
