"""Calls of the session API, and whether each is awaited as it must be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.source.facts import AwaitFact, AwaitFault
from harness.source.library import ASYNC_METHODS, RUN_TOGETHER, SYNC_METHODS
from harness.source.values import Coroutine, External, Function, Session, Value

if TYPE_CHECKING:
    from harness.source.positions import Places
    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

_COROUTINE_ATTRIBUTES = frozenset({"close", "send", "throw", "cr_code", "cr_frame", "__await__"})


def check(resolver: Resolver, positions: Places) -> tuple[tuple[AwaitFact, ...], int]:
    """The faults, and the number of calls that are awaited as they should be."""
    faults: list[AwaitFact] = []
    right = 0
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            for call in scope.calls:
                what = _coroutine(resolver, call, scope, tree)
                if what:
                    fault = _fault(call, scope, tree)
                    if fault is None:
                        right += isinstance(tree.parent(call), cst.Await)
                    else:
                        faults.append(AwaitFact(fault, what, positions.at(tree, call)))
                elif isinstance(tree.parent(call), cst.Await):
                    needless = _sync_call(resolver, call, scope, tree)
                    if needless:
                        faults.append(AwaitFact(AwaitFault.NEEDLESS, needless, positions.at(tree, call)))
            for attribute in scope.attributes:
                fact = _awaitable_attribute(attribute, tree, positions)
                if fact is not None:
                    faults.append(fact)
    return tuple(faults), right


def _session_of(resolver: Resolver, call: cst.Call, scope: Scope, tree: Tree) -> Session | None:
    if not isinstance(call.func, cst.Attribute):
        return None
    owner = resolver.value(call.func.value, scope, tree)
    return owner if isinstance(owner, Session) and owner.flavor.is_async else None


def _coroutine(resolver: Resolver, call: cst.Call, scope: Scope, tree: Tree) -> str:
    """What a call is named when it certainly gives a coroutine that has to do with the database, else ""."""
    if isinstance(call.func, cst.Attribute) and call.func.attr.value in ASYNC_METHODS:
        session = _session_of(resolver, call, scope, tree)
        if session is not None:
            return f"{_text(call.func.value)}.{call.func.attr.value}()"
    callee = resolver.value(call.func, scope, tree)
    if isinstance(callee, External) and callee.name == "asyncio.wait_for" and call.args:
        inner = call.args[0].value
        return (
            f"{_text(call.func)}()" if isinstance(inner, cst.Call) and _coroutine(resolver, inner, scope, tree) else ""
        )
    if not isinstance(callee, Function) or _opaque(resolver, callee):
        return ""
    gives = not callee.scope.yields and (callee.scope.is_async or _hands_on(resolver, callee))
    return f"{_text(call.func)}()" if gives else ""


def _opaque(resolver: Resolver, function: Function) -> bool:
    """Decorators may change what a call gives; only the plain ones are seen through."""
    node = function.scope.function
    return node is not None and any(
        not isinstance(value, External) or not value.name.startswith("builtins.")
        for value in resolver.decorators(node, function.scope.parent or function.scope, function.tree)
    )


def _hands_on(resolver: Resolver, function: Function) -> bool:
    """A plain ``def`` that returns a coroutine whichever way it returns."""
    returns, node = function.scope.returns, function.scope.function
    return (
        bool(returns)
        and node is not None
        and _ends(node.body)
        and all(
            isinstance(each.value, cst.Call)
            and (
                _coroutine_of_session(resolver, each.value, function)
                or isinstance(resolver.value(each.value, function.scope, function.tree), Coroutine)
            )
            for each in returns
        )
    )


def _ends(body: cst.CSTNode | None) -> bool:
    """Whether every way through a block ends in return or raise, as far as can be seen at a glance."""
    last = body.body[-1] if isinstance(body, (cst.IndentedBlock, cst.SimpleStatementSuite)) and body.body else body
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    if isinstance(last, cst.If):
        orelse = last.orelse.body if isinstance(last.orelse, cst.Else) else last.orelse
        return _ends(last.body) and _ends(orelse)
    if isinstance(last, cst.With):
        return _ends(last.body)
    return isinstance(last, (cst.Return, cst.Raise))


def _coroutine_of_session(resolver: Resolver, call: cst.Call, function: Function) -> bool:
    return (
        isinstance(call.func, cst.Attribute)
        and call.func.attr.value in ASYNC_METHODS
        and _session_of(resolver, call, function.scope, function.tree) is not None
    )


def _fault(call: cst.BaseExpression, scope: Scope, tree: Tree) -> AwaitFault | None:
    """What is wrong where a coroutine is made, None where that is not certain."""
    parent = tree.parent(call)
    while isinstance(parent, cst.BooleanOperation) and parent.right is call:  # the coroutine may be what it gives
        call, parent = parent, tree.parent(parent)
    if isinstance(parent, cst.Await):
        return None
    if isinstance(parent, cst.Expr):
        return AwaitFault.DROPPED
    if isinstance(parent, cst.Attribute) and parent.attr.value not in _COROUTINE_ATTRIBUTES:
        return AwaitFault.ATTRIBUTE
    if isinstance(parent, cst.BaseComp) and parent.for_in.iter is call and parent.for_in.asynchronous is None:
        return AwaitFault.ATTRIBUTE
    if isinstance(parent, (cst.For, cst.Subscript, cst.Comparison, cst.BooleanOperation)):
        return AwaitFault.ATTRIBUTE
    if isinstance(parent, (cst.If, cst.While, cst.UnaryOperation, cst.StarredElement)):
        return AwaitFault.ATTRIBUTE
    if isinstance(parent, (cst.Assign, cst.AnnAssign, cst.NamedExpr)):
        return _assigned(parent, scope, tree)
    return None


def _assigned(statement: cst.Assign | cst.AnnAssign | cst.NamedExpr, scope: Scope, tree: Tree) -> AwaitFault | None:
    targets: list[cst.BaseExpression] = (
        [target.target for target in statement.targets] if isinstance(statement, cst.Assign) else [statement.target]
    )
    if len(targets) != 1 or not isinstance(targets[0], cst.Name):
        return None
    name = targets[0].value
    uses = [node for each in scope.walk() for node, _ in each.loads if node.value == name]
    if len(scope.bindings.get(name, [])) != 1:
        return None
    for use in uses:
        parent = tree.parent(use)
        if isinstance(parent, cst.Attribute) and parent.attr.value not in _COROUTINE_ATTRIBUTES:
            return AwaitFault.ATTRIBUTE
        if isinstance(parent, (cst.For, cst.CompFor, cst.Subscript)):
            return AwaitFault.ATTRIBUTE
    return None if uses else AwaitFault.DROPPED


def _sync_call(resolver: Resolver, call: cst.Call, scope: Scope, tree: Tree) -> str:
    if isinstance(call.func, cst.Attribute) and call.func.attr.value in SYNC_METHODS:
        owner = resolver.value(call.func.value, scope, tree)
        if isinstance(owner, Session):
            return f"{_text(call.func.value)}.{call.func.attr.value}()"
    return ""


def _awaitable_attribute(attribute: cst.Attribute, tree: Tree, positions: Places) -> AwaitFact | None:
    """``task.awaitable_attrs.project`` gives a coroutine: it has to be awaited before its attributes are read."""
    inner = attribute.value
    if type(inner) is not cst.Attribute or inner.attr.value != "awaitable_attrs":
        return None
    parent = tree.parent(attribute)
    what = f"awaitable_attrs.{attribute.attr.value}"
    if isinstance(parent, cst.Attribute):
        return AwaitFact(AwaitFault.ATTRIBUTE, what, positions.at(tree, attribute))
    return AwaitFact(AwaitFault.DROPPED, what, positions.at(tree, attribute)) if isinstance(parent, cst.Expr) else None


def _text(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        return f"{_text(node.value)}.{node.attr.value}"
    if isinstance(node, cst.Call):
        return f"{_text(node.func)}()"
    return "..."


def runs_together(value: Value) -> bool:
    """Whether a callee runs coroutines beside each other."""
    return isinstance(value, External) and value.name in RUN_TOGETHER
