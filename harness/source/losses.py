"""Code that hides or loses a failed write: answers 2xx, catches what cannot fail, swallows what it should pass on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.source.endpoints import parameter_depends
from harness.source.facts import LostWrite
from harness.source.library import ASYNC_METHODS
from harness.source.tree import children, dotted, parameters
from harness.source.values import Depends, External, Function, Instance, Maker, Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.endpoints import Wiring
    from harness.source.positions import Places
    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

_LATE = "commits after the yield, when the response is already sent"
_UNREACHABLE = "nothing in this try asks the database: what fails at the commit or flush is not caught here"
_ENDED = "ends the transaction inside begin(): the session refuses what follows in the block"
_KEPT_BACK = "swallows what the endpoint raises, HTTPException included: the client gets a 500"
_ADDS = frozenset({"add", "add_all", "delete"})
_WRITES = frozenset({"commit", "flush"})


def find(resolver: Resolver, wiring: Wiring, positions: Places) -> Iterator[LostWrite]:
    """Commits after ``yield``, handlers that swallow a failed write or that nothing reaches, and work after the end."""
    yield from _late_commits(resolver, wiring, positions)
    for tree in resolver.project.trees.values():
        for scope in tree.scope.walk():
            if scope.kind == "function" and scope.is_async:
                for handler in _unreachable(resolver, scope, tree):
                    yield LostWrite(_UNREACHABLE, positions.at(tree, handler))
                for call in _ended_early(resolver, scope, tree):
                    yield LostWrite(_ENDED, positions.at(tree, call))
                if scope.yields and id(scope.node) in wiring.depended:
                    for handler in _swallowing(scope, tree):
                        yield LostWrite(_KEPT_BACK, positions.at(tree, handler))
    for route in wiring.routes:
        scope, tree = route.function.scope, route.function.tree
        for each in scope.tries:
            if _writes(resolver, each.body, scope, tree):
                for handler in each.handlers:
                    how = _swallows(resolver, handler, each, scope, tree)
                    if how:
                        yield LostWrite(how, positions.at(tree, handler))


def _late_commits(resolver: Resolver, wiring: Wiring, positions: Places) -> Iterator[LostWrite]:
    early = _function_scoped(resolver)
    elsewhere = False
    late: list[tuple[Scope, LostWrite]] = []
    for tree in resolver.project.trees.values():
        for scope in tree.scope.walk():
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
    relied_on = _relied_on(resolver, wiring) if late and elsewhere else set()
    for scope, lost in late:
        if not elsewhere or id(scope.node) in relied_on:
            yield lost


def _relied_on(resolver: Resolver, wiring: Wiring) -> set[int]:
    """Dependencies whose session some endpoint adds to, without a commit of its own."""
    found: set[int] = set()
    for route in wiring.routes:
        function = route.function
        node = function.scope.function
        called = {call.func.attr.value for call in function.scope.calls if isinstance(call.func, cst.Attribute)}
        if node is None or called.isdisjoint(_ADDS) or not called.isdisjoint({"commit", "begin"}):
            continue
        for parameter in parameters(node):
            depends = parameter_depends(resolver, parameter, function)
            if depends is not None and isinstance(depends.target, Function):
                for call in function.scope.calls:
                    if dotted(call.func) in {f"{parameter.name.value}.{name}" for name in _ADDS}:
                        found.add(id(depends.target.scope.node))
    return found


def _unreachable(resolver: Resolver, scope: Scope, tree: Tree) -> Iterator[cst.CSTNode]:
    """Handlers of database errors around code that awaits nothing, where the function writes outside of any try."""
    for each in scope.tries:
        first = each.handlers[0] if each.handlers else None
        if first is None or not all(_catches_database(resolver, handler, scope, tree) for handler in each.handlers):
            continue
        inside = list(_inside(each.body))
        if any(isinstance(node, (cst.Await, cst.Yield)) or getattr(node, "asynchronous", None) for node in inside):
            continue
        adds = any(
            isinstance(node, cst.Call)
            and isinstance(node.func, cst.Attribute)
            and node.func.attr.value in _ADDS
            and _is_async_session(resolver, node.func.value, scope, tree)
            for node in inside
        )
        if adds and any(tree.orders[id(call)] > tree.orders[id(each)] for call in _unguarded(resolver, scope, tree)):
            yield first


def _unguarded(resolver: Resolver, scope: Scope, tree: Tree) -> Iterator[cst.Call]:
    """Writes of a function that no ``try`` of it surrounds; what stands in a handler counts as surrounded."""
    for call in scope.calls:
        if (
            isinstance(call.func, cst.Attribute)
            and call.func.attr.value in _WRITES
            and _is_async_session(resolver, call.func.value, scope, tree)
            and not any(isinstance(above, (cst.Try, cst.TryStar)) for above in _up_to(tree, call, scope))
        ):
            yield call


def _ended_early(resolver: Resolver, scope: Scope, tree: Tree) -> Iterator[cst.Call]:
    """``commit()`` or ``rollback()`` in a block of ``begin()`` that goes on to use the session."""
    for block in scope.withs:
        names = _begun_names(resolver, block, scope, tree)
        if not names:
            continue
        statements = block.body.body
        for index, statement in enumerate(statements):
            call = _call_of(statement)
            if (
                call is not None
                and isinstance(call.func, cst.Attribute)
                and call.func.attr.value in ("commit", "rollback")
                and dotted(call.func.value) in names
                and any(_uses(later, dotted(call.func.value)) for later in statements[index + 1 :])
            ):
                yield call


def _begun_names(resolver: Resolver, block: cst.With, scope: Scope, tree: Tree) -> set[str]:
    """The sessions whose transaction a with statement is."""
    names: set[str] = set()
    for item in block.items:
        call = item.item
        if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and call.func.attr.value == "begin":
            owner = resolver.value(call.func.value, scope, tree)
            if isinstance(owner, Session) and owner.flavor.is_async:
                names.add(dotted(call.func.value))
            elif isinstance(owner, Maker) and owner.flavor.is_async and item.asname is not None:
                names.add(dotted(item.asname.name))
    return names


def _call_of(statement: cst.CSTNode) -> cst.Call | None:
    """The call of a line ``await call(...)``."""
    line = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) and statement.body else None
    value = line.value if isinstance(line, cst.Expr) else None
    call = value.expression if isinstance(value, cst.Await) else None
    return call if isinstance(call, cst.Call) else None


def _uses(statement: cst.CSTNode, session: str) -> bool:
    """Whether a statement certainly sends SQL by a session: not in a branch."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    return any(
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and dotted(node.func.value) == session
        and node.func.attr.value in ASYNC_METHODS - {"close", "aclose", "commit", "rollback"}
        for node in _inside(statement)
    )


def _swallowing(scope: Scope, tree: Tree) -> Iterator[cst.CSTNode]:
    """Handlers of a dependency that end what is raised at its ``yield``."""
    yields = set(map(id, scope.yields))
    for each in scope.tries:
        if any(id(node) in yields for node in _inside(each.body)):
            for handler in each.handlers:
                nodes = list(_inside(handler.body))
                ends = [node for node in nodes if isinstance(node, (cst.Raise, cst.Yield))]
                helps = [node for node in nodes if isinstance(node, cst.Call) and isinstance(node.func, cst.Name)]
                if not ends and not helps and _is_wide(handler):
                    yield handler


def _is_wide(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> bool:
    """Whether a handler takes an HTTPException, too."""
    if handler.type is None:
        return True
    elements = handler.type.elements if isinstance(handler.type, cst.Tuple) else [cst.Element(handler.type)]
    return any(dotted(element.value) in ("Exception", "BaseException", "HTTPException") for element in elements)


def _catches_database(
    resolver: Resolver, handler: cst.ExceptHandler | cst.ExceptStarHandler, scope: Scope, tree: Tree
) -> bool:
    """Whether a handler takes errors of SQLAlchemy's and nothing else."""
    if handler.type is None:
        return False
    elements = handler.type.elements if isinstance(handler.type, cst.Tuple) else [cst.Element(handler.type)]
    values = [resolver.value(element.value, scope, tree) for element in elements]
    return all(isinstance(value, External) and value.name.startswith("sqlalchemy.exc.") for value in values)


def _is_async_session(resolver: Resolver, node: cst.CSTNode, scope: Scope, tree: Tree) -> bool:
    value = resolver.value(node, scope, tree)
    return isinstance(value, Session) and value.flavor.is_async


def _up_to(tree: Tree, node: cst.CSTNode, scope: Scope) -> Iterator[cst.CSTNode]:
    for above in tree.ancestors(node):
        if above is scope.node:
            return
        yield above


def _begun(resolver: Resolver, scope: Scope, tree: Tree) -> Iterator[cst.CSTNode]:
    """``maker.begin()`` and ``session.begin()`` around a yield: they commit when the generator ends."""
    for each in scope.yields:
        for above in tree.ancestors(each):
            if above is scope.node:
                break
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
        for scope in tree.scope.walk():
            for call in scope.calls:
                value = resolver.value(call, scope, tree)
                if isinstance(value, Depends) and isinstance(value.target, Function):
                    key = id(value.target.scope.node)
                    scoped[key] = scoped.get(key, True) and value.scope == "function"
    return {key for key, always in scoped.items() if always}


def _inside(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """All nodes below, without those of nested functions."""
    todo: list[cst.CSTNode] = [node]
    while todo:
        here = todo.pop()
        yield here
        if here is node or not isinstance(here, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            todo.extend(children(here))


def _writes(resolver: Resolver, body: cst.CSTNode, scope: Scope, tree: Tree) -> bool:
    return any(
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value in _WRITES
        and isinstance(resolver.value(node.func.value, scope, tree), Session)
        for node in _inside(body)
    )


def _swallows(
    resolver: Resolver,
    handler: cst.ExceptHandler | cst.ExceptStarHandler,
    each: cst.Try | cst.TryStar,
    scope: Scope,
    tree: Tree,
) -> str:
    """What a handler does instead of telling the client, "" when it tells or nothing certain can be said."""
    nodes = list(_inside(handler.body))
    if any(isinstance(node, (cst.Raise, cst.Continue, cst.Break)) for node in nodes):
        return ""
    if any(
        isinstance(node, cst.Name) and node.value == "status_code" for node in nodes if not isinstance(node, cst.Arg)
    ):
        returned = [node for node in nodes if isinstance(node, cst.Return)]
        if not any(_is_http_exception(resolver, node, scope, tree) for node in returned):
            return ""
    for node in nodes:
        if isinstance(node, cst.Return):
            if _is_http_exception(resolver, node, scope, tree):
                return "returns the HTTPException instead of raising it: the client gets 200"
            if node.value is None or isinstance(node.value, (cst.Dict, cst.Name, cst.SimpleString)):
                return "swallows the failed write and returns: the client gets 2xx"
            return ""
    calls = [node for node in nodes if isinstance(node, cst.Call)]
    if any(isinstance(resolver.value(call.func, scope, tree), Function) for call in calls):
        return ""  # a helper of the answer's own may raise
    if any(not isinstance(tree.parent(call), (cst.Await, cst.Expr)) for call in calls):
        return ""
    order = tree.orders[id(each)]
    if any(tree.orders[id(other)] > order for other in scope.raises) or any(
        isinstance(above, (cst.For, cst.While)) for above in tree.ancestors(each) if above is not scope.node
    ):
        return ""
    return "swallows the failed write and goes on: the client gets 2xx"


def _is_http_exception(resolver: Resolver, node: cst.Return, scope: Scope, tree: Tree) -> bool:
    if node.value is None:
        return False
    value = resolver.value(node.value, scope, tree)
    return isinstance(value, Instance) and isinstance(value.of, External) and value.of.name == "fastapi.HTTPException"
