"""The tables of an answer: created where the answer does not, described for whoever seeds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlmodel
from sqlalchemy import Column, Engine, MetaData, String, Table, types
from sqlalchemy.dialects.postgresql import ARRAY as POSTGRESQL_ARRAY
from sqlalchemy.exc import InvalidRequestError, NoReferencedColumnError, NoReferencedTableError
from sqlalchemy.orm import configure_mappers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

_KINDS: tuple[tuple[type[Any], str], ...] = (
    (types.Enum, "enum"),
    (types.Uuid, "uuid"),
    (types.Boolean, "boolean"),
    (types.Integer, "integer"),
    (types.Float, "float"),
    (types.Numeric, "numeric"),
    (types.DateTime, "datetime"),
    (types.Date, "date"),
    (types.Time, "time"),
    (types.Interval, "interval"),
    (types.JSON, "json"),
    (types.LargeBinary, "binary"),
    (types.ARRAY, "array"),
    (POSTGRESQL_ARRAY, "array"),
    (types.String, "string"),
)


def metadatas(modules: Mapping[str, ModuleType]) -> list[MetaData]:
    """SQLModel's metadata and those of declarative bases and plain ``MetaData`` in the modules; with tables only."""
    found = [sqlmodel.SQLModel.metadata]
    for module in modules.values():
        for value in list(vars(module).values()):
            metadata = value if isinstance(value, MetaData) else getattr(value, "metadata", None)
            if isinstance(metadata, MetaData) and all(metadata is not known for known in found):
                found.append(metadata)
    return [metadata for metadata in found if metadata.tables]


def complete(metadata: MetaData) -> list[str]:
    """Add a stub table (id, name) for each table that a foreign key names and nobody defines; returns their names."""
    added = []
    for table in list(metadata.tables.values()):
        for key in list(table.foreign_keys):
            try:
                _ = key.column
            except (NoReferencedTableError, NoReferencedColumnError):
                parent, _, column = key.target_fullname.rpartition(".")
                if parent and parent not in metadata.tables:
                    kind = key.parent.type if not isinstance(key.parent.type, types.NullType) else types.Integer()
                    Table(parent, metadata, Column(column, kind, primary_key=True), Column("name", String))
                    added.append(parent)
    return added


def create(metadata: MetaData, engine: Engine) -> str:
    """Create the tables that are not there yet; returns what went wrong, or nothing."""
    try:
        metadata.create_all(engine)
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:500]
    return ""


def mapper_error() -> str:
    """Why the mappers cannot be configured, or nothing."""
    try:
        configure_mappers()
    except InvalidRequestError as error:
        return str(error)[:500]
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:500]
    return ""


def describe(metadata: MetaData) -> list[dict[str, Any]]:
    """``{"name", "columns": [{"name", "kind", "values", "nullable", "primary_key", "foreign", "default", "length"}]}``.

    ``kind`` is one of the names above or "other"; ``foreign`` is ``"table.column"`` or None; ``default`` says whether
    the database fills the column.
    """
    return [
        {"name": table.name, "columns": [_column(column) for column in table.columns]}
        for table in metadata.tables.values()
    ]


def _column(column: Column[Any]) -> dict[str, Any]:
    kind = column.type
    if isinstance(kind, types.TypeDecorator):
        kind = kind.impl_instance
    foreign = next(iter(column.foreign_keys), None)
    return {
        "name": column.name,
        "kind": next((name for cls, name in _KINDS if isinstance(kind, cls)), "other"),
        "values": [str(value) for value in kind.enums] if isinstance(kind, types.Enum) else [],
        "nullable": bool(column.nullable),
        "primary_key": bool(column.primary_key),
        "foreign": ".".join(foreign.target_fullname.split(".")[-2:]) if foreign is not None else None,
        "default": column.server_default is not None,
        "length": getattr(kind, "length", None),
    }
