"""An edit of a skill: asked for as whole files, read from the reply, made beside the skill, never in it."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.checking.findings import Level
from harness.errors import HarnessError, InputError
from harness.skills.installation import install
from harness.skills.skill import ENTRY, load_skill

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from harness.skills.skill import Skill

_OPEN = re.compile(r'<file path="([^"]*)">\s*')
_CLOSE = "</file>"
_EDITABLE = re.compile(r"SKILL\.md|references/(?:[\w-][\w.-]*/)*[\w-][\w.-]*\.md", re.ASCII)
_LONGEST_NAME = 200
_SHOWN = 3


class EditError(HarnessError):
    """The reply is no edit that can be used; the message says why."""

    exit_status = 1


def edit_prompt(skill: Skill, wanted: str) -> str:
    """``wanted``, what is to be improved, with the texts of the skill and how to answer."""
    others = sorted(name for name in skill.files if not _EDITABLE.fullmatch(name))
    texts = {ENTRY: skill.files[ENTRY].decode("utf-8-sig", "replace"), **skill.references}
    files = (f'<file path="{name}">\n{text.rstrip()}\n{_CLOSE}' for name, text in texts.items())
    parts = [
        wanted.rstrip(),
        "# How to answer",
        "Below are the files of the skill. Answer with every file that you change or add, whole, between two lines as "
        f"they stand around each file below. Leave out files that stay as they are. Only {ENTRY} and Markdown files in "
        f"references/ can be changed. Keep the name in the front matter of {ENTRY}.",
        *([f"The skill also holds, and keeps: {', '.join(others)}."] if others else []),
        *files,
    ]
    return "\n\n".join(parts) + "\n"


def read_edit(reply: str) -> dict[str, bytes]:
    """The files of a reply by their names; what stands between them is passed over. Raises ``EditError``."""
    files: dict[str, bytes] = {}
    name, lines = "", list[str]()
    for line in (each.removesuffix("\r") for each in reply.split("\n")):
        opened = _OPEN.fullmatch(line)
        if opened is not None:
            if name:
                raise EditError(f"the reply does not end {name} before it begins another file")
            name, lines = _name(opened[1]), []
            if name in files:
                raise EditError(f"the reply holds {name} twice")
        elif name and line.rstrip() == _CLOSE:
            files[name] = "".join(f"{each}\n" for each in lines).encode("utf-8", "replace")
            name = ""
        else:
            lines.append(line)
    if name:
        raise EditError(f"the reply ends inside {name}")
    if not files:
        raise EditError("the reply holds no file")
    return files


def make_edited(skill: Skill, files: Mapping[str, bytes], parent: Path) -> Skill:
    """The skill with ``files`` in it, written below ``parent`` and read back as any skill is.

    Raises ``EditError`` where nothing is changed or what comes out is no valid skill.
    """
    from harness.skills.validation import validate

    if all(skill.files.get(name, b"").rstrip() == content.rstrip() for name, content in files.items()):
        raise EditError("the reply changes nothing")
    try:
        (made,) = install(replace(skill, files={**skill.files, **files}), [parent])
        edited = load_skill(made.folder)
    except InputError as error:
        raise EditError(f"the edited skill cannot be read: {_inside(str(error), parent)}") from None
    found = validate(edited)
    if not found.valid:
        wrong = [f"{each.path}:{each.line}: {each.message}" for each in found.findings if each.level is Level.ERROR]
        wrong += [f"{each.path}:{each.line}: {each.reason}" for each in found.unread]
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise EditError(f"the edited skill is not valid: {_inside('; '.join(wrong[:_SHOWN]), parent)}{more}")
    return edited


def diff(before: Skill, after: Skill) -> str:
    """All changed files as a unified diff."""
    return "".join(_diff(before, after))


def _diff(before: Skill, after: Skill) -> Iterator[str]:
    for name in sorted({*before.files, *after.files}):
        old, new = (_lines(side.files.get(name, b"")) for side in (before, after))
        if old != new:
            source = f"a/{name}" if name in before.files else "/dev/null"
            for line in difflib.unified_diff(old, new, source, f"b/{name}", lineterm=""):
                yield f"{line}\n"


def _lines(content: bytes) -> list[str]:
    lines = content.decode("utf-8", "replace").split("\n")
    return lines if lines[-1] else lines[:-1]


def _name(name: str) -> str:
    if len(name) > _LONGEST_NAME or not _EDITABLE.fullmatch(name):
        raise EditError(f"the reply names {name[:80]!r}: only {ENTRY} and references/*.md can be edited")
    return name


def _inside(text: str, parent: Path) -> str:
    """Without the folder that is gone when this is read."""
    return re.sub(rf"[^\s;]*{re.escape(parent.name)}/[^\s/;]+/", "", text)
