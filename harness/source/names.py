"""Names that a file uses and binds nowhere."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

import libcst as cst

from harness.source.flow import expects_failure
from harness.source.tree import Kind, Tree, children, dotted, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.tree import Scope

_LONGEST_WORD = 20
_ROUTES = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace", "api_route", "websocket"})
_GIVEN = frozenset(
    "__name__ __file__ __doc__ __package__ __spec__ __loader__ __path__ __cached__ __annotations__ __all__ "
    "__builtins__ __module__ __qualname__ __dict__ WindowsError reveal_type _ get_ipython get_config display".split()
)
"""Names that are there without being bound: of modules and classes, of one platform, of programs that run the file."""
_BUILTINS = frozenset(dir(builtins))
_WRITES_NAMES = frozenset({"globals", "exec", "vars", "locals"})


def _bound(name: str, scope: Scope) -> bool:
    here: Scope | None = scope
    while here is not None:
        if name in here.bindings and (here.kind != "class" or here is scope):
            return not all(binding.type_checking for binding in here.bindings[name])
        here = here.parent
    return False


def unbound(tree: Tree) -> Iterator[cst.Name]:
    """The first use of every name that is bound nowhere, as the interpreter would look for it at run time.

    Names bound only under ``TYPE_CHECKING`` count where something needs them at run time: code that is run, and the
    annotations that FastAPI reads. Other annotations are not evaluated, or only by some versions of Python.
    """
    if "*" in tree.scope.bindings or _writes_names(tree):
        return
    lazy = _future_annotations(tree)
    seen: set[str] = set()
    aside = {name for scope in tree.scope.children if scope.kind == "aside" for name in scope.bindings}
    for scope in tree.scopes:
        if scope.kind == "aside":
            continue
        known: set[str] = set()
        for node, _ in scope.loads:
            name = node.value
            if name in known or name in seen:
                continue
            if name in _BUILTINS or name in _GIVEN or name in aside or _bound(name, scope):
                known.add(name)
                continue
            if name == "__class__" and scope.kind == "function":
                continue
            if _not_needed(tree, node, lazy=lazy or _is_for_checkers_only(scope, name)):
                continue
            seen.add(name)
            yield node


def _writes_names(tree: Tree) -> bool:
    """Whether a module makes names in ways that cannot be read: ``globals()[name] = ...``."""
    return any(
        isinstance(call.func, cst.Name) and call.func.value in _WRITES_NAMES and not _bound(call.func.value, scope)
        for scope in tree.scopes
        for call in scope.calls
    )


def _is_for_checkers_only(scope: Scope, name: str) -> bool:
    """Whether a name that counts as unbound is bound, under ``TYPE_CHECKING``."""
    here: Scope | None = scope
    while here is not None and name not in here.bindings:
        here = here.parent
    return here is not None


def _not_needed(tree: Tree, node: cst.Name, *, lazy: bool) -> bool:
    """Whether an unbound name does no harm where it stands. ``lazy``: annotations are not evaluated."""
    annotation: cst.CSTNode | None = None
    below: cst.CSTNode = node
    for above in tree.ancestors(node):
        if isinstance(above, cst.Annotation):
            annotation = above
        elif _allows(above, below, node.value):
            return True
        below = above
    if annotation is None:
        return False
    if isinstance(tree.parent(annotation), cst.AnnAssign):
        return lazy or _is_local(tree, annotation)
    return lazy and not _resolved_by_fastapi(tree, node)


def _allows(above: cst.CSTNode, below: cst.CSTNode, name: str) -> bool:
    """Whether what a name stands in makes up for its being unbound; ``below``: the part of it that the name is in."""
    if isinstance(above, cst.If):
        return below is above.body and _is_for_checkers(above.test)
    if isinstance(above, cst.BooleanOperation):
        return below is above.right and _is_for_checkers(above.left)
    if isinstance(above, cst.Try):
        return below is above.body and any(map(_catches_name_error, above.handlers))
    if isinstance(above, cst.With):
        return below is above.body and expects_failure(above)
    if isinstance(above, (cst.FunctionDef, cst.ClassDef, cst.TypeAlias)):
        return _has_type_parameter(above, name)
    return isinstance(above, cst.SimpleStatementLine) and _is_excused(above.trailing_whitespace.comment)


def _is_for_checkers(test: cst.BaseExpression) -> bool:
    """``TYPE_CHECKING``, and ``not TYPE_CHECKING`` before ``or``."""
    inner = test.expression if isinstance(test, cst.UnaryOperation) else test
    return dotted(inner).rpartition(".")[2] == "TYPE_CHECKING"


def _catches_name_error(handler: cst.ExceptHandler) -> bool:
    types = handler.type.elements if isinstance(handler.type, cst.Tuple) else [handler.type]
    names = {dotted(each.value if isinstance(each, cst.Element) else each) for each in types}
    return "NameError" in names


def _has_type_parameter(node: cst.FunctionDef | cst.ClassDef | cst.TypeAlias, name: str) -> bool:
    given = node.type_parameters
    return given is not None and any(each.param.name.value == name for each in given.params)


def _is_excused(comment: cst.Comment | None) -> bool:
    """``# noqa`` for undefined names, or for all."""
    if comment is None or "noqa" not in comment.value:
        return False
    codes = comment.value.partition("noqa")[2].strip()
    return not codes.startswith(":") or "F821" in codes


def _is_local(tree: Tree, annotation: cst.CSTNode) -> bool:
    """Whether an annotated assignment stands in a function, where annotations are never evaluated."""
    for above in tree.ancestors(annotation):
        if isinstance(above, (cst.FunctionDef, cst.ClassDef)):
            return isinstance(above, cst.FunctionDef)
    return False


def strings_in_annotations(tree: Tree) -> Iterator[tuple[str, cst.SimpleString, Scope]]:
    """Identifiers inside string annotations: forward references such as ``list["Task"]``."""
    for scope in tree.scopes:
        annotations = [b.annotation for found in scope.bindings.values() for b in found if b.annotation is not None]
        function = scope.function
        if function is not None and function.returns is not None:
            annotations.append(function.returns.annotation)
        todo: list[cst.CSTNode] = list(annotations)
        while todo:
            node = todo.pop()
            if type(node) is cst.SimpleString:
                text = node.value.strip("\"'")
                for word in words(text):
                    yield word, node, scope
            elif type(node) is not cst.Name and type(node) is not cst.Call:
                todo.extend(children(node))


def short_strings(tree: Tree) -> Iterator[str]:
    """The short one-word strings of a file: names of environments, levels, modes."""
    todo: list[cst.CSTNode] = [tree.module]
    while todo:
        node = todo.pop()
        if isinstance(node, cst.SimpleString):
            text = node.value.strip("\"'")
            if 0 < len(text) <= _LONGEST_WORD and text.isidentifier():
                yield text
        else:
            todo.extend(reversed(children(node)))


def words(text: str) -> list[str]:
    cleaned = "".join(char if char.isidentifier() or char.isdigit() else " " for char in text[:200])
    return [word for word in cleaned.split() if word.isidentifier()]


def _future_annotations(tree: Tree) -> bool:
    return any(
        binding.module == "__future__" and binding.imported == "annotations"
        for found in tree.scope.bindings.values()
        for binding in found
        if binding.kind is Kind.IMPORT_FROM
    )


def _resolved_by_fastapi(tree: Tree, node: cst.CSTNode) -> bool:
    for above in tree.ancestors(node):
        if isinstance(above, cst.FunctionDef):
            return any(map(_is_route, above.decorators)) and any(
                parameter.annotation is not None and _contains(parameter.annotation, node)
                for parameter in parameters(above)
            )
    return False


def _is_route(decorator: cst.Decorator) -> bool:
    call = decorator.decorator
    return isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and call.func.attr.value in _ROUTES


def _contains(root: cst.CSTNode, node: cst.CSTNode) -> bool:
    todo = [root]
    while todo:
        here = todo.pop()
        if here is node:
            return True
        todo.extend(children(here))
    return False
