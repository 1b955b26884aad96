"""Wraps the engine constructors: redirects the URL, keeps and records what was asked for."""

from __future__ import annotations

import functools
import logging
import re
import sys
from typing import TYPE_CHECKING, Any
from weakref import ref

import sqlalchemy
import sqlalchemy.ext.asyncio
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncEngine

from harness.inside.context import REQUEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.inside.database import Database
    from harness.inside.journal import Journal
    from harness.inside.places import PlaceJson, Places

PRISTINE_SYNC = sqlalchemy.create_engine
PRISTINE_ASYNC = sqlalchemy.ext.asyncio.create_async_engine
_REFUSED = re.compile(r"Invalid argument\(s\) (.*) sent to create_engine")


@functools.cache
def sites() -> tuple[tuple[Any, str, bool], ...]:
    """Where the pristine constructors can be reached: (module, attribute, is async)."""
    found = []
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] not in ("sqlalchemy", "sqlmodel"):
            continue
        for attribute, value in list(vars(module).items()):
            if value is PRISTINE_ASYNC or (value is PRISTINE_SYNC and not attribute.startswith("_")):
                found.append((module, attribute, value is PRISTINE_ASYNC))
    return tuple(found)


class Engines:
    """Notes ``engine`` (number, JSON of ``EngineSeen``) for each engine the answer makes, however it makes it.

    Also ``echo`` (number, whether it logs SQL) and ``made async`` (number).

    ``engines`` are the engines themselves, in this order.
    """

    def __init__(self, database: Database, places: Places, journal: Journal) -> None:
        self.database = database
        self.places = places
        self.journal = journal
        self.wrappers: list[Callable[..., Any]] = []
        self.engines: list[ref[Engine]] = []
        self._lent: list[ref[Engine]] = []
        self._wrappers: list[tuple[Any, str, Any]] = []

    def install(self) -> None:
        wrap_sync = self._wrapper(PRISTINE_SYNC, asynchronous=False)
        wrap_async = self._wrapper(PRISTINE_ASYNC, asynchronous=True)
        for module, attribute, asynchronous in sites():
            wrapper = wrap_async if asynchronous else wrap_sync
            setattr(module, attribute, wrapper)
            self._wrappers.append((module, attribute, wrapper))
        self._watch_connecting()
        self._wrap_async_engine()

    def altered(self) -> bool:
        return any(vars(module).get(name) is not wrapper for module, name, wrapper in self._wrappers)

    def note_echo(self) -> None:
        """Note ``echo`` (number of the engine, whether it logs SQL now)."""
        for number, reference in enumerate(self.engines):
            engine = reference()
            if engine is not None:
                self.journal.note("echo", number, bool(engine.echo))

    def _wrap_async_engine(self) -> None:
        """``AsyncEngine(create_engine(...))`` makes an async engine of a sync one."""
        original = AsyncEngine.__init__

        @functools.wraps(original)
        def wrapper(engine: AsyncEngine, sync_engine: Engine) -> None:
            original(engine, sync_engine)
            for number, reference in enumerate(self.engines):
                if reference() is sync_engine:
                    self.journal.note("made async", number)

        del wrapper.__wrapped__
        self.wrappers.append(wrapper)
        type.__setattr__(AsyncEngine, "__init__", wrapper)
        self._wrappers.append((AsyncEngine, "__init__", wrapper))

    def _wrapper(self, pristine: Callable[..., Any], *, asynchronous: bool) -> Callable[..., Any]:
        @functools.wraps(pristine)
        def create(url: Any, **options: Any) -> Any:
            return self._create(pristine, url, options, asynchronous=asynchronous)

        del create.__wrapped__  # the way round it
        self.wrappers.append(create)
        return create

    def _watch_connecting(self) -> None:
        """An engine that is put together by hand shows when it connects."""
        original = Engine.raw_connection

        @functools.wraps(original)
        def raw_connection(engine: Engine) -> Any:
            known = [reference() for reference in (*self.engines, *self._lent)]
            if all(each is None or each.pool is not engine.pool for each in known):
                place = self.places.of_stack_or_endpoint(sys._getframe(1))
                if place is not None:  # else it is the harness's own
                    asynchronous = bool(engine.dialect.is_async)
                    self._note(engine, engine.dialect.name, {}, place, asynchronous=asynchronous)
            return original(engine)

        del raw_connection.__wrapped__
        self.wrappers.append(raw_connection)
        self._wrappers.append((Engine, "raw_connection", raw_connection))
        Engine.raw_connection = raw_connection  # type: ignore[method-assign, assignment]

    def _note(
        self, engine: Engine, driver: str, options: dict[str, str], place: PlaceJson | None, *, asynchronous: bool
    ) -> None:
        entry = {
            "is_async": asynchronous,
            "driver": driver,
            "echo": bool(engine.echo),
            "options": options,
            "request": REQUEST.get(),
            "place": place,
        }
        self.journal.note("engine", len(self.engines), entry)
        self.engines.append(ref(engine))

    def _create(self, pristine: Callable[..., Any], url: Any, options: dict[str, Any], *, asynchronous: bool) -> Any:
        asked = make_url(url)
        dialect = asked.get_dialect(_is_async=True) if asynchronous else asked.get_dialect()
        if asynchronous and not dialect.is_async:
            raise InvalidRequestError(
                "The asyncio extension requires an async driver to be used. "
                f"The loaded {dialect.driver!r} is not async."
            )
        recorded = {name: repr(value)[:200] for name, value in options.items()}
        # an engine as it was asked for connects to nothing, but refuses what it would refuse in real life
        pristine(asked, **options)
        kept = self.database.options(asked, options)
        target = self.database.url(asked, is_async=bool(dialect.is_async))
        while True:
            try:
                engine = pristine(target, **kept)
                break
            except TypeError as error:
                refused = [name for name in _refused(error) if name in kept]
                if not refused:
                    raise
                kept = {name: value for name, value in kept.items() if name not in refused}
        sync_engine = engine.sync_engine if isinstance(engine, AsyncEngine) else engine
        self.database.prepare(sync_engine)
        if self.places.is_lent(sys._getframe(1)):
            self._lent.append(ref(sync_engine))
        else:
            place = self.places.of_stack(sys._getframe(1))
            self._note(sync_engine, asked.drivername, recorded, place, asynchronous=asynchronous)
        return engine


def sql_is_logged() -> bool:
    """Whether the answer turned SQL logging on by way of the logging module."""
    return logging.getLogger("sqlalchemy.engine.Engine").isEnabledFor(logging.INFO)


def _refused(error: TypeError) -> list[str]:
    match = _REFUSED.search(str(error))
    return re.findall(r"'(\w+)'", match.group(1)) if match else []
