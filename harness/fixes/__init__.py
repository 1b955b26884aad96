"""What ``--fix`` does about a finding: one module a criterion that can be fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from harness.fixes import (
    awaited,
    dependency_shape,
    depends,
    expire_on_commit,
    imports,
    session_factory,
    session_import,
)
from harness.fixes.fix import Edit, Fix
from harness.fixes.rewrite import compatible, rewrite
from harness.fixes.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    import libcst as cst

    from harness.source.tree import Tree

FIXES: Final[dict[str, Callable[[Source, Tree, cst.CSTNode], Fix | None]]] = {
    "session-import": session_import.propose,
    "session-factory": session_factory.propose,
    "expire-on-commit": expire_on_commit.propose,
    "dependency-shape": dependency_shape.propose,
    "depends": depends.propose,
    "imports": imports.propose,
    "awaited": awaited.propose,
}
"""By the criterion's id: from the node that a finding points at to a fix, None where there is none."""

__all__ = ["FIXES", "Edit", "Fix", "Source", "compatible", "rewrite"]
