"""What each kind of expression can be known to be: one function a kind."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from harness.source import sessions
from harness.source.values import (
    UNKNOWN,
    Annotated,
    Class,
    Constant,
    Coroutine,
    External,
    Options,
    Session,
    Table,
    Value,
    alike,
)

if TYPE_CHECKING:
    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

_CONSTANTS = {"True": True, "False": False, "None": None}
_QUOTES = ("'", '"')


def literal(node: cst.CSTNode) -> object | None:
    """The value of a literal of bounded size; None where it has none."""
    if isinstance(node, cst.ConcatenatedString):
        left, right = literal(node.left), literal(node.right)
        return left + right if isinstance(left, str) and isinstance(right, str) else None
    text = getattr(node, "value", "")
    if len(text) > 10_000:
        return None
    if text[:1] in _QUOTES and text[:2] != 2 * text[0] and "\\" not in text:
        return text[1:-1]  # what most strings are; the way below takes long
    try:
        value: object = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value


def _name(resolver: Resolver, node: cst.Name, scope: Scope, tree: Tree) -> Value:
    if node.value in _CONSTANTS:
        return Constant(_CONSTANTS[node.value])
    return resolver.name(node.value, scope, tree, node)


def _attribute(resolver: Resolver, node: cst.Attribute, scope: Scope, tree: Tree) -> Value:
    return resolver.attribute(resolver.value(node.value, scope, tree), node.attr.value)


def _call(resolver: Resolver, node: cst.Call, scope: Scope, tree: Tree) -> Value:
    callee = resolver.value(node.func, scope, tree)
    if callee is UNKNOWN:
        return UNKNOWN
    given = resolver.options(node, scope, tree) if sessions.take_options(callee) else Options()
    return resolver.call_value(callee, given, node, scope, tree)


def _awaited(resolver: Resolver, node: cst.Await, scope: Scope, tree: Tree) -> Value:
    value = resolver.value(node.expression, scope, tree)
    return value.of if isinstance(value, Coroutine) else UNKNOWN


def _constant(resolver: Resolver, node: cst.CSTNode, scope: Scope, tree: Tree) -> Value:
    given = literal(node)
    return Constant(given) if given is not None else UNKNOWN


def _negation(resolver: Resolver, node: cst.UnaryOperation, scope: Scope, tree: Tree) -> Value:
    if not isinstance(node.operator, cst.Not):
        return UNKNOWN
    inner = resolver.value(node.expression, scope, tree)
    return Constant(not inner.value) if isinstance(inner, Constant) else UNKNOWN


def _table(resolver: Resolver, node: cst.Dict, scope: Scope, tree: Tree) -> Value:
    items = {
        key.value: element.value
        for element in node.elements
        if isinstance(element, cst.DictElement)
        and isinstance(key := resolver.value(element.key, scope, tree), Constant)
    }
    return Table(items, scope, tree, closed=len(items) == len(node.elements))


def _named(resolver: Resolver, node: cst.NamedExpr, scope: Scope, tree: Tree) -> Value:
    return resolver.value(node.value, scope, tree)


def _alternative(resolver: Resolver, node: cst.BooleanOperation, scope: Scope, tree: Tree) -> Value:
    if not isinstance(node.operator, cst.Or):
        return UNKNOWN
    left, right = (resolver.value(each, scope, tree) for each in (node.left, node.right))
    return left if isinstance(left, Session) and (right is UNKNOWN or alike(left, right)) else UNKNOWN


def _choice(resolver: Resolver, node: cst.IfExp, scope: Scope, tree: Tree) -> Value:
    body, orelse = (resolver.value(each, scope, tree) for each in (node.body, node.orelse))
    return body if alike(body, orelse) else UNKNOWN


def _subscript(resolver: Resolver, node: cst.Subscript, scope: Scope, tree: Tree) -> Value:
    base = resolver.value(node.value, scope, tree)
    parts = [each.slice.value for each in node.slice if isinstance(each.slice, cst.Index)]
    if isinstance(base, External) and base.name == "typing.Annotated" and parts:
        return Annotated(parts[0], tuple(resolver.value(part, scope, tree) for part in parts[1:]), scope, tree)
    if isinstance(base, External) and base.name == "typing.Optional" and parts:
        return resolver.value(parts[0], scope, tree)
    if isinstance(base, Table) and len(parts) == 1:
        key = resolver.value(parts[0], scope, tree)
        if isinstance(key, Constant) and key.value in base.items:
            return resolver.value(base.items[key.value], base.scope, base.tree)
    if isinstance(base, Class) or (isinstance(base, External) and base.name.endswith("async_sessionmaker")):
        return base
    return UNKNOWN


Evaluation = Callable[["Resolver", Any, "Scope", "Tree"], Value]

EVALUATIONS: dict[type[cst.CSTNode], Evaluation] = {
    cst.Name: _name,
    cst.Attribute: _attribute,
    cst.Call: _call,
    cst.Await: _awaited,
    cst.SimpleString: _constant,
    cst.ConcatenatedString: _constant,
    cst.Integer: _constant,
    cst.Float: _constant,
    cst.UnaryOperation: _negation,
    cst.Subscript: _subscript,
    cst.Dict: _table,
    cst.NamedExpr: _named,
    cst.BooleanOperation: _alternative,
    cst.IfExp: _choice,
}
