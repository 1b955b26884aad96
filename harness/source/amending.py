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


def amended(entities: Mapping[str, EntitySpec], pieces: Iterable[tuple[cst.Module, bool]]) -> dict[str, EntitySpec]:
    """The entities with the mixin ``AsyncAttrs`` and the eager relations that pieces of their models give them.

    ``pieces`` are given with whether all code that uses the models is of their option: an option that forgets to load
    a relation is not made right by another one, whose models load it by themselves.
    """
    result = dict(entities)
    for piece, alone in pieces:
        for node in piece.body:
            if isinstance(node, cst.ClassDef) and node.name.value in result:
                spec = result[node.name.value]
                result[node.name.value] = replace(spec, awaitable=spec.awaitable or _is_awaitable(node))
                if alone:
                    _load(result, node.name.value, node.body)
        for name in result if alone else ():
            _load(result, name, piece)
    return result


def _load(entities: dict[str, EntitySpec], name: str, body: cst.Module | cst.BaseSuite) -> None:
    spec = entities[name]
    eager = {relation: lazy for relation, lazy in _eager(body) if relation in spec.parents}
    entities[name] = replace(spec, lazy={**spec.lazy, **eager})


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
