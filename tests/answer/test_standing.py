"""What can be run as a module of its own, and what is a piece taken from the middle of one."""

from __future__ import annotations

import pytest

from harness.answer.standing import why_partial

WHOLE = {
    "try at the top": "try:\n    import uvloop\nexcept ImportError:\n    uvloop = None\nx = 1",
    "every clause of try": "try:\n    x = 1\nexcept OSError:\n    x = 2\nelse:\n    x = 3\nfinally:\n    y = 4",
    "if at the top": "if DEBUG:\n    x = 1\nelif TEST:\n    x = 2\nelse:\n    x = 3",
    "loops with else": "for x in y:\n    pass\nelse:\n    z = 1\nwhile x:\n    x -= 1\nelse:\n    z = 2",
    "comments between": "try:\n    x = 1\n# else\nexcept OSError:\n    x = 2",
    "a method on one line": "class A:\n    async def commit(self): await self.s.commit()\n"
    "    async def close(self): await self.s.close()",
    "a generator on one line": "def numbers(): yield 1",
    "match": "match x:\n    case 1:\n        y = 2",
}
PIECES = {
    "an except alone": ("except OSError:\n    raise", "middle of a statement"),
    "an else behind something else": ("x = 1\nelse:\n    y = 2", "middle of a statement"),
    "a case alone": ("case 1:\n    x = 2", "middle of a statement"),
    "except behind what ended": ("try:\n    x = 1\nfinally:\n    y = 2\nz = 3\nexcept OSError:\n    pass", "middle"),
    "await outside": ("await session.commit()", "a function's body"),
    "await in a try": ("try:\n    await session.commit()\nexcept OSError:\n    raise", "a function's body"),
    "return outside": ("return task", "a function's body"),
}


@pytest.mark.parametrize("code", WHOLE.values(), ids=WHOLE)
def test_it_stands(code: str) -> None:
    compile(code, "code", "exec")
    assert why_partial(code.split("\n"), closed=True) == ""


@pytest.mark.parametrize(("code", "why"), PIECES.values(), ids=PIECES)
def test_it_is_a_piece(code: str, why: str) -> None:
    assert why in why_partial(code.split("\n"), closed=True)
