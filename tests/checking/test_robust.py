"""No input ends the check: every encoding, every syntax, code that is cut, doubled and mixed up."""

from __future__ import annotations

import faulthandler
import random
import tokenize
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.checking.judge import judge
from harness.checking.run import check
from harness.criteria import CRITERIA
from harness.source.treefile import TreeFile

if TYPE_CHECKING:
    from harness.checking.findings import Report

HEAD = "from sqlmodel.ext.asyncio.session import AsyncSession\n"
WRONG = HEAD + "async def f(s: AsyncSession):\n    s.commit()\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(report: Report) -> list[tuple[str, int]]:
    return [(each.criterion, each.line) for each in report.findings]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (WRONG.encode(), 3),
        (b"\xef\xbb\xbf" + WRONG.encode(), 3),
        (WRONG.replace("\n", "\r\n").encode(), 3),
        (WRONG.replace("\n", "\r").encode(), 3),
        (WRONG.encode() + b"\x0c\nx = 1\n", 3),
        (f"# -*- coding: latin-1 -*-\n{WRONG}# \xe9\n".encode("latin-1"), 4),
        (f"#!/usr/bin/python\n# vim: set fileencoding=gbk :\n{WRONG}# 中文\n".encode("gbk"), 5),
        (f"# coding: utf-8\n{WRONG}# é\n".encode(), 4),
        (f"\ufeff# coding: utf-8\n{WRONG}".encode(), 4),
        (f"# coding: shift_jis\n{WRONG}x = '日本'\n".encode("shift_jis"), 4),
        (WRONG.rstrip("\n").encode(), 3),
        (WRONG.encode() + b"# \xff\n", None),
        (f"# coding: ascii\n{WRONG}# é\n".encode(), None),
        (f"# coding: klingon\n{WRONG}".encode(), None),
        (f"# coding: utf-16\n{WRONG}".encode(), None),
        (f"# coding: base64\n{WRONG}".encode(), None),
        (f"\ufeff# coding: latin-1\n{WRONG}".encode(), None),
        (WRONG.encode() + b"\0\n", None),
        (bytes(range(256)) + WRONG.encode(), None),
    ],
)
def test_encodings_and_line_ends(content: bytes, line: int | None, folder: Path) -> None:
    (folder / "a.py").write_bytes(content)
    (folder / "b.py").write_text(WRONG)
    report = check([Path()])
    assert told(report) == [("awaited", 3)] + ([("awaited", line)] if line else []) or told(report) == [
        ("awaited", line),
        ("awaited", 3),
    ]
    assert [each.path for each in report.unread] == ([] if line else ["a.py"])


SYNTAX = {
    "3.8: positional only": "def g(a, /, b=1, *, c): ...\n",
    "3.8: walrus": "if (n := 1) > 2: print(n)\n",
    "3.9: decorators": "g = [print]\n@g[0]\ndef h(): ...\n",
    "3.10: with in brackets": "with (open('a') as a, open('b') as b): print(a, b)\n",
    "3.10: match": "def g(x):\n    match x:\n        case [1, *rest] | (1, *rest): print(rest)\n"
    "        case {'a': y, **more} if y: print(more)\n        case str(z) as w: print(z, w)\n",
    "3.11: except*": "try: ...\nexcept* ValueError as group: print(group)\n",
    "3.11: starred subscript": "def g(*args: *tuple[int]): ...\n",
    "3.12: generics": "type A[T: int, *Ts, **P] = list[T]\ndef g[T](x: T) -> T: return x\nclass C[T]:\n    y: T\n",
    "3.12: f-strings": "x = 1\nprint(f'{f'{x!r:>{x}}'}')\n",
    "3.13: default of a type": "def g[T = int](x: T) -> T: ...\n",
    "3.14: except without brackets": "try: ...\nexcept ValueError, TypeError: ...\n",
    "3.14: t-strings": "x = 1\ny = t'{x}'\n",
    "3.15: lazy imports": "lazy import os\nlazy from os import path\nprint(os, path)\n",
}


@pytest.mark.parametrize("code", SYNTAX.values(), ids=SYNTAX)
def test_syntax_of_every_version(code: str) -> None:
    findings, unread = judge([TreeFile("a", "a.py", f"{WRONG}{code}".encode())])
    assert [(each.criterion, each.line) for each in findings] == [("awaited", 3)]
    assert not unread


CIRCLES = """
class A(B): ...
class B(A): ...
class C(C): ...
def f():
    class D(AsyncSession, C): ...
    class D(D): ...
    return D(), A().x, C().y
"""


def test_classes_that_are_their_own_bases() -> None:
    findings, unread = judge([TreeFile("a", "a.py", (WRONG + CIRCLES).encode())], advice=True)
    assert [(each.criterion, each.line) for each in findings] == [("awaited", 3)]
    assert not unread


@pytest.mark.parametrize("code", ["print 'a'\n", "exec 'x' in y\n", "def f(:\n", "x = = 1\n"])
def test_what_is_no_syntax_is_told_with_its_line(code: str) -> None:
    findings, (unread,) = judge([TreeFile("a", "a.py", f"{WRONG}{code}".encode())])
    assert not findings
    assert (unread.path, unread.line) == ("a.py", 4)
    assert unread.reason.startswith("syntax error")


@pytest.mark.parametrize("code", ["x = 0777\n", "  x\n", "x = 'a\n", "\tx\n        y\n"])
def test_what_is_no_token_is_told_without_its_line(code: str) -> None:
    findings, (unread,) = judge([TreeFile("a", "a.py", f"{WRONG}{code}".encode())])
    assert not findings
    assert (unread.path, unread.line) == ("a.py", 1)
    assert unread.reason.startswith("syntax error: tokenizer error")


HOSTILE = {
    "brackets": "x = " + "(" * 100_000 + ")" * 100_000,
    "lists": "x = " + "[" * 5_000 + "]" * 5_000,
    "a sum": "x = " + "+".join(["1"] * 20_000),
    "lambdas": "x = " + "lambda: " * 3_000 + "1",
    "branches": "if x: pass\n" + "elif x: pass\n" * 5_000,
    "indentation": "".join(f"{' ' * depth}if x:\n" for depth in range(99)) + " " * 99 + "pass",
    "loops": "async def g(s: AsyncSession):\n"
    + "".join(f"{' ' * depth}for x in s:\n" for depth in range(1, 30))
    + f"{' ' * 30}await s.commit()\n",
}


def test_hostile_files_hinder_no_other(folder: Path) -> None:
    faulthandler.disable()  # what pytest would say about each that ends a worker
    for name, code in HOSTILE.items():
        (folder / f"{name.replace(' ', '_')}.py").write_text(f"{HEAD}x = 1\n{code}\n")
    (folder / "large.py").write_bytes(b"import sqlmodel\n" * 700_000)
    (folder / "wrong.py").write_text(WRONG)
    report = check([Path()])
    assert [(each.path, each.line) for each in report.findings if each.criterion == "awaited"] == [("wrong.py", 3)]
    unread = {each.path.removesuffix(".py"): each.reason for each in report.unread}
    assert {"brackets", "lists", "large"} <= set(unread)
    assert "wrong" not in unread
    assert not [reason for reason in unread.values() if "fault of the harness" in reason]


def survives(source: bytes) -> None:
    judge([TreeFile("a", "a.py", source), TreeFile("b", "b.py", WRONG.encode())], advice=True)


SLOW = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
WORDS = st.sampled_from(
    "await async def class return yield with as for in if else try except finally lambda import from session "
    "AsyncSession commit exec Depends Annotated select engine ( ) [ ] { } : , . = ** * -> @ | 1 'a' f'{x}' None".split()
)


@SLOW
@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    survives(HEAD.encode() + content)


@SLOW
@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    survives(f"{HEAD}{text}".encode("utf-8", "surrogatepass"))


@SLOW
@given(st.lists(st.lists(WORDS, max_size=8), max_size=8))
def test_any_words(lines: list[list[str]]) -> None:
    survives((HEAD + "\n".join(" ".join(line) for line in lines)).encode())


SAMPLES = [
    sample.code for criterion in CRITERIA.values() for sample in (*criterion.failing, *criterion.passing) if sample.code
]


def tokens(code: str) -> list[str]:
    """The text in pieces: tokens and the white space between them."""
    pieces, here = [], (1, 0)
    lines = code.splitlines(keepends=True)
    for token in tokenize.generate_tokens(StringIO(code).readline):
        if token.start[0] == here[0] <= len(lines):
            pieces.append(lines[here[0] - 1][here[1] : token.start[1]])
        pieces.append(token.string)
        here = token.end
    return pieces


def mutants(code: str, chance: random.Random) -> list[str]:
    """Lines and tokens taken away, doubled and swapped."""
    made = []
    for pieces in (code.splitlines(keepends=True), tokens(code)):
        for _ in range(4):
            copy = list(pieces)
            one, other = chance.randrange(len(copy)), chance.randrange(len(copy))
            match chance.randrange(3):
                case 0:
                    del copy[one]
                case 1:
                    copy.insert(one, copy[other])
                case 2:
                    copy[one], copy[other] = copy[other], copy[one]
            made.append("".join(copy))
    return made


@pytest.mark.parametrize("seed", range(8))
def test_mutants_of_samples(seed: int) -> None:
    chance = random.Random(seed)
    for code in SAMPLES[seed::8]:
        for mutant in mutants(code, chance):
            survives(mutant.encode())
