"""Reads what the inside says. It may be forged: anything of an impossible shape raises ``MalformedError``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, cast

from harness.observations import (
    EngineSeen,
    ImportSeen,
    LazyLoad,
    MissingName,
    NeverAwaited,
    Place,
    SessionKind,
)

Json = dict[str, Any]
_Value = TypeVar("_Value")


class MalformedError(Exception):
    """The inside said something that it can only say when it has been tampered with."""


class UnableError(Exception):
    """The inside could not do an operation, and says why. Nothing tells whose fault that is."""


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint, as the inside describes it; ``operation`` is OpenAPI's, ``components`` its schemas."""

    target: int
    route: int
    method: str
    path: str
    function: str
    module: str
    place: Place | None
    operation: Json
    components: Json

    @property
    def name(self) -> str:
        """``"POST /tasks"``"""
        return f"{self.method} {self.path}"

    @property
    def body_schema(self) -> Json | None:
        """The schema of its JSON body, None when it takes none."""
        content = self.operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        return schema if isinstance(schema, dict) else None

    @property
    def parameters(self) -> list[Json]:
        return [entry for entry in self.operation.get("parameters", []) if isinstance(entry, dict)]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; see ``harness.inside.tables.describe`` for the kinds."""

    name: str
    kind: str
    values: tuple[str, ...]
    nullable: bool
    primary_key: bool
    foreign: str | None
    default: bool
    length: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the answer."""

    name: str
    columns: tuple[Column, ...]

    @property
    def key(self) -> Column | None:
        return next((column for column in self.columns if column.primary_key), None)


@dataclass(frozen=True, slots=True)
class Dependency:
    """A dependency that may hand out a session; ``declared`` when reading the code found it too."""

    index: int
    name: str
    place: Place | None
    declared: bool


@dataclass(frozen=True, slots=True)
class Description:
    """Everything that can be driven."""

    routes: tuple[Route, ...]
    tables: tuple[Table, ...]
    dependencies: tuple[Dependency, ...]


def of_type(value: object, *kinds: type[_Value]) -> _Value:
    """``value``, when it is of exactly one of the types."""
    if type(value) not in kinds:
        raise MalformedError(f"expected {' or '.join(kind.__name__ for kind in kinds)}, got {type(value).__name__}")
    return cast("_Value", value)


def text(value: object, longest: int = 4_000) -> str:
    return of_type(value, str)[:longest]


def optional_text(value: object) -> str | None:
    return None if value is None else text(value)


def entries(reply: Json, key: str) -> list[Json]:
    """The list of objects under ``key``."""
    return [of_type(entry, dict) for entry in of_type(reply.get(key), list)]


def texts(reply: Json, key: str) -> list[str]:
    """The list of strings under ``key``."""
    return [text(entry) for entry in of_type(reply.get(key), list)]


def lines(reply: Json, key: str) -> list[str]:
    """The list of strings under ``key``, whatever their length."""
    return [of_type(entry, str) for entry in of_type(reply.get(key), list)]


def optional_flag(value: object) -> bool | None:
    return None if value is None else of_type(value, bool)


def place(value: object) -> Place | None:
    if value is None:
        return None
    found = of_type(value, dict)
    return Place(text(found.get("module")), of_type(found.get("line"), int))


def kind(value: object) -> SessionKind:
    try:
        return SessionKind(text(value))
    except ValueError:
        raise MalformedError("no such kind of session") from None


def import_seen(entry: Json) -> ImportSeen:
    return ImportSeen(
        module=text(entry.get("module")),
        error=optional_text(entry.get("error")),
        kind=text(entry.get("kind")),
        place=place(entry.get("place")),
        absent=optional_text(entry.get("absent")),
    )


def missing_name(entry: Json) -> MissingName:
    return MissingName(text(entry.get("module")), text(entry.get("name")), place(entry.get("place")))


def engine(entry: Json) -> EngineSeen:
    options = of_type(entry.get("options"), dict)
    return EngineSeen(
        is_async=of_type(entry.get("is_async"), bool),
        driver=text(entry.get("driver")),
        echo=of_type(entry.get("echo"), bool),
        options={text(name): text(value) for name, value in options.items()},
        request=optional_text(entry.get("request")),
        place=place(entry.get("place")),
    )


def lazy_load(entry: Json) -> LazyLoad:
    return LazyLoad(place(entry.get("place")), optional_text(entry.get("request")), text(entry.get("message")))


def never_awaited(entry: Json) -> NeverAwaited:
    return NeverAwaited(text(entry.get("what")), place(entry.get("place")), optional_text(entry.get("request")))


def description(reply: Json) -> Description:
    """The reply to ``describe``."""
    return Description(
        routes=tuple(_route(entry) for entry in entries(reply, "routes")),
        tables=tuple(_table(entry) for entry in entries(reply, "tables")),
        dependencies=tuple(
            Dependency(index, text(entry.get("name")), place(entry.get("place")), of_type(entry.get("declared"), bool))
            for index, entry in enumerate(entries(reply, "dependencies"))
        ),
    )


def _route(entry: Json) -> Route:
    return Route(
        target=of_type(entry.get("target"), int),
        route=of_type(entry.get("route"), int),
        method=text(entry.get("method")),
        path=text(entry.get("path")),
        function=text(entry.get("function")),
        module=text(entry.get("module")),
        place=place(entry.get("place")),
        operation=of_type(entry.get("operation"), dict),
        components=of_type(entry.get("components"), dict),
    )


def _table(entry: Json) -> Table:
    return Table(text(entry.get("name")), tuple(_column(column) for column in entries(entry, "columns")))


def _column(entry: Json) -> Column:
    return Column(
        name=text(entry.get("name")),
        kind=text(entry.get("kind")),
        values=tuple(texts(entry, "values")),
        nullable=of_type(entry.get("nullable"), bool),
        primary_key=of_type(entry.get("primary_key"), bool),
        foreign=optional_text(entry.get("foreign")),
        default=of_type(entry.get("default"), bool),
        length=of_type(entry.get("length"), int, type(None)),
    )
