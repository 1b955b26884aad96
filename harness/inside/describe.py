"""Says what an answer's endpoints accept, in the words of OpenAPI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from harness.inside.context import innermost
from harness.inside.resolution import without_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.inside.discover import Route, Target
    from harness.inside.places import Places


def describe(targets: list[Target], places: Places) -> list[dict[str, Any]]:
    """One entry a route: ``{"target", "route", "method", "path", "function", "module", "place", "operation",
    "components"}``.

    ``target`` and ``route`` are the indices that a request names; ``operation`` is the OpenAPI operation and
    ``components`` its schemas (empty where the schema cannot be made).
    """
    found = []
    for target_index, target in enumerate(targets):
        for route_index, route in enumerate(target.routes):
            operation, components = _operation(route)
            found.append(
                {
                    "target": target_index,
                    "route": route_index,
                    "method": route.method,
                    "path": route.path,
                    "function": getattr(innermost(route.endpoint), "__qualname__", "?"),
                    "module": module_of(route.endpoint),
                    "place": places.of_function(route.endpoint),
                    "operation": operation,
                    "components": components,
                }
            )
    return found


def module_of(function: Callable[..., Any]) -> str:
    """The answer's own name of the module that defines the function."""
    return without_root(str(getattr(innermost(function), "__module__", "")))


def _operation(route: Route) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        document = get_openapi(title="answer", version="1", routes=[route.context])
    except Exception:
        return {}, {}
    for methods in document.get("paths", {}).values():
        operation = methods.get(route.method.lower())
        if operation is not None:
            operation = {key: operation[key] for key in ("parameters", "requestBody", "security") if key in operation}
            return operation, document.get("components", {}).get("schemas", {})
    return {}, {}
