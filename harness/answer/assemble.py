"""Blocks to source files: module names, folders, and files that are given more than once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.answer import names
from harness.answer.answer import RIGHT, Block, Role, SourceFile
from harness.answer.lexical import top_level_names
from harness.answer.standing import why_partial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.answer.blocks import Read

PYTHON = RIGHT | {Role.WRONG}


def without_copies(reads: Sequence[Read]) -> list[Read]:
    """Of blocks with the same code only one, named if any of them is; a wrong one is no copy of a right one."""
    kept: list[Read] = []
    places: dict[tuple[str, bool], list[int]] = {}
    for read in reads:
        block = read.block
        if block.role not in PYTHON:
            kept.append(read)
            continue
        same = places.setdefault((block.code.strip(), block.role is Role.WRONG), [])
        known = [kept[i].block.path for i in same]
        if not same or (block.path is not None and None not in known and block.path not in known):
            same.append(len(kept))
            kept.append(read)
        elif block.path is not None and None in known:
            kept[same[known.index(None)]] = read
    return kept


def in_folders(reads: Sequence[Read], trees: Sequence[str]) -> list[Read]:
    """Bare file names moved to the folder that a directory tree and the imports of the answer agree on."""
    code = [r.block for r in reads if r.block.role in PYTHON]
    imported: set[str] = set()
    relative: set[str] = set()
    for block in code:
        for line in block.code.split("\n"):
            stripped = line.strip()
            if stripped.startswith("from ."):
                relative.update(names.imported_modules([stripped]))
            elif stripped.startswith(("from ", "import ")):
                imported.update(_spelled(stripped))
    folders: dict[str, str] = {}
    bare = {b.path for b in code if b.path and "/" not in b.path}
    for path in trees:
        base = path.rpartition("/")[2]
        stem = base.removesuffix(".py")
        if base in bare and "/" in path and stem not in imported:
            package = names.module_of(path).rpartition(".")[0]
            if names.module_of(path) in imported or (stem in relative and package not in {""}) or package in imported:
                folders.setdefault(base, path)
    if not folders:
        return list(reads)
    return [
        replace(r, block=replace(r.block, path=folders.get(r.block.path or "", r.block.path)))
        if r.block.role in PYTHON
        else r
        for r in reads
    ]


def files_of(reads: Sequence[Read]) -> tuple[tuple[SourceFile, ...], tuple[SourceFile, ...]]:
    """The right and the wrong source files of an answer."""
    right: list[SourceFile] = []
    wrong: list[SourceFile] = []
    named = _Named(right)
    number = 0
    for read in reads:
        block = read.block
        if block.role not in PYTHON:
            continue
        number += 1
        partial = bool(why_partial(block.code.split("\n"), closed=read.closed))
        if block.role is Role.WRONG:
            module = f"wrong{len(wrong) + 1}"
            wrong.append(
                SourceFile(
                    module, block.path or f"{module}.py", block.code, block.lines, block.path is not None, None, partial
                )
            )
        elif block.path is not None:
            named.add(block, partial=partial)
        else:
            module = f"block{number}"
            right.append(
                SourceFile(
                    module, f"{module}.py", block.code, block.lines, named=False, option=block.option, partial=partial
                )
            )
    return tuple(_with_unique_modules(_as_package(right))), tuple(wrong)


def explain(read: Read) -> Block:
    """The block, its reason completed by why it cannot stand alone."""
    block = read.block
    if block.role not in RIGHT:
        return block
    why = why_partial(block.code.split("\n"), closed=read.closed)
    return replace(block, reason=f"{block.reason}; {why}") if why else block


def _spelled(statement: str) -> set[str]:
    """The full names of the modules in one absolute import statement."""
    words = statement.replace(",", " ").split()
    if words[0] == "from":
        module = words[1] if len(words) > 1 else ""
        return {module, *(f"{module}.{word}" for word in words[3:20])}
    return {word for word in words[1:20] if word != "as"}


class _Named:
    """Named files as they come: the same path again is joined to the earlier one, or takes its place."""

    def __init__(self, files: list[SourceFile]) -> None:
        self.files = files
        self.latest: dict[str, int] = {}
        self.defined: dict[str, frozenset[str]] = {}
        self.replaced: dict[str, int] = {}

    def add(self, block: Block, *, partial: bool) -> None:
        path = block.path or ""
        defines = top_level_names(block.code.split("\n"))
        new = SourceFile(names.module_of(path), path, block.code, block.lines, True, block.option, partial)
        index = self.latest.get(path)
        if index is not None:
            old = self.files[index]
            if old.option == block.option and not defines & self.defined[path]:
                self.defined[path] |= defines
                self.files[index] = replace(
                    old, source=old.source + block.code, lines=old.lines + block.lines, partial=old.partial or partial
                )
                return
            count = self.replaced[path] = self.replaced.get(path, 0) + 1
            self.files[index] = replace(old, module=f"{old.module}__{count}", path=f"{path} ({count})")
        self.latest[path] = len(self.files)
        self.defined[path] = defines
        self.files.append(new)


def _as_package(files: list[SourceFile]) -> list[SourceFile]:
    """Files without a folder that import each other relatively are one package, ``app``."""
    bare = [f for f in files if f.named and "/" not in f.path]
    modules = {f.module for f in bare}
    relative = any(line.startswith("from .") for f in bare for line in f.source.split("\n"))
    absolute = any(
        _spelled(line.strip()) & modules
        for f in files
        for line in f.source.split("\n")
        if line.startswith(("from ", "import ")) and not line.startswith("from .")
    )
    if not relative or absolute:
        return files
    return [replace(f, module=f"app.{f.module}".removesuffix(".__init__")) if f in bare else f for f in files]


def _with_unique_modules(files: list[SourceFile]) -> list[SourceFile]:
    named = {f.module for f in files if f.named}
    taken: set[str] = set()
    result: list[SourceFile] = []
    for file in files:
        module = file.module
        while module in taken or (not file.named and module in named):
            module += "_"
        taken.add(module)
        result.append(replace(file, module=module))
    return result
