"""Two faults that often leave no trace: MissingGreenlet that somebody swallows, coroutines that nobody awaits."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlmodel.ext.asyncio
from sqlalchemy.exc import MissingGreenlet
from sqlalchemy.ext import asyncio as sqlalchemy_asyncio

from harness.inside.context import REQUEST

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from harness.inside.places import Places

ORIGIN_DEPTH = 6
_SESSION_API = tuple(str(Path(str(package.__file__)).parent) for package in (sqlalchemy_asyncio, sqlmodel.ext.asyncio))


class Hazards:
    """``lazy_loads`` and ``never_awaited`` as JSON of ``LazyLoad`` and ``NeverAwaited``."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.lazy_loads: list[dict[str, Any]] = []
        self.never_awaited: list[dict[str, Any]] = []
        self._init: Any = None

    def install(self) -> None:
        original = MissingGreenlet.__init__
        hazards = self

        def constructed(error: MissingGreenlet, *args: Any, **kwargs: Any) -> None:
            original(error, *args, **kwargs)
            hazards._lazy_load(error)

        self._init = constructed
        MissingGreenlet.__init__ = constructed  # type: ignore[method-assign, assignment]
        # the interpreter looks this name up whenever a coroutine is thrown away
        warnings._warn_unawaited_coroutine = self._thrown_away  # type: ignore[attr-defined]
        sys.set_coroutine_origin_tracking_depth(ORIGIN_DEPTH)

    def altered(self) -> bool:
        return vars(MissingGreenlet).get("__init__") is not self._init

    def _lazy_load(self, error: MissingGreenlet) -> None:
        place = self.places.of_stack_or_endpoint(sys._getframe(2))
        request = REQUEST.get()
        if place is None:
            return  # the harness's own use of a session, or a connection that the garbage collector returns
        entry = {"place": place, "request": request, "message": str(error)[:300]}
        if not _known(entry, self.lazy_loads):
            self.lazy_loads.append(entry)

    def _thrown_away(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        code = getattr(coroutine, "cr_code", None)
        if code is None:
            return
        own = self.places.knows(code.co_filename)
        if not own and not code.co_filename.startswith(_SESSION_API):
            return
        place = None
        for filename, line, _ in getattr(coroutine, "cr_origin", None) or ():
            place = self.places.of_line(filename, line)
            if place is not None:
                break
        if not own and place is None and REQUEST.get() is None:
            return
        entry = {"what": getattr(coroutine, "__qualname__", "?"), "place": place, "request": REQUEST.get()}
        if not _known(entry, self.never_awaited):
            self.never_awaited.append(entry)


def _known(entry: dict[str, Any], entries: list[dict[str, Any]]) -> bool:
    """Whether the same was seen before, in whatever request."""
    return any({**entry, "request": None} == {**other, "request": None} for other in entries)
