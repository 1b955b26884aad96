"""Which files belong together: those that matter, in groups that import nothing of one another."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from harness.source.project import absolute_name, in_common, is_installed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.source.treefile import TreeFile

_LIBRARIES = (b"sqlmodel", b"sqlalchemy", b"AsyncSession")
_IMPORT = re.compile(
    rb"from\b[ \t]*([.\w\x80-\xff]+)[ \t]*import\b[ \t]*(\((?:[^)#]|#[^\n]*)*\)|[^\n;#]*)"
    rb"|import[ \t]+([^\n;#]+)"
)
_BEGINS = re.compile(rb"(?:^|[;:]|^\xef\xbb\xbf)[ \t\f]*(?:lazy[ \t]+)?\Z")
"""What stands before a statement on its line. Looked for last: words that begin an import are found fastest."""
_COMMENT = re.compile(rb"#[^\n]*")
_CONTINUED = re.compile(rb"\\\r?\n")


def names_library(content: bytes) -> bool:
    """Whether a file names what the criteria speak of: of all others only those count that import such a file."""
    return any(word in content for word in _LIBRARIES)


def relevant(files: Iterable[TreeFile]) -> list[TreeFile]:
    """The files that name a library, and those that import from them, however far."""
    files = list(files)
    found = {index for index, file in enumerate(files) if names_library(file.content)}
    if not found:
        return []
    importers: dict[int, list[int]] = defaultdict(list)
    for importer, imported in _edges(files):
        importers[imported].append(importer)
    todo = list(found)
    while todo:
        for importer in importers[todo.pop()]:
            if importer not in found:
                found.add(importer)
                todo.append(importer)
    return [files[index] for index in sorted(found)]


def units(files: Iterable[TreeFile]) -> list[list[TreeFile]]:
    """Groups of files that imports connect, each in the order given."""
    files = list(files)
    leader = list(range(len(files)))

    def root(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    for importer, imported in _edges(files):
        leader[root(imported)] = root(importer)
    groups: dict[int, list[TreeFile]] = defaultdict(list)
    for index, file in enumerate(files):
        groups[root(index)].append(file)
    return list(groups.values())


def _edges(files: Sequence[TreeFile]) -> Iterator[tuple[int, int]]:
    """Which file imports which, by their numbers; as ``harness.source.project`` finds them."""
    by_name = {file.module: index for index, file in enumerate(files)}
    by_end: dict[str, list[str]] = defaultdict(list)
    for name in by_name:
        parts = name.split(".")
        for start in range(1, len(parts)):
            by_end[".".join(parts[start:])].append(name)
    for importer, file in enumerate(files):
        for written in _written(file.content):
            name = absolute_name(file.module, written, is_package=file.is_package)
            if name not in by_name:
                if written.startswith(".") or name not in by_end or is_installed(name):
                    continue
                name = _nearest(by_end[name], file.module)
            yield importer, by_name[name]


def _nearest(names: Sequence[str], importer: str) -> str:
    here = importer.split(".")
    return max(names, key=lambda name: in_common(name.split("."), here))


def _written(content: bytes) -> set[str]:
    """All modules that a file may import, dots first where they are relative; a name it imports may be a module."""
    found: set[str] = set()
    if b"\\" in content:
        content = _CONTINUED.sub(b" ", content)
    for module, names, plain in _imports(content):
        if plain:
            found.update(_first_words(plain))
            continue
        text = module.decode("utf-8", "surrogateescape")
        found.add(text)
        dot = "" if text.endswith(".") else "."
        found.update(f"{text}{dot}{name}" for name in _first_words(_COMMENT.sub(b"", names).strip(b"()")))
    return found


def _imports(content: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Module and names of each from-import, and what each plain import names."""
    end = 0
    match = _IMPORT.search(content)
    while match is not None:
        start = match.start()
        line = max(content.rfind(b"\n", 0, start) + 1, end)
        if _BEGINS.search(content[line:start]):
            end = match.end()
            module, names, plain = match.groups(b"")
            yield module, names, plain
            match = _IMPORT.search(content, end)
        else:
            match = _IMPORT.search(content, start + 1)


def _first_words(text: bytes) -> Iterator[str]:
    """``a`` and ``b.c`` of ``a as x, b.c``."""
    for part in text.split(b","):
        words = part.split(None, 1)
        if words:
            yield words[0].decode("utf-8", "surrogateescape")
