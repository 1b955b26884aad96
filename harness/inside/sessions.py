"""Follows every SQLAlchemy session: its class, its flag, who used it, whether it was closed."""

from __future__ import annotations

# harness: ignore-file[session-import] it watches the sessions of both libraries, told apart by their classes
import asyncio
import functools
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import sqlmodel.ext.asyncio.session as sqlmodel_session
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession, async_scoped_session
from sqlalchemy.ext.asyncio.session import _AsyncSessionContextManager
from sqlalchemy.orm import Session, scoped_session
from sqlalchemy.util.concurrency import greenlet_spawn

from harness.inside.context import REQUEST

if TYPE_CHECKING:
    from harness.inside.places import PlaceJson, Places

SQLMODEL_ASYNC = sqlmodel_session.AsyncSession
_MARK = "_harness_session"
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
    """What is known of one session."""

    token: str
    made_in_request: str | None
    place: PlaceJson | None
    kind: str = "sync"
    expire_on_commit: bool | None = None
    requests: list[str] = field(default_factory=list)
    most_tasks: int = 0
    used: bool = False
    closed: bool = False
    users: list[tuple[str | None, asyncio.Task[Any]]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {
            "token": self.token,
            "kind": self.kind,
            "expire_on_commit": self.expire_on_commit,
            "made_in_request": self.made_in_request,
            "requests": list(self.requests),
            "tasks_per_request": self.most_tasks,
            "used": self.used,
            "closed": self.closed,
            "place": self.place,
        }


class Sessions:
    """Wraps the constructors and ``close`` of both session classes and listens to their events."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.followed: list[Followed] = []
        self._parents: WeakKeyDictionary[asyncio.Task[Any], asyncio.Task[Any]] = WeakKeyDictionary()
        self._patched: list[tuple[Any, str, Any]] = []

    def install(self) -> None:
        self._wrap(Session, "__init__", after=self._made)
        self._wrap(AsyncSession, "__init__", after=self._made_async)
        for name in ("close", "invalidate", "reset"):
            self._wrap(Session, name, after=self._closed)
        self._wrap_begin()
        event.listen(Session, "after_begin", lambda session, *_: self._use(session))
        event.listen(Session, "do_orm_execute", lambda state: self._use(state.session))
        event.listen(Session, "before_flush", lambda session, *_: self._use(session))

    def altered(self) -> bool:
        """Whether somebody has put something else in the place of what ``install`` put there."""
        return any(vars(owner).get(name) is not patched for owner, name, patched in self._patched)

    def of(self, session: Any) -> Followed | None:
        """What is known of a session, sync or async."""
        sync = getattr(session, "sync_session", session)
        found = getattr(sync, "__dict__", {}).get(_MARK)
        return found if isinstance(found, Followed) else None

    def task_factory(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        """Makes tasks that remember which task made them."""
        task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **options)
        parent = _current_task()
        if parent is not None:
            self._parents[task] = parent
        return task

    def _wrap(self, owner: type, name: str, after: Any) -> None:
        original = vars(owner)[name]

        @functools.wraps(original)
        def wrapper(session: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(session, *args, **kwargs)
            after(session)
            return result

        setattr(owner, name, wrapper)
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

        type.__setattr__(_AsyncSessionContextManager, "__aexit__", wrapper)
        self._patched.append((_AsyncSessionContextManager, "__aexit__", wrapper))

    def _made(self, session: Session) -> None:
        if self.of(session) is not None:
            return
        place = self.places.of_stack(sys._getframe(1))
        followed = Followed(f"s{len(self.followed) + 1}", REQUEST.get(), place)
        self.followed.append(followed)
        session.__dict__[_MARK] = followed
        followed.expire_on_commit = bool(session.expire_on_commit)

    def _made_async(self, session: AsyncSession) -> None:
        followed = self.of(session)
        if followed is not None:
            followed.kind = kind_of(session)
            followed.place = self.places.of_stack(sys._getframe(1))

    def _closed(self, session: Session) -> None:
        followed = self.of(session)
        if followed is not None:
            followed.closed = True

    def _use(self, session: Session) -> None:
        followed = self.of(session)
        if followed is None:
            return
        followed.used, followed.closed = True, False
        followed.expire_on_commit = bool(session.expire_on_commit)
        request = REQUEST.get()
        if request is not None and request not in followed.requests:
            followed.requests.append(request)
        followed.most_tasks = max(followed.most_tasks, self._count_tasks(followed, request))

    def _count_tasks(self, followed: Followed, request: str | None) -> int:
        """How many live tasks share the session now; one that merely waits for its own child does not count."""
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
