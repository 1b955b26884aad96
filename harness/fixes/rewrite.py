"""Writes fixes into files: nodes are replaced, imports added and taken away, every other byte stays."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

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
    keys: set[frozenset[tuple[object, ...]]] = set()
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
    # in two steps: libcst cannot sort one name that is wanted with and without an alias
    for group in ([each for each in imports if each.alias is None], [each for each in imports if each.alias]):
        if group:
            module = AddImportsVisitor(CodemodContext(), group).transform_module(module)
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
    """Puts names that were added to an import where the order of the others has them, each as they stand."""

    def leave_ImportFrom(  # noqa: N802 - libcst's name
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom:
        if isinstance(updated_node.names, cst.ImportStar):
            return updated_node
        names = list(updated_node.names)
        added = list(itertools.takewhile(lambda alias: alias.comma is cst.MaybeSentinel.DEFAULT, names[:-1]))
        rest = names[len(added) :]
        if not added:
            return updated_node
        space = updated_node.lpar.whitespace_after if updated_node.lpar is not None else None
        gap: cst.BaseParenthesizableWhitespace = cst.SimpleWhitespace(" ")
        if isinstance(space, cst.ParenthesizedWhitespace):
            first = cst.TrailingWhitespace(newline=space.first_line.newline)
            gap = space.with_changes(first_line=first, empty_lines=())
        key = next((key for key in _ORDERS if rest == sorted(rest, key=key)), None)
        for alias in added:
            index = sum(1 for each in rest if key(each) < key(alias)) if key is not None else 0
            _insert(rest, index, alias, cst.Comma(whitespace_after=gap))
        return updated_node.with_changes(names=rest)


def _insert(names: list[cst.ImportAlias], index: int, alias: cst.ImportAlias, comma: cst.Comma) -> None:
    if index < len(names):
        names.insert(index, alias.with_changes(comma=comma))
        return
    last = names[-1]
    if not isinstance(last.comma, cst.Comma):
        names[-1] = last.with_changes(comma=comma)
        names.append(alias)
        return
    end = last.comma.whitespace_after
    between, behind = comma.whitespace_after, end
    if isinstance(end, cst.ParenthesizedWhitespace) and isinstance(between, cst.ParenthesizedWhitespace):
        between = between.with_changes(first_line=end.first_line, empty_lines=end.empty_lines)
        first = cst.TrailingWhitespace(newline=end.first_line.newline)
        behind = end.with_changes(first_line=first, empty_lines=())
    names[-1] = last.with_changes(comma=cst.Comma(whitespace_after=between))
    names.append(alias.with_changes(comma=cst.Comma(whitespace_after=behind)))


def _plainly(alias: cst.ImportAlias) -> tuple[int, str]:
    return 0, alias.evaluated_name


def _without_case(alias: cst.ImportAlias) -> tuple[int, str]:
    return 0, alias.evaluated_name.casefold()


def _by_kind(alias: cst.ImportAlias) -> tuple[int, str]:
    """Constants, classes, everything else: the order of most sorters."""
    name = alias.evaluated_name
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name.casefold()


_ORDERS: Final = (_by_kind, _without_case, _plainly)
