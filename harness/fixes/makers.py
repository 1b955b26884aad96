"""Calls that make sessions or their makers: where each of their options is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.fixes.source import is_external
from harness.source.tree import dotted
from harness.source.values import Constant, Maker, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.fixes.source import Source
    from harness.source.tree import Tree

Placed = tuple["Tree", cst.BaseExpression]


def option(source: Source, tree: Tree, call: cst.Call, name: str) -> Placed | None:
    """The expression given for a keyword, in the call itself or in a dictionary that it unfolds."""
    for arg in call.args:
        if arg.keyword is not None and arg.keyword.value == name:
            return tree, arg.value
        if arg.star == "**":
            spread = source.value(tree, arg.value)
            if isinstance(spread, Table) and name in spread.items:
                return spread.tree, spread.items[name]
    return None


def configured(source: Source, tree: Tree, call: cst.Call, name: str) -> Placed | None:
    """The expression given for a keyword by the last ``maker.configure(...)`` of the file that has it."""
    found: Placed | None = None
    for each in configurations(tree, call):
        found = option(source, tree, each, name) or found
    return found


def configurations(tree: Tree, call: cst.Call) -> Iterator[cst.Call]:
    """The calls of ``configure`` on the name that the maker is bound to."""
    target = tree.parent(call)
    names: set[str] = set()
    if isinstance(target, cst.Assign):
        names = {each.target.value for each in target.targets if isinstance(each.target, cst.Name)}
    elif isinstance(target, cst.AnnAssign) and isinstance(target.target, cst.Name):
        names = {target.target.value}
    for scope in tree.scopes:
        for other in scope.calls:
            if dotted(other.func) in {f"{name}.configure" for name in names}:
                yield other


def innermost(source: Source, maker: Maker) -> Maker:
    """The maker that a scoped or partial one is built from."""
    callee = source.value(maker.tree, maker.call.func)
    wraps = maker.kind == "scoped" or is_external(callee, "functools.partial")
    if wraps and maker.call.args:
        inner = source.value(maker.tree, maker.call.args[0].value)
        if isinstance(inner, Maker) and inner is not maker:
            return innermost(source, inner)
    return maker


def is_constant(source: Source, placed: Placed, value: object) -> bool:
    found = source.value(*placed)
    return isinstance(found, Constant) and found.value is value
