"""What a fix is: changes to nodes of parsed files, and the imports that they need or leave behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from libcst.codemod.visitors import ImportItem

    from harness.source.tree import Tree

Changed = cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode]
Change = Callable[[cst.CSTNode], Changed]
"""From a node, whose children may have been changed already, to what takes its place."""


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """A change of one node of one file."""

    tree: Tree
    node: cst.CSTNode
    change: Change


@dataclass(frozen=True, slots=True, eq=False)
class Fix:
    """What removes a finding. ``safe``: the code means the same as before, but for the fault.

    ``imports`` are to stand at the top of their files, ``unused`` are imports that may have lost their last use.
    """

    edits: tuple[Edit, ...]
    safe: bool
    imports: tuple[tuple[Tree, ImportItem], ...] = ()
    unused: tuple[tuple[Tree, ImportItem], ...] = ()

    @property
    def trees(self) -> dict[str, Tree]:
        """The files that it changes, by module name."""
        touched = [*(edit.tree for edit in self.edits), *(tree for tree, _ in (*self.imports, *self.unused))]
        return {tree.name: tree for tree in touched}

    @property
    def key(self) -> frozenset[tuple[str, int]]:
        """The same for two findings that the same change removes."""
        nodes = {(edit.tree.name, id(edit.node)) for edit in self.edits}
        return frozenset(nodes | {(tree.name, hash(item)) for tree, item in self.imports})


def joined(*fixes: Fix) -> Fix:
    """All of them as one."""
    return Fix(
        tuple(edit for fix in fixes for edit in fix.edits),
        all(fix.safe for fix in fixes),
        tuple(dict.fromkeys(each for fix in fixes for each in fix.imports)),
        tuple(dict.fromkeys(each for fix in fixes for each in fix.unused)),
    )
