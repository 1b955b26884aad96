"""How endpoints stand up to a write that fails: whether anything catches it, and what the client is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.source.facts import Risk, RiskKind
from harness.source.transactions import WRITES, caught
from harness.source.tree import children, dotted
from harness.source.values import External, Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.endpoints import Route, Wiring
    from harness.source.positions import Places
    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

_WIDE = frozenset({"SQLAlchemyError", "DBAPIError", "Exception", "BaseException", ""})


def find(resolver: Resolver, wiring: Wiring, positions: Places) -> Iterator[Risk]:
    """The first unguarded write of each endpoint, and the handlers that catch too little or tell too much."""
    if not any(route.decorator is not None for route in wiring.routes):
        return
    handled = _handled(resolver)
    for route in wiring.routes:
        if route.decorator is not None:
            yield from _in_route(resolver, route, positions, handled=handled)


def _in_route(resolver: Resolver, route: Route, positions: Places, *, handled: bool) -> Iterator[Risk]:
    scope, tree = route.function.scope, route.function.tree
    told: set[int] = set()
    warned = False
    open_ends = handled or _behind_something(route)
    for call in scope.calls:
        if not (isinstance(call.func, cst.Attribute) and call.func.attr.value in WRITES):
            continue
        owner = resolver.value(call.func.value, scope, tree)
        if not isinstance(owner, Session) or not owner.flavor.is_async:
            continue
        handlers = list(_around(call, scope, tree))
        for handler in handlers:
            if id(handler) not in told and _leaks(handler):
                told.add(id(handler))
                yield Risk(RiskKind.LEAKED, positions.at(tree, handler))
        names = {name for handler in handlers for name in _names(handler)}
        if open_ends or names & _WIDE or warned or _is_managed(resolver, call, scope, tree):
            continue
        if not names:
            warned = True
            yield Risk(RiskKind.UNGUARDED, positions.at(tree, call))
        elif names == {"IntegrityError"}:
            warned = True
            yield Risk(RiskKind.NARROW, positions.at(tree, handlers[0]))


def _handled(resolver: Resolver) -> bool:
    """Whether the app registers a handler that answers for the database's errors, or one that cannot be known."""
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            for call in scope.calls:
                name = call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
                if name in ("exception_handler", "add_exception_handler") and call.args:
                    shown = dotted(call.args[0].value).rpartition(".")[2]
                    if shown in _WIDE or not shown.endswith(("Exception", "Error")):
                        return True
                if name in ("middleware", "add_middleware") and not _is_known_middleware(call):
                    return True
                if any(arg.keyword is not None and arg.keyword.value == "exception_handlers" for arg in call.args):
                    return True
    return False


def _is_known_middleware(call: cst.Call) -> bool:
    """Middleware that does not answer for errors."""
    shown = dotted(call.args[0].value).rpartition(".")[2] if call.args else ""
    return shown in ("CORSMiddleware", "GZipMiddleware", "TrustedHostMiddleware", "SessionMiddleware")


def _behind_something(route: Route) -> bool:
    """Whether another decorator or a route class may catch what the endpoint raises."""
    node = route.function.scope.function
    return node is not None and len(node.decorators) > 1


def _is_managed(resolver: Resolver, call: cst.Call, scope: Scope, tree: Tree) -> bool:
    """Whether a call stands in a ``with`` of a context manager that may answer for what is raised inside."""
    return any(
        isinstance(above, cst.With) and any(_may_answer(resolver, each.item, scope, tree) for each in above.items)
        for above in tree.within(call, scope)
    )


def _may_answer(resolver: Resolver, item: cst.BaseExpression, scope: Scope, tree: Tree) -> bool:
    """Whether a context manager is the project's own: those of sessions, transactions and libraries answer nothing."""
    if isinstance(resolver.value(item, scope, tree), Session):
        return False
    made = resolver.value(item.func, scope, tree) if isinstance(item, cst.Call) else None
    name = dotted(item.func).rpartition(".")[2] if isinstance(item, cst.Call) else ""
    return name not in ("begin", "begin_nested") and not isinstance(made, External)


def _around(call: cst.Call, scope: Scope, tree: Tree) -> Iterator[cst.ExceptHandler | cst.ExceptStarHandler]:
    """The handlers of every ``try`` whose body a call stands in."""
    below: cst.CSTNode = call
    for above in tree.within(call, scope):
        if isinstance(above, (cst.Try, cst.TryStar)) and below is above.body:
            yield from above.handlers
        below = above


def _names(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> list[str]:
    taken = caught(handler)
    return [""] if taken is None else [dotted(each).rpartition(".")[2] for each in taken]


def _leaks(handler: cst.ExceptHandler | cst.ExceptStarHandler) -> bool:
    """``detail=str(error)`` and ``detail=f"... {error}"`` of an error that the database may have raised."""
    error = handler.name.name.value if handler.name is not None and isinstance(handler.name.name, cst.Name) else ""
    if not error or not (set(_names(handler)) & (_WIDE | {"IntegrityError", "OperationalError"})):
        return False
    todo: list[cst.CSTNode] = [handler.body]
    while todo:
        here = todo.pop()
        if isinstance(here, cst.Raise) and here.exc is not None and isinstance(here.exc, cst.Call):
            return dotted(here.exc.func).rpartition(".")[2] == "HTTPException" and any(
                _shows(arg.value, error) for arg in here.exc.args
            )
        todo.extend(children(here))
    return False


def _shows(node: cst.CSTNode, name: str) -> bool:
    """Whether an expression puts an error into text."""
    if isinstance(node, cst.FormattedString):
        return any(
            isinstance(part, cst.FormattedStringExpression) and dotted(part.expression).partition(".")[0] == name
            for part in node.parts
        ) or any(_shows(part, name) for part in children(node))
    if isinstance(node, cst.Call) and dotted(node.func) in ("str", "repr"):
        return any(dotted(arg.value).partition(".")[0] == name for arg in node.args)
    return any(_shows(child, name) for child in children(node))


def declares_tables(resolver: Resolver) -> bool:
    """Whether the project makes tables by SQLAlchemy's own declarative classes."""
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            node = scope.node
            if isinstance(node, cst.ClassDef) and any(
                _is_base(resolver.value(arg.value, scope.parent or scope, tree)) for arg in node.bases
            ):
                return True
            if scope.kind == "module" and any(_is_base(resolver.value(call.func, scope, tree)) for call in scope.calls):
                return True
    return False


def _is_base(value: object) -> bool:
    return isinstance(value, External) and value.name.rpartition(".")[2] in (
        "DeclarativeBase",
        "DeclarativeBaseNoMeta",
        "declarative_base",
        "automap_base",
    )
