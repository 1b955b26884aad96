"""Two faults that often leave no trace: MissingGreenlet that somebody swallows, coroutines that nobody awaits."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import sqlmodel.ext.asyncio
from sqlalchemy.exc import MissingGreenlet
from sqlalchemy.ext import asyncio as sqlalchemy_asyncio

from harness.inside.context import REQUEST

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from harness.inside.journal import Journal
    from harness.inside.places import Places

ORIGIN_DEPTH = 6
_SESSION_API = tuple(str(Path(str(package.__file__)).parent) for package in (sqlalchemy_asyncio, sqlmodel.ext.asyncio))


class Hazards:
    """Notes ``lazy load`` and ``never awaited``, each with the JSON of ``LazyLoad`` or ``NeverAwaited``."""

    def __init__(self, places: Places, journal: Journal) -> None:
        self.places = places
        self.journal = journal
        self.classes: list[type] = []
        self.wrappers: list[Callable[..., Any]] = []
        self._init: Any = None

    def install(self) -> None:
        original = MissingGreenlet.__init__
        hazards = self

        def constructed(error: MissingGreenlet, *args: Any, **kwargs: Any) -> None:
            original(error, *args, **kwargs)
            hazards._lazy_load(error)

        self.wrappers.append(constructed)
        self._init = constructed
        MissingGreenlet.__init__ = constructed  # type: ignore[method-assign, assignment]
        warnings.__class__ = self._warnings_class()
        sys.set_coroutine_origin_tracking_depth(ORIGIN_DEPTH)

    def _warnings_class(self) -> type[ModuleType]:
        """The interpreter asks the module for this name whenever a coroutine is thrown away; nobody can put another."""

        class Warnings(ModuleType):
            _warn_unawaited_coroutine = property(lambda _: self._thrown_away)

        self.classes.append(Warnings)
        return Warnings

    def altered(self) -> bool:
        return vars(MissingGreenlet).get("__init__") is not self._init

    def _lazy_load(self, error: MissingGreenlet) -> None:
        place = self.places.of_stack_or_endpoint(sys._getframe(2))
        request = REQUEST.get()
        if place is None:
            return  # the harness's own use of a session, or a connection that the garbage collector returns
        self.journal.note_once("lazy load", {"place": place, "request": request, "message": str(error)[:300]})

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
        what = getattr(coroutine, "__qualname__", "?")
        self.journal.note_once("never awaited", {"what": what, "place": place, "request": REQUEST.get()})
