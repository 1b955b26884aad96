"""Source trees written as one text, with the findings that they must have marked on the very lines.

``#: path/to/module.py`` begins a file. A line that ends in ``# ! criterion, ...`` has exactly these errors, one that
ends in ``# ? criterion, ...`` exactly this advice; all other lines have none.
"""

from __future__ import annotations

import re

from harness.checking.findings import Level
from harness.checking.judge import judge
from harness.source.survey import TreeFile

Found = set[tuple[str, int, str, str]]
"""Path, line, level, criterion."""

_FILE = re.compile(r"^#: (\S+)$")
_MARK = re.compile(r"# ([!?]) ([a-z, -]+)$")


def files(text: str) -> dict[str, str]:
    """Path -> text; what stands before the first file mark is ``main.py``. Lines count from the file's first line."""
    found: dict[str, list[str]] = {}
    path = "main.py"
    for line in text.strip("\n").split("\n"):
        start = _FILE.match(line)
        if start:
            path = start[1]
        found.setdefault(path, [])
        if not start:
            found[path].append(line)
    return {path: "\n".join(lines) + "\n" for path, lines in found.items()}


def marked(text: str) -> Found:
    """What the marks say."""
    return {
        (path, number, "error" if mark[1] == "!" else "advice", criterion.strip())
        for path, code in files(text).items()
        for number, line in enumerate(code.split("\n"), 1)
        if (mark := _MARK.search(line))
        for criterion in mark[2].split(",")
    }


def found(text: str, *, advice: bool = False) -> Found:
    """What the check finds, all files of the tree read together."""
    trees = [TreeFile(_module(path), path, code.encode()) for path, code in files(text).items()]
    findings, unread = judge(trees, advice=advice)
    assert not unread
    return {(each.path, each.line, each.level.value, each.criterion) for each in findings}


def errors(text: str) -> Found:
    """The marks without those of advice."""
    return {each for each in marked(text) if each[2] == Level.ERROR}


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
