"""Writes fixes into files: nodes are replaced, imports added and taken away, every other byte stays."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor, RemoveImportsVisitor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.fixes.fix import Change, Changed, Fix
    from harness.source.tree import Tree


def rewrite(fixes: Iterable[Fix]) -> dict[str, bytes]:
    """The new contents of every file that the fixes change, by module name."""
    fixes = list(fixes)
    trees = {name: tree for fix in fixes for name, tree in fix.trees.items()}
    return {name: _file(tree, fixes).bytes for name, tree in trees.items()}


def compatible(fixes: Iterable[Fix]) -> list[Fix]:
    """Those of the fixes that can be made at once: none changes what another one changes, or what holds that."""
    taken: list[Fix] = []
    changed: set[int] = set()
    above: set[int] = set()
    keys: set[frozenset[tuple[str, int]]] = set()
    for fix in fixes:
        if fix.key in keys:
            continue
        nodes = {id(edit.node) for edit in fix.edits}
        holding = {id(each) for edit in fix.edits for each in edit.tree.ancestors(edit.node)}
        if nodes & (changed | above) or holding & changed:
            continue
        keys.add(fix.key)
        changed |= nodes
        above |= holding
        taken.append(fix)
    return taken


def _file(tree: Tree, fixes: list[Fix]) -> cst.Module:
    changes: dict[int, list[Change]] = defaultdict(list)
    for fix in fixes:
        for edit in fix.edits:
            if edit.tree is tree:
                changes[id(edit.node)].append(edit.change)
    module = tree.module.visit(_Replacing(changes)) if changes else tree.module
    imports = [item for fix in fixes for owner, item in fix.imports if owner is tree]
    unused = [item for fix in fixes for owner, item in fix.unused if owner is tree]
    if imports:
        module = AddImportsVisitor(CodemodContext(), imports).transform_module(module)
        module = module.visit(_Layout())
    if unused:
        names = [(item.module, item.obj_name, item.alias) for item in unused]
        module = RemoveImportsVisitor(CodemodContext(), names).transform_module(module)
    return module


class _Replacing(cst.CSTTransformer):
    """Replaces nodes by identity, the innermost first."""

    def __init__(self, changes: dict[int, list[Change]]) -> None:
        super().__init__()
        self._changes = changes

    def on_leave(self, original_node: Any, updated_node: Any) -> Any:
        changed: Changed = updated_node
        for change in self._changes.get(id(original_node), ()):
            assert isinstance(changed, cst.CSTNode)
            changed = change(changed)
        return changed


class _Layout(cst.CSTTransformer):
    """Gives names that were added to an import of several lines a line of their own."""

    def leave_ImportFrom(  # noqa: N802 - libcst's name
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom:
        left = updated_node.lpar
        if left is None or isinstance(updated_node.names, cst.ImportStar):
            return updated_node
        space = left.whitespace_after
        if not isinstance(space, cst.ParenthesizedWhitespace):
            return updated_node
        plain = space.with_changes(first_line=cst.TrailingWhitespace(newline=space.first_line.newline), empty_lines=())
        names = [
            alias.with_changes(comma=cst.Comma(whitespace_after=plain))
            if alias.comma is cst.MaybeSentinel.DEFAULT and alias is not updated_node.names[-1]
            else alias
            for alias in updated_node.names
        ]
        return updated_node.with_changes(names=names)
