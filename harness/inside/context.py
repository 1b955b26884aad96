"""What is going on: which request the running code belongs to, and which endpoint that request is meant for."""

from __future__ import annotations

import inspect
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

REQUEST: ContextVar[str | None] = ContextVar("harness_request", default=None)
ENDPOINT: ContextVar[Callable[..., Any] | None] = ContextVar("harness_endpoint", default=None)


def innermost(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function under decorators, partials and bound methods."""
    while True:
        if hasattr(function, "func"):
            function = function.func
        elif inspect.ismethod(function):
            function = function.__func__
        elif hasattr(function, "__wrapped__"):
            function = inspect.unwrap(function)
        else:
            return function
