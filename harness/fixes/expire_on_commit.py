"""expire-on-commit: ``expire_on_commit=False`` where the session of a dependency gets its options."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.fixes.arguments import with_keyword
from harness.fixes.fix import Edit, Fix
from harness.fixes.makers import configured, innermost, is_constant, option
from harness.source.values import Coroutine, Maker, Session

if TYPE_CHECKING:
    from harness.fixes.fix import Changed
    from harness.fixes.makers import Placed
    from harness.fixes.source import Source
    from harness.source.tree import Tree

_OPTION = "expire_on_commit"


def propose(source: Source, tree: Tree, node: cst.CSTNode) -> Fix | None:
    """A fix for a function that hands out sessions. Never safe: objects are no longer read again after a commit."""
    function = source.function(tree, node)
    if function is None:
        return None
    resolver = source.resolver
    given = resolver.yielded(function) if function.scope.yields else resolver.called(function)
    session = given.of if isinstance(given, Coroutine) else given
    if not isinstance(session, Session) or not session.made:
        return None
    call = session.node if isinstance(session.node, cst.Call) else None
    where = source.tree_of(call) if call is not None else None
    if call is not None and where is not None:
        said = option(source, where, call, _OPTION)
        if said is not None:
            return _said(source, said)
        if session.maker is None:
            return _added(where, call)
    return _of_maker(source, session.maker) if session.maker is not None else None


def _of_maker(source: Source, maker: Maker) -> Fix | None:
    while maker.kind == "scoped":
        inner = innermost(source, maker)
        if inner is maker:
            return None
        maker = inner
    tree, call = maker.tree, maker.call
    said = configured(source, tree, call, _OPTION) or option(source, tree, call, _OPTION)
    return _said(source, said) if said is not None else _added(tree, call)


def _said(source: Source, placed: Placed) -> Fix | None:
    """It is written: True becomes False, what only a run tells stays."""
    tree, node = placed
    if not is_constant(source, placed, True) or not isinstance(node, cst.Name) or node.value != "True":
        return None

    def change(updated: cst.CSTNode) -> Changed:
        assert isinstance(updated, cst.Name)
        return updated.with_changes(value="False")

    return Fix((Edit(tree, node, change),), safe=False)


def _added(tree: Tree, call: cst.Call) -> Fix:
    def change(updated: cst.CSTNode) -> Changed:
        assert isinstance(updated, cst.Call)
        return with_keyword(updated, _OPTION, cst.Name("False"), last=True)

    return Fix((Edit(tree, call, change, _OPTION),), safe=False)
