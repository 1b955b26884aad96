"""imports: a name is imported from the one place that has it, where it was not, or from a module that lacks it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import libcst as cst
from libcst.codemod.visitors import ImportItem

from harness.fixes.fix import Fix
from harness.fixes.moving import moved
from harness.fixes.ways import way
from harness.source.library import WELL_KNOWN
from harness.source.members import has
from harness.source.project import split_target
from harness.source.tree import Kind

if TYPE_CHECKING:
    from harness.fixes.source import Source
    from harness.source.tree import Binding, Tree

_SEVERAL_HOMES: Final = frozenset(
    "Body Column DateTime Enum Field Header Integer Path Query Relationship Request Response Security Session String "
    "UUID and_ cast col create_engine date datetime delete desc event func insert inspect or_ select sessionmaker "
    "status text time update".split()
)
"""Well-known names that other modules have, too, with another meaning, or that may be meant as a variable's."""

_HOME_OF: Final = {
    "sqlmodel": dict.fromkeys(("Field", "Relationship", "Session", "create_engine", "select"), "sqlmodel"),
    "sqlalchemy": {
        "Session": "sqlalchemy.orm",
        "create_engine": "sqlalchemy",
        "select": "sqlalchemy",
    },
}
"""Of names with several homes, the one in the library that they were looked for in."""

_BY_SQLMODEL: Final = frozenset({"select", "or_", "and_", "Relationship"})
"""Names that are SQLModel's in a project that uses it."""


def propose(source: Source, tree: Tree, node: cst.CSTNode) -> Fix | None:
    """A fix for the first use of a name. What the project defines may be another thing of that name: not safe."""
    if isinstance(node, cst.ImportAlias):
        return _at_home(source, tree, node)
    if not isinstance(node, cst.Name) or any(node.value in scope.bindings for scope in tree.scopes):
        return None
    own = [
        other
        for other in source.project.trees.values()
        for binding in other.scope.bindings.get(node.value, ())
        if other is not tree and binding.kind in (Kind.FUNCTION, Kind.CLASS, Kind.ASSIGN) and not binding.conditional
    ]
    if own:
        found = way(source, tree, node, own[0].name, node.value) if len(own) == 1 else None
        item = found[1] if found is not None and WELL_KNOWN.get(node.value) is None else None
        return Fix((), safe=False, imports=((tree, item),)) if item is not None else None
    item = _well_known(source, tree, node)
    return Fix((), safe=True, imports=((tree, item),)) if item is not None else None


def _at_home(source: Source, tree: Tree, alias: cst.ImportAlias) -> Fix | None:
    """A fix for the import of a name from a module that lacks it."""
    binding = next(
        (each for scope in tree.scopes for found in scope.bindings.values() for each in found if each.node is alias),
        None,
    )
    if binding is None:
        return None
    module = _home(source, binding)
    return moved(tree, binding, module, safe=True) if module and has(module, binding.imported) else None


def _home(source: Source, binding: Binding) -> str:
    library, name = binding.module.partition(".")[0], binding.imported
    if name == "AsyncSession" and library == "sqlalchemy" and not source.facts.by_sqlmodel(""):
        return "sqlalchemy.ext.asyncio"
    if name == "sessionmaker":
        return "sqlalchemy.orm"
    if name in _SEVERAL_HOMES:
        return _HOME_OF.get(library, {}).get(name, "")
    return split_target(WELL_KNOWN[name])[0] if name in WELL_KNOWN else ""


def _well_known(source: Source, tree: Tree, node: cst.Name) -> ImportItem | None:
    if node.value not in WELL_KNOWN:
        return None
    module, inside = split_target(WELL_KNOWN[node.value])
    package = module.partition(".")[0]
    if package not in sys.stdlib_module_names and package not in source.facts.packages:
        return None
    parent = tree.parent(node)
    attribute = parent.attr.value if isinstance(parent, cst.Attribute) else ""
    if node.value == "status":
        certain = attribute.startswith(("HTTP_", "WS_"))
    elif node.value in _SEVERAL_HOMES:
        certain = node.value in _BY_SQLMODEL and package == "sqlmodel"
    else:
        certain = bool(inside or attribute)  # a module is used for what it holds
    return ImportItem(module, inside or None) if certain else None
