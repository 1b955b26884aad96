"""Moves one name of a from-import to the module that has it; all others stay as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst
from libcst.codemod.visitors import ImportItem

from harness.fixes.fix import Edit, Fix
from harness.source.tree import Kind

if TYPE_CHECKING:
    from harness.fixes.fix import Changed
    from harness.source.tree import Binding, Tree


@dataclass(frozen=True, slots=True)
class _Move:
    """``index``: which of the statement's names. ``alone``: it is imported elsewhere already, so it only goes."""

    index: int
    module: str
    alone: bool

    def parts(self, statement: cst.ImportFrom) -> tuple[cst.ImportFrom, cst.ImportFrom]:
        assert not isinstance(statement.names, cst.ImportStar)
        names = list(statement.names)
        taken = names.pop(self.index)
        if self.index == len(names):  # the last one: what stood behind it now stands behind the one before
            names[-1] = names[-1].with_changes(comma=taken.comma)
        other = cst.ImportFrom(_name(self.module), [cst.ImportAlias(taken.name, asname=taken.asname)])
        return statement.with_changes(names=names), other

    def only(self, updated: cst.CSTNode) -> Changed:
        """The same statement, from the other module."""
        assert isinstance(updated, cst.ImportFrom)
        if self.alone:
            return cst.RemoveFromParent()
        return updated.with_changes(module=_name(self.module), relative=())

    def split(self, updated: cst.CSTNode) -> Changed:
        """The statement without one of its names, and another one that imports it."""
        assert isinstance(updated, cst.ImportFrom)
        rest, other = self.parts(updated)
        return rest if self.alone else cst.FlattenSentinel([rest, other])

    def split_line(self, updated: cst.CSTNode) -> Changed:
        assert isinstance(updated, cst.SimpleStatementLine)
        rest, other = self.parts(cst.ensure_type(updated.body[0], cst.ImportFrom))
        line = updated.with_changes(body=[rest])
        return line if self.alone else cst.FlattenSentinel([line, cst.SimpleStatementLine([other])])


def moved(tree: Tree, binding: Binding, module: str, *, safe: bool) -> Fix | None:
    """A fix that imports what is bound here from ``module``; it joins an import from there that stands above."""
    alias = binding.node
    if not isinstance(alias, cst.ImportAlias):
        return None
    statement = tree.parent(alias)
    if not isinstance(statement, cst.ImportFrom) or isinstance(statement.names, cst.ImportStar):
        return None
    line = tree.parent(statement)
    joins = _stands_above(tree, binding, module) and not (len(statement.names) == 1 and _has_comment(line))
    there = joins or _is_there(binding, module)
    move = _Move(list(statement.names).index(alias), module, there)
    if len(statement.names) == 1:
        edit = Edit(tree, statement, move.only)
    elif isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1:
        edit = Edit(tree, line, move.split_line, str(move.index))
    else:
        edit = Edit(tree, statement, move.split, str(move.index))
    called = binding.name if binding.name != binding.imported else None
    return Fix((edit,), safe, imports=((tree, ImportItem(module, binding.imported, called)),) if joins else ())


def _stands_above(tree: Tree, binding: Binding, module: str) -> bool:
    """Whether a plain import at the top takes other names from the module already."""
    return binding.scope is tree.scope and any(
        other.kind is Kind.IMPORT_FROM
        and other.module == module
        and other.order < binding.order
        and _where(other) == _where(binding) == (False, False)
        for found in tree.scope.bindings.values()
        for other in found
    )


def _is_there(binding: Binding, module: str) -> bool:
    return any(
        other is not binding
        and other.kind is Kind.IMPORT_FROM
        and (other.module, other.imported) == (module, binding.imported)
        and _where(other) == _where(binding)
        for other in binding.scope.bindings[binding.name]
    )


def _where(binding: Binding) -> tuple[bool, bool]:
    return binding.conditional, binding.type_checking


def _has_comment(line: cst.CSTNode | None) -> bool:
    return (
        not isinstance(line, cst.SimpleStatementLine)
        or line.trailing_whitespace.comment is not None
        or any(each.comment is not None for each in line.leading_lines)
    )


def _name(module: str) -> cst.Attribute | cst.Name:
    parsed = cst.parse_expression(module)
    assert isinstance(parsed, cst.Attribute | cst.Name)
    return parsed
