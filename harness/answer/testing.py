"""Tests that an answer shows: which code is a test, and which of it the answer rests on all the same."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.answer import names
from harness.answer.answer import RIGHT, Role, right_role
from harness.answer.lexical import definitions, scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.answer.answer import Block
    from harness.answer.blocks import Read
    from harness.answer.pieces import Piece

_TEST = re.compile(r"^(?:(?:async )?def test_\w+\(|class Test[A-Z]\w*(?:\(\))?:)", re.MULTILINE)
_TESTING = re.compile(r"\b(?:pytest|TestClient|ASGITransport|dependency_overrides|assert)\b")
_OVERRIDES = re.compile(r"^\w+\.dependency_overrides\b", re.MULTILINE)
_ENDPOINT = re.compile(r"^@[\w.]+\.(?:get|post|put|patch|delete|api_route|websocket)\(", re.MULTILINE)
_SERVED = re.compile(rf"\b(?:FastAPI|APIRouter)\(|{_ENDPOINT.pattern}|^async def get_(?!test_)\w+\(", re.MULTILINE)
_OF_SESSIONS = re.compile(r"create_(?:async_)?engine\b|sessionmaker\b|Session\b|\byield\b")
_FIXTURE = re.compile(r"^@.*\bfixture\b", re.MULTILINE)
_BOUND = re.compile(r"\b(\w+)\s*(?::(?!=)|=(?!=))|\b(?:def|class|as|for)\s+(\w+)")


def is_test(piece: Piece, path: str | None) -> bool:
    """Whether code is a test, by its file name, or else because it defines tests and nothing that is served.

    An app that is called ``test_skill.py`` is none: it has endpoints.
    """
    if path is not None:
        return names.is_test(path) and not _ENDPOINT.search(piece.code)
    tests = _OVERRIDES.search(piece.code) or (_TEST.search(piece.code) and _TESTING.search(piece.code))
    return bool(tests and not _SERVED.search(piece.code))


def relied_on(reads: Sequence[Read]) -> list[Read]:
    """``reads`` with tests made right code where the answer rests on them: a test is no place to hide in.

    It does where it shows no other right code, and where right code imports the test's module, or uses an engine, a
    maker or a dependency that only the test defines.
    """
    right = [read.block for read in reads if read.block.role in RIGHT]
    code = "\n".join(block.code for block in right)
    bound = {name for found in _BOUND.findall(code) for name in found}
    wanted = set(re.findall(r"\w+", code)) - bound
    imported = names.imported_modules(code.split("\n")) - {_module(block) for block in right}
    result: list[Read] = []
    for read in reads:
        block = read.block
        if block.role is Role.TEST and (
            not right or _module(block) in imported or not wanted.isdisjoint(_of_sessions(block))
        ):
            role = right_role(block.path, block.option)
            read = replace(read, block=replace(block, role=role, reason="a test that the answer rests on"))
        result.append(read)
    return result


def _module(block: Block) -> str:
    return names.own_module_of(block.path) if block.path is not None else ""


def _of_sessions(block: Block) -> Iterator[str]:
    """The names of the engines, makers and dependencies that a block defines, fixtures left out."""
    lines = block.code.split("\n")
    for definition in definitions(scan(lines)):
        code = "\n".join(lines[definition.start : definition.end])
        if _OF_SESSIONS.search(code) and not _FIXTURE.search(code):
            yield definition.name
