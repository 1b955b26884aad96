"""A file of a source tree, before it is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One file: dotted module name, path to show, and its bytes, in whatever encoding they declare."""

    module: str
    path: str
    content: bytes

    @property
    def is_package(self) -> bool:
        """Whether its module is a package, so that relative imports start in it."""
        return self.path.endswith("__init__.py")
