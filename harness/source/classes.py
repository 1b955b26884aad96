"""Every use of a session class, annotations included, and of the makers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.source.facts import ClassUse, MakerFact
from harness.source.library import SQLALCHEMY_ASYNC, SQLMODEL_ASYNC, SYNC, WELL_KNOWN
from harness.source.names import strings_in_annotations
from harness.source.supplied import NAME
from harness.source.tree import Kind
from harness.source.values import External, Flavor, Function, Maker, Session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.source.facts import At
    from harness.source.positions import Places
    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

_EXECUTE = frozenset({"execute", "scalar", "scalars", "stream", "stream_scalars"})
_FLAVORS = {SQLMODEL_ASYNC: Flavor.SQLMODEL, SQLALCHEMY_ASYNC: Flavor.SQLALCHEMY, SYNC: Flavor.SYNC}


def uses(resolver: Resolver, positions: Places) -> Iterator[ClassUse]:
    """Uses of ``AsyncSession`` classes in code, in order; those that the harness supplied are left out."""
    names = _session_names(resolver)
    for tree in resolver.project.trees.values():
        supplied = resolver.project.supplied.get(tree.name, {})
        for scope in tree.scopes:
            for name, _ in scope.loads:
                if name.value not in names or _by_harness(name.value, supplied, tree):
                    continue
                yield from _use(resolver, name, scope, tree, positions)
            for attribute in scope.attributes:
                if attribute.attr.value in names:
                    yield from _use(resolver, attribute, scope, tree, positions)
        for word, node, scope in strings_in_annotations(tree):
            if word not in names or _by_harness(word, supplied, tree):
                continue
            value = resolver.name(word, scope, tree)
            if isinstance(value, External) and value.name.endswith(".AsyncSession"):
                yield ClassUse(_FLAVORS.get(value.name, Flavor.UNKNOWN), value.name, positions.at(tree, node))


def _session_names(resolver: Resolver) -> set[str]:
    """All names under which the project may know a class called ``AsyncSession``: few names are worth evaluating."""
    names = {"AsyncSession"}
    aliases: list[tuple[str, str]] = []  # a name, and the one that it is another name of
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            for name, found in scope.bindings.items():
                for binding in found:
                    if binding.kind is Kind.IMPORT_FROM:
                        aliases.append((name, binding.imported))
                    elif binding.kind is Kind.ASSIGN:
                        aliases += [(name, each) for each in _last_names(binding.node)]
            for target, value in scope.stores:
                aliases += [(target.attr.value, each) for each in _last_names(value)]
    before = 0
    while len(names) > before:
        before = len(names)
        names.update(name for name, of in aliases if of in names)
    return names


def _last_names(node: cst.CSTNode | None) -> Iterator[str]:
    """What an expression may be another name of: ``c`` of ``a.b.c``, the function of a call, both ends of an if."""
    if isinstance(node, cst.Name):
        yield node.value
    elif isinstance(node, cst.Attribute):
        yield node.attr.value
    elif isinstance(node, cst.IfExp):
        yield from _last_names(node.body)
        yield from _last_names(node.orelse)


def _by_harness(name: str, supplied: Mapping[str, str], tree: Tree) -> bool:
    """Whether the harness supplies a name, and no other block of the answer does."""
    return name not in tree.scope.bindings and supplied.get(name, "") in (WELL_KNOWN.get(name), f"{NAME}:{name}")


def _use(
    resolver: Resolver, node: cst.Name | cst.Attribute, scope: Scope, tree: Tree, positions: Places
) -> Iterator[ClassUse]:
    value = resolver.value(node, scope, tree)
    if isinstance(value, External) and value.name.endswith(".AsyncSession") and not _made_whole(resolver, node, tree):
        yield ClassUse(_FLAVORS.get(value.name, Flavor.UNKNOWN), value.name, positions.at(tree, node))


def _made_whole(resolver: Resolver, node: cst.CSTNode, tree: Tree) -> bool:
    """The base of a class that adds ``exec`` itself, as SQLModel's own does."""
    argument = tree.parent(node)
    owner = tree.parent(argument) if argument is not None else None
    return isinstance(owner, cst.ClassDef) and "exec" in resolver.scope_of(owner).bindings


def makers(resolver: Resolver, positions: Places) -> Iterator[MakerFact]:
    """The session makers of the answer, each where it is made."""
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            for call in scope.calls:
                value = resolver.value(call, scope, tree)
                if isinstance(value, Maker) and value.call is call:
                    yield MakerFact(value.kind, value.flavor, value.class_given, value.expire, positions.at(tree, call))


def sessions_made(resolver: Resolver, positions: Places) -> tuple[list[MakerFact], list[At]]:
    """Sessions opened directly from their class, as makers of kind "direct"; and where sync sessions are made."""
    direct: list[MakerFact] = []
    sync: list[At] = []
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            if scope.kind == "aside":
                continue
            for call in scope.calls:
                value = resolver.value(call, scope, tree)
                if not isinstance(value, Session) or not value.made or value.context:
                    continue
                if value.flavor is Flavor.SYNC:
                    sync.append(positions.at(tree, call))
                if (
                    value.node is call
                    and value.maker is None
                    and not isinstance(resolver.value(call.func, scope, tree), Function)
                ):
                    direct.append(MakerFact("direct", value.flavor, True, value.expire, positions.at(tree, call)))
    return direct, sync


def asked(resolver: Resolver) -> tuple[list[str], list[str]]:
    """The modules that ask sessions by ``exec()``, and those that ask async ones as SQLAlchemy's own are asked."""
    by_exec: list[str] = []
    by_execute: list[str] = []
    for name, tree in resolver.project.trees.items():
        ways = set(_ways(resolver, tree))
        by_exec += [name] * ("exec" in ways)
        by_execute += [name] * (not ways.isdisjoint(_EXECUTE))
    return by_exec, by_execute


def _ways(resolver: Resolver, tree: Tree) -> Iterator[str]:
    for scope in tree.scopes:
        for call in scope.calls:
            method = call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
            if method == "exec" or method in _EXECUTE:
                owner = resolver.value(cst.ensure_type(call.func, cst.Attribute).value, scope, tree)
                is_session = isinstance(owner, Session) and owner.flavor.is_async
                if is_session or (method == "exec" and isinstance(tree.parent(call), cst.Await)):
                    yield method
