"""Code around a transaction that cannot do what it is there for: handlers that nothing reaches, SQL after its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.source.library import ASYNC_METHODS, LOGGER_METHODS
from harness.source.tree import children, dotted
from harness.source.units import awaited
from harness.source.values import External, Function, Maker, Manager, Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

ADDS = frozenset({"add", "add_all", "delete"})
WRITES = frozenset({"commit", "flush"})
_NESTED = frozenset({cst.FunctionDef, cst.Lambda, cst.ClassDef})


def unreachable(resolver: Resolver, scope: Scope, tree: Tree) -> Iterator[cst.CSTNode]:
    """Handlers of database errors around code that awaits nothing, where the function writes outside of any try."""
    for each in scope.tries:
        first = each.handlers[0] if each.handlers else None
        if first is None or not all(_catches_database(resolver, handler, scope, tree) for handler in each.handlers):
            continue
        nodes = list(inside(each.body))
        if any(isinstance(node, (cst.Await, cst.Yield)) or getattr(node, "asynchronous", None) for node in nodes):
            continue
        adds = any(
            isinstance(node, cst.Call)
            and isinstance(node.func, cst.Attribute)
            and node.func.attr.value in ADDS
            and _is_async_session(resolver, node.func.value, scope, tree)
            for node in nodes
        )
        if adds and any(tree.orders[id(call)] > tree.orders[id(each)] for call in _unguarded(resolver, scope, tree)):
            yield first


def _unguarded(resolver: Resolver, scope: Scope, tree: Tree) -> Iterator[cst.Call]:
    """Writes of a function that no ``try`` of it surrounds; what stands in a handler counts as surrounded."""
    for call in scope.calls:
        if (
            isinstance(call.func, cst.Attribute)
            and call.func.attr.value in WRITES
            and _is_async_session(resolver, call.func.value, scope, tree)
            and not any(isinstance(above, (cst.Try, cst.TryStar)) for above in tree.within(call, scope))
        ):
            yield call


def ended_early(resolver: Resolver, scope: Scope, tree: Tree) -> Iterator[cst.Call]:
    """``commit()`` or ``rollback()`` in a block of ``begin()`` that goes on to use the session."""
    for block in scope.withs:
        names = _begun_names(resolver, block, scope, tree)
        if not names:
            continue
        statements = block.body.body
        for index, statement in enumerate(statements):
            call = awaited(statement)
            if (
                call is not None
                and isinstance(call.func, cst.Attribute)
                and call.func.attr.value in ("commit", "rollback")
                and dotted(call.func.value) in names
                and any(_uses(later, dotted(call.func.value)) for later in statements[index + 1 :])
            ):
                yield call


def _begun_names(resolver: Resolver, block: cst.With, scope: Scope, tree: Tree) -> set[str]:
    """The sessions whose transaction a with statement is, by itself or by a context manager of the project's."""
    names = _begun_here(resolver, block, scope, tree)
    for item in block.items:
        if isinstance(item.item, cst.Call) and item.asname is not None:
            made = resolver.value(item.item, scope, tree)
            if isinstance(made, Manager) and made.function is not None and _gives_begun(resolver, made.function):
                names.add(dotted(item.asname.name))
    return names


def _begun_here(resolver: Resolver, block: cst.With, scope: Scope, tree: Tree) -> set[str]:
    """The sessions that a with statement calls ``begin()`` of."""
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


def _gives_begun(resolver: Resolver, function: Function) -> bool:
    """Whether a context manager of the project's yields a session inside its ``begin()``."""
    scope, tree = function.scope, function.tree
    return bool(scope.yields) and all(
        isinstance(each.value, cst.Name)
        and any(
            each.value.value in _begun_here(resolver, above, scope, tree)
            for above in tree.within(each, scope)
            if isinstance(above, cst.With)
        )
        for each in scope.yields
    )


def _uses(statement: cst.CSTNode, session: str) -> bool:
    """Whether a statement certainly sends SQL by a session: not in a branch."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    return any(
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and dotted(node.func.value) == session
        and node.func.attr.value in ASYNC_METHODS - {"close", "aclose", "commit", "rollback"}
        for node in inside(statement)
    )


def entered(resolver: Resolver, scope: Scope, tree: Tree) -> Iterator[Function]:
    """The project's own context managers around a ``yield`` that nothing is raised after."""
    for each in scope.yields:
        for above in tree.within(each, scope):
            if isinstance(above, cst.With) and all(
                tree.orders[id(other)] < tree.orders[id(each)] for other in scope.raises
            ):
                for item in above.items:
                    made = resolver.value(item.item, scope, tree)
                    if isinstance(made, Manager) and made.function is not None:
                        yield made.function


def swallowing(scope: Scope, tree: Tree) -> Iterator[cst.CSTNode]:
    """Handlers of a generator that end what is raised at its ``yield``."""
    yields = set(map(id, scope.yields))
    for each in scope.tries:
        if any(id(node) in yields for node in inside(each.body)):
            for handler in each.handlers:
                nodes = list(inside(handler.body))
                ends = [node for node in nodes if isinstance(node, (cst.Raise, cst.Yield))]
                helps = [node for node in nodes if isinstance(node, cst.Call) and _may_raise(node, handler)]
                later = any(tree.orders[id(other)] > tree.orders[id(each)] for other in scope.raises)
                if not ends and not helps and not later and _is_wide(handler):
                    yield handler


def _may_raise(call: cst.Call, handler: cst.ExceptHandler | cst.ExceptStarHandler) -> bool:
    """A call of a function, or of a method that is given the error and is not a logger's."""
    if not isinstance(call.func, cst.Attribute):
        return isinstance(call.func, cst.Name)
    error = dotted(handler.name.name) if handler.name is not None else ""
    given = error and any(dotted(arg.value) == error for arg in call.args)
    return bool(given) and call.func.attr.value not in LOGGER_METHODS


def caught(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> list[cst.BaseExpression] | None:
    """What a handler says that it takes; None where it takes everything."""
    if isinstance(handler.type, cst.Tuple):
        return [element.value for element in handler.type.elements]
    return [handler.type] if handler.type is not None else None


def _is_wide(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> bool:
    """Whether a handler takes an HTTPException, too."""
    taken = caught(handler)
    return taken is None or any(dotted(each) in ("Exception", "BaseException", "HTTPException") for each in taken)


def _catches_database(
    resolver: Resolver, handler: cst.ExceptHandler | cst.ExceptStarHandler, scope: Scope, tree: Tree
) -> bool:
    """Whether a handler takes errors of SQLAlchemy's and nothing else."""
    taken = caught(handler)
    values = [resolver.value(each, scope, tree) for each in taken or ()]
    return taken is not None and all(
        isinstance(value, External) and value.name.startswith("sqlalchemy.exc.") for value in values
    )


def may_catch_database(
    resolver: Resolver, handler: cst.ExceptHandler | cst.ExceptStarHandler, scope: Scope, tree: Tree
) -> bool:
    """Whether a handler certainly takes errors of SQLAlchemy's, whatever else."""
    taken = caught(handler)
    values = [resolver.value(each, scope, tree) for each in taken or ()]
    return taken is None or any(
        isinstance(value, External)
        and (value.name.startswith("sqlalchemy.exc.") or value.name in ("builtins.Exception", "builtins.BaseException"))
        for value in values
    )


def _is_async_session(resolver: Resolver, node: cst.CSTNode, scope: Scope, tree: Tree) -> bool:
    value = resolver.value(node, scope, tree)
    return isinstance(value, Session) and value.flavor.is_async


def inside(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """All nodes below, without those of nested functions."""
    todo: list[cst.CSTNode] = [node]
    while todo:
        here = todo.pop()
        yield here
        if here is node or type(here) not in _NESTED:
            todo.extend(children(here))
