"""Source that is only read is parsed without checks; nobody else goes without them."""

from __future__ import annotations

import libcst as cst
import pytest

from harness.source.parsing import parse
from harness.source.survey import TreeFile, survey
from tests.criteria.reading import reading, source_file


@pytest.mark.parametrize("source", [b"x = 1\n", b"x = \n"], ids=["read", "refused"])
def test_nodes_made_by_hand_are_still_checked_afterwards(source: bytes) -> None:
    try:
        parse(source)
    except cst.ParserSyntaxError:
        assert source == b"x = \n"
    with pytest.raises(cst.CSTValidationError):
        cst.Name("")


def test_what_is_parsed_is_what_libcst_parses() -> None:
    source = b"# -*- coding: latin-1 -*-\nasync def f(a: int = 1, *, b): # \xe9\n    return [x async for x in a]\n"
    assert parse(source).deep_equals(cst.parse_module(source))
    assert parse(source).bytes == source


def test_names_of_a_newer_python_have_places() -> None:
    code = "from sqlmodel import select\n\U00013460 = select\nundefined\n"
    seen = survey([TreeFile("main", "main.py", code.encode())])
    assert [seen.places.settle(each.at.line) for each in seen.facts.unimported] == [(3, 1)]
    [refused] = reading(source_file(code)).facts.unreadable  # of an answer: this Python does not run it
    assert refused.reason == "CSTValidationError"
