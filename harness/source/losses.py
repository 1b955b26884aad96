"""Code that hides or loses a failed write: answers 2xx, catches what cannot fail, swallows what it should pass on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from harness.source.endpoints import parameter_depends
from harness.source.facts import LostWrite
from harness.source.handlers import answered_well
from harness.source.models import makes_table
from harness.source.transactions import (
    ADDS,
    WRITES,
    ended_early,
    entered,
    inside,
    may_catch_database,
    swallowing,
    unreachable,
)
from harness.source.tree import Kind, dotted, parameters
from harness.source.units import only_rolls_back, reached
from harness.source.values import UNKNOWN, Class, Depends, External, Function, Instance, Maker, Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.endpoints import Wiring
    from harness.source.positions import Places
    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

_LOGGING = frozenset({"critical", "error", "exception", "warning"})
_LATE = "commits after the yield, when the response is already sent"
_UNREACHABLE = "nothing in this try asks the database: what fails at the commit or flush is not caught here"
_ENDED = "ends the transaction inside begin(): the session refuses what follows in the block"
_ANSWERED_WELL = "answers a failed write without a status: the client gets 200"
_KEPT_BACK = "swallows what the endpoint raises, HTTPException included: the client gets a 500"


def find(resolver: Resolver, wiring: Wiring, positions: Places) -> Iterator[LostWrite]:
    """Commits after ``yield``, handlers that swallow a failed write or that nothing reaches, and work after the end."""
    yield from _late_commits(resolver, wiring, positions)
    yield from _kept_back(resolver, wiring, positions)
    for tree, node in answered_well(resolver):
        yield LostWrite(_ANSWERED_WELL, positions.at(tree, node))
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            if scope.kind == "function" and scope.is_async:
                for handler in unreachable(resolver, scope, tree):
                    yield LostWrite(_UNREACHABLE, positions.at(tree, handler))
                for call in ended_early(resolver, scope, tree):
                    yield LostWrite(_ENDED, positions.at(tree, call))
    for route in wiring.routes:
        scope, tree = route.function.scope, route.function.tree
        for each in scope.tries:
            directly = _writes(resolver, each.body, scope, tree)
            if directly or _writes_through(resolver, each.body, scope, tree):
                for handler in each.handlers:
                    if not directly and not may_catch_database(resolver, handler, scope, tree):
                        continue
                    how = _swallows(resolver, handler, each, scope, tree)
                    if how:
                        yield LostWrite(how, positions.at(tree, handler), (scope.name,))


def _kept_back(resolver: Resolver, wiring: Wiring, positions: Places) -> Iterator[LostWrite]:
    """Handlers around the ``yield`` of a dependency, or of a context manager that it enters, that let nothing out."""
    told: set[int] = set()
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            if scope.kind == "function" and scope.is_async and scope.yields and id(scope.node) in wiring.depended:
                for each in (Function(scope, tree), *entered(resolver, scope, tree)):
                    for handler in swallowing(each.scope, each.tree):
                        if id(handler) not in told:
                            told.add(id(handler))
                            yield LostWrite(_KEPT_BACK, positions.at(each.tree, handler))


def _late_commits(resolver: Resolver, wiring: Wiring, positions: Places) -> Iterator[LostWrite]:
    early = _function_scoped(resolver)
    elsewhere = False
    late: list[tuple[Scope, LostWrite]] = []
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            for call in scope.calls:
                if not (isinstance(call.func, cst.Attribute) and call.func.attr.value == "commit"):
                    continue
                if not isinstance(resolver.value(call.func.value, scope, tree), Session):
                    continue
                first = min((tree.orders[id(each)] for each in scope.yields), default=None)
                if first is None:
                    elsewhere = elsewhere or scope.kind == "function"
                elif (
                    tree.orders[id(call)] > first
                    and id(scope.node) not in early
                    and _given_to_depends(resolver, scope, wiring)
                ):
                    late.append((scope, LostWrite(_LATE, positions.at(tree, call))))
            if scope.yields and id(scope.node) not in early and _given_to_depends(resolver, scope, wiring):
                late += [(scope, LostWrite(_LATE, positions.at(tree, each))) for each in _begun(resolver, scope, tree)]
    relied_on = _relied_on(resolver, wiring) if late and elsewhere else {}
    for scope, lost in late:
        if not elsewhere or id(scope.node) in relied_on:
            yield replace(lost, endpoints=tuple(relied_on.get(id(scope.node), ())))


def _relied_on(resolver: Resolver, wiring: Wiring) -> dict[int, list[str]]:
    """Dependencies whose session some endpoints add to, without a commit of their own: the names of these."""
    found: dict[int, list[str]] = {}
    for route in wiring.routes:
        function = route.function
        node = function.scope.function
        called = {call.func.attr.value for call in function.scope.calls if isinstance(call.func, cst.Attribute)}
        if node is None or called.isdisjoint(ADDS) or not called.isdisjoint({"commit", "begin"}):
            continue
        for parameter in parameters(node):
            depends = parameter_depends(resolver, parameter, function)
            if depends is not None and isinstance(depends.target, Function):
                for call in function.scope.calls:
                    if dotted(call.func) in {f"{parameter.name.value}.{name}" for name in ADDS}:
                        found.setdefault(id(depends.target.scope.node), []).append(function.scope.name)
    return found


def _begun(resolver: Resolver, scope: Scope, tree: Tree) -> Iterator[cst.CSTNode]:
    """``maker.begin()`` and ``session.begin()`` around a yield: they commit when the generator ends."""
    for each in scope.yields:
        for above in tree.within(each, scope):
            for item in above.items if isinstance(above, cst.With) else ():
                call = item.item
                if (
                    isinstance(call, cst.Call)
                    and isinstance(call.func, cst.Attribute)
                    and call.func.attr.value == "begin"
                ):
                    owner = resolver.value(call.func.value, scope, tree)
                    if isinstance(owner, (Maker, Session)):
                        yield call


def _given_to_depends(resolver: Resolver, scope: Scope, wiring: Wiring) -> bool:
    return id(scope.node) in wiring.depended or (resolver.project.guesses and not wiring.routes)


def _function_scoped(resolver: Resolver) -> set[int]:
    """Dependencies that are only ever given as ``Depends(dependency, scope="function")``."""
    scoped: dict[int, bool] = {}
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            for call in scope.calls:
                value = resolver.value(call, scope, tree)
                if isinstance(value, Depends) and isinstance(value.target, Function):
                    key = id(value.target.scope.node)
                    scoped[key] = scoped.get(key, True) and value.scope == "function"
    return {key for key, always in scoped.items() if always}


def _writes(resolver: Resolver, body: cst.CSTNode, scope: Scope, tree: Tree) -> bool:
    return any(
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value in WRITES
        and isinstance(resolver.value(node.func.value, scope, tree), Session)
        for node in inside(body)
    )


def _writes_through(resolver: Resolver, body: cst.CSTNode, scope: Scope, tree: Tree) -> bool:
    """Whether a unit of work or a repository certainly writes: ``await work.commit()``."""
    return any(
        isinstance(node, cst.Await)
        and isinstance(node.expression, cst.Call)
        and not reached(resolver, node.expression, scope, tree).isdisjoint(WRITES)
        for node in inside(body)
    )


def _swallows(
    resolver: Resolver,
    handler: cst.ExceptHandler | cst.ExceptStarHandler,
    each: cst.Try | cst.TryStar,
    scope: Scope,
    tree: Tree,
) -> str:
    """What a handler does instead of telling the client, "" when it tells or nothing certain can be said."""
    nodes = list(inside(handler.body))
    if any(isinstance(node, (cst.Raise, cst.Continue, cst.Break)) for node in nodes):
        return ""
    if any(isinstance(node, cst.Name) and node.value == "status_code" for node in nodes):
        returned = [node for node in nodes if isinstance(node, cst.Return)]
        if not any(_is_http_exception(resolver, node, scope, tree) for node in returned):
            return ""
    for node in nodes:
        if isinstance(node, cst.Return):
            if _is_http_exception(resolver, node, scope, tree):
                return "returns the HTTPException instead of raising it: the client gets 200"
            if isinstance(node.value, cst.Name) and _may_tell(resolver, node.value, handler, scope, tree):
                return ""
            if node.value is None or isinstance(node.value, (cst.Dict, cst.Name, cst.SimpleString)):
                return "swallows the failed write and returns: the client gets 2xx"
            if _is_new_row(resolver, node.value, scope, tree):
                return "swallows the failed write and returns: the client gets 2xx"
            return ""
    calls = [node for node in nodes if isinstance(node, cst.Call)]
    own = [call for call in calls if isinstance(resolver.value(call.func, scope, tree), Function)]
    if not all(only_rolls_back(resolver, call, scope, tree) for call in own):
        return ""  # a helper of the answer's own may raise
    if any(not isinstance(tree.parent(call), (cst.Await, cst.Expr)) for call in calls):
        return ""
    order = tree.orders[id(each)]
    if any(tree.orders[id(other)] > order for other in scope.raises) or any(
        isinstance(above, (cst.For, cst.While)) for above in tree.within(each, scope)
    ):
        return ""
    if any(_logs(call) for call in calls) and _is_aside(each, scope, tree):
        return ""
    if _is_noted(handler, nodes, scope, tree) or _has_savepoint(each):
        return ""
    return "swallows the failed write and goes on: the client gets 2xx"


def _is_new_row(resolver: Resolver, node: cst.BaseExpression, scope: Scope, tree: Tree) -> bool:
    """``return Task(...)`` in a handler: a row that nobody stores."""
    value = resolver.value(node, scope, tree) if isinstance(node, cst.Call) else UNKNOWN
    made = value.of.scope.node if isinstance(value, Instance) and isinstance(value.of, Class) else None
    return isinstance(made, cst.ClassDef) and any(map(makes_table, made.keywords))


def _may_tell(
    resolver: Resolver,
    name: cst.Name,
    handler: cst.ExceptHandler | cst.ExceptStarHandler,
    scope: Scope,
    tree: Tree,
) -> bool:
    """Whether a name may hold a response, or the row that is there: the handler called for it, or another file did."""
    for binding in resolver.bindings(name.value, scope, tree, name):
        value = resolver.binding(binding, tree)
        made = value.of if isinstance(value, Instance) else None
        if isinstance(made, External) and made.name.endswith("Response"):
            return True
        if value is UNKNOWN and binding.kind is Kind.IMPORT_FROM:
            return True
        node = binding.node.expression if isinstance(binding.node, cst.Await) else binding.node
        if not isinstance(node, cst.Call) or all(above is not handler for above in tree.ancestors(node)):
            continue
        called = node.func.attr.value if isinstance(node.func, cst.Attribute) else dotted(node.func)
        if not called[:1].isupper() or called.endswith("Response"):
            return True
    return False


def _is_noted(
    handler: cst.ExceptHandler | cst.ExceptStarHandler, nodes: list[cst.CSTNode], scope: Scope, tree: Tree
) -> bool:
    """Whether a handler sets a name that is read behind it: ``failed = True``."""
    set_here = {
        target.target.value
        for node in nodes
        if isinstance(node, cst.Assign)
        for target in node.targets
        if isinstance(target.target, cst.Name)
    }
    last = max((tree.orders[id(node)] for node in nodes if id(node) in tree.orders), default=0)
    return any(load.value in set_here and order > last for each in scope.own() for load, order in each.loads)


def _has_savepoint(each: cst.Try | cst.TryStar) -> bool:
    """``begin_nested()``: it is there so that all else goes on without what stands in it."""
    return any(
        isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "begin_nested"
        for node in inside(each.body)
    )


def _logs(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Attribute) and call.func.attr.value in _LOGGING


def _is_aside(each: cst.CSTNode, scope: Scope, tree: Tree) -> bool:
    """Whether the endpoint answers all the same without the write: it happens under a condition, by the way."""
    return any(isinstance(above, cst.If) for above in tree.within(each, scope))


def _is_http_exception(resolver: Resolver, node: cst.Return, scope: Scope, tree: Tree) -> bool:
    if node.value is None:
        return False
    value = resolver.value(node.value, scope, tree)
    return isinstance(value, Instance) and isinstance(value.of, External) and value.of.name == "fastapi.HTTPException"
