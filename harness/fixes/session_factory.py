"""session-factory: the maker is the async one, and makes SQLModel's sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
from libcst.codemod.visitors import ImportItem

from harness.fixes import session_import
from harness.fixes.arguments import with_keyword
from harness.fixes.fix import Edit, Fix, joined
from harness.fixes.makers import innermost
from harness.fixes.source import is_external
from harness.source.tree import Kind
from harness.source.values import Maker

if TYPE_CHECKING:
    from harness.fixes.fix import Changed
    from harness.fixes.source import Source
    from harness.source.tree import Tree

_SYNC = "sqlalchemy.orm.sessionmaker"


def propose(source: Source, tree: Tree, node: cst.CSTNode) -> Fix | None:
    """A fix for the call that makes a maker. A wrong class that it is given is an import's fault."""
    value = source.value(tree, node)
    if not isinstance(value, Maker):
        return None
    maker = innermost(source, value)
    if maker.kind == "sessionmaker":
        return _async(source, maker) if maker.flavor.is_async else None
    return _with_class(source, maker) if maker.class_given is False else None


def _with_class(source: Source, maker: Maker) -> Fix | None:
    tree, call = maker.tree, maker.call
    found = source.named(tree, call, session_import.MODULE, session_import.NAME)
    if found is None:
        return None
    name, lacking = found
    wrong = session_import.of_the_file(source, tree) if lacking is not None and lacking.alias else None

    def change(updated: cst.CSTNode) -> Changed:
        assert isinstance(updated, cst.Call)
        return with_keyword(updated, "class_", cst.Name(session_import.NAME if wrong and wrong.safe else name))

    edit = Edit(tree, call, change, "class_")
    if wrong is not None and wrong.safe:  # one class of this name is enough for a file
        return joined(Fix((edit,), safe=True), wrong)
    return Fix((edit,), safe=True, imports=((tree, lacking),) if lacking else ())


def _async(source: Source, maker: Maker) -> Fix | None:
    """``sessionmaker`` becomes ``async_sessionmaker``, also in the annotation of the name that it is bound to."""
    tree, call = maker.tree, maker.call
    found = source.named(tree, call, "sqlalchemy.ext.asyncio", "async_sessionmaker")
    if found is None:
        return None
    name, lacking = found
    statement = tree.parent(call)
    annotation = statement.annotation if isinstance(statement, cst.AnnAssign) else None
    names = [each for part in (call.func, annotation) if part is not None for each in _uses(source, tree, part)]
    if not names:
        return None

    def rename(updated: cst.CSTNode) -> Changed:
        assert isinstance(updated, cst.Name | cst.Attribute)
        return cst.Name(name, lpar=updated.lpar, rpar=updated.rpar)

    edits = [Edit(tree, each, rename) for each in names]
    positional = [arg for arg in call.args if arg.keyword is None and not arg.star]
    if len(positional) > 1:  # the class; the async maker takes it by its name only
        edits.append(Edit(tree, positional[1], _as_keyword))
    return Fix(
        tuple(edits),
        safe=True,
        imports=((tree, lacking),) if lacking else (),
        unused=tuple((tree, item) for item in _imports(source, tree, names)),
    )


def _as_keyword(updated: cst.CSTNode) -> Changed:
    assert isinstance(updated, cst.Arg)
    tight = cst.SimpleWhitespace("")
    return updated.with_changes(keyword=cst.Name("class_"), equal=cst.AssignEqual(tight, tight))


def _uses(source: Source, tree: Tree, part: cst.CSTNode) -> list[cst.Name | cst.Attribute]:
    found: list[cst.Name | cst.Attribute] = []
    todo: list[cst.CSTNode] = [part]
    while todo:
        node = todo.pop()
        if isinstance(node, cst.Name | cst.Attribute) and is_external(source.value(tree, node), _SYNC):
            found.append(node)
        else:
            todo.extend(node.children)
    return found


def _imports(source: Source, tree: Tree, names: list[cst.Name | cst.Attribute]) -> list[ImportItem]:
    """The imports of the sync maker that may have no use any more."""
    return [
        ImportItem(binding.module, binding.imported, binding.name if binding.name != binding.imported else None)
        for node in names
        if isinstance(node, cst.Name)
        for binding in source.bindings(tree, node)
        if binding.kind is Kind.IMPORT_FROM and not source.imported_elsewhere(tree, binding.name)
    ]
