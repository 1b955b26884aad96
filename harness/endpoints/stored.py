"""Completions stored in folders: ``PATH/<case-id>/<name>.md``, Markdown with front matter, JSON Lines."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.endpoints.jsonl import read_jsonl
from harness.endpoints.markdown import read_markdown
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.cases import Case
    from harness.completions import Completion

_SUFFIXES = {".md", ".jsonl"}


@dataclass(frozen=True, slots=True)
class Stored:
    """What a path holds. ``problems`` are one line each: what could not be read or matched to a case."""

    completions: tuple[Completion, ...]
    problems: tuple[str, ...] = ()


def read_completions(path: Path, cases: Mapping[str, Case]) -> Stored:
    """All completions under ``path`` (a folder or one ``.md`` or ``.jsonl`` file), in the order of their paths.

    A file or line that cannot be used becomes a problem and the rest is still read. Raises ``InputError`` when
    ``path`` is missing or holds nothing that could be a completion. A ``README.md`` directly in ``path`` is taken for
    a description of the folder.
    """
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError as error:
        raise InputError(f"{path}: does not exist") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not is_folder and path.suffix.lower() not in _SUFFIXES:
        raise InputError(f"{path}: is neither a folder nor a .md or .jsonl file")
    completions: list[Completion] = []
    problems: list[str] = []
    for item in _read_all(path, cases):
        if isinstance(item, InputError):
            problems.append(str(item))
        else:
            completions.append(item)
    if not completions and not problems:
        raise InputError(f"{path}: holds no completions: expected <case-id>/<name>.md, *.md with front matter, *.jsonl")
    return Stored(tuple(completions), tuple(problems))


def _read_all(root: Path, cases: Mapping[str, Case]) -> Iterator[Completion | InputError]:
    unreadable: list[OSError] = []
    for path in _files(root, unreadable):
        name = path.relative_to(root).as_posix() if root.is_dir() else path.name
        try:
            match path.suffix.lower():
                case ".md":
                    yield from read_markdown(path, name, _folder_case(path, root, cases), cases)
                case ".jsonl":
                    yield from read_jsonl(path, name, cases)
                case _ if not path.with_suffix(".md").exists() and path.parent.name in cases:
                    yield InputError(f"{path}: there is no {path.stem}.md beside it that it could belong to")
        except InputError as error:
            yield error
    for failure in unreadable:
        yield InputError(f"{failure.filename}: cannot be read: {failure.strerror}")


def _files(root: Path, unreadable: list[OSError]) -> Iterator[Path]:
    if not root.is_dir():
        yield root
        return
    for folder, folders, names in os.walk(root, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            described = name.lower() == "readme.md" and path.parent == root
            if path.suffix.lower() in _SUFFIXES | {".yaml"} and not name.startswith(".") and not described:
                yield path


def _folder_case(path: Path, root: Path, cases: Mapping[str, Case]) -> str | None:
    """The nearest folder, up to ``root`` itself, that is named after a case; else the nearest folder below it."""
    top = Path(os.path.normpath((root if root.is_dir() else root.parent).absolute()))  # names count, so no links
    below = Path(os.path.normpath(path.absolute())).parent
    nearest = below
    while nearest.name not in cases and nearest != top:
        nearest = nearest.parent
    if nearest.name in cases:
        return nearest.name
    return below.name if below != top else None
