"""How the files of an answer are read together: what is complete, what cannot be read, what wrong examples show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.source.facts import At, Receives
from harness.source.given import Frame
from harness.source.reading import read
from tests.criteria.reading import ENTITIES, reading, source_file

ENGINE = "e = create_async_engine(DATABASE_URL)\n"


@pytest.mark.parametrize(
    ("complete", "code", "found"),
    [
        ("everything", "x = unheard\n", [True]),
        ("nothing", "x = unheard\n", [False]),
        ("configuration", "x = unheard\n", [False]),
        ("configuration", "from x import create_async_engine as c\nx = unheard\n", [False]),
        ("configuration", "import sqlalchemy\nx = sqlalchemy.create_engine(unheard)\n", [True]),
        ("configuration", "from sqlmodel import create_engine\nx = create_engine(unheard)\n", [True]),
        ("configuration", "from sqlalchemy.ext.asyncio import *\nx = create_async_engine(1)\n", []),
    ],
)
def test_what_has_to_be_complete(complete: str, code: str, found: list[bool]) -> None:
    assert [each.complete for each in reading(source_file(code), complete=complete).facts.unimported] == found


def test_an_async_engine_makes_a_file_the_configuration() -> None:
    found = reading(source_file(ENGINE), source_file("x = unheard\n", "block2"), complete="configuration")
    assert [(each.name, each.complete) for each in found.facts.unimported] == [
        ("create_async_engine", True),
        ("unheard", False),
    ]


@pytest.mark.parametrize(
    ("code", "line", "reason"),
    [
        ("x = 1\ny = = 2\n", 12, "syntax error: "),
        ("x = 1\nif x:\n", 12, "syntax error: "),
        ("x = 1\0\n", 11, "syntax error: "),
    ],
)
def test_what_cannot_be_read(code: str, line: int, reason: str) -> None:
    file = replace(source_file(code), lines=(11, 12, 13))
    found = reading(source_file("x = 1\n", "block0"), file).facts
    [unreadable] = found.unreadable
    assert unreadable.at == At("block1.py", line)
    assert unreadable.reason.startswith(reason)
    assert "\n" not in unreadable.reason
    assert found.files == 2


def test_an_error_behind_the_last_known_line_is_told_there() -> None:
    found = reading(replace(source_file("x = 1\ny = = 2\n"), lines=(11,)))
    assert [each.at for each in found.facts.unreadable] == [At("block1.py", 11)]


def test_a_file_without_lines_is_read() -> None:
    found = reading(replace(source_file("x = = 1\n"), lines=()), replace(source_file(ENGINE, "block2"), lines=()))
    assert [each.at for each in found.facts.unreadable] == [At("block1.py", 1)]
    assert [each.at for each in found.facts.engines] == [At("block2.py", 1)]


def test_a_wrong_example_that_cannot_be_read_is_left_out() -> None:
    found = reading(source_file("x = 1\n"), wrong=(source_file("x = = 1\n", "wrong1"),))
    assert not found.facts.unreadable
    assert not found.wrong


def test_what_is_refused_is_passed_on() -> None:
    found = read([source_file("x = 1\n")], [], complete="nothing", entities={}, refused=["too large"])
    assert found.facts.refused == ("too large",)


def test_a_loose_body_is_read_in_the_frame() -> None:
    body = replace(source_file("return task.project.name\n"), partial=True, lines=(41,))
    frame = Frame(
        "@app.get('/x')\nasync def f(id: int, session: AsyncSession = Depends(get_session)):",
        "task",
        "task = await session.get(Task, id)",
        "return task",
    )
    found = read([body], [], complete="nothing", entities=ENTITIES, frame=frame).facts
    assert [(each.what, each.at.line) for each in found.lazy_loads] == [
        ("task.project is read and nothing has loaded it", 41)
    ]
    assert not read([body], [], complete="nothing", entities=ENTITIES).facts.lazy_loads


def test_a_part_that_is_in_no_frame_is_not_read() -> None:
    part = replace(source_file("limit = 3\nsession = AsyncSession(engine)\n"), partial=True)
    found = reading(part, source_file("x = 1\n", "block2"))
    assert not found.facts.shared
    assert [each.name for each in found.program.modules] == ["block2"]


MAKER = "make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)\n"
SHARED = "session = make()\n@app.get('/wrong')\nasync def wrong():\n    await session.commit()\n"


@pytest.mark.parametrize(
    ("right", "wrong", "shared", "endpoints"),
    [
        (MAKER, SHARED, [1], [Receives.GLOBAL]),
        ("x = 1\n", MAKER + SHARED, [2], [Receives.GLOBAL]),
        (MAKER + "other = make()\n@app.get('/x')\nasync def f(): ...\n", "x = 1\n", [], []),
        (MAKER, "@app.get('/wrong')\nasync def wrong(): ...\n", [], [None]),
        ("x = = 1\n", MAKER + SHARED, [2], [Receives.GLOBAL]),
    ],
)
def test_wrong_examples(right: str, wrong: str, shared: list[int], endpoints: list[Receives | None]) -> None:
    [found] = reading(source_file(right), wrong=(source_file(wrong, "wrong1"),)).wrong
    assert [each.at for each in found.shared] == [At("wrong1.py", line) for line in shared]
    assert [each.receives for each in found.endpoints] == endpoints
    assert found.files == 1


def test_a_wrong_example_is_not_the_answer() -> None:
    found = reading(source_file(MAKER), wrong=(source_file(SHARED, "wrong1"),)).facts
    assert not found.shared
    assert not found.endpoints


def test_blocks_rely_on_each_other_in_the_order_of_the_completion() -> None:
    first = replace(source_file("limit = 3\n", "wrong1"), lines=(1,))
    second = replace(source_file("limit = 4\n", "block2"), lines=(11,))
    third = replace(source_file("x = limit\n", "block3"), lines=(21,))
    found = reading(second, third, wrong=(first,))
    assert [each.supplied for each in found.program.modules if each.name == "block3"] == [{"limit": "block2:limit"}]
    late = reading(replace(second, lines=(31,)), third, wrong=(replace(first, lines=(19,)),))
    assert [each.supplied for each in late.program.modules if each.name == "block3"] == [{"limit": "wrong1:limit"}]
