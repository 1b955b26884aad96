"""Route functions, and how each comes by its session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from harness.source.dependencies import functions
from harness.source.facts import EndpointFact, Receives
from harness.source.library import ROUTE_METHODS
from harness.source.sessions import ALIAS_NAMES, is_session_dependency
from harness.source.tree import Kind, dotted, parameters
from harness.source.values import (
    UNKNOWN,
    Annotated,
    Class,
    Constant,
    Depends,
    External,
    Flavor,
    Function,
    Instance,
    Session,
    Supplied,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.positions import Places
    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

_APPS = {"fastapi.FastAPI", "fastapi.APIRouter"}
_APP_NAMES = {"app", "router", "api", "api_router"}


@dataclass(frozen=True, slots=True)
class Route:
    """A function and the decorator (or none) that makes it a route."""

    function: Function
    method: str = ""
    path: str = ""
    decorator: cst.Call | None = None


@dataclass(slots=True)
class Wiring:
    """All routes, and ``id(function node)`` of everything that Depends names."""

    routes: list[Route] = field(default_factory=list)
    depended: set[int] = field(default_factory=set)


def wire(resolver: Resolver) -> Wiring:
    """Find the routes and what they depend on."""
    wiring = Wiring()
    bare: list[Route] = []
    added = {tree.name: _additions(tree) for tree in resolver.project.trees.values()}
    for function in functions(resolver):
        node = function.scope.function
        if node is None:
            continue
        route = _decorated_route(resolver, function, node) or _added_route(
            resolver, function, node, added[function.tree.name]
        )
        if route is not None:
            wiring.routes.append(route)
        elif _takes_dependency(resolver, function, node) and not function.scope.yields:
            bare.append(Route(function))
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            for call in scope.calls:
                value = resolver.value(call, scope, tree)
                if isinstance(value, Depends):
                    _mark(resolver, wiring, value.target)
    wiring.routes += [
        route
        for route in bare
        if id(route.function.scope.node) not in wiring.depended and not _returns_service(resolver, route.function)
    ]
    return wiring


def _mark(resolver: Resolver, wiring: Wiring, target: Value) -> None:
    if isinstance(target, Function):
        wiring.depended.add(id(target.scope.node))
    elif isinstance(target, Instance) and isinstance(target.of, Class):
        method = resolver.member(target.of, "__call__")
        if isinstance(method, Function):
            wiring.depended.add(id(method.scope.node))


def _decorated_route(resolver: Resolver, function: Function, node: cst.FunctionDef) -> Route | None:
    outer = function.scope.parent or function.scope
    for decorator in node.decorators:
        call = decorator.decorator
        if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
            continue
        method = call.func.attr.value
        if method not in ROUTE_METHODS:
            continue
        owner = resolver.value(call.func.value, outer, function.tree)
        known = isinstance(owner, Instance) and isinstance(owner.of, External) and owner.of.name in _APPS
        if known or (owner is UNKNOWN and dotted(call.func.value).rpartition(".")[2].lstrip("_") in _APP_NAMES):
            path = ""
            if call.args and not call.args[0].star:
                value = resolver.value(call.args[0].value, outer, function.tree)
                path = str(value.value) if isinstance(value, Constant) else ""
            return Route(function, method, path, call)
    return None


def _additions(tree: Tree) -> list[tuple[cst.Call, Scope]]:
    """``router.add_api_route(...)`` and the like, with the scope of each."""
    return [
        (call, scope)
        for scope in tree.scopes
        for call in scope.calls
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in ("add_api_route", "add_route")
    ]


def _added_route(
    resolver: Resolver, function: Function, node: cst.FunctionDef, added: list[tuple[cst.Call, Scope]]
) -> Route | None:
    for call, scope in added:
        for arg in call.args:
            if isinstance(arg.value, cst.Name) and arg.value.value == node.name.value:
                value = resolver.value(arg.value, scope, function.tree)
                if isinstance(value, Function) and value.scope is function.scope:
                    return Route(function, "api_route", "", call)
    return None


def parameter_depends(resolver: Resolver, parameter: cst.Param, function: Function) -> Depends | None:
    """The Depends of a parameter: its default, or in its Annotated."""
    outer = function.scope.parent or function.scope
    if parameter.default is not None:
        value = resolver.value(parameter.default, outer, function.tree)
        if isinstance(value, Depends):
            return value
    if parameter.annotation is not None:
        value = resolver.value(parameter.annotation.annotation, outer, function.tree)
        if isinstance(value, Annotated):
            return next((each for each in value.metadata if isinstance(each, Depends)), None)
        if isinstance(value, Supplied) and value.name in ALIAS_NAMES:
            return Depends(Supplied("get_session"), None, cst.Call(cst.Name("Depends")))
    return None


def _takes_dependency(resolver: Resolver, function: Function, node: cst.FunctionDef) -> bool:
    return any(parameter_depends(resolver, parameter, function) is not None for parameter in parameters(node))


def _returns_service(resolver: Resolver, function: Function) -> bool:
    """A provider such as ``def get_service(session=Depends(...)): return TaskService(session)``."""
    value = resolver.called(function)
    return isinstance(value, Instance) and isinstance(value.of, Class) and not function.scope.is_async


def gives_session(resolver: Resolver, depends: Depends) -> Session | None:
    """The session that a dependency hands out, directly or through what it builds from one."""
    value = resolver.provided(depends)
    if isinstance(value, Session):
        return value
    if isinstance(depends.target, Supplied) and is_session_dependency(depends.target.name):
        return Session(Flavor.SQLMODEL, False, made=True, context=True)
    target: Value = depends.target
    if isinstance(target, Class):
        init = resolver.member(target, "__init__")
        target = init
    if isinstance(target, Function) and target.scope.function is not None:
        for parameter in parameters(target.scope.function):
            inner = parameter_depends(resolver, parameter, target)
            if inner is not None and inner is not depends:
                found = gives_session(resolver, inner)
                if found is not None:
                    return found
    return None


def facts(resolver: Resolver, wiring: Wiring, positions: Places) -> Iterator[EndpointFact]:
    """One fact a route."""
    for route in wiring.routes:
        node = route.function.scope.function
        if node is None:
            continue
        receives, why, is_sync, place = _receives(resolver, route.function, node)
        yield EndpointFact(
            name=node.name.value,
            method=route.method,
            path=route.path,
            receives=receives,
            is_sync_session=is_sync,
            at=positions.at(route.function.tree, place),
            why=why,
        )


def _receives(
    resolver: Resolver, function: Function, node: cst.FunctionDef
) -> tuple[Receives | None, str, bool, cst.CSTNode]:
    outer = function.scope.parent or function.scope
    got: tuple[Receives | None, str, bool, cst.CSTNode] = (None, "", False, node)
    received: set[str] = set()
    for parameter in parameters(node):
        name = parameter.name.value
        depends = parameter_depends(resolver, parameter, function)
        annotated = (
            resolver.annotated(parameter.annotation.annotation, outer, function.tree)
            if parameter.annotation
            else UNKNOWN
        )
        if depends is not None:
            session = gives_session(resolver, depends)
            if _called_too_early(resolver, depends, function):
                return (
                    Receives.CALLED,
                    f"Depends of {name} is given the result of a call, not a function",
                    False,
                    parameter,
                )
            if session is not None or isinstance(annotated, Session) or depends.target is UNKNOWN:
                is_sync = session is not None and session.flavor is Flavor.SYNC
                got = (Receives.DEPENDS, "", is_sync, parameter)
                received.add(name)
        elif isinstance(annotated, Session):
            value = _raw_annotation(resolver, parameter, function)
            if isinstance(value, Annotated):
                return Receives.BARE, f"the Annotated of {name} holds no Depends(...)", False, parameter
            return Receives.BARE, f"parameter {name} is a session without Depends", False, parameter
    own = _without_parameter(resolver, function) if not _reads(resolver, function, received) else None
    return own or got


def _reads(resolver: Resolver, function: Function, names: set[str]) -> bool:
    """Whether a function uses what it received as one of these parameters."""
    return any(
        load.value in names
        and any(each.kind is Kind.PARAMETER for each in resolver.bindings(load.value, scope, function.tree, load))
        for scope in function.scope.walk()
        for load, _ in scope.loads
    )


def _raw_annotation(resolver: Resolver, parameter: cst.Param, function: Function) -> Value:
    if parameter.annotation is None:
        return UNKNOWN
    return resolver.value(parameter.annotation.annotation, function.scope.parent or function.scope, function.tree)


def _called_too_early(resolver: Resolver, depends: Depends, function: Function) -> bool:
    """``Depends(get_session())``: the argument is a call of a function that is itself the dependency."""
    for arg in depends.call.args:
        if isinstance(arg.value, cst.Call) and arg.keyword is None:
            callee = resolver.value(arg.value.func, function.scope.parent or function.scope, function.tree)
            if isinstance(callee, Function) and callee.scope.yields:
                return True
    return False


def _stored_in_state(resolver: Resolver, node: cst.CSTNode, scope: Scope, tree: Tree) -> cst.CSTNode | None:
    """``request.state.session`` or a name bound to it."""
    if isinstance(node, cst.Name):
        for binding in resolver.bindings(node.value, scope, tree, node):
            if isinstance(binding.node, cst.Attribute):
                return _stored_in_state(resolver, binding.node, scope, tree)
    return node if isinstance(node, cst.Attribute) and ".state." in f".{dotted(node)}" else None


def _without_parameter(resolver: Resolver, function: Function) -> tuple[Receives | None, str, bool, cst.CSTNode] | None:
    scope, tree = function.scope, function.tree
    for statement in scope.withs:
        for item in statement.items:
            given = resolver.value(item.item, scope, tree)
            entered = resolver.entered(given)
            if isinstance(entered, Session):
                return Receives.OPENS, "the endpoint opens a session itself", entered.flavor is Flavor.SYNC, item
    for call in scope.calls:
        value = resolver.value(call, scope, tree)
        if isinstance(value, Session) and (value.made or isinstance(resolver.value(call.func, scope, tree), Function)):
            return Receives.OPENS, "the endpoint makes a session itself", value.flavor is Flavor.SYNC, call
    for call in scope.calls:
        if isinstance(call.func, cst.Attribute) and call.func.attr.value in ("add", "exec", "execute", "commit"):
            origin = _stored_in_state(resolver, call.func.value, scope, tree)
            if origin is not None:
                return (
                    Receives.OPENS,
                    "the endpoint takes its session from the state of the app or request",
                    False,
                    origin,
                )
    for each in scope.own():
        for name, _ in each.loads:
            found = resolver.bindings(name.value, each, tree, name)
            if found and all(binding.scope.kind in ("module", "class") for binding in found):
                value = resolver.value(name, each, tree)
                if isinstance(value, Session) and value.made:
                    return (
                        Receives.GLOBAL,
                        f"the endpoint uses the session {name.value} made outside of it",
                        False,
                        name,
                    )
    return None
