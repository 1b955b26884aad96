"""Follows every SQLAlchemy session: its class, its flag, who used it, whether it was closed."""

from __future__ import annotations

# harness: ignore-file[session-import] it watches the sessions of both libraries, told apart by their classes
import asyncio
import functools
import itertools
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

import sqlmodel.ext.asyncio.session as sqlmodel_session
from fastapi import routing
from fastapi.dependencies import utils
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session
from sqlalchemy.ext.asyncio.session import _AsyncSessionContextManager
from sqlalchemy.orm import Session, scoped_session
from sqlalchemy.util.concurrency import greenlet_spawn
from starlette.background import BackgroundTask

from harness.inside.context import ENDPOINT, IN_BACKGROUND, REQUEST

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from harness.inside.journal import Journal
    from harness.inside.places import PlaceJson, Places

SQLMODEL_ASYNC = sqlmodel_session.AsyncSession
_mro_of = type.__dict__["__mro__"].__get__


def kind_of(session: object) -> str:
    """The ``SessionKind`` of an object, by identity with the pristine classes."""
    lineage = _mro_of(type(session))
    for pristine, kind in ((SQLMODEL_ASYNC, "sqlmodel_async"), (AsyncSession, "sqlalchemy_async"), (Session, "sync")):
        if any(base is pristine for base in lineage):
            return kind
    return "other"


def unscoped(value: Any) -> Any:
    """The session behind a scoped one; anything else as it is."""
    return value.registry() if isinstance(value, (async_scoped_session, scoped_session)) else value


@dataclass
class Followed:
    """One session, its users so far, and the last thing that was noted of it."""

    token: str
    session: ref[Session]
    made_in_background: bool = False
    closed: bool = False
    most_tasks: int = 0
    users: list[tuple[str | None, asyncio.Task[Any]]] = field(default_factory=list)


class Sessions:
    """Wraps the constructors and ``close`` of both session classes and listens to their events.

    Notes ``session`` (token, request, expires, place), ``class`` (token, ``SessionKind``, place), ``used`` (token,
    request, expires, tasks), ``closed`` (token), ``given`` (token, request, endpoint's place) and ``request hidden``
    (what the context says, what the tasks say).
    """

    def __init__(self, places: Places, journal: Journal) -> None:
        self.places = places
        self.journal = journal
        self.wrappers: list[Callable[..., Any]] = []
        self._followed: dict[int, Followed] = {}
        self._made_so_far = itertools.count(1)
        self._parents: WeakKeyDictionary[asyncio.Task[Any], asyncio.Task[Any] | None] = WeakKeyDictionary()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._requests: WeakKeyDictionary[asyncio.Task[Any], str] = WeakKeyDictionary()
        self._patched: list[tuple[Any, str, Any]] = []

    def install(self) -> None:
        self._wrap(Session, "__init__", after=self._made)
        self._wrap(AsyncSession, "__init__", after=self._made_async)
        for name in ("close", "invalidate", "reset"):
            self._wrap(Session, name, after=self._closed)
        self._wrap_begin()
        self._wrap_background()
        self._wrap_solving()
        event.listen(Session, "after_begin", lambda session, *_: self._use(session))
        event.listen(Session, "do_orm_execute", lambda state: self._use(state.session))
        event.listen(Session, "before_flush", lambda session, *_: self._use(session))

    def altered(self) -> bool:
        """Whether somebody has put something else in the place of what ``install`` put there."""
        return any(vars(owner).get(name) is not patched for owner, name, patched in self._patched)

    def of(self, session: Any) -> Followed | None:
        """What is known of a session, sync or async."""
        sync = getattr(session, "sync_session", session)
        found = self._followed.get(id(sync))
        return found if found is not None and found.session() is sync else None

    def task_factory(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        """Makes tasks that remember which task made them."""
        task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **options)
        parent = _current_task()
        self._parents[task] = parent
        if parent is not None and parent in self._requests:
            self._requests[task] = self._requests[parent]
        return task

    def follow_tasks(self, loop: asyncio.AbstractEventLoop) -> None:
        """Know every task of the loop, from its first on."""
        self._loop = loop
        loop.set_task_factory(self.task_factory)

    def begin(self, request: str) -> None:
        """The current task, and every task that it starts, is at work for the request."""
        REQUEST.set(request)
        task = _current_task()
        if task is not None:
            self._requests[task] = request

    def _wrap(self, owner: type, name: str, after: Any) -> None:
        original = vars(owner)[name]

        @functools.wraps(original)
        def wrapper(session: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(session, *args, **kwargs)
            after(session)
            return result

        self._put(owner, name, wrapper)

    def _put(self, owner: type, name: str, wrapper: Any) -> None:
        del wrapper.__wrapped__  # the way round it
        type.__setattr__(owner, name, wrapper)
        self.wrappers.append(wrapper)
        self._patched.append((owner, name, wrapper))

    def _wrap_begin(self) -> None:
        """``async_sessionmaker.begin()`` rolls a failed COMMIT back and leaves ``close`` out: its end is a close."""
        original = _AsyncSessionContextManager.__aexit__

        @functools.wraps(original)
        async def wrapper(manager: Any, *args: Any) -> None:
            try:
                await original(manager, *args)
            finally:
                self._closed(manager.async_session.sync_session)

        self._put(_AsyncSessionContextManager, "__aexit__", wrapper)

    def _wrap_background(self) -> None:
        original = BackgroundTask.__call__

        @functools.wraps(original)
        async def wrapper(background: BackgroundTask) -> None:
            token = IN_BACKGROUND.set(True)
            try:
                await original(background)
            finally:
                IN_BACKGROUND.reset(token)

        self._put(BackgroundTask, "__call__", wrapper)

    def _wrap_solving(self) -> None:
        """What FastAPI hands to an endpoint, or to a dependency, is what the answer's own dependency gave."""
        original: Any = vars(utils)["solve_dependencies"]

        @functools.wraps(original)
        async def wrapper(*args: Any, **options: Any) -> Any:
            solved = await original(*args, **options)
            for value in solved.values.values():
                followed = self.of(value) if kind_of(value) != "other" else None
                if followed is not None:
                    place = self.places.of_function(ENDPOINT.get())
                    self.journal.note_once("given", followed.token, self._request(), place)
            return solved

        for module in (utils, routing):
            module.solve_dependencies = wrapper  # type: ignore[attr-defined]
            self._patched.append((module, "solve_dependencies", wrapper))
        self.wrappers.append(wrapper)

    def _made(self, session: Session) -> Followed:
        known = self.of(session)
        if known is not None:
            return known
        token = f"s{next(self._made_so_far)}"
        followed = self._followed[id(session)] = Followed(token, ref(session), IN_BACKGROUND.get())
        place = self._place(sys._getframe(1))
        self.journal.note("session", token, self._request(), bool(session.expire_on_commit), place)
        return followed

    def _made_async(self, session: AsyncSession) -> None:
        followed = self.of(session)
        if followed is not None:
            place = self._place(sys._getframe(1))
            self.journal.note("class", followed.token, kind_of(session), place)

    def _closed(self, session: Session) -> None:
        followed = self.of(session)
        if followed is not None and session._transaction is None:
            followed.closed = True
            self.journal.note("closed", followed.token)

    def _place(self, frame: FrameType) -> PlaceJson | None:
        """Where the answer is at work; where the libraries alone are on the stack, in a thread too, its endpoint."""
        return None if self.places.is_lent(frame) else self.places.of_stack_or_endpoint(frame)

    def _request(self) -> str | None:
        """The request that is at work; what the context says must be what the tasks say."""
        request, task = REQUEST.get(), _current_task()
        known = self._requests.get(task) if task is not None else None
        if task is not None and task not in self._parents and task.get_loop() is self._loop:
            self.journal.note_once("request hidden", request, "in a task of its own making")
        if known is not None and request != known:
            self.journal.note_once("request hidden", request, known)
            return known
        return request

    def _use(self, session: Session) -> None:
        followed = self._made(session)  # also one that was made behind the hooks
        followed.closed = False
        request = self._request()
        followed.most_tasks = max(followed.most_tasks, self._count_tasks(followed, request))
        expires = bool(session.expire_on_commit)
        self.journal.note("used", followed.token, request, expires, followed.most_tasks)

    def started_by(self, task: asyncio.Task[Any]) -> set[asyncio.Task[Any]]:
        """The tasks that a task has started, also through others, and that still run."""
        return {each for each in asyncio.all_tasks() if task in self._ancestors(each)}

    def _count_tasks(self, followed: Followed, request: str | None) -> int:
        """How many live tasks share the session now; one that merely waits for its own child does not count.

        The request and what it does in the background are two.
        """
        if IN_BACKGROUND.get() and not followed.made_in_background:
            return 2
        current = _current_task()
        if current is None:
            return 1
        followed.users = [user for user in followed.users if not user[1].done()]
        if all(task is not current for _, task in followed.users):
            followed.users.append((request, current))
        waiting = {task for task in self._ancestors(current) if not _in_database_call(task)}
        return sum(1 for where, task in followed.users if where == request and task not in waiting)

    def _ancestors(self, task: asyncio.Task[Any]) -> list[asyncio.Task[Any]]:
        chain: list[asyncio.Task[Any]] = []
        parent = self._parents.get(task)
        while parent is not None and parent not in chain:
            chain.append(parent)
            parent = self._parents.get(parent)
        return chain


def _in_database_call(task: asyncio.Task[Any]) -> bool:
    """Whether the suspended task is in the midst of a SQLAlchemy call of its own."""
    awaited: Any = task.get_coro()
    while awaited is not None:
        code = getattr(awaited, "cr_code", None)
        if code is greenlet_spawn.__code__:
            return True
        awaited = getattr(awaited, "cr_await", None)
    return False


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
