"""imports: the code parses and imports, and what was asked for as complete imports every name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.criteria.criterion import (
    Criterion,
    Example,
    Kind,
    Opinion,
    Sample,
    Subject,
    at,
    failed,
    no_occasion,
    passed,
    short,
)
from harness.observations import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.facts import Facts
    from harness.verdicts import Evidence


_IMPORT_ERRORS = frozenset({"ImportError", "ModuleNotFoundError", "NameError", "AttributeError"})
_RAISES = "Mend what the module does while it is imported: importing it must end, and must raise nothing."


def _static(subject: Subject) -> Opinion:
    facts = subject.facts
    if facts.refused:
        return failed(facts.refused[0])
    if facts.unreadable:
        return failed(
            f"does not parse: {facts.unreadable[0].reason}", [at(each.at, each.reason) for each in facts.unreadable]
        )
    missing = [each for each in facts.unimported if each.complete]
    if missing:
        names = ", ".join(dict.fromkeys(each.name for each in missing))
        return failed(
            f"used and never imported: {names}", [at(each.at, f"{each.name} is not imported") for each in missing]
        )
    if not facts.files:
        return failed("the completion holds no Python code") if subject.asked_complete else no_occasion("no code")
    if facts.trusted:
        return passed(
            f"every other import is there; taken on trust, not being installed here: {', '.join(facts.trusted)}"
        )
    return passed("every import is there, as far as reading tells")


def _dynamic(subject: Subject) -> Opinion:
    run = subject.run
    if run.missing_names:
        missing = [(each.place, _missing(each.module, each.name)) for each in run.missing_names]
        return failed(missing[0][1], subject.places(missing))
    broken = [seen for seen in run.imports if seen.error is not None and not seen.absent]
    if broken:
        evidence = subject.places((seen.place or Place(seen.module, 1), seen.error or "") for seen in broken)
        remedy = "" if broken[0].kind in _IMPORT_ERRORS else _RAISES
        return failed(f"does not import: {short(broken[0].error or '')}", evidence[:5], remedy)
    if run.stopped and run.stage == "import":
        return failed(f"does not import: {run.stopped}", remedy=_RAISES)
    if run.imports:
        return passed("imports in the installed versions")
    return subject.not_run


def _missing(module: str, name: str) -> str:
    return f"{module} has no name {name}" if name else f"there is no module {module}"


def _find(facts: Facts) -> Iterator[Evidence]:
    for each in facts.unimported:
        lacks = "imported for type checkers only, and used when the code runs"
        yield at(each.at, f"{each.name} is {lacks if each.for_checkers else 'used and never imported or defined'}")
    for wrong in facts.wrong_imports:
        yield at(wrong.at, f"{wrong.module} has no {wrong.name} in {wrong.library}")


CRITERION = Criterion(
    id="imports",
    title="Imports",
    statement="Nothing comes from a module that lacks it, the code parses and imports, complete code imports every name.",
    why="A missing import in an error path shows only when the error happens, as a NameError behind a 500.",
    remedy="Import every name that is used, from a module that has it in the installed version.",
    kind=Kind.STRUCTURE,
    example=Example(
        wrong="""
from sqlmodel.ext.asyncio.session import AsyncSession

from app.models import Task


async def all_tasks(session: AsyncSession) -> list[Task]:
    return list((await session.exec(select(Task))).all())  # !
""",
        right="""
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.models import Task


async def all_tasks(session: AsyncSession) -> list[Task]:
    return list((await session.exec(select(Task))).all())
""",
    ),
    sources=("https://docs.python.org/3/reference/import.html",),
    static=_static,
    dynamic=_dynamic,
    find=_find,
    fix="Safe for a name that has one well-known home, in the standard library or in a package that the project imports. Unsafe for a name that exactly one module of the project defines: something else may be meant. Names with several homes (`Path`, `Session`, `Field`) are left alone.",
    passing=(
        Sample(
            """
from collections.abc import AsyncGenerator
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
engine = create_async_engine(DATABASE_URL)
async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session
""",
            complete=True,
        ),
    ),
    failing=(
        Sample(
            """
import math
def f():
    return Decimal(math.pi)  # !
""",
            complete=True,
        ),
        Sample(
            """
x = = 1  # !
"""
        ),
    ),
)
