"""What pieces of models, shown with the rest left out, say of the models that the harness supplies in their place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from harness.source.tree import children, dotted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.source.given import EntitySpec

_EAGER = frozenset("selectin joined subquery immediate".split())


def amended(entities: Mapping[str, EntitySpec], pieces: Iterable[cst.Module]) -> dict[str, EntitySpec]:
    """The entities with the mixin ``AsyncAttrs`` and the eager relations that pieces of their models give them."""
    result = dict(entities)
    for piece in pieces:
        for node in piece.body:
            if isinstance(node, cst.ClassDef) and node.name.value in result:
                _amend(result, node.name.value, node.body, awaitable=_is_awaitable(node))
        for name, spec in result.items():
            if spec.parents:
                _amend(result, name, piece, awaitable=False)
    return result


def _amend(entities: dict[str, EntitySpec], name: str, body: cst.Module | cst.BaseSuite, *, awaitable: bool) -> None:
    spec = entities[name]
    eager = {relation: lazy for relation, lazy in _eager(body) if relation in spec.parents}
    entities[name] = replace(spec, lazy={**spec.lazy, **eager}, awaitable=spec.awaitable or awaitable)


def _is_awaitable(node: cst.ClassDef) -> bool:
    return any(dotted(base.value).rpartition(".")[2] == "AsyncAttrs" for base in node.bases)


def _eager(body: cst.Module | cst.BaseSuite) -> Iterator[tuple[str, str]]:
    """``project: Project = Relationship(sa_relationship_kwargs={"lazy": "selectin"})``"""
    for line in body.body:
        for node in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if isinstance(node, cst.AnnAssign) and isinstance(node.target, cst.Name) and node.value is not None:
                yield from ((node.target.value, text) for text in _texts(node.value) if text in _EAGER)


def _texts(node: cst.CSTNode) -> Iterator[str]:
    todo = [node]
    while todo:
        each = todo.pop()
        if isinstance(each, cst.SimpleString):
            yield str(each.evaluated_value)
        todo.extend(children(each))
