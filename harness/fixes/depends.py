"""depends: the session of an endpoint comes through ``Depends`` of the project's one dependency."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import libcst as cst

from harness.fixes.fix import Edit, Fix
from harness.fixes.ways import way
from harness.source.endpoints import parameter_depends
from harness.source.facts import Shape
from harness.source.project import split_target
from harness.source.values import Annotated, Function

if TYPE_CHECKING:
    from libcst.codemod.visitors import ImportItem

    from harness.fixes.fix import Changed
    from harness.fixes.source import Source
    from harness.source.tree import Tree


def propose(source: Source, tree: Tree, node: cst.CSTNode) -> Fix | None:
    """A fix for a parameter. Safe: FastAPI does not start with what it replaces."""
    if not isinstance(node, cst.Param):
        return None
    definition = tree.parent(node)
    function = source.function(tree, definition) if isinstance(definition, cst.FunctionDef) else None
    if function is None or not isinstance(definition, cst.FunctionDef):
        return None
    depends = parameter_depends(source.resolver, node, function)
    if depends is not None:
        return _uncalled(source, depends.call)
    return _given(source, tree, definition, node)


def _uncalled(source: Source, depends: cst.Call) -> Fix | None:
    """``Depends(get_session())`` names the function instead."""
    tree = source.tree_of(depends)
    for arg in depends.args:
        if tree is not None and isinstance(arg.value, cst.Call) and not arg.value.args:
            return Fix((Edit(tree, arg.value, _function),), safe=True)
    return None


def _function(updated: cst.CSTNode) -> Changed:
    assert isinstance(updated, cst.Call)
    return updated.func


def _given(source: Source, tree: Tree, definition: cst.FunctionDef, node: cst.Param) -> Fix | None:
    """A session parameter that nothing gives a session to."""
    annotation = node.annotation.annotation if node.annotation is not None else None
    if annotation is None or "fastapi" not in source.facts.packages:
        return None
    value = source.value(tree, annotation)
    if isinstance(value, Annotated):
        return _annotated(source, value)
    if node.default is not None and not (isinstance(node.default, cst.Name) and node.default.value == "None"):
        return None
    found = _dependency(source, tree, definition)
    depends = source.named(tree, definition, "fastapi", "Depends")
    if found is None or depends is None:
        return None
    call = cst.Call(cst.Name(depends[0]), [cst.Arg(cst.Name(found[0]))])
    lacking = [item for item in (depends[1], found[1]) if item is not None]
    if node.default is not None or _may_have_default(definition, node):
        edit = Edit(tree, node, lambda updated: _with_default(updated, call))
    else:
        name = source.named(tree, definition, "typing", "Annotated")
        if name is None:
            return None
        lacking += [name[1]] if name[1] is not None else []
        edit = Edit(tree, annotation, lambda updated: _subscript(name[0], updated, call))
    return Fix((edit,), safe=True, imports=tuple((tree, item) for item in lacking))


def _with_default(updated: cst.CSTNode, call: cst.Call) -> Changed:
    assert isinstance(updated, cst.Param)
    space = cst.SimpleWhitespace(" ")
    return updated.with_changes(default=call, equal=cst.AssignEqual(space, space))


def _subscript(name: str, updated: cst.CSTNode, call: cst.Call) -> Changed:
    assert isinstance(updated, cst.BaseExpression)
    parts = [cst.SubscriptElement(cst.Index(part)) for part in (updated, call)]
    return cst.Subscript(cst.Name(name), parts)


def _may_have_default(definition: cst.FunctionDef, node: cst.Param) -> bool:
    """Whether no parameter behind it has to be given by position."""
    if any(node is each for each in definition.params.kwonly_params):
        return True
    positional = [*definition.params.posonly_params, *definition.params.params]
    index = next((i for i, each in enumerate(positional) if each is node), None)
    return index is not None and all(each.default is not None for each in positional[index + 1 :])


def _dependency(source: Source, tree: Tree, definition: cst.FunctionDef) -> tuple[str, ImportItem | None] | None:
    """What the one right dependency of the project is called in a file, before a function of it is defined."""
    found = [
        each
        for each in source.facts.dependencies
        if each.shape is Shape.RIGHT and each.flavor is not None and each.flavor.is_async
    ]
    if len(found) != 1 or any(each.depended_on and each is not found[0] for each in source.facts.dependencies):
        return None
    module, name = split_target(found[0].target)
    return way(source, tree, definition, module, name) if "." not in name else None


def _annotated(source: Source, value: Annotated) -> Fix | None:
    """``Annotated[AsyncSession, get_session]`` lacks the ``Depends`` around the dependency."""
    tree = value.tree
    for node in tree.ancestors(value.base):
        if not isinstance(node, cst.Subscript):
            continue
        depends = source.named(tree, node, "fastapi", "Depends")
        for element in node.slice[1:]:
            inner = element.slice.value if isinstance(element.slice, cst.Index) else None
            if inner is not None and depends is not None and _is_dependency(source, tree, inner):
                name, lacking = depends
                edit = Edit(tree, inner, functools.partial(_in_depends, name=name))
                return Fix((edit,), safe=True, imports=((tree, lacking),) if lacking is not None else ())
        return None
    return None


def _is_dependency(source: Source, tree: Tree, node: cst.CSTNode) -> bool:
    value = source.value(tree, node)
    return isinstance(value, Function) and bool(value.scope.yields) and not source.resolver.is_manager(value)


def _in_depends(updated: cst.CSTNode, name: str) -> Changed:
    assert isinstance(updated, cst.BaseExpression)
    return cst.Call(cst.Name(name), [cst.Arg(updated)])
