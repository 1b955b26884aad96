"""Calls of the session API, and whether each is awaited as it must be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.source.facts import AwaitFact, AwaitFault
from harness.source.library import ASYNC_METHODS, ROUTE_METHODS, RUN_TOGETHER, SYNC_METHODS
from harness.source.values import Coroutine, External, Function, Session, Value

if TYPE_CHECKING:
    from harness.source.endpoints import Wiring
    from harness.source.positions import Places
    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

_COROUTINE_ATTRIBUTES = frozenset({"close", "send", "throw", "cr_code", "cr_frame", "__await__"})


def check(resolver: Resolver, wiring: Wiring, positions: Places) -> tuple[tuple[AwaitFact, ...], int]:
    """The faults, and the number of calls that are awaited as they should be."""
    answering = _answering(wiring)
    faults: list[AwaitFact] = []
    right = 0
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            for call in scope.calls:
                what = _coroutine(resolver, call, scope, tree)
                if what:
                    fault = _fault(call, scope, tree, answers=id(scope.node) in answering)
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
    if not isinstance(callee, Function) or _opaque(resolver, callee) or _is_promised(resolver, callee):
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


def _is_promised(resolver: Resolver, method: Function) -> bool:
    """Whether a method only stands in a ``Protocol``: what is called is another class's."""
    owner = method.scope.parent
    if owner is None or not isinstance(owner.node, cst.ClassDef):
        return False
    outer = owner.parent or owner
    bases = [arg.value.value if isinstance(arg.value, cst.Subscript) else arg.value for arg in owner.node.bases]
    values = [resolver.value(base, outer, method.tree) for base in bases]
    return any(isinstance(value, External) and value.name.endswith(".Protocol") for value in values)


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


def _answering(wiring: Wiring) -> set[int]:
    """The endpoints that FastAPI calls as they are written, by ``id(function node)``: it awaits nothing they return."""
    return {
        id(node)
        for route in wiring.routes
        if (node := route.function.scope.function) is not None
        and any(each.decorator is route.decorator for each in node.decorators)
        and all(isinstance(each.decorator, cst.Call) and _is_route(each.decorator) for each in node.decorators)
    }


def _is_route(decorator: cst.Call) -> bool:
    return isinstance(decorator.func, cst.Attribute) and decorator.func.attr.value in ROUTE_METHODS


def _fault(call: cst.BaseExpression, scope: Scope, tree: Tree, *, answers: bool) -> AwaitFault | None:
    """What is wrong where a coroutine is made, None where it is not certain. ``answers``: a return is the response."""
    parent = tree.parent(call)
    while isinstance(parent, cst.BooleanOperation) and parent.right is call:  # the coroutine may be what it gives
        call, parent = parent, tree.parent(parent)
    if answers and isinstance(parent, cst.Return):
        return AwaitFault.DROPPED
    if isinstance(parent, cst.Await):
        return None
    if isinstance(parent, cst.Expr):
        return AwaitFault.DROPPED
    if isinstance(parent, cst.Attribute) and parent.attr.value not in _COROUTINE_ATTRIBUTES:
        return AwaitFault.ATTRIBUTE
    if _iterates(parent, call):
        return AwaitFault.ATTRIBUTE
    if isinstance(parent, (cst.For, cst.Subscript, cst.Comparison, cst.BooleanOperation)):
        return AwaitFault.ATTRIBUTE
    if isinstance(parent, (cst.If, cst.While, cst.UnaryOperation, cst.StarredElement)):
        return AwaitFault.ATTRIBUTE
    if isinstance(parent, (cst.Assign, cst.AnnAssign, cst.NamedExpr)):
        return _assigned(parent, scope, tree, answers=answers)
    return None


def _assigned(
    statement: cst.Assign | cst.AnnAssign | cst.NamedExpr, scope: Scope, tree: Tree, *, answers: bool
) -> AwaitFault | None:
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
    returned = answers and all(isinstance(tree.parent(use), (cst.Return, cst.Comparison)) for use in uses)
    return AwaitFault.DROPPED if returned or not uses else None


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
    if isinstance(parent, (cst.Attribute, cst.Subscript)) or _iterates(parent, attribute):
        return AwaitFact(AwaitFault.ATTRIBUTE, what, positions.at(tree, attribute))
    return AwaitFact(AwaitFault.DROPPED, what, positions.at(tree, attribute)) if isinstance(parent, cst.Expr) else None


def _iterates(parent: cst.CSTNode | None, node: cst.CSTNode) -> bool:
    """Whether a loop or a comprehension takes its items from a node."""
    loop: cst.CSTNode | None = parent.for_in if isinstance(parent, cst.BaseComp) else parent
    while isinstance(loop, cst.CompFor) and loop.iter is not node:
        loop = loop.inner_for_in
    return isinstance(loop, (cst.For, cst.CompFor)) and loop.iter is node and loop.asynchronous is None


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
