"""Source that is only read is parsed without checks; nobody else goes without them."""

from __future__ import annotations

import libcst as cst
import pytest

from harness.source.parsing import parse


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
