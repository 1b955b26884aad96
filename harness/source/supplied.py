"""Writes the module ``_context``: models, schemas, engine, app and the like that a completion leaves to its reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.source.given import EntitySpec
from harness.source.sessions import ALIAS_NAMES, DEPENDENCY_NAMES, MAKER_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "_context"

SUFFIXES = (
    "ReadWithProject",
    "WithProject",
    "Response",
    "Request",
    "Create",
    "Public",
    "Update",
    "Schema",
    "Detail",
    "Patch",
    "Base",
    "Read",
    "Out",
    "In",
)
_WITH_RELATION = frozenset({"ReadWithProject", "WithProject", "Detail"})
"""Endings of schemas that hold a relation, too: the first of the entity, which is what cases ask for."""
_SETTINGS = frozenset({"settings", "get_settings", "config", "Settings"})
_URLS = frozenset({"DATABASE_URL", "ASYNC_DATABASE_URL", "DB_URL", "SQLALCHEMY_DATABASE_URL", "database_url"})
_LOGGERS = frozenset({"logger", "log", "LOGGER"})
_APPS = frozenset({"app", "router", "api_router"})
_ENGINES = frozenset({"engine", "async_engine"})
ALWAYS = _SETTINGS | _URLS | _LOGGERS | _APPS
"""Names that even complete code may leave undefined."""
PROJECT = DEPENDENCY_NAMES | ALIAS_NAMES | MAKER_NAMES | _ENGINES
"""Names that only a fragment may leave undefined, or code that imports them from the reader's own project."""


@dataclass(frozen=True, slots=True)
class Inverse:
    """A relation of the answer's own model that points at a supplied one: ``child.attribute`` <-> ``name``."""

    name: str
    child: str
    attribute: str
    many: bool = True


def split_schema(name: str, entities: Mapping[str, EntitySpec]) -> tuple[str, str] | None:
    """``("Task", "Create")`` of ``TaskCreate``, ``("Create", "Task")`` reversed forms included; None if it is none."""
    if name in entities:
        return name, ""
    for suffix in SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix) and name[0].isupper():
            return name[: -len(suffix)], suffix
        if name.startswith(suffix) and name[len(suffix) :] in entities:
            return name[len(suffix) :], suffix
    return None


class Context:
    """Collects what is asked for and writes the module's source."""

    def __init__(self, entities: Mapping[str, EntitySpec], own: Mapping[str, EntitySpec]) -> None:
        """``entities``: what the case describes. ``own``: models and schemas that the answer defines itself."""
        self._entities = dict(entities)
        self._own = dict(own)
        self._models: dict[str, EntitySpec] = {}
        self._schemas: dict[str, tuple[str, str]] = {}
        self._plain: set[str] = set()
        self.inverses: dict[str, list[Inverse]] = {}

    def knows(self, name: str) -> bool:
        """Whether ``name`` is something the harness can supply without being told more."""
        if name in ALWAYS or name in PROJECT or name in self._entities:
            return True
        parts = split_schema(name, self._entities)
        return parts is not None and (parts[0] in self._entities or parts[0] in self._own)

    def ask(self, name: str) -> str:
        """Make sure that the module will hold ``name``; its target."""
        parts = split_schema(name, self._entities)
        if name in ALWAYS or name in PROJECT:
            self._plain.add(name)
        elif parts is None or parts[1] == "":
            self._model(name)
        else:
            self._schemas[name] = parts
        return f"{NAME}:{name}"

    def relations(self) -> dict[str, frozenset[str]]:
        """The lazy relations of every entity that can be supplied."""
        found = {name: set(spec.parents).difference(spec.lazy) for name, spec in self._entities.items()}
        for name, spec in self._entities.items():
            for parent in spec.parents.values():
                found.setdefault(parent, set()).add(_plural(name))
        return {name: frozenset(relations) for name, relations in found.items()}

    @property
    def needed(self) -> bool:
        return bool(self._plain or self._models or self._schemas)

    def _spec(self, name: str) -> EntitySpec:
        return self._entities.get(name) or EntitySpec({"title": "str | None", "name": "str | None"})

    def _model(self, name: str) -> None:
        if name in self._models or name in self._own:
            return
        self._models[name] = self._spec(name)
        for parent in self._models[name].parents.values():
            self._model(parent)

    def source(self) -> str:
        """The module's source."""
        lines = [
            "import logging, os",
            "from collections.abc import AsyncGenerator",
            "from typing import Annotated, List, Optional",
            "from fastapi import APIRouter, Depends, FastAPI",
            "from sqlalchemy.ext.asyncio import AsyncAttrs, async_sessionmaker, create_async_engine",
            "from sqlmodel import Field, Relationship, SQLModel",
            "from sqlmodel.ext.asyncio.session import AsyncSession",
        ]
        for name, spec in self._models.items():
            lines += self._model_lines(name, spec)
        for name, (stem, suffix) in sorted(self._schemas.items(), key=lambda item: item[1][1] in _WITH_RELATION):
            lines += self._schema_lines(name, stem, suffix)
        lines += self._plain_lines()
        return "\n".join(lines) + "\n"

    def _model_lines(self, name: str, spec: EntitySpec) -> list[str]:
        lines = [
            f"class {name}({'AsyncAttrs, ' if spec.awaitable else ''}SQLModel, table=True):",
            "    id: Optional[int] = Field(default=None, primary_key=True)",
        ]
        lines += [f"    {key}: {text}{_default(text)}" for key, text in spec.fields.items()]
        for attribute, parent in spec.parents.items():
            if parent in self._models:
                lines.append(
                    f"    {attribute}_id: Optional[int] = Field(default=None, foreign_key='{parent.lower()}.id')"
                )
                lazy = spec.lazy.get(attribute)
                more = f", sa_relationship_kwargs={{'lazy': '{lazy}'}}" if lazy else ""
                related = f"Relationship(back_populates='{_plural(name)}'{more})"
                lines.append(f"    {attribute}: Optional['{parent}'] = {related}")
            else:
                lines.append(f"    {attribute}_id: Optional[int] = None")
        for child, other in self._models.items():
            for attribute, parent in other.parents.items():
                if parent == name:
                    lines.append(f"    {_plural(child)}: List['{child}'] = Relationship(back_populates='{attribute}')")
        for inverse in self.inverses.get(name, ()):
            kind = f"List['{inverse.child}']" if inverse.many else f"Optional['{inverse.child}']"
            lines.append(f"    {inverse.name}: {kind} = Relationship(back_populates='{inverse.attribute}')")
        return lines

    def _schema_lines(self, name: str, stem: str, suffix: str) -> list[str]:
        spec = self._own.get(stem) or self._spec(stem)
        lines = [f"class {name}(SQLModel):"]
        read = suffix in ("Read", "Public", "Response", "Out", "Schema") or suffix in _WITH_RELATION
        if read:
            lines.append("    id: int")
        for key, text in spec.fields.items():
            if suffix in ("Update", "Patch"):
                lines.append(f"    {key}: Optional[{text.partition('=')[0].strip()}] = None")
            else:
                lines.append(f"    {key}: {text}{_default(text)}")
        lines += [f"    {attribute}_id: Optional[int] = None" for attribute in spec.parents]
        if suffix in _WITH_RELATION:
            for attribute, parent in list(spec.parents.items())[:1]:
                lines.append(f"    {attribute}: Optional['{parent}Read'] = None")
                lines = self._schema_lines(f"{parent}Read", parent, "Read") + lines
        return lines if len(lines) > 1 else [*lines, "    pass"]

    def _plain_lines(self) -> list[str]:
        names = self._plain
        lines: list[str] = []
        if names & (_URLS | _ENGINES | DEPENDENCY_NAMES | ALIAS_NAMES | MAKER_NAMES):
            lines += ["_url = os.environ['DATABASE_URL']"]
        lines += [f"{name} = _url" for name in sorted(names & _URLS)]
        if names & (_ENGINES | DEPENDENCY_NAMES | ALIAS_NAMES | MAKER_NAMES):
            lines += ["_engine = create_async_engine(_url)"]
        lines += [f"{name} = _engine" for name in sorted(names & _ENGINES)]
        if names & (DEPENDENCY_NAMES | ALIAS_NAMES | MAKER_NAMES):
            lines += ["_maker = async_sessionmaker(_engine, class_=AsyncSession, expire_on_commit=False)"]
        lines += [f"{name} = _maker" for name in sorted(names & MAKER_NAMES)]
        if names & (DEPENDENCY_NAMES | ALIAS_NAMES):
            lines += [
                "async def get_session() -> AsyncGenerator[AsyncSession, None]:",
                "    async with _maker() as session:",
                "        yield session",
            ]
        lines += [f"{name} = get_session" for name in sorted((names & DEPENDENCY_NAMES) - {"get_session"})]
        lines += [f"{name} = Annotated[AsyncSession, Depends(get_session)]" for name in sorted(names & ALIAS_NAMES)]
        lines += [f"{name} = logging.getLogger('app')" for name in sorted(names & _LOGGERS)]
        if "app" in names:
            lines.append("app = FastAPI()")
        lines += [f"{name} = APIRouter()" for name in sorted(names & {"router", "api_router"})]
        if names & _SETTINGS:
            lines += _SETTINGS_SOURCE.splitlines()
            lines += [f"{name} = _settings" for name in sorted(names & {"settings", "config"})]
        return lines


_SETTINGS_SOURCE = '''
class Settings:
    """Answers any attribute with a plausible value; what depends on the environment reads it."""

    def __init__(self, *args, **kwargs):
        pass

    def __getattr__(self, name):
        low = name.lower()
        if name.startswith("__"):
            raise AttributeError(name)
        if "url" in low or "dsn" in low or low.endswith("uri"):
            return os.environ["DATABASE_URL"]
        if low.startswith(("is_prod", "prod")):
            return os.environ.get("ENVIRONMENT", "production") == "production"
        if "level" in low:
            return os.environ.get("LOG_LEVEL", "INFO")
        if any(word in low for word in ("debug", "echo", "is_dev", "develop", "sql_log", "log_sql")):
            return os.environ.get("ENVIRONMENT", "production") == "development"
        if any(word in low for word in ("env", "stage", "mode")):
            return os.environ.get("ENVIRONMENT", "production")
        if any(word in low for word in ("size", "overflow", "timeout", "recycle", "port", "max", "limit")):
            return 5
        if any(word in low for word in ("ping", "enabled", "flag", "use_")):
            return True
        return "test"


_settings = Settings()


def get_settings():
    return _settings
'''


def _default(text: str) -> str:
    return " = None" if "None" in text and "=" not in text else ""


def _plural(name: str) -> str:
    return name.lower() + "s"
