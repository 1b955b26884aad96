"""awaited: the await that lacks is written where the coroutine is made, and one that is too much is taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.fixes.fix import Edit, Fix
from harness.source.library import SYNC_METHODS
from harness.source.values import Session

if TYPE_CHECKING:
    from harness.fixes.fix import Changed
    from harness.fixes.source import Source
    from harness.source.tree import Scope, Tree

_RESULTS = frozenset({"exec", "execute", "scalars"})
_STREAMS = frozenset({"stream", "stream_scalars"})
_OF_RESULTS = frozenset(
    "all columns fetchall fetchmany fetchone first keys mappings one one_or_none partitions rowcount scalar scalar_one "
    "scalar_one_or_none scalars tuples unique yield_per".split()
)
"""What a result offers, nothing of which is to be awaited."""


def propose(source: Source, tree: Tree, node: cst.CSTNode) -> Fix | None:
    """A fix for a call, or for an attribute of ``awaitable_attrs``."""
    parent = tree.parent(node)
    if isinstance(node, cst.Call) and isinstance(parent, cst.Await) and _is_needless(source, tree, node):
        return Fix((Edit(tree, parent, _bare),), safe=True)
    if not isinstance(node, cst.Call | cst.Attribute) or not _may_await(source, tree, node):
        return None
    chained = isinstance(parent, cst.Attribute | cst.Subscript) and parent.value is node
    wrapping = Edit(tree, node, _in_parentheses if chained else _awaited)
    if isinstance(parent, cst.Assign | cst.AnnAssign | cst.NamedExpr):
        uses = _uses(source, tree, parent)
        if uses is None:
            return None
        outer = [_outer(tree, use, node) for use in uses]
        if None in outer:
            return None
        return Fix((wrapping, *(Edit(tree, each, _bare) for each in outer if isinstance(each, cst.Await))), safe=True)
    if isinstance(parent, cst.For) and (parent.asynchronous is not None) != (_method(node) in _STREAMS):
        return None
    if not chained:
        return Fix((wrapping,), safe=True)
    outside = _outer(tree, node, node)
    if outside is None:
        return None
    return Fix((wrapping, Edit(tree, outside, _bare)) if isinstance(outside, cst.Await) else (wrapping,), safe=True)


def _is_needless(source: Source, tree: Tree, call: cst.Call) -> bool:
    return (
        isinstance(call.func, cst.Attribute)
        and call.func.attr.value in SYNC_METHODS
        and isinstance(source.value(tree, call.func.value), Session)
    )


def _may_await(source: Source, tree: Tree, node: cst.CSTNode) -> bool:
    """Whether an await may stand there: in an ``async def``, and not where it would turn a generator async."""
    function = source.function(tree, node)
    if function is None or not function.scope.is_async:
        return False
    child = node
    for above in tree.ancestors(node):
        if above is function.scope.node:
            return True
        if isinstance(above, cst.GeneratorExp) and child is not above.for_in.iter:
            return False
        child = above
    return False


def _method(node: cst.Call | cst.Attribute) -> str:
    function = node.func if isinstance(node, cst.Call) else node
    return function.attr.value if isinstance(function, cst.Attribute) else ""


def _uses(source: Source, tree: Tree, statement: cst.Assign | cst.AnnAssign | cst.NamedExpr) -> list[cst.Name] | None:
    """The uses of what the coroutine is bound to, when all of them want its result; else None."""
    target = statement.targets[0].target if isinstance(statement, cst.Assign) else statement.target
    if not isinstance(target, cst.Name):
        return None
    scope: Scope | None = source.scope(tree, statement)
    while scope is not None and scope.kind == "comprehension":
        scope = scope.parent
    found = [use for each in scope.walk() for use, _ in each.loads if use.value == target.value] if scope else []
    for use in found:
        parent = tree.parent(use)
        wanted = (isinstance(parent, cst.Attribute | cst.Subscript) and parent.value is use) or (
            isinstance(parent, cst.For) and parent.asynchronous is None
        )
        if not wanted and not isinstance(parent, cst.CompFor):
            return None
    return found


def _outer(tree: Tree, start: cst.CSTNode, coroutine: cst.Call | cst.Attribute) -> cst.Await | cst.CSTNode | None:
    """The await around ``start.all()`` that is too much once the coroutine is awaited; None where nobody can tell.

    Where there is none, or the one that is there stays, ``start`` itself.
    """
    child, names, calls = start, [], False
    for above in tree.ancestors(start):
        if isinstance(above, cst.Attribute) and above.value is child:
            names.append(above.attr.value)
        elif isinstance(above, cst.Call) and above.func is child:
            calls = True
        elif isinstance(above, cst.Await):
            return _judged(above, start, coroutine, names, calls=calls)
        elif not (isinstance(above, cst.Subscript) and above.value is child):
            return start
        child = above
    return start


def _judged(
    around: cst.Await, start: cst.CSTNode, coroutine: cst.Call | cst.Attribute, names: list[str], *, calls: bool
) -> cst.Await | cst.CSTNode | None:
    method = _method(coroutine)
    if isinstance(coroutine, cst.Call) and method in _RESULTS and set(names) <= _OF_RESULTS:
        return around
    if "awaitable_attrs" in names or (isinstance(coroutine, cst.Call) and method in {*_STREAMS, "connection"}):
        return start
    return around if names and not calls else None


def _awaited(updated: cst.CSTNode) -> Changed:
    assert isinstance(updated, cst.BaseExpression)
    bare = updated.with_changes(lpar=[], rpar=[])
    return cst.Await(bare, lpar=updated.lpar, rpar=updated.rpar)


def _in_parentheses(updated: cst.CSTNode) -> Changed:
    assert isinstance(updated, cst.BaseExpression)
    if updated.lpar:
        return _awaited(updated)
    return cst.Await(updated, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _bare(updated: cst.CSTNode) -> Changed:
    """What is awaited, without the await."""
    assert isinstance(updated, cst.Await)
    inner = updated.expression
    return inner.with_changes(lpar=[*updated.lpar, *inner.lpar], rpar=[*inner.rpar, *updated.rpar])
