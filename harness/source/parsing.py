"""Parses source that is only read."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Checks:
    """Stands for the check that each node makes of itself, which is for those who make nodes by hand.

    It is put in its place once: after every change to a class, Python looks up anew all that it knew of its nodes.
    """

    def __init__(self) -> None:
        self.wanted = True
        check = cst.CSTNode.__post_init__

        def if_wanted(node: cst.CSTNode) -> None:
            if self.wanted:
                check(node)

        cst.CSTNode.__post_init__ = if_wanted  # type: ignore[method-assign, assignment]


_checks = _Checks()


def parse(content: bytes) -> cst.Module:
    """As ``libcst.parse_module``, in five sixths of its time: what the parser makes is not checked for being right.

    Not for use by several threads.
    """
    with unchecked():
        return cst.parse_module(content)


@contextmanager
def unchecked() -> Iterator[None]:
    """Nodes that are made meanwhile are taken as they are: a name may be one in a newer Python only."""
    _checks.wanted = False
    try:
        yield
    finally:
        _checks.wanted = True
