"""session-import: SQLModel's AsyncSession is imported where SQLAlchemy's was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.fixes.fix import Edit, Fix, joined
from harness.fixes.moving import moved
from harness.source.library import SQLMODEL_ASYNC
from harness.source.names import words
from harness.source.tree import Kind
from harness.source.values import AnswerModule, External

if TYPE_CHECKING:
    from harness.fixes.fix import Changed
    from harness.fixes.source import Source
    from harness.source.tree import Binding, Tree

MODULE, _, NAME = SQLMODEL_ASYNC.rpartition(".")
_TRANSPARENT = (cst.Subscript, cst.SubscriptElement, cst.Index, cst.BinaryOperation)
_TYPES_FIRST = frozenset({"async_sessionmaker", "cast", "partial", "sessionmaker", "TypeVar"})


def propose(source: Source, tree: Tree, node: cst.CSTNode) -> Fix | None:
    """A fix for a use of the wrong class."""
    if isinstance(node, cst.SimpleString):
        scope = source.scope(tree, node)
        found = [
            _rebound(source, tree, source.resolver.bindings(word, scope, tree))
            for word in words(node.value)
            if _is_wrong(source.resolver.name(word, scope, tree))
        ]
        return joined(*[fix for fix in found if fix]) if found and all(found) else None
    value = source.value(tree, node)
    if not _is_wrong(value):
        return None
    if isinstance(node, cst.Name):
        return _rebound(source, tree, source.bindings(tree, node))
    if isinstance(node, cst.Attribute):
        owner = source.value(tree, node.value)
        if isinstance(owner, AnswerModule):
            return _rebound(source, owner.tree, owner.tree.scope.bindings.get(node.attr.value, []))
        return _by_name(source, tree, node)
    return None


def _is_wrong(value: object) -> bool:
    return isinstance(value, External) and value.name.endswith(f".{NAME}") and value.name != SQLMODEL_ASYNC


def _by_name(source: Source, tree: Tree, node: cst.Attribute) -> Fix | None:
    """``sqlalchemy.ext.asyncio.AsyncSession`` becomes a name of its own."""
    found = source.named(tree, node, MODULE, NAME)
    if found is None:
        return None
    name, lacking = found

    def change(updated: cst.CSTNode) -> Changed:
        assert isinstance(updated, cst.Attribute)
        return cst.Name(name, lpar=updated.lpar, rpar=updated.rpar)

    return Fix(
        (Edit(tree, node, change),),
        safe=_as_class(tree, node),
        imports=((tree, lacking),) if lacking is not None else (),
    )


def of_the_file(source: Source, tree: Tree) -> Fix | None:
    """A fix for the file's own import of the wrong class under the right name."""
    found = tree.scope.bindings.get(NAME, [])
    return _rebound(source, tree, found) if len(found) == 1 and found[0].kind is Kind.IMPORT_FROM else None


def _rebound(source: Source, tree: Tree, bindings: list[Binding], depth: int = 0) -> Fix | None:
    """Every import that the bindings lead to imports SQLModel's class; None where one cannot be changed."""
    fixes: list[Fix] = []
    for binding in bindings:
        if not _is_wrong(source.resolver.binding(binding, tree)):
            continue
        fix: Fix | None = None
        if binding.kind is Kind.IMPORT_FROM and isinstance(binding.node, cst.ImportAlias):
            behind = source.imported_from(tree, binding)
            if behind and depth < len(source.project.trees):
                fix = _rebound(source, behind[0][0], [each for _, each in behind], depth + 1)
            elif not behind and source.project.find(tree, binding.module) is None:
                fix = _imported(tree, binding)
        elif isinstance(binding.node, cst.Name | cst.Attribute) and depth < len(source.project.trees):
            fix = propose(source, tree, binding.node)
        if fix is None:
            return None
        fixes.append(fix)
    return joined(*fixes) if fixes else None


def _imported(tree: Tree, binding: Binding) -> Fix | None:
    safe = all(_as_class(tree, use) for scope in tree.scopes for use, _ in scope.loads if use.value == binding.name)
    return moved(tree, binding, MODULE, safe=safe)


def _as_class(tree: Tree, use: cst.CSTNode) -> bool:
    """Whether a use only says of which class sessions are; in isinstance or a registry the class itself counts."""
    child = use
    for above in tree.ancestors(use):
        if isinstance(above, cst.Annotation):
            return True
        if isinstance(above, cst.Arg):
            keyword = above.keyword.value if above.keyword is not None else ""
            owner = tree.parent(above)
            if isinstance(owner, cst.ClassDef) or keyword == "class_":
                return True
            function = owner.func if isinstance(owner, cst.Call) else None
            called = function.attr if isinstance(function, cst.Attribute) else function
            return isinstance(called, cst.Name) and called.value in _TYPES_FIRST
        if isinstance(above, cst.Call):
            return above.func is child
        if isinstance(above, cst.DictElement):
            return isinstance(above.key, cst.SimpleString) and above.key.value.strip("\"'") == "class_"
        if isinstance(above, cst.Assign | cst.AnnAssign | cst.TypeAlias):
            return child is not use  # an alias of the class itself may be used anywhere; a type made of it may not
        if not isinstance(above, _TRANSPARENT):
            return False
        child = above
    return False
