"""Puts a loose function body back into the endpoint that the prompt showed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.answer import SourceFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.source.given import Frame

_INDENT = "    "
_EAGER = re.compile(r"\blazy[\"']?\s*[:=]\s*[\"'](?:selectin|joined|subquery|immediate)[\"']")


def framed(files: Sequence[SourceFile], frame: Frame | None) -> list[SourceFile]:
    """The files, with each loose body made a whole endpoint, unless the answer shows a function of its own."""
    if frame is None or any("def " in file.source for file in files if not file.partial):
        return list(files)
    result = [_wrap(file, frame) if file.partial and _is_body(file.source) else file for file in files]
    models = next((file for file in result if _EAGER.search(file.source)), None)
    if models is None or result != list(files) or any("def " in file.source for file in files):
        return result
    return [*result, _unchanged(models, frame)]


def _is_body(source: str) -> bool:
    lines = [line for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    defines = any(line.startswith(("class ", "def ", "async def ", "@")) for line in lines)
    placeholder = any(line.strip() == "..." for line in lines)
    return not defines and not placeholder and any("await " in line or line.startswith("return ") for line in lines)


def _unchanged(models: SourceFile, frame: Frame) -> SourceFile:
    """The endpoint as the prompt showed it, which such models are meant to make work."""
    lines = [*frame.head.rstrip("\n").splitlines(), _INDENT + frame.fetch, _INDENT + frame.answer]
    origin = (models.lines[-1] if models.lines else 1,) * len(lines)
    module = f"{models.module}_endpoint"
    return SourceFile(module, models.path, "\n".join(lines) + "\n", origin, named=False, option=models.option)


def _wrap(file: SourceFile, frame: Frame) -> SourceFile:
    body = file.source.splitlines()
    lines = list(file.lines[: len(body)])
    first, last = (lines[0], lines[-1]) if lines else (1, 1)
    head = frame.head.rstrip("\n").splitlines()
    before = [] if _binds(body, frame.variable) else [frame.fetch]
    after = [] if any(line.startswith("return") for line in body) else [frame.answer]
    source = "\n".join([*head, *(_INDENT + line if line else "" for line in [*before, *body, *after])]) + "\n"
    origin = [*[first] * (len(head) + len(before)), *lines, *[last] * len(after)]
    return replace(file, source=source, lines=tuple(origin), partial=False)


def _binds(body: Sequence[str], variable: str) -> bool:
    return any(line.lstrip().startswith((f"{variable} =", f"{variable}:", f"{variable}, ")) for line in body)
