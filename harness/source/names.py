"""Names that a file uses and binds nowhere."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

import libcst as cst

from harness.source.tree import Kind, Tree, children, parameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.tree import Scope

_LONGEST_WORD = 20
_ROUTES = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace", "api_route", "websocket"})
_MODULE_NAMES = frozenset({"__name__", "__file__", "__doc__", "__package__", "__spec__", "__annotations__", "__all__"})


def _bound(name: str, scope: Scope) -> bool:
    here: Scope | None = scope
    while here is not None:
        if name in here.bindings and (here.kind != "class" or here is scope):
            return not all(binding.type_checking for binding in here.bindings[name])
        here = here.parent
    return False


def unbound(tree: Tree) -> Iterator[cst.Name]:
    """The first use of every name that is bound nowhere, as the interpreter would look for it at run time.

    Names in string annotations and names bound only under ``TYPE_CHECKING`` count where something resolves them at
    run time: in the annotations of a function's parameters that FastAPI reads, and nowhere else.
    """
    if "*" in tree.scope.bindings:
        return
    lazy = _future_annotations(tree)
    seen: set[str] = set()
    for scope in tree.scope.walk():
        if scope.kind == "aside":
            continue
        known: set[str] = set()
        for node, _ in scope.loads:
            name = node.value
            if name in known or name in seen:
                continue
            if hasattr(builtins, name) or name in _MODULE_NAMES or _bound(name, scope):
                known.add(name)
                continue
            if name == "__class__" and scope.kind == "function":
                continue
            if lazy and _in_annotation(tree, node) and not _resolved_by_fastapi(tree, node):
                continue
            seen.add(name)
            yield node


def strings_in_annotations(tree: Tree) -> Iterator[tuple[str, cst.SimpleString, Scope]]:
    """Identifiers inside string annotations: forward references such as ``list["Task"]``."""
    for scope in tree.scope.walk():
        annotations = [b.annotation for found in scope.bindings.values() for b in found if b.annotation is not None]
        function = scope.function
        if function is not None and function.returns is not None:
            annotations.append(function.returns.annotation)
        todo: list[cst.CSTNode] = list(annotations)
        while todo:
            node = todo.pop()
            if isinstance(node, cst.SimpleString):
                text = node.value.strip("\"'")
                for word in words(text):
                    yield word, node, scope
            elif not isinstance(node, cst.Call):
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


def _in_annotation(tree: Tree, node: cst.CSTNode) -> bool:
    return any(isinstance(above, cst.Annotation) for above in tree.ancestors(node))


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
