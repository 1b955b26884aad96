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
    """A change of one node of one file; ``what`` tells apart the changes that a node may undergo."""

    tree: Tree
    node: cst.CSTNode
    change: Change
    what: str = ""


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
    def key(self) -> frozenset[tuple[object, ...]]:
        """The same for two findings that the same change removes."""
        edits: set[tuple[object, ...]] = {(id(edit.node), edit.what) for edit in self.edits}
        return frozenset(edits | {(tree.name, item) for tree, item in self.imports})


def joined(*fixes: Fix) -> Fix:
    """All of them as one."""
    return Fix(
        tuple(edit for fix in fixes for edit in fix.edits),
        all(fix.safe for fix in fixes),
        tuple(dict.fromkeys(each for fix in fixes for each in fix.imports)),
        tuple(dict.fromkeys(each for fix in fixes for each in fix.unused)),
    )
