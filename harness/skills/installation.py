"""Puts a skill where agents look for it."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import MACHINE_ERRNOS, InputError, MachineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.skills.skill import Skill

AGENT_FOLDERS = (Path(".claude/skills"), Path(".agents/skills"))
"""Claude Code reads the first, most other agents the second."""

_NAME = re.compile(r"[\w-][\w.-]*")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Installed:
    """What was done in one folder. ``written`` and ``others`` are paths below it; ``others`` were let be."""

    folder: Path
    written: tuple[str, ...]
    unchanged: int
    others: tuple[str, ...]


def default_targets(project: Path) -> list[Path]:
    """Where the agents that the project knows look for skills; for all of them, where it knows none."""
    known = [each for each in AGENT_FOLDERS if (project / each.parent).is_dir()]
    return [project / each for each in known or AGENT_FOLDERS]


def install(skill: Skill, targets: Iterable[Path], *, force: bool = False) -> list[Installed]:
    """Copy the whole skill to ``<target>/<name>`` for each target; what is there and the same is let be.

    Nothing is written anywhere before all is seen to be possible, nothing is ever written through a symbolic link below
    a target, and files that are not of this skill are let be. ``force``: files that differ are replaced, and so are
    links. Raises ``InputError`` where something differs, is in the way or cannot be written, ``MachineError`` where the
    disk is full.
    """
    name = skill.header.name
    if not _NAME.fullmatch(name):
        raise InputError(f"{skill.folder}: its name {name!r} cannot be that of a folder")
    folders = [target / name for target in dict.fromkeys(targets)]
    todo = {folder: list(_todo(skill, folder)) for folder in folders}
    if not force:
        for folder, names in todo.items():
            _refuse_changed(folder, names)
    return [_write(skill, folder, names) for folder, names in todo.items()]


def _todo(skill: Skill, folder: Path) -> Iterator[str]:
    """The files that are not there as they should be."""
    for name, content in skill.files.items():
        path = folder / name
        through = [each for each in _below(folder, name) if each.is_symlink()]
        if through or path.is_symlink():
            yield name
            continue
        for parent in _below(folder, name):
            if parent.exists() and not parent.is_dir():
                raise InputError(f"{parent}: is in the way: a folder is needed there")
        if path.is_dir():
            raise InputError(f"{path}: is in the way: a file is needed there")
        if not path.exists() or _content(path) != content:
            yield name


def _below(folder: Path, name: str) -> list[Path]:
    """The folders from the skill's own down to that of a file."""
    return [folder, *(folder / parent for parent in reversed(Path(name).parents) if parent != Path())]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error


def _refuse_changed(folder: Path, names: Sequence[str]) -> None:
    linked = next(
        (each for name in names for each in (*_below(folder, name), folder / name) if each.is_symlink()), None
    )
    if linked is not None:
        raise InputError(f"{linked}: is a symbolic link: nothing is written through it; --force replaces it")
    changed = [name for name in names if (folder / name).exists()]
    if changed:
        more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
        raise InputError(
            f"{folder}: differs from the skill in {', '.join(changed[:_SHOWN])}{more}: "
            "nothing was written; --force overwrites"
        )


def _write(skill: Skill, folder: Path, names: Sequence[str]) -> Installed:
    for name in names:
        try:
            for parent in _below(folder, name):
                if parent.is_symlink():
                    parent.unlink()
                parent.mkdir(parents=True, exist_ok=True)
            _put(folder / name, skill.files[name], 0o777 if name in skill.executable else 0o666)
        except OSError as error:
            kind = MachineError if error.errno in MACHINE_ERRNOS else InputError
            raise kind(f"{folder / name}: cannot be written: {error.strerror or error}") from error
    there = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
    others = sorted(name for name in there if name not in skill.files)
    return Installed(folder, tuple(names), len(skill.files) - len(names), tuple(others))


def _put(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all; a link in its place is replaced, not followed."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
            stream.write(content)
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
