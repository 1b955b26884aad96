"""Line numbers, resolved once for a file and only when a finding asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from libcst.metadata import MetadataWrapper, PositionProvider

from harness.source.facts import At

if TYPE_CHECKING:
    from collections.abc import Mapping

    import libcst as cst

    from harness.source.tree import Tree


class Positions:
    """``origins[module]`` is the path to show and the completion line of every line of the module."""

    def __init__(self, origins: Mapping[str, tuple[str, tuple[int, ...]]]) -> None:
        self._origins = origins
        self._lines: dict[str, Mapping[cst.CSTNode, object]] = {}

    def own_line(self, tree: Tree, node: cst.CSTNode) -> int:
        """The 1-based line in the module itself."""
        if tree.name not in self._lines:
            wrapper = MetadataWrapper(tree.module, unsafe_skip_copy=True)
            self._lines[tree.name] = wrapper.resolve(PositionProvider)
        found = self._lines[tree.name].get(node)
        return int(found.start.line) if found is not None else 1  # type: ignore[attr-defined]

    def at(self, tree: Tree, node: cst.CSTNode) -> At:
        """The place to show: the completion's line where the module comes from one."""
        line = self.own_line(tree, node)
        path, lines = self._origins.get(tree.name, (f"{tree.name}.py", ()))
        return At(path, lines[line - 1] if 0 < line <= len(lines) else line)
