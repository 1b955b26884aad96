"""What the probes saw while an answer ran: plain data, no judgement. The criteria read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class SessionKind(StrEnum):
    """The class of a session, decided by identity with the pristine classes, never by name."""

    SQLMODEL_ASYNC = "sqlmodel_async"  # sqlmodel.ext.asyncio.session.AsyncSession or a subclass
    SQLALCHEMY_ASYNC = "sqlalchemy_async"  # sqlalchemy.ext.asyncio.AsyncSession that is not SQLModel's
    SYNC = "sync"
    OTHER = "other"  # not a session at all


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the answer: ``module`` and 1-based ``line`` in that module's source."""

    module: str
    line: int


@dataclass(frozen=True, slots=True)
class ImportSeen:
    """How one module of the answer imported; ``error`` is None when it did."""

    module: str
    error: str | None = None  # "NameError: name 'AsyncGenerator' is not defined"
    kind: str = ""  # class name of the error: "NameError"
    place: Place | None = None  # where in the answer it was raised
    absent: str | None = None  # the package that exists elsewhere but not here, when that is the cause


@dataclass(frozen=True, slots=True)
class MissingName:
    """``name`` is not in ``module`` of an installed package (``name`` empty: no such module)."""

    module: str
    name: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class EngineSeen:
    """An engine the answer made. ``request`` is the id of the request during which it was made, None at import."""

    is_async: bool
    driver: str  # as the answer asked for it: "postgresql+asyncpg"
    echo: bool
    options: dict[str, str]  # keyword -> repr as given
    request: str | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class DependencyRun:
    """The harness depended on the answer's session dependency in an endpoint of its own."""

    name: str
    place: Place | None
    kind: SessionKind
    expire_on_commit: bool | None
    is_async_generator: bool
    error: str | None = None  # it could not be used: why
    open_during_request: bool | None = None  # the session had not been closed when the endpoint got it
    closed_after_request: bool | None = None
    closed_after_error: bool | None = None
    same_session_in_two_requests: bool | None = None


@dataclass(frozen=True, slots=True)
class SessionSeen:
    """A session the answer used. ``requests`` are the ids of the requests that used it."""

    token: str
    kind: SessionKind
    expire_on_commit: bool | None
    made_in_request: str | None
    requests: tuple[str, ...]
    tasks_per_request: int  # largest number of asyncio tasks that used it within one request
    used: bool
    closed: bool
    place: Place | None = None
    given: bool = False  # a dependency handed it out


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and its answer, as the supervisor saw it."""

    purpose: str
    method: str
    path: str
    sent: str  # the body, JSON text
    status: int | None  # None: no response
    body: str  # at most 4,000 characters
    unhandled: bool = False  # status 500 made by the server because nothing handled the exception
    failure: str = ""  # no response: "timeout", "process ended", ...
    exception: str = ""  # what the inside says was raised: informative only


@dataclass(frozen=True, slots=True)
class Creation:
    """A POST with a valid body to one endpoint that creates something."""

    endpoint: str
    place: Place | None
    body_kind: str  # "minimal" | "full" | "referenced"
    exchange: Exchange
    row_stored: bool  # another connection sees a row with what was sent
    answers_row: bool  # the response holds the stored row's id and the fields that were sent
    table: str | None = None


@dataclass(frozen=True, slots=True)
class FaultRun:
    """A request whose INSERT or COMMIT was made to fail. ``function`` is the name of the endpoint's function."""

    endpoint: str
    place: Place | None
    fault: str  # "integrity" | "commit" | "deferred"
    took_effect: bool  # the fault was reached (else nothing is known)
    exchange: Exchange
    stored_now: bool
    stored_later: bool  # after the next request
    others_can_write: bool
    next_request: Exchange | None
    function: str = ""


@dataclass(frozen=True, slots=True)
class Exhaustion:
    """An endpoint that keeps connections: repeated, it got no more of them, and a request failed that had worked."""

    endpoint: str
    place: Place | None
    held: int  # connections in a transaction while no request was answered
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Outage:
    """A POST while the database server could not be reached, and those after it had come back."""

    endpoint: str
    place: Place | None
    exchange: Exchange
    stored: bool  # now that the server is back
    next_requests: tuple[Exchange, ...]  # until one succeeded


@dataclass(frozen=True, slots=True)
class RelationRead:
    """GET of a stored child whose parent was stored by another connection."""

    endpoint: str
    place: Place | None
    exchange: Exchange
    answers_child: bool
    answers_parent: bool


@dataclass(frozen=True, slots=True)
class LazyLoad:
    """A MissingGreenlet was constructed, whether or not anybody saw it."""

    place: Place | None
    request: str | None
    message: str


@dataclass(frozen=True, slots=True)
class NeverAwaited:
    """A coroutine of the session API was thrown away."""

    what: str  # "AsyncSession.commit"
    place: Place | None
    request: str | None


@dataclass(frozen=True, slots=True)
class EchoSeen:
    """Whether SQL logging was on under one environment."""

    profile: str  # "development" | "production" | "unset"
    variables: dict[str, str]
    echo: bool | None  # None: the answer did not import under it
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Observations:
    """All that was seen of one answer on one database.

    ``ran`` is False when nothing could be run, ``why_not`` says why. ``stopped`` is set when the answer's process was
    ended or ended itself before the experiments were over ("cpu limit", "wall limit", "exited", "flooded", ...), with
    the stage in which that happened. ``inconsistent`` lists what the inside reported against what the outside saw;
    ``incomplete`` what the inside could not report, whoever's fault that is. ``reached`` are the parts of the
    interpreter that the answer looked into, by which it could have led the inside astray.
    """

    ran: bool
    why_not: str = ""
    database: str = "sqlite"
    imports: tuple[ImportSeen, ...] = ()
    missing_names: tuple[MissingName, ...] = ()
    stand_ins_used: tuple[str, ...] = ()  # names of absent packages or of the reader's own project that were used
    engines: tuple[EngineSeen, ...] = ()
    dependencies: tuple[DependencyRun, ...] = ()
    sessions: tuple[SessionSeen, ...] = ()
    creations: tuple[Creation, ...] = ()
    faults: tuple[FaultRun, ...] = ()
    exhaustions: tuple[Exhaustion, ...] = ()  # on a server only
    outages: tuple[Outage, ...] = ()  # on a server only
    relations: tuple[RelationRead, ...] = ()
    exchanges: tuple[Exchange, ...] = ()  # every exchange of the run, in order
    concurrent: tuple[Exchange, ...] = ()
    lazy_loads: tuple[LazyLoad, ...] = ()
    never_awaited: tuple[NeverAwaited, ...] = ()
    echoes: tuple[EchoSeen, ...] = ()
    problems: tuple[str, ...] = ()  # what kept parts of the answer from being run: a startup, a router, tables, mappers
    stopped: str = ""
    stage: str = ""
    inconsistent: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()
    reached: tuple[tuple[str, Place | None], ...] = ()
    layers: dict[str, str] = field(default_factory=dict)
    output: str = ""  # tail of what the answer printed
