"""What an expression can be known to be, without running it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import libcst as cst

    from harness.source.tree import Scope, Tree


class Flavor(StrEnum):
    """Whose session class it is."""

    SQLMODEL = "SQLModel's AsyncSession"
    SQLALCHEMY = "SQLAlchemy's AsyncSession"
    SYNC = "the sync Session"
    UNKNOWN = "an unknown session class"

    @property
    def is_async(self) -> bool:
        return self in (Flavor.SQLMODEL, Flavor.SQLALCHEMY)


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """Nothing is known."""


UNKNOWN = Value()


@dataclass(frozen=True, slots=True, eq=False)
class External(Value):
    """A name of an installed package, canonical: ``sqlmodel.ext.asyncio.session.AsyncSession``."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Supplied(Value):
    """A name that the completion leaves to its reader and the harness supplies: ``Task``, ``app``, ``get_session``."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class AnswerModule(Value):
    tree: Tree


@dataclass(frozen=True, slots=True, eq=False)
class Function(Value):
    """A function or method of the answer."""

    scope: Scope
    tree: Tree


@dataclass(frozen=True, slots=True, eq=False)
class Class(Value):
    scope: Scope
    tree: Tree


@dataclass(frozen=True, slots=True, eq=False)
class Instance(Value):
    of: Value


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Value):
    value: object


@dataclass(frozen=True, slots=True, eq=False)
class Table(Value):
    """A dictionary display: constant key -> value expression, with the scope to read it in."""

    items: dict[object, cst.BaseExpression]
    scope: Scope
    tree: Tree
    closed: bool  # no ** and no computed key inside


@dataclass(frozen=True, slots=True, eq=False)
class Options(Value):
    """Keyword arguments of a call; ``closed`` is False where an unknown ``**`` may hold more."""

    given: dict[str, Value] = field(default_factory=dict)
    closed: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Engine(Value):
    is_async: bool
    call: cst.Call
    scope: Scope
    tree: Tree
    options: Options
    url: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class EngineMaker(Value):
    """``partial(create_async_engine, ...)``: what makes an engine when it is called, with the options it adds."""

    makes: External
    options: Options


@dataclass(frozen=True, slots=True, eq=False)
class Maker(Value):
    """What makes sessions when it is called.

    ``kind``: "async_sessionmaker", "sessionmaker", "scoped" or "partial". ``expire`` is None where it is not known.
    ``class_given`` is False where no ``class_`` was given (None: not known).
    """

    kind: str
    flavor: Flavor
    expire: bool | None
    class_given: bool | None
    call: cst.Call
    tree: Tree


@dataclass(frozen=True, slots=True, eq=False)
class Session(Value):
    """A session. ``made`` is False where only an annotation says so."""

    flavor: Flavor
    expire: bool | None
    made: bool
    node: cst.CSTNode | None = None
    maker: Maker | None = None
    context: bool = False  # supplied by the harness


@dataclass(frozen=True, slots=True, eq=False)
class Coroutine(Value):
    of: Value


@dataclass(frozen=True, slots=True, eq=False)
class Manager(Value):
    """A context manager (``async with`` where ``is_async``) that gives ``of``."""

    of: Value
    is_async: bool
    function: Function | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Depends(Value):
    """``Depends(target)``; ``scope`` is the string given as its scope."""

    target: Value
    scope: str | None
    call: cst.Call


@dataclass(frozen=True, slots=True, eq=False)
class Annotated(Value):
    base: cst.BaseExpression
    metadata: tuple[Value, ...]
    scope: Scope
    tree: Tree


def is_none(value: Value) -> bool:
    """Whether a value is certainly None."""
    return isinstance(value, Constant) and value.value is None


def alike(one: Value, other: Value) -> bool:
    """Whether two values say the same for every purpose of the analyses."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, External) and isinstance(other, External):
        return one.name == other.name
    if isinstance(one, Constant) and isinstance(other, Constant):
        return bool(one.value == other.value)
    if isinstance(one, (Class, Function)) and isinstance(other, (Class, Function)):
        return one.scope is other.scope
    if isinstance(one, Session) and isinstance(other, Session):
        return (one.flavor, one.expire) == (other.flavor, other.expire)
    if isinstance(one, Maker) and isinstance(other, Maker):
        return (one.kind, one.flavor, one.expire, one.class_given) == (
            other.kind,
            other.flavor,
            other.expire,
            other.class_given,
        )
    if isinstance(one, Engine) and isinstance(other, Engine):
        return one.is_async == other.is_async
    if isinstance(one, Instance) and isinstance(other, Instance):
        return alike(one.of, other.of)
    if isinstance(one, Coroutine) and isinstance(other, Coroutine):
        return alike(one.of, other.of)
    return False
