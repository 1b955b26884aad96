"""How one file can import from another of the same project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from libcst.codemod.visitors import ImportItem

from harness.source.tree import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    import libcst as cst

    from harness.fixes.source import Source
    from harness.source.tree import Binding, Tree

_IMPORTS = (Kind.IMPORT_FROM, Kind.STAR)


def way(source: Source, tree: Tree, use: cst.CSTNode, module: str, name: str) -> tuple[str, ImportItem | None] | None:
    """What ``name`` of the project's ``module`` is called at a place, and the import that it lacks, if any.

    None where the name means something else there, where nothing in the project shows how the module is imported, and
    where importing it would lead in a circle.
    """
    other = source.project.trees[module]
    found = tree.scope.bindings.get(name, [])
    if other is tree:
        order = tree.orders.get(id(use), 0)
        return (name, None) if len(found) == 1 and found[0].order < order else None
    for bound, bindings in tree.scope.bindings.items():
        if len(bindings) == 1 and _comes_from(source, tree, bindings[0], other, name):
            return bound, None
    if found or any(name in scope.bindings for scope in tree.scopes) or _in_a_circle(source, tree, other):
        return None
    text = _as_written(source, tree, other)
    return (name, ImportItem(text, name)) if text is not None else None


def _comes_from(source: Source, tree: Tree, binding: Binding, other: Tree, name: str) -> bool:
    return (
        binding.kind is Kind.IMPORT_FROM
        and not binding.conditional
        and binding.imported == name
        and source.project.find(tree, binding.module) is other
    )


def _from_imports(tree: Tree) -> Iterator[Binding]:
    for bindings in tree.scope.bindings.values():
        yield from (binding for binding in bindings if binding.kind in _IMPORTS and not binding.type_checking)


def _as_written(source: Source, tree: Tree, other: Tree) -> str | None:
    """The module as this file names it; else as others name it, when all do it in one absolute way."""
    own = [each.module for each in _from_imports(tree) if source.project.find(tree, each.module) is other]
    if own:
        return own[0]
    elsewhere = {
        each.module
        for importer in source.project.trees.values()
        for each in _from_imports(importer)
        if not each.module.startswith(".") and source.project.find(importer, each.module) is other
    }
    if len(elsewhere) == 1:
        return elsewhere.pop()
    siblings = tree.name.rpartition(".")[0] == other.name.rpartition(".")[0] and not other.is_package
    relative = any(each.module.startswith(".") for each in _from_imports(tree))
    return f".{other.name.rpartition('.')[2]}" if siblings and relative and not elsewhere else None


def _in_a_circle(source: Source, tree: Tree, other: Tree) -> bool:
    """Whether importing the other file imports this one."""
    seen: set[str] = set()
    todo = [other]
    while todo:
        here = todo.pop()
        if here is tree:
            return True
        if here.name in seen:
            continue
        seen.add(here.name)
        for bindings in here.scope.bindings.values():
            for each in bindings:
                if each.kind in (*_IMPORTS, Kind.IMPORT) and not each.type_checking:
                    targets = [each.module, f"{each.module.rstrip('.')}.{each.imported}"]
                    todo += [found for text in targets if (found := source.project.find(here, text)) is not None]
    return False
