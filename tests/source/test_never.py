"""Code that never runs (``if True: ... else:``) is not judged, and binds nothing that does."""

from __future__ import annotations

import pytest

from tests.checking.trees import errors, found

HEAD = "from sqlmodel.ext.asyncio.session import AsyncSession\n"
CODE = {
    "else": """
async def f(s: AsyncSession):
    if True:
        await s.commit()
    else:
        s.commit()
        lambda: [s.exec(1).x for x in s.get(1, 2)]
""",
    "what runs": """
async def f(s: AsyncSession):
    if 1:
        s.commit()  # ! awaited
    elif s:
        s.flush()
    if False:
        s.close()
    else:
        s.rollback()  # ! awaited
    if s:
        s.flush()  # ! awaited
    elif 0:
        s.close()
    else:
        s.close()  # ! awaited
""",
    "the definition that counts": """
class Both:
    if True:
        async def save(self, s: AsyncSession):
            await s.commit()
    else:
        def save(self, s: AsyncSession):
            s.commit()
async def f(both: Both, s: AsyncSession):
    both.save(s)  # ! awaited
""",
    "names that are bound there only": """
if False:
    from app.models import Task
    import os
def f() -> "Task":
    return os.path  # ! imports
if 0:
    def g():
        global h
        def h(): return [x for x in f()]
print(h)  # ! imports
""",
    "a try around it": """
async def f(s: AsyncSession):
    try:
        if True:
            print(s)
        else:
            print([await s.get(int, x) for x in (1, 2)])
            await s.commit()
    except ValueError:
        return None
""",
}


@pytest.mark.parametrize("name", CODE)
def test_only_what_runs_is_judged(name: str) -> None:
    assert found(HEAD + CODE[name]) == errors(HEAD + CODE[name])
