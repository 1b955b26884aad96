"""Line numbers, resolved once for a file and only when a finding asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from libcst.metadata import MetadataWrapper, PositionProvider

from harness.source.facts import At
from harness.source.parsing import unchecked

if TYPE_CHECKING:
    from collections.abc import Mapping

    import libcst as cst

    from harness.source.tree import Tree


class Places(Protocol):
    """Gives nodes their places."""

    def at(self, tree: Tree, node: cst.CSTNode) -> At:
        """The place to show for a node."""


class Positions:
    """Of a completion. ``origins[module]``: the path to show and the completion line of every line of the module."""

    def __init__(self, origins: Mapping[str, tuple[str, tuple[int, ...]]]) -> None:
        self._origins = origins
        self._files = _Files()

    def own_line(self, tree: Tree, node: cst.CSTNode) -> int:
        """The 1-based line in the module itself."""
        return self._files.start(tree, node)[0]

    def at(self, tree: Tree, node: cst.CSTNode) -> At:
        """The place to show: the completion's line where the module comes from one."""
        line = self.own_line(tree, node)
        path, lines = self._origins.get(tree.name, (f"{tree.name}.py", ()))
        return At(path, lines[line - 1] if 0 < line <= len(lines) else line)


class Late:
    """Of the files of a source tree: lines are found out for what is reported, and for nothing else.

    A place that ``at`` gives has the negated number of its node as its line, until ``settle`` replaces it. Finding the
    lines of a file takes half as long as parsing it.
    """

    def __init__(self, paths: Mapping[str, str]) -> None:
        self._paths = paths
        self._nodes: list[tuple[Tree, cst.CSTNode]] = []
        self._files = _Files()

    def at(self, tree: Tree, node: cst.CSTNode) -> At:
        self._nodes.append((tree, node))
        return At(self._paths.get(tree.name, tree.name), -len(self._nodes))

    def node(self, line: int) -> tuple[Tree, cst.CSTNode]:
        """The node, and its file, for the line of such a place."""
        return self._nodes[-line - 1]

    def settle(self, line: int) -> tuple[int, int]:
        """The 1-based line and column for the line of such a place."""
        return self._files.start(*self.node(line))


class _Files:
    """The positions of all nodes, file by file."""

    def __init__(self) -> None:
        self._ranges: dict[str, Mapping[cst.CSTNode, object]] = {}

    def start(self, tree: Tree, node: cst.CSTNode) -> tuple[int, int]:
        if tree.name not in self._ranges:
            wrapper = MetadataWrapper(tree.module, unsafe_skip_copy=True)
            with unchecked():  # nodes are made again on the way
                self._ranges[tree.name] = wrapper.resolve(PositionProvider)
        found = self._ranges[tree.name].get(node)
        return (found.start.line, found.start.column + 1) if found is not None else (1, 1)  # type: ignore[attr-defined]
