"""dependency-shape: the dependency becomes an async generator that yields inside ``async with``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
from libcst.codemod.visitors import ImportItem

from harness.fixes.blocks import opening, wrapped
from harness.fixes.fix import Edit, Fix
from harness.fixes.source import is_external
from harness.source.tree import Kind
from harness.source.values import External, Session

if TYPE_CHECKING:
    from harness.fixes.fix import Changed
    from harness.fixes.source import Source
    from harness.source.tree import Tree
    from harness.source.values import Function

_SYNC_TYPES = {"Generator": "AsyncGenerator", "Iterator": "AsyncIterator", "Iterable": "AsyncIterable"}
_NAME = "session"


def propose(source: Source, tree: Tree, node: cst.CSTNode) -> Fix | None:
    """A fix for a dependency, or for the statement in it that is wrong.

    Safe where the function is called as before: what was a generator stays one. Otherwise somebody who calls it outside
    of the files that are read would have to change, too.
    """
    function = source.function(tree, node)
    definition = function.scope.function if function is not None else None
    if function is None or definition is None or not isinstance(definition.body, cst.IndentedBlock):
        return None
    if isinstance(node, cst.WithItem):
        return _async_with(tree, node) if function.scope.is_async else None
    if isinstance(node, cst.Yield):
        edit = _opened(source, function, node)
        return Fix((edit,), safe=True) if edit is not None else None
    if any(True for _ in source.calls(function)):
        return None
    if isinstance(node, cst.Return):
        return _yielding(source, function, definition, node)
    if source.resolver.is_manager(function):
        return _undecorated(source, function, definition)
    if function.scope.yields and not function.scope.is_async:
        return _async(source, function, definition)
    return None


def _async_with(tree: Tree, item: cst.WithItem) -> Fix | None:
    statement = tree.parent(item)
    if not isinstance(statement, cst.With) or len(statement.items) != 1 or statement.asynchronous is not None:
        return None
    return Fix((Edit(tree, statement, _make_async),), safe=True)


def _make_async(updated: cst.CSTNode) -> Changed:
    assert isinstance(updated, cst.With | cst.FunctionDef)
    return updated.with_changes(asynchronous=cst.Asynchronous())


def _opened(source: Source, function: Function, given: cst.Yield | cst.Return) -> Edit | None:
    """What is yielded or returned is opened in an ``async with`` around it."""
    tree = function.tree
    if isinstance(given.value, cst.Name):
        return _opened_name(source, function, given, given.value)
    outer = tree.parent(given) if isinstance(given, cst.Yield) else given
    line = tree.parent(outer) if outer is not None else None
    if not isinstance(outer, cst.Expr | cst.Return) or not isinstance(line, cst.SimpleStatementLine):
        return None
    if not isinstance(given.value, cst.Call) or len(line.body) != 1 or _NAME in function.scope.bindings:
        return None

    def change(updated: cst.CSTNode) -> Changed:
        assert isinstance(updated, cst.SimpleStatementLine)
        statement = updated.body[0]
        assert isinstance(statement, cst.Expr | cst.Return)
        value = statement.value.value if isinstance(statement.value, cst.Yield) else statement.value
        assert isinstance(value, cst.BaseExpression)
        only = cst.Expr(cst.Yield(cst.Name(_NAME)))
        body = [updated.with_changes(body=[only], leading_lines=())]
        return opening(value, _NAME, body).with_changes(leading_lines=updated.leading_lines)

    return Edit(tree, line, change)


def _opened_name(source: Source, function: Function, given: cst.Yield | cst.Return, name: cst.Name) -> Edit | None:
    tree = function.tree
    found = source.bindings(tree, name)
    all_found = function.scope.bindings.get(name.value, [])
    if len(all_found) != 1 or all_found != found or found[0].kind is not Kind.ASSIGN or found[0].node is None:
        return None
    assigned = tree.parent(found[0].node)
    line = tree.parent(assigned) if assigned is not None else None
    block = tree.parent(line) if line is not None else None
    if not (
        isinstance(assigned, cst.Assign | cst.AnnAssign)
        and (isinstance(assigned, cst.AnnAssign) or len(assigned.targets) == 1)
        and isinstance(line, cst.SimpleStatementLine)
        and len(line.body) == 1
        and isinstance(block, cst.IndentedBlock)
    ):
        return None
    index = list(block.body).index(line)
    after = {id(each) for each in block.body[index + 1 :]}
    if not any(id(above) in after for above in tree.ancestors(given)):
        return None

    def change(updated: cst.CSTNode) -> Changed:
        assert isinstance(updated, cst.IndentedBlock)
        return wrapped(updated, index, name.value)

    return Edit(tree, block, change)


def _yielding(source: Source, function: Function, definition: cst.FunctionDef, given: cst.Return) -> Fix | None:
    """``return session`` becomes ``yield session`` inside the ``async with`` that opens it."""
    tree, scope = function.tree, function.scope
    if len(scope.returns) != 1 or scope.yields or definition.decorators:
        return None
    if not isinstance(source.value(tree, given.value) if given.value is not None else None, Session):
        return None
    edits: list[Edit] = []
    opens = _opens(function, given)
    if opens is not None:
        edits.append(Edit(tree, given, _yielded))
        if opens.asynchronous is None:
            edits.append(Edit(tree, opens, _make_async))
    else:
        edit = _opened(source, function, given)
        if edit is None:
            return None
        edits.append(edit)
        if isinstance(given.value, cst.Name):
            edits.append(Edit(tree, given, _yielded))
    return _as_async_generator(source, function, definition, edits)


def _yielded(updated: cst.CSTNode) -> Changed:
    assert isinstance(updated, cst.Return)
    return cst.Expr(cst.Yield(updated.value), semicolon=updated.semicolon)


def _opens(function: Function, given: cst.Return | cst.Yield) -> cst.With | None:
    """The with statement around that binds what is given."""
    name = given.value.value if isinstance(given.value, cst.Name) else None
    for above in function.tree.ancestors(given):
        if above is function.scope.node:
            return None
        if isinstance(above, cst.With) and len(above.items) == 1:
            bound = above.items[0].asname.name if above.items[0].asname is not None else above.items[0].item
            if isinstance(bound, cst.Name) and bound.value == name:
                return above
    return None


def _undecorated(source: Source, function: Function, definition: cst.FunctionDef) -> Fix | None:
    """Nobody enters it with ``async with``, so it need not be a context manager."""
    tree = function.tree
    if len(definition.decorators) != 1 or not function.scope.is_async:
        return None
    decorator = definition.decorators[0].decorator
    if not is_external(source.value(tree, decorator), "contextlib.asynccontextmanager"):
        return None

    def change(updated: cst.CSTNode) -> Changed:
        assert isinstance(updated, cst.FunctionDef)
        lines = [line for line in updated.decorators[0].leading_lines if line.comment is not None]
        return updated.with_changes(
            decorators=(),
            leading_lines=[*updated.leading_lines, *lines, *updated.lines_after_decorators],
            lines_after_decorators=(),
        )

    unused = [
        (tree, ImportItem(each.module, each.imported, each.name if each.name != each.imported else None))
        for each in (source.bindings(tree, decorator) if isinstance(decorator, cst.Name) else ())
        if each.kind is Kind.IMPORT_FROM and not source.imported_elsewhere(tree, each.name)
    ]
    return Fix((Edit(tree, definition, change),), safe=False, unused=tuple(unused))


def _async(source: Source, function: Function, definition: cst.FunctionDef) -> Fix | None:
    """A sync generator of async sessions."""
    if len(function.scope.yields) != 1 or definition.decorators:
        return None
    given = function.scope.yields[0]
    edits: list[Edit] = []
    name = given.value.value if isinstance(given.value, cst.Name) else None
    around = [above for above in function.tree.ancestors(given) if isinstance(above, cst.With)]
    for statement in around:
        bound = statement.items[0].asname.name if statement.items[0].asname is not None else statement.items[0].item
        if len(statement.items) == 1 and isinstance(bound, cst.Name) and bound.value == name:
            edits.append(Edit(function.tree, statement, _make_async))
    if not edits:
        edit = _opened(source, function, given)
        if edit is None:
            return None
        edits.append(edit)
    return _as_async_generator(source, function, definition, edits)


def _as_async_generator(
    source: Source, function: Function, definition: cst.FunctionDef, edits: list[Edit]
) -> Fix | None:
    """The edits of the body, with ``async def`` and an annotation that says what comes out."""
    tree = function.tree
    if definition.asynchronous is None:
        edits.append(Edit(tree, definition, _make_async))
    imports: list[tuple[Tree, ImportItem]] = []
    annotation = definition.returns.annotation if definition.returns is not None else None
    if annotation is not None:
        better = _annotation(source, tree, annotation)
        if better is None:
            return None
        edit, lacking = better
        edits += [edit] if edit is not None else []
        imports += [(tree, lacking)] if lacking is not None else []
    return Fix(tuple(edits), safe=False, imports=tuple(imports))


def _annotation(
    source: Source, tree: Tree, annotation: cst.BaseExpression
) -> tuple[Edit | None, ImportItem | None] | None:
    """The change of what the function says it returns; None where no name can be had for the right type."""
    outer = source.value(tree, annotation.value) if isinstance(annotation, cst.Subscript) else None
    kind = outer.name.rpartition(".")[2] if isinstance(outer, External) else ""
    if kind.startswith("Async"):
        return None, None
    if kind and kind not in _SYNC_TYPES:
        return None
    wanted = _SYNC_TYPES.get(kind, "AsyncIterator")
    found = source.named(tree, annotation, "collections.abc", wanted) if not _typing(tree, wanted) else (wanted, None)
    if found is None:
        return None
    name, lacking = found

    def change(updated: cst.CSTNode) -> Changed:
        assert isinstance(updated, cst.BaseExpression)
        if not kind:
            return cst.Subscript(cst.Name(name), [cst.SubscriptElement(cst.Index(updated))])
        assert isinstance(updated, cst.Subscript)
        kept = updated.slice if kind != "Generator" else updated.slice[:2]
        if len(kept) == 2:
            kept = [kept[0], kept[1].with_changes(comma=cst.MaybeSentinel.DEFAULT)]
        return updated.with_changes(value=cst.Name(name), slice=kept)

    return Edit(tree, annotation, change), lacking


def _typing(tree: Tree, name: str) -> bool:
    """Whether the file has the type from ``typing`` already."""
    found = tree.scope.bindings.get(name, [])
    return bool(found) and all(
        each.module in ("typing", "collections.abc") and not each.type_checking for each in found
    )
