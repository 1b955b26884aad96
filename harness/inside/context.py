"""What is going on: whose request the running code belongs to, which endpoint it is meant for, what runs after it."""

from __future__ import annotations

import inspect
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

REQUEST: ContextVar[str | None] = ContextVar("harness_request", default=None)
ENDPOINT: ContextVar[Callable[..., Any] | None] = ContextVar("harness_endpoint", default=None)

IN_BACKGROUND: ContextVar[bool] = ContextVar("harness_in_background", default=False)
"""Whether a background task of the request runs."""


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
