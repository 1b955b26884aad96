"""Completions stored in folders and files: Markdown, JSON Lines, and what other tools write."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.endpoints.documents import read_eval, read_json
from harness.endpoints.jsonl import read_jsonl
from harness.endpoints.markdown import MAX_COMPLETION_BYTES, read_markdown
from harness.endpoints.workspace import OUTPUTS, outputs_below, read_outputs
from harness.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.cases import Case
    from harness.completions import Completion

_SUFFIXES = {".md", ".jsonl", ".json", ".eval"}


@dataclass(frozen=True, slots=True)
class Stored:
    """What a path holds. ``problems`` are one line each: what could not be read or matched to a case."""

    completions: tuple[Completion, ...]
    problems: tuple[str, ...] = ()


def read_completions(path: Path, cases: Mapping[str, Case]) -> Stored:
    """All completions under ``path`` (a folder or one file), in the order of their paths.

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
        raise InputError(f"{path}: is neither a folder nor a .md, .jsonl, .json or .eval file")
    completions: list[Completion] = []
    problems: list[str] = []
    for item in _read_all(path, cases):
        if isinstance(item, InputError):
            problems.append(str(item))
        else:
            completions.append(item)
    if not completions and not problems:
        raise InputError(
            f"{path}: holds no completions: expected <case-id>/<name>.md, *.md with front matter, "
            "*.jsonl, *.json or *.eval"
        )
    return Stored(tuple(completions), tuple(problems))


def _read_all(root: Path, cases: Mapping[str, Case]) -> Iterator[Completion | InputError]:
    unreadable: list[OSError] = []
    for path in _files(root, unreadable):
        name = path.relative_to(root).as_posix() if root.is_dir() else path.name
        try:
            match path.suffix.lower():
                case ".md":
                    yield from read_markdown(path, name, _folder_case(path, root, cases), cases)
                case ".jsonl" | ".json" if _in_lines(path):
                    yield from read_jsonl(path, name, cases)
                case ".jsonl" | ".json":
                    yield from read_json(path, name, cases, named=path == root)
                case ".eval":
                    yield from read_eval(path, name, cases)
                case _ if path.name == OUTPUTS:
                    yield from read_outputs(path, name, cases)
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
        if outputs := outputs_below(Path(folder)):
            folders[:] = []
            yield from outputs
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            described = name.lower() == "readme.md" and path.parent == root
            if path.suffix.lower() in _SUFFIXES | {".yaml"} and not name.startswith(".") and not described:
                yield path


def _in_lines(path: Path) -> bool:
    """Whether a file holds one JSON value a line, whatever its name says: a value alone is a document."""
    lines = path.suffix.lower() == ".jsonl"
    if not path.is_file():
        return lines
    try:
        with path.open("rb") as stream:
            first = stream.readline(MAX_COMPLETION_BYTES + 1)
            more = any(line.strip() for line in iter(lambda: stream.readline(1024), b"")) if not lines else True
    except OSError:
        return lines
    if first.strip() in {b"{", b"["}:
        return False
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return lines
    return more


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
