"""Fixes code and tells what comes out."""

from __future__ import annotations

from harness.checking.judge import CHECKED, judge
from harness.checking.mending import Mended, mend
from harness.source.survey import TreeFile


def tree_files(files: dict[str, str | bytes]) -> list[TreeFile]:
    """Files by path."""
    return [
        TreeFile(
            path.removesuffix(".py").removesuffix("/__init__").replace("/", "."),
            path,
            code if isinstance(code, bytes) else code.encode(),
        )
        for path, code in files.items()
    ]


def mended(
    files: dict[str, str | bytes], *, select: str = "", unsafe: bool = False, locked: tuple[str, ...] = ()
) -> tuple[dict[str, bytes], Mended]:
    """The contents of all files after fixing the findings of a criterion (of all when empty), and what was done."""
    trees = tree_files(files)
    findings, _ = judge(trees, [select] if select else CHECKED, advice=True)
    wanted = {(each.criterion, each.path, each.line, each.column) for each in findings}
    done = mend(trees, wanted=wanted, advice=True, unsafe=unsafe, locked=locked)
    return {file.path: done.contents.get(file.path, file.content) for file in trees}, done


def fixed(code: str, *, select: str = "", unsafe: bool = False) -> str:
    """One file after fixing it."""
    contents, _ = mended({"main.py": code}, select=select, unsafe=unsafe)
    return contents["main.py"].decode()


def count(files: dict[str, bytes]) -> int:
    findings, _ = judge(tree_files(dict(files)), CHECKED, advice=True)
    return len(findings)
