"""A right answer with places for hostile code, and what a hostile completion has to come to."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from harness.verdicts import Overall

PASS, FAIL, UNDECIDED = Overall.PASS, Overall.FAIL, Overall.UNDECIDED

CANARY = "@CANARY@"
"""Stands in a completion for the path of a file outside, in a folder of the test's own."""
CHECKOUT = "@CHECKOUT@"
"""Stands in a completion for the folder that the harness lies in."""


@dataclass(frozen=True)
class Hostile:
    """``reason`` is part of at least one verdict that does not pass; empty for what passes. ``only``: a database.

    ``otherwise``: the reason where it depends on who is faster, the answer or who looks at it.
    """

    name: str
    text: str
    expected: Overall = FAIL
    reason: str = ""
    case: str = "test-your-skill"
    only: str = ""
    otherwise: str = ""


_CODE = """
import os
from collections.abc import AsyncGenerator
from typing import Annotated
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
from models import Task, TaskCreate

engine = create_async_engine(os.environ["DATABASE_URL"])
factory = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
app = FastAPI()
#TOP

async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with factory() as session:
        #DEPENDENCY
        yield session


@app.post("/tasks", response_model=Task, status_code=201)
async def create_task(data: TaskCreate, session: Annotated[AsyncSession, Depends(get_session)]):
    #FIRST
    task = Task.model_validate(data)
    session.add(task)
    try:
        await session.commit()
    except IntegrityError:
        await session.rollback()
        raise HTTPException(409, "conflict")
    except SQLAlchemyError:
        await session.rollback()
        raise HTTPException(503, "try again")
    #LAST
    return task
#END
"""


def fenced(code: str) -> str:
    """One block of Python."""
    return f"```python\n{code}\n```\n"


def code(*, top: str = "", dependency: str = "", first: str = "", last: str = "", end: str = "") -> str:
    """The right answer's code with more: at import, before the session, around the endpoint's work, at the end."""
    whole = _CODE
    for place, more in (("TOP", top), ("DEPENDENCY", dependency), ("FIRST", first), ("LAST", last), ("END", end)):
        line = next(each for each in whole.splitlines() if each.strip() == f"#{place}")
        indent = line[: line.index("#")]
        whole = whole.replace(line, textwrap.indent(textwrap.dedent(more).strip("\n"), indent))
    return whole


def answer(*, top: str = "", dependency: str = "", first: str = "", last: str = "", end: str = "") -> str:
    """The completion that holds ``code`` of the same arguments."""
    return fenced(code(top=top, dependency=dependency, first=first, last=last, end=end))


RIGHT = answer()
