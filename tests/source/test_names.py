"""Names that a file uses and binds nowhere, and the words that its strings hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
import pytest

from harness.source.building import build
from harness.source.names import short_strings, strings_in_annotations, unbound

if TYPE_CHECKING:
    from harness.source.tree import Tree

FUTURE = "from __future__ import annotations\n"
CHECKED = f"{FUTURE}from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from decimal import Decimal as D\n"


def tree(code: str) -> Tree:
    return build("main", cst.parse_module(code))


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("a\nb\na\n", ["a", "b"]),
        ("import a\nfrom b import c as d\na, c, d\n", ["c"]),
        ("print, len, ValueError, __name__, __file__, __doc__\n", []),
        ("__package__, __spec__, __annotations__, __all__\n", []),
        ("from os import *\na\n", []),
        ("def f(a, *b, c=d, **e): a, b, c, e, g\n", ["g", "d"]),
        ("def f(): g()\ndef g(): ...\n", []),
        ("def f():\n    x = 1\nx\n", ["x"]),
        ("class C:\n    x = 1\n    y = x\n", []),
        ("class C:\n    x = 1\n    def f(self): x\n", ["x"]),
        ("class C:\n    def f(self): __class__\n", []),
        ("[a for a in b]\n", ["b"]),
        ("[x for a in b if c]\n", ["x", "c", "b"]),
        ("[(last := a) for a in b]\nlast\n", ["b"]),
        ("lambda a: a + b\n", ["b"]),
        ("for a in b: a\n", ["b"]),
        ("with a as b: b\n", ["a"]),
        ("try: ...\nexcept E as e: e\n", ["E"]),
        ("if __name__ == '__main__':\n    run(a)\n", []),
        ("a: B\n", ["B"]),
        ("def f(x: B) -> C: ...\n", ["B", "C"]),
        ("x.y.z\n", ["x"]),
        ("f(a=b)\n", ["f", "b"]),
        (f"{FUTURE}a: B\n", []),
        (f"{FUTURE}def f(x: B) -> C: ...\n", []),
        (f"{FUTURE}@app.get('/x')\ndef f(x: B, *, y: C) -> D: ...\n", ["app", "B", "C"]),
        (f"{FUTURE}def f(x: B = c): ...\n", ["c"]),
        ("from __future__ import division\na: B\n", ["B"]),
        ("from other import annotations\na: B\n", ["B"]),
        (f"{CHECKED}def f(x: D): ...\n", []),
        (f"{CHECKED}x = D(1)\n", ["D"]),
        (f"{CHECKED}    x = D(1)\n", []),
        (f"{CHECKED}else:\n    x = D(1)\n", ["D"]),
        (f"{CHECKED}@app.get('/x')\ndef f(x: D): ...\n", ["app", "D"]),
        (f"{CHECKED}from decimal import Decimal as D\nx = D(1)\n", []),
    ],
)
def test_unbound(code: str, names: list[str]) -> None:
    assert sorted(node.value for node in unbound(tree(code))) == sorted(names)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def f(x: 'Task'): ...\n", ["Task"]),
        ("def f() -> 'list[Task]': ...\n", ["list", "Task"]),
        ("class C:\n    x: 'Task | None' = 1\n    y: list['Task2']\n", ["Task", "None", "Task2"]),
        ("def f(x: Annotated[int, call('Task')]): ...\n", []),
        ("x = 'Task'\n", []),
        ('def f(x: "Täsk_1, 2x"): ...\n', ["Täsk_1"]),
        (f"def f(x: '{'a ' * 99}bc'): ...\n", ["a"] * 99 + ["bc"]),
        (f"def f(x: '{'a ' * 100}bc'): ...\n", ["a"] * 100),
    ],
)
def test_strings_in_annotations(code: str, words: list[str]) -> None:
    assert sorted(word for word, _, _ in strings_in_annotations(tree(code))) == sorted(words)


@pytest.mark.parametrize(
    ("code", "strings"),
    [
        ("a('dev')\nb = {'x': \"prod\"}\n", ["dev", "x", "prod"]),
        ("a('two words', '', '1', 'a-b')\n", []),
        (f"a('{'b' * 20}', '{'c' * 21}')\n", ["b" * 20]),
        ("def f(x='dev'):\n    '''Doc'''\n    return x == 'test'\n", ["dev", "Doc", "test"]),
    ],
)
def test_short_strings(code: str, strings: list[str]) -> None:
    assert sorted(short_strings(tree(code))) == sorted(strings)


def test_short_strings_come_in_their_order() -> None:
    assert list(short_strings(tree("a('x', 'y')\nb('z')\n"))) == ["x", "y", "z"]
