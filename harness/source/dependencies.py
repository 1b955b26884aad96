"""Which functions hand out sessions, and in which shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.source.facts import DependencyFact, Shape
from harness.source.sessions import DEPENDENCY_NAMES
from harness.source.tree import dotted
from harness.source.units import opened
from harness.source.values import UNKNOWN, Coroutine, Function, Instance, Manager, Session, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.positions import Places
    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree


def functions(resolver: Resolver) -> Iterator[Function]:
    """All functions and methods of the answer."""
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            if scope.kind == "function":
                yield Function(scope, tree)


def find(resolver: Resolver, depended: set[int], positions: Places) -> Iterator[DependencyFact]:
    """The answer's session dependencies.

    ``depended`` holds ``id(function node)`` of everything that Depends names. A function counts when it is given to
    Depends, or bears a dependency's name, and hands out a session; or when it is an undecorated generator of sessions.
    """
    for function in functions(resolver):
        node = function.scope.function
        if node is None:
            continue
        used = id(node) in depended
        given = _given(resolver, function)
        session = given if isinstance(given, Session) else _of_unit(resolver, function, given)
        stored = used and _from_state(function)
        if not stored and not _counts(resolver, function, session, used=used):
            continue
        shape, place = (Shape.RETURNS, node) if stored else shape_of(resolver, function)
        if resolver.is_manager(function):
            shape, place = Shape.DECORATED, node
        yield DependencyFact(
            name=node.name.value,
            target=f"{function.tree.name}:{_qualified(function.scope)}",
            shape=shape,
            flavor=session.flavor if session is not None else None,
            expire=None if session is None or (session.expire and resolver.sets_expiry) else session.expire,
            depended_on=used,
            at=positions.at(function.tree, node),
            shape_at=positions.at(function.tree, place),
            alone=not used and _is_alone(resolver, function),
            supplied=session is not None and session.context,
        )


def _counts(resolver: Resolver, function: Function, session: Session | None, *, used: bool) -> bool:
    scope = function.scope
    named = scope.name in DEPENDENCY_NAMES
    if session is None and not (used and _hands_out(function)) and not (named and scope.yields):
        return False
    if session is not None and not session.made and not scope.yields:
        return False
    if not used and (resolver.is_manager(function) or not (scope.yields or (named and scope.returns))):
        return False
    return not _only_passes_on(function)


def _is_alone(resolver: Resolver, function: Function) -> bool:
    """Whether nobody names a generator that nothing decorates, in a file that imports FastAPI or beside one."""
    node, name = function.scope.function, function.scope.name
    if node is None or node.decorators or function.scope.parent is None or function.scope.parent.kind != "module":
        return False
    web = False
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            if any(load.value == name for load, _ in scope.loads):
                return False
            if any(attribute.attr.value == name for attribute in scope.attributes):
                return False
            for bindings in scope.bindings.values():
                web = web or bindings[-1].module.partition(".")[0] == "fastapi"
    return web


def _from_state(function: Function) -> bool:
    """``return request.state.session``: somebody else opened it."""
    return any(
        isinstance(each.value, cst.Attribute) and ".state." in f".{dotted(each.value)}"
        for each in function.scope.returns
    )


def _qualified(scope: Scope) -> str:
    names: list[str] = []
    here: Scope | None = scope
    while here is not None and here.kind != "module":
        names.append(here.name)
        here = here.parent
    return ".".join(reversed(names))


def _given(resolver: Resolver, function: Function) -> Value:
    if function.scope.yields:
        return resolver.yielded(function)
    value = resolver.called(function)
    return value.of if isinstance(value, Coroutine) else value


def _of_unit(resolver: Resolver, function: Function, given: Value) -> Session | None:
    """The session of a unit of work that stands open where the function gives it away."""
    session = opened(resolver, given)
    if session is None:
        return None
    given_away: list[cst.Yield | cst.Return] = [*function.scope.yields, *function.scope.returns]
    for each in given_away:
        name = each.value.value if isinstance(each.value, cst.Name) else None
        if any(
            isinstance(item.asname.name, cst.Name) and item.asname.name.value == name
            for above in function.tree.within(each, function.scope)
            for item in (above.items if isinstance(above, cst.With) and above.asynchronous is not None else ())
            if item.asname is not None
        ):
            return session
    return None


def _hands_out(function: Function) -> bool:
    """Whether a dependency yields something that it opened in a with statement (a unit of work, a repository)."""
    return bool(function.scope.yields) and bool(function.scope.withs)


def _only_passes_on(function: Function) -> bool:
    """A dependency that takes its session from another dependency and returns or yields that very one."""
    node = function.scope.function
    if node is None:
        return False
    taken = {name for name, found in function.scope.bindings.items() if found[0].kind == "parameter"}
    given: list[cst.Yield | cst.Return] = [*function.scope.yields, *function.scope.returns]
    out = [each.value for each in given if each.value is not None]
    names = [each.value for each in out if isinstance(each, cst.Name)]
    return bool(out) and len(names) == len(out) and set(names) <= taken


def shape_of(resolver: Resolver, function: Function) -> tuple[Shape, cst.CSTNode]:
    """The shape of a function that hands out sessions, and the node to point at."""
    scope, tree = function.scope, function.tree
    node = scope.function
    assert node is not None
    if not scope.yields:
        for each in scope.returns:
            if each.value is not None and isinstance(resolver.value(each.value, scope, tree), (Session, Instance)):
                return Shape.RETURNS, each
        return Shape.UNKNOWN, node
    if not scope.is_async:
        return Shape.NOT_ASYNC, node
    verdicts = [_yield_shape(resolver, each, scope, tree) for each in scope.yields]
    for shape, place in verdicts:
        if shape not in (Shape.RIGHT, Shape.UNKNOWN):
            return shape, place
    return verdicts[0] if all(shape is Shape.RIGHT for shape, _ in verdicts) else (Shape.UNKNOWN, node)


def _yield_shape(resolver: Resolver, each: cst.Yield, scope: Scope, tree: Tree) -> tuple[Shape, cst.CSTNode]:
    if isinstance(each.value, cst.From) or each.value is None:
        return Shape.UNKNOWN, each
    value = resolver.value(each.value, scope, tree)
    name = each.value.value if isinstance(each.value, cst.Name) else None
    around = [above for above in tree.within(each, scope) if isinstance(above, cst.With)]
    for statement in around:
        for item in statement.items:
            bound = item.asname.name.value if item.asname and isinstance(item.asname.name, cst.Name) else None
            given = resolver.value(item.item, scope, tree)
            opens = (bound is not None and bound == name) or (
                isinstance(item.item, cst.Name) and item.item.value == name and name is not None
            )
            if not opens:
                continue
            if isinstance(given, Session) and given.context:
                return Shape.RIGHT, each
            if statement.asynchronous is None:
                return Shape.SYNC_WITH, item
            if isinstance(given, Manager) and given.function is not None:
                inner, _ = shape_of(resolver, given.function)
                if inner not in (Shape.RIGHT, Shape.UNKNOWN):
                    return inner, item
            if isinstance(given, Session) and isinstance(item.item, cst.Name) and given.node is not None:
                shared = _made_outside(resolver, item.item, scope, tree)
                return (Shape.NO_WITH, item) if shared else (Shape.RIGHT, each)
            return Shape.RIGHT, each
    if isinstance(value, Session) and value.made:
        return (Shape.CLOSES if _closed_in_finally(tree, each, scope, name) else Shape.NO_WITH), each
    if around and any(statement.asynchronous is not None for statement in around) and value is UNKNOWN:
        return Shape.RIGHT, each
    return Shape.UNKNOWN, each


def _closed_in_finally(tree: Tree, node: cst.Yield, scope: Scope, name: str | None) -> bool:
    """Whether a ``try`` around the yield awaits ``name.close()`` in its ``finally``."""
    for above in tree.within(node, scope):
        if isinstance(above, cst.Try) and above.finalbody is not None and name is not None:
            for call in scope.calls:
                if dotted(call.func) in (f"{name}.close", f"{name}.aclose") and isinstance(
                    tree.parent(call), cst.Await
                ):
                    return any(outer is above.finalbody for outer in tree.ancestors(call))
    return False


def _made_outside(resolver: Resolver, name: cst.Name, scope: Scope, tree: Tree) -> bool:
    found = resolver.bindings(name.value, scope, tree, name)
    return bool(found) and all(binding.scope.kind == "module" for binding in found)
