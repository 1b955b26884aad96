"""An endpoint of the harness's own that depends on the answer's session dependency."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI
from sqlalchemy import text

from harness.inside import asgi
from harness.inside.context import innermost
from harness.inside.loader import text_of
from harness.inside.sessions import Sessions, kind_of, unscoped

if TYPE_CHECKING:
    from collections.abc import Callable

_PATH = "/harness-dependency"


class DeliberateError(Exception):
    """Raised by the endpoint after it used the session, when asked to."""


async def run(
    app: FastAPI, state: dict[str, Any], call: Callable[..., Any], sessions: Sessions, *, request: str, fail: bool
) -> dict[str, Any]:
    """Use the dependency once.

    Returns ``{"kind", "token", "expire_on_commit", "open", "closed", "generator", "error"}``; ``token`` tells sessions
    apart, ``open`` holds while the endpoint runs, ``closed`` after the request.
    """
    seen: dict[str, Any] = {"kind": "other", "token": None, "expire_on_commit": None, "open": None, "error": None}
    followed = None

    async def endpoint(value: Any = Depends(call)) -> dict[str, bool]:  # noqa: B008
        nonlocal followed
        session = unscoped(value)
        seen["kind"] = kind_of(session)
        if seen["kind"] == "other":
            seen["error"] = f"it hands out {type(value).__module__}.{type(value).__qualname__}"
            return {"ok": False}
        followed = sessions.of(session)
        seen["expire_on_commit"] = bool(getattr(session, "sync_session", session).expire_on_commit)
        if followed is not None:
            seen["token"], seen["open"] = followed.token, not followed.closed
        try:
            if seen["kind"] == "sync":
                session.connection().execute(text("SELECT 1"))
            else:
                await (await session.connection()).execute(text("SELECT 1"))
        except Exception as error:
            seen["error"] = f"{type(error).__name__}: {text_of(error)}"
        if fail:
            raise DeliberateError("deliberate error of the harness")
        return {"ok": True}

    wanted = functools.partial(endpoint)  # of a plain function FastAPI would read the source
    path = f"{_PATH}-{request}"
    before = len(app.router.routes)
    try:
        app.add_api_route(path, wanted, methods=["GET"], response_model=None, include_in_schema=False)
        app.router.routes.insert(0, app.router.routes.pop())
        answer = await asgi.exchange(app, {"method": "GET", "path": path, "request": request}, state, wanted)
        if seen["kind"] == "other" and seen["error"] is None:
            seen["error"] = answer["exception"] or f"{answer['status']} {answer['body'][:200]}"
    except Exception as error:
        seen["error"] = f"{type(error).__name__}: {text_of(error)}"
    if len(app.router.routes) > before:
        del app.router.routes[0]
    seen["closed"] = followed.closed if followed is not None else None
    inner = innermost(call)
    seen["generator"] = inspect.isasyncgenfunction(inner) or inspect.isasyncgenfunction(type(inner).__call__)
    return seen
