"""Which files belong together: those that matter, in groups that import nothing of one another."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.source.survey import TreeFile

_LIBRARIES = (b"sqlmodel", b"sqlalchemy", b"AsyncSession")
_IMPORT = re.compile(rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+([^\n#]*)|import[ \t]+([^\n#]+))", re.MULTILINE)
_NAME = re.compile(rb"[\w.]+")
_OPENED = re.compile(rb"import[ \t]*\(([^)]*)\)")


def names_library(content: bytes) -> bool:
    """Whether a file names what the criteria speak of: of all others only those count that import such a file."""
    return any(word in content for word in _LIBRARIES)


def relevant(files: Iterable[TreeFile]) -> list[TreeFile]:
    """The files that name a library, and those that import from them, however far."""
    todo = list(files)
    found = [file for file in todo if names_library(file.content)]
    waiting = {file.module: file for file in todo}
    for file in found:
        waiting.pop(file.module)
    stems = {_stem(file) for file in found}
    while stems:
        wanted = re.compile(rb"\b(?:" + b"|".join(re.escape(stem.encode()) for stem in sorted(stems)) + rb")\b")
        new = [file for file in waiting.values() if wanted.search(file.content) and _imported(file) & stems]
        for file in new:
            waiting.pop(file.module)
        found += new
        stems = {_stem(file) for file in new}
    order = {file.module: index for index, file in enumerate(todo)}
    return sorted(found, key=lambda file: order[file.module])


def units(files: Iterable[TreeFile]) -> list[list[TreeFile]]:
    """Groups of files that imports connect, each in the order given."""
    files = list(files)
    by_stem: dict[str, list[int]] = defaultdict(list)
    for index, file in enumerate(files):
        by_stem[_stem(file)].append(index)
    leader = list(range(len(files)))

    def root(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    for index, file in enumerate(files):
        for stem in _imported(file):
            for other in by_stem.get(stem, ()):
                leader[root(other)] = root(index)
    groups: dict[int, list[TreeFile]] = defaultdict(list)
    for index, file in enumerate(files):
        groups[root(index)].append(file)
    return list(groups.values())


def _stem(file: TreeFile) -> str:
    """The last part of the module's name: what an import of it has to mention."""
    return file.module.rpartition(".")[2]


def _imported(file: TreeFile) -> set[str]:
    """The last parts of all names that a file may import; more than it does, never less."""
    found: set[str] = set()
    for module, names, plain in _IMPORT.findall(file.content):
        for text in (module, names, plain):
            for name in _NAME.findall(text):
                found.update(part.decode("utf-8", "replace") for part in name.split(b"."))
    for names in _OPENED.findall(file.content):
        found.update(name.decode("utf-8", "replace") for name in _NAME.findall(names))
    return found
