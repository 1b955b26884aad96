"""Names imported from an installed library that lacks them; the library alone is imported, where there is doubt."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from functools import cache
from typing import TYPE_CHECKING

import libcst as cst

from harness.source.facts import WrongImport
from harness.source.library import HOMES
from harness.source.tree import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.positions import Places
    from harness.source.project import Project
    from harness.source.tree import Binding, Tree

_LIBRARIES = frozenset({"sqlmodel", "sqlalchemy", "fastapi"})
_WELL_KNOWN = frozenset(
    "AsyncSession AsyncEngine AsyncAttrs create_async_engine async_sessionmaker async_scoped_session select "
    "selectinload joinedload Session create_engine sessionmaker SQLModel Field Relationship Depends FastAPI APIRouter "
    "HTTPException IntegrityError SQLAlchemyError OperationalError".split()
)
"""Of other names nobody can say whether another version of the library has them."""


def find(project: Project, positions: Places) -> Iterator[WrongImport]:
    """From-imports of names that the library's module certainly lacks."""
    for tree in project.trees.values():
        for scope in tree.scopes:
            for bindings in scope.bindings.values():
                for binding in bindings:
                    fault = _fault(binding, tree, project)
                    if fault is not None and binding.node is not None:
                        yield WrongImport(*fault, positions.at(tree, binding.node))


def _fault(binding: Binding, tree: Tree, project: Project) -> tuple[str, str, str] | None:
    if binding.kind is not Kind.IMPORT_FROM or binding.type_checking or binding.module.startswith("."):
        return None
    library = binding.module.partition(".")[0]
    if f"{binding.module}.{binding.imported}" in HOMES:
        return None
    if library not in _LIBRARIES or binding.imported not in _WELL_KNOWN or project.find(tree, library) is not None:
        return None
    if binding.node is not None and any(isinstance(above, cst.Try) for above in tree.ancestors(binding.node)):
        return None  # prepared for its absence
    return None if has(binding.module, binding.imported) else (binding.module, binding.imported, _version(library))


@cache
def has(module: str, name: str) -> bool:
    """Whether a module of a library has a name; True where that cannot be found out."""
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError:
        return False
    except Exception:  # what keeps it from being imported here says nothing about the name
        return True
    if hasattr(found, name):
        return True
    return hasattr(found, "__path__") and importlib.util.find_spec(f"{module}.{name}") is not None


@cache
def _version(library: str) -> str:
    return f"{library} {importlib.metadata.version(library)}"
