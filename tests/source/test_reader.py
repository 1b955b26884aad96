"""Hostile code ends the child that parses it, with a reason, and the next answer is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.source.reader import Reader
from tests.criteria.reading import ENTITIES, source_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.facts import Reading

GOOD = "make = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)\n"
HOSTILE = {
    "parentheses": "x = " + "(" * 20_000 + ")" * 20_000,
    "brackets": "x = " + "[" * 5_000,
    "sum": "x = " + " + ".join(["1"] * 30_000),
    "attributes": "x = a" + ".b" * 30_000,
    "nots": "x = " + "not " * 30_000 + "1",
    "blocks": "".join(" " * depth + "if 1:\n" for depth in range(900)) + " " * 900 + "pass\n",
    "null": "x = 1\0\n",
    "form feed and tabs": "if 1:\n\tx = 1\n        y = 2\n",
    "unclosed string": '"""' + "a" * 1000,
}


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(wall_seconds=5) as reader:
        yield reader


def read(reader: Reader, code: str) -> Reading:
    return reader.read([source_file(code)], [], complete="nothing", entities=ENTITIES)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_is_unreadable_or_read(reader: Reader, name: str) -> None:
    found = read(reader, HOSTILE[name])
    assert found.facts.unreadable or found.program.modules
    for each in found.facts.unreadable:
        assert each.reason
        assert "\n" not in each.reason
    after = read(reader, GOOD)
    assert not after.facts.unreadable
    assert len(after.facts.makers) == 1


def test_a_child_that_was_killed_is_replaced(reader: Reader) -> None:
    read(reader, GOOD)
    assert reader._child is not None
    reader._child.kill()
    reader._child.wait()
    assert len(read(reader, GOOD).facts.makers) == 1


def test_what_was_refused_is_reported(reader: Reader) -> None:
    found = reader.read([], [], complete="nothing", entities=ENTITIES, refused=["code of 300,000 bytes"])
    assert found.facts.refused == ("code of 300,000 bytes",)
