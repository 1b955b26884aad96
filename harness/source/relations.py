"""Relations that are read although nothing has loaded them: only what is certain.

An object that ``session.get(Model, ...)`` gave without options holds its columns and nothing else. Anything that could
load the relation, in the same function, makes the matter unknown and is left to the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.source.facts import LazyLoadFact
from harness.source.tree import Kind
from harness.source.values import Class, Constant, External, Session, Supplied, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.source.positions import Places
    from harness.source.resolve import Resolver
    from harness.source.tree import Binding, Scope, Tree

_RELATIONS = {"sqlmodel.Relationship", "sqlalchemy.orm.relationship"}
_EAGER = {"selectin", "joined", "subquery", "immediate", "noload", "write_only", "dynamic", "raise", "raise_on_sql"}


def lazy_relations(resolver: Resolver, model: Class) -> set[str]:
    """Names of a model's relations that load when they are read."""
    found: set[str] = set()
    for name, bindings in model.scope.bindings.items():
        node = bindings[-1].node
        if not isinstance(node, cst.Call):
            continue
        callee = resolver.value(node.func, model.scope, model.tree)
        if isinstance(callee, External) and callee.name in _RELATIONS and not _loads_itself(resolver, node, model):
            found.add(name)
    return found


def _loads_itself(resolver: Resolver, call: cst.Call, model: Class) -> bool:
    options = resolver.options(call, model.scope, model.tree)
    more = options.given.get("sa_relationship_kwargs")
    if isinstance(more, Table):
        lazy = more.items.get("lazy")
        value = resolver.value(lazy, more.scope, more.tree) if lazy is not None else None
        return not more.closed or (lazy is not None and (not isinstance(value, Constant) or value.value in _EAGER))
    if more is not None or not options.closed or "sa_relationship" in options.given:
        return True
    given = options.given.get("lazy")
    return given is not None and (not isinstance(given, Constant) or given.value in _EAGER)


def find(
    resolver: Resolver, supplied_relations: Mapping[str, frozenset[str]], positions: Places
) -> Iterator[LazyLoadFact]:
    """Reads of relations that are certain to load lazily in async code.

    ``supplied_relations`` maps each entity that the harness supplies to its relations.
    """
    for tree in resolver.project.trees.values():
        for scope in tree.scope.walk():
            if scope.kind == "function" and scope.is_async:
                yield from _in_function(resolver, scope, tree, supplied_relations, positions)


def _in_function(
    resolver: Resolver, scope: Scope, tree: Tree, supplied: Mapping[str, frozenset[str]], positions: Places
) -> Iterator[LazyLoadFact]:
    gets = [call for call in scope.calls if _session_call(resolver, call, scope, tree)]
    if any(
        call.func.attr.value in ("refresh", "run_sync", "exec", "execute", "scalars", "scalar", "merge")
        for call in gets
        if isinstance(call.func, cst.Attribute)
    ):
        return
    if len(gets) != sum(
        1 for call in gets if isinstance(call.func, cst.Attribute) and call.func.attr.value in ("get", "get_one")
    ):
        return
    if len(gets) != 1:
        return
    for name, found in scope.bindings.items():
        if len(found) == 1 and found[0].kind is Kind.ASSIGN:
            relations = _fetched(resolver, found[0], scope, tree, supplied)
            for attribute in scope.attributes:
                if (
                    isinstance(attribute.value, cst.Name)
                    and attribute.value.value == name
                    and attribute.attr.value in relations
                    and not isinstance(tree.parent(attribute), cst.AssignTarget)
                ):
                    what = f"{name}.{attribute.attr.value}"
                    yield LazyLoadFact(f"{what} is read and nothing has loaded it", positions.at(tree, attribute))
                    break


def _session_call(resolver: Resolver, call: cst.Call, scope: Scope, tree: Tree) -> bool:
    return isinstance(call.func, cst.Attribute) and isinstance(resolver.value(call.func.value, scope, tree), Session)


def _fetched(
    resolver: Resolver, binding: Binding, scope: Scope, tree: Tree, supplied: Mapping[str, frozenset[str]]
) -> set[str] | frozenset[str]:
    """The relations that are not loaded on what ``x = await session.get(Model, id)`` binds."""
    node = binding.node
    call = node.expression if isinstance(node, cst.Await) else None
    if not isinstance(call, cst.Call) or not _session_call(resolver, call, scope, tree):
        return frozenset()
    if any(arg.keyword is not None or arg.star for arg in call.args) or len(call.args) != 2:
        return frozenset()
    model = resolver.value(call.args[0].value, scope, tree)
    if isinstance(model, Class):
        return lazy_relations(resolver, model)
    if isinstance(model, Supplied):
        return supplied.get(model.name, frozenset())
    return frozenset()
