"""The facts that the criteria read: plain data, no libcst, no judgement of pass or fail."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.program import Program
from harness.source.values import Flavor


@dataclass(frozen=True, slots=True)
class At:
    """A place: the file's path and the 1-based line, in the completion where there is one.

    ``column`` is 1-based, 0 where nobody asked for it. See ``positions.Late`` for places that have no line yet.
    """

    path: str
    line: int
    column: int = 0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be parsed, and why."""

    at: At
    reason: str


@dataclass(frozen=True, slots=True)
class ClassUse:
    """A use of a session class: an annotation, ``class_=``, a call, a base class."""

    flavor: Flavor
    name: str  # dotted name it comes from
    at: At


@dataclass(frozen=True, slots=True)
class MakerFact:
    """A session maker. ``class_given`` None: not known. ``expire`` None: not known."""

    kind: str
    flavor: Flavor
    class_given: bool | None
    expire: bool | None
    at: At


@dataclass(frozen=True, slots=True)
class EngineFact:
    """An engine. ``pool_size`` and ``echo`` are None where it is not known whether or how they are given."""

    is_async: bool
    url: str | None
    async_driver: bool | None  # whether the URL names an async driver
    pool_size: bool | None
    echo: bool | None
    at: At
    per_request: bool
    pre_ping: bool | None = None  # whether pool_pre_ping is given
    no_pool: bool = False  # another poolclass is chosen
    special: bool = False  # made on a condition that speaks of SQLite or of tests
    expected_to_fail: bool = False


class Shape(StrEnum):
    """How a dependency hands out its session."""

    RIGHT = "an async generator that opens the session in async with and yields inside it"
    NOT_ASYNC = "a sync generator"
    NO_WITH = "yields a session that no async with opened"
    CLOSES = "closes the session in finally instead of opening it in async with"
    RETURNS = "returns the session instead of yielding it"
    DECORATED = "a context manager function given to Depends"
    SYNC_WITH = "opens the session with a sync with"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class DependencyFact:
    """A function that hands out sessions. ``expire`` None: not known."""

    name: str
    target: str  # "module:name"
    shape: Shape
    flavor: Flavor | None
    expire: bool | None
    depended_on: bool
    at: At
    shape_at: At
    alone: bool = False  # nothing of a FastAPI project calls it or names it
    supplied: bool = False  # its session comes from a maker that the completion leaves to its reader


class Receives(StrEnum):
    """How an endpoint comes by its session."""

    DEPENDS = "through Depends"
    BARE = "a session parameter without Depends"
    OPENS = "opens its own session"
    GLOBAL = "uses a session made outside of it"
    CALLED = "calls Depends in the wrong way"


@dataclass(frozen=True, slots=True)
class EndpointFact:
    """A route function, or one that takes its session by Depends. ``receives`` is None where it uses no session."""

    name: str
    method: str
    path: str
    receives: Receives | None
    is_sync_session: bool
    at: At
    why: str = ""


@dataclass(frozen=True, slots=True)
class Unimported:
    """A name that is used and bound nowhere. ``complete``: its file was asked for as complete.

    ``for_checkers``: it is imported under ``TYPE_CHECKING``, which does not help the code that runs.
    """

    name: str
    complete: bool
    at: At
    for_checkers: bool = False


class AwaitFault(StrEnum):
    """What is wrong with an await."""

    DROPPED = "is never awaited"
    ATTRIBUTE = "is used before it is awaited"
    NEEDLESS = "is awaited although it is not a coroutine"


@dataclass(frozen=True, slots=True)
class AwaitFact:
    fault: AwaitFault
    what: str
    at: At


@dataclass(frozen=True, slots=True)
class SharedSession:
    """A session that more than one request, task or coroutine uses; ``how`` says by what.

    ``by_tasks``: by coroutines of one request, not by several requests. ``certain``: whoever runs the code: an async
    session that functions use, or a task that nobody waits for.
    """

    how: str
    at: At
    by_tasks: bool = False
    certain: bool = True


@dataclass(frozen=True, slots=True)
class LostWrite:
    """Code that answers 2xx and loses data: a commit after ``yield``, a swallowed error; ``how`` says which.

    ``endpoints`` are the names of those whose writes it loses, empty where it may be any.
    """

    how: str
    at: At
    endpoints: tuple[str, ...] = ()


class RiskKind(StrEnum):
    """What could go better when a write fails."""

    UNGUARDED = "nothing here or in the app answers when this fails: the client gets an unhandled 500"
    NARROW = "only IntegrityError is caught: a lost connection is an unhandled 500"
    LEAKED = "the text of the error goes to the client: it may hold SQL and values"


@dataclass(frozen=True, slots=True)
class Risk:
    """A failing write that is told badly, and hides or loses nothing."""

    kind: RiskKind
    at: At


@dataclass(frozen=True, slots=True)
class WrongImport:
    """A name that an installed library does not have; ``library`` with its version."""

    module: str
    name: str
    library: str
    at: At


@dataclass(frozen=True, slots=True)
class LazyLoadFact:
    """A relation or an expired attribute that is read without having been loaded."""

    what: str
    at: At


@dataclass(frozen=True, slots=True)
class Facts:
    """All that reading an answer tells. Empty tuples mean that there is no occasion."""

    files: int = 0
    unreadable: tuple[Unreadable, ...] = ()
    class_uses: tuple[ClassUse, ...] = ()
    makers: tuple[MakerFact, ...] = ()
    engines: tuple[EngineFact, ...] = ()
    dependencies: tuple[DependencyFact, ...] = ()
    endpoints: tuple[EndpointFact, ...] = ()
    unimported: tuple[Unimported, ...] = ()
    awaits: tuple[AwaitFact, ...] = ()
    awaited_calls: int = 0  # calls of the session API that are awaited as they should be
    shared: tuple[SharedSession, ...] = ()
    lost: tuple[LostWrite, ...] = ()
    lazy_loads: tuple[LazyLoadFact, ...] = ()
    logging_configured: bool = False  # a logger of sqlalchemy is given a level
    listens_to_statements: bool = False  # something of its own is called with each statement
    names_engines: bool = False  # it speaks of what makes engines
    tells_databases_apart: bool = False  # a condition speaks of SQLite or of tests
    sync_sessions: tuple[At, ...] = ()
    refused: tuple[str, ...] = ()
    trusted: tuple[str, ...] = ()  # imported modules that are neither installed nor part of the answer
    packages: tuple[str, ...] = ()  # top-level packages that the code imports
    sqlmodel_paths: tuple[str, ...] = ()  # files that import sqlmodel
    exec_paths: tuple[str, ...] = ()  # files that ask sessions by exec(), which only SQLModel's have
    execute_paths: tuple[str, ...] = ()  # files that ask async sessions by execute(), scalars() and their like
    other_models: bool = False  # tables are made by SQLAlchemy's declarative classes, too
    risks: tuple[Risk, ...] = ()
    wrong_imports: tuple[WrongImport, ...] = ()

    def by_sqlmodel(self, path: str) -> bool:
        """Whether what a file does with sessions is SQLModel's matter: all tables are, or the file uses it itself."""
        return bool(self.sqlmodel_paths) and (not self.other_models or path in self.sqlmodel_paths)

    def by_choice(self, path: str) -> bool:
        """Whether SQLAlchemy's own sessions do all that is asked of them in a file, so that they may be meant.

        The file asks by execute() and makes no session for others; or all files that are read together do without
        exec() and without SQLModel's class, and some ask by execute().
        """
        if path in self.execute_paths and all(maker.at.path != path for maker in self.makers):
            return path not in self.exec_paths
        others = any(use.flavor is Flavor.SQLMODEL for use in self.class_uses)
        return bool(self.execute_paths) and not self.exec_paths and not others


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading an answer gave: facts of its right files, of its wrong examples (one each), and what to run."""

    facts: Facts
    wrong: tuple[Facts, ...]
    program: Program
