"""What happens to a dictionary after it was made: which keys get another value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.source.values import Constant, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

_READS = frozenset({"copy", "get", "items", "keys", "values"})


def altered(resolver: Resolver, name: str, scope: Scope, tree: Tree) -> set[object] | None:
    """The keys that code of ``scope``, which binds the name, may give another value to or take away; None: any."""
    keys: set[object] = set()
    for each in scope.own():
        for use, _ in each.loads:
            if use.value == name:
                for key in _keys(resolver, use, each, tree):
                    if key is None:
                        return None
                    keys.add(key)
    return keys


def _keys(resolver: Resolver, use: cst.Name, scope: Scope, tree: Tree) -> Iterator[object]:
    """The keys that one use of the dictionary changes; None where that may be any."""
    parent = tree.parent(use)
    above = tree.parent(parent) if parent is not None else None
    if isinstance(parent, cst.AugAssign) and parent.target is use:
        yield from _of_table(resolver, parent.value, scope, tree)
    elif isinstance(parent, cst.Subscript) and parent.value is use:
        if isinstance(above, (cst.AssignTarget, cst.AugAssign, cst.Del)) or _is_annotated(above, parent):
            index = parent.slice[0].slice
            yield _constant(resolver, index.value, scope, tree) if isinstance(index, cst.Index) else None
    elif isinstance(parent, cst.Attribute) and isinstance(above, cst.Call) and above.func is parent:
        yield from _of_call(resolver, parent.attr.value, above, scope, tree)


def _is_annotated(above: cst.CSTNode | None, target: cst.CSTNode) -> bool:
    return isinstance(above, cst.AnnAssign) and above.target is target


def _of_call(resolver: Resolver, method: str, call: cst.Call, scope: Scope, tree: Tree) -> Iterator[object]:
    if method in _READS:
        return
    if method in ("pop", "setdefault") and call.args and not call.args[0].star:
        yield _constant(resolver, call.args[0].value, scope, tree)
    elif method == "update":
        for arg in call.args:
            if arg.keyword is not None:
                yield arg.keyword.value
            else:
                yield from _of_table(resolver, arg.value, scope, tree)
    else:
        yield None


def _of_table(resolver: Resolver, node: cst.BaseExpression, scope: Scope, tree: Tree) -> Iterator[object]:
    table = resolver.value(node, scope, tree)
    if isinstance(table, Table) and table.closed and isinstance(node, cst.Dict):
        yield from table.items
    else:
        yield None


def _constant(resolver: Resolver, node: cst.BaseExpression, scope: Scope, tree: Tree) -> object:
    value = resolver.value(node, scope, tree)
    return value.value if isinstance(value, Constant) else None
