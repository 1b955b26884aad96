"""Finds what of an answer can be driven over HTTP, and makes reachable what no app includes."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from fastapi import APIRouter, FastAPI, params, routing
from pydantic import BaseModel

from harness.inside.context import innermost

Function = Callable[..., Any]


@dataclass
class Route:
    """One method of one API route of an app; ``context`` is FastAPI's own route or route context."""

    method: str
    path: str
    endpoint: Function
    context: Any


@dataclass
class Target:
    """An app and its routes. ``module`` names the module that holds the app, empty when the harness made it."""

    app: FastAPI
    module: str
    routes: list[Route] = field(default_factory=list)


def targets(modules: Mapping[str, ModuleType], own: frozenset[str]) -> tuple[list[Target], list[str]]:
    """The apps, after routers and bare endpoints were given to one, and what went wrong.

    ``modules`` are those that imported, by name; ``own`` names the ones the answer wrote itself.
    """
    problems: list[str] = []
    apps = [Target(app, name) for name, app in _instances(modules, FastAPI)]
    if not apps:
        apps = [Target(app, name) for name, app in _from_factories(modules, own, problems)]
    routers = [router for _, router in _instances(modules, APIRouter)]
    home = apps[0].app if len(apps) == 1 else _harness_app(apps)
    included = {id(route.endpoint) for target in apps for route in api_routes(target.app)}
    nested = {id(route.endpoint) for router in routers for inner in _inner(router) for route in api_routes(inner)}
    for router in routers:
        endpoints = {id(route.endpoint) for route in api_routes(router)}
        if endpoints and not endpoints & included and not endpoints <= nested:
            try:
                home.include_router(router)
            except Exception as error:
                problems.append(f"a router cannot be included: {error}")
    included |= {id(route.endpoint) for route in api_routes(home)}
    for endpoint in _bare_endpoints(modules, own, included):
        try:
            _mount(home, endpoint)
        except Exception as error:
            problems.append(f"{endpoint.__name__} cannot be an endpoint: {error}")
    if all(target.app is not home for target in apps):
        apps.append(Target(home, ""))
    for target in apps:
        target.routes = list(api_routes(target.app))
    return apps, problems


def api_routes(owner: FastAPI | APIRouter) -> Iterator[Route]:
    """The API routes of an app or router, those of included routers with their prefixes, without the docs."""
    contexts: Any = getattr(routing, "iter_route_contexts", iter)
    for context in contexts(owner.routes):
        original = getattr(context, "original_route", context)
        if isinstance(original, routing.APIRoute) and context.endpoint is not None:
            for method in sorted(context.methods or ()):
                yield Route(method, context.path_format, context.endpoint, context)


def session_dependencies(found: list[Target]) -> list[tuple[Target, Function]]:
    """What routes depend on and may hand out a session: generators, and whatever fills a session parameter."""
    seen: list[tuple[Target, Function]] = []
    for target in found:
        for route in target.routes:
            for dependant in _flat(route.context.dependant):
                call = dependant.call
                if call is None or call == route.endpoint or any(call == known for _, known in seen):
                    continue
                inner = innermost(call)
                if inspect.isasyncgenfunction(inner) or inspect.isgeneratorfunction(inner) or _hints_session(call):
                    seen.append((target, call))
    return seen


def _flat(dependant: Any) -> Iterator[Any]:
    for child in dependant.dependencies:
        yield child
        yield from _flat(child)


def _hints_session(call: Function) -> bool:
    try:
        return "Session" in str(inspect.signature(call).return_annotation)
    except (TypeError, ValueError):
        return False


def _instances(modules: Mapping[str, ModuleType], kind: type) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, module in modules.items():
        for value in list(vars(module).values()):
            if isinstance(value, kind) and all(value is not known for _, known in found):
                found.append((name, value))
    return found


def _functions(modules: Mapping[str, ModuleType], own: frozenset[str]) -> Iterator[tuple[str, Function]]:
    for name, module in modules.items():
        if name in own:
            for value in list(vars(module).values()):
                if isinstance(value, FunctionType) and value.__module__ == module.__name__:
                    yield name, value


def _from_factories(
    modules: Mapping[str, ModuleType], own: frozenset[str], problems: list[str]
) -> Iterator[tuple[str, FastAPI]]:
    for name, function in _functions(modules, own):
        signature = inspect.signature(function)
        if inspect.iscoroutinefunction(function) or any(
            parameter.default is parameter.empty
            and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
            for parameter in signature.parameters.values()
        ):
            continue
        named = function.__name__ in (
            "create_app",
            "make_app",
            "build_app",
            "get_app",
            "get_application",
            "create_application",
        )
        if named or signature.return_annotation in (FastAPI, "FastAPI"):
            try:
                app = function()
            except Exception as error:
                problems.append(f"{function.__name__}() raised {type(error).__name__}: {error}"[:300])
                continue
            if isinstance(app, FastAPI):
                yield name, app


def _harness_app(apps: list[Target]) -> FastAPI:
    app = FastAPI()
    for target in apps:
        for kind, handler in target.app.exception_handlers.items():
            app.exception_handlers.setdefault(kind, handler)
    return app


def _inner(router: APIRouter) -> Iterator[APIRouter]:
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if isinstance(inner, APIRouter):
            yield inner


def _bare_endpoints(modules: Mapping[str, ModuleType], own: frozenset[str], included: set[int]) -> Iterator[Function]:
    candidates = [function for _, function in _functions(modules, own) if _dependencies_of(function)]
    calls = [call for function in candidates for call in _dependencies_of(function)]
    for function in candidates:
        if id(function) in included or any(function is call for call in calls):
            continue
        if inspect.iscoroutinefunction(function):
            yield function


def _dependencies_of(function: Function) -> list[Any]:
    """What the parameters of a function depend on: ``= Depends(x)`` or ``Annotated[..., Depends(x)]``."""
    found = [
        parameter.default.dependency
        for parameter in inspect.signature(function).parameters.values()
        if isinstance(parameter.default, params.Depends)
    ]
    for annotation in _hints(function).values():
        for extra in getattr(annotation, "__metadata__", ()):
            if isinstance(extra, params.Depends):
                found.append(extra.dependency or typing.get_args(annotation)[0])
    return found


def _hints(function: Function) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except Exception:
        return {}


def _mount(app: FastAPI, endpoint: Function) -> None:
    names = [name for name in inspect.signature(endpoint).parameters if name.endswith("_id") or name == "id"]
    bodies = [
        hint
        for name, hint in _hints(endpoint).items()
        if name != "return" and inspect.isclass(hint) and issubclass(hint, BaseModel)
    ]
    name = endpoint.__name__.lower()
    path = "/" + name + "".join(f"/{{{parameter}}}" for parameter in names)
    if bodies:
        updates = bool(names) and any(word in name for word in ("update", "patch", "edit"))
        app.add_api_route(path, endpoint, methods=["PUT" if updates else "POST"])
    elif names and any(word in name for word in ("delete", "remove")):
        app.add_api_route(path, endpoint, methods=["DELETE"])
    else:
        app.add_api_route(path, endpoint, methods=["GET"])
