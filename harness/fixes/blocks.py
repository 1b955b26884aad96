"""Statements of a block put into an ``async with`` that opens what they use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Sequence

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
_CLOSES = frozenset({"close", "aclose"})


def wrapped(block: cst.IndentedBlock, index: int, name: str) -> cst.IndentedBlock:
    """The block with ``name = value`` at ``index`` as ``async with value as name`` around all that follows.

    Closing what is opened is left to the ``async with``; comments stay.
    """
    line = block.body[index]
    assert isinstance(line, cst.SimpleStatementLine)
    assigned = line.body[0]
    assert isinstance(assigned, cst.Assign | cst.AnnAssign)
    assert assigned.value is not None
    opened = opening(
        assigned.value, name, without_close(block.body[index + 1 :], name), block.indent, line.trailing_whitespace
    )
    return block.with_changes(body=[*block.body[:index], opened.with_changes(leading_lines=line.leading_lines)])


def opening(
    value: cst.BaseExpression,
    name: str,
    body: Sequence[Statement],
    indent: str | None = None,
    header: cst.TrailingWhitespace | None = None,
) -> cst.With:
    """``async with value as name:`` around a body."""
    return cst.With(
        items=[cst.WithItem(value, asname=cst.AsName(cst.Name(name)))],
        body=cst.IndentedBlock(body, indent=indent, header=header or cst.TrailingWhitespace()),
        asynchronous=cst.Asynchronous(),
    )


def without_close(body: Sequence[cst.BaseStatement], name: str) -> list[Statement]:
    """The statements but for the closing of ``name`` at their end or in a ``finally`` among them."""
    found: list[Statement] = []
    for statement in body:
        assert isinstance(statement, cst.SimpleStatementLine | cst.BaseCompoundStatement)
        found += _unwrapped(statement, name) if isinstance(statement, cst.Try) else [statement]
    if len(found) > 1 and closes(found[-1], name):
        found.pop()
    return found


def closes(statement: cst.BaseStatement, name: str) -> bool:
    """``await name.close()``, awaited or not."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    only = statement.body[0]
    value = only.value if isinstance(only, cst.Expr) else None
    call = value.expression if isinstance(value, cst.Await) else value
    return (
        isinstance(call, cst.Call)
        and not call.args
        and isinstance(call.func, cst.Attribute)
        and call.func.attr.value in _CLOSES
        and isinstance(call.func.value, cst.Name)
        and call.func.value.value == name
    )


def _unwrapped(statement: cst.Try, name: str) -> list[Statement]:
    """A ``try`` without the closing in its ``finally``; its body alone where nothing else is left of it."""
    final = statement.finalbody
    if final is None or not isinstance(final.body, cst.IndentedBlock):
        return [statement]
    rest = [each for each in final.body.body if not closes(each, name)]
    if len(rest) == len(final.body.body):
        return [statement]
    if rest:
        return [statement.with_changes(finalbody=final.with_changes(body=final.body.with_changes(body=rest)))]
    if statement.handlers or not isinstance(statement.body, cst.IndentedBlock):
        return [statement.with_changes(finalbody=None)] if statement.handlers else [statement]
    body = [
        each for each in statement.body.body if isinstance(each, cst.SimpleStatementLine | cst.BaseCompoundStatement)
    ]
    comment = statement.body.header.comment
    lines = [*statement.leading_lines, *([cst.EmptyLine(comment=comment)] if comment is not None else [])]
    return [_before(body[0], lines), *body[1:]]


def _before(statement: Statement, lines: Sequence[cst.EmptyLine]) -> Statement:
    """The statement with more lines (comments, empty ones) before it."""
    return statement.with_changes(leading_lines=[*lines, *getattr(statement, "leading_lines", ())])
