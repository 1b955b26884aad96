"""The engines an answer makes: driver, pool size, SQL logging."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from harness.source.facts import EngineFact
from harness.source.flow import expects_failure
from harness.source.library import ASYNC_DRIVERS
from harness.source.tree import children, dotted
from harness.source.values import Constant, Engine, Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.endpoints import Wiring
    from harness.source.positions import Places
    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree


_SPECIAL = re.compile(r"sqlite|memory|test", re.IGNORECASE)
_CONSTRUCTORS = ("create_async_engine", "create_engine", "engine_from_config")
_STATEMENT_EVENTS = frozenset("before_cursor_execute after_cursor_execute before_execute after_execute".split())


def find(resolver: Resolver, wiring: Wiring, positions: Places) -> Iterator[EngineFact]:
    """One fact an engine."""
    per_request = {id(route.function.scope.node) for route in wiring.routes} | wiring.depended
    wrapped: set[int] = set()
    found: list[tuple[cst.Call, Engine, Scope]] = []
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            for call in scope.calls:
                value = resolver.value(call, scope, tree)
                callee = resolver.value(call.func, scope, tree)
                if isinstance(value, Engine) and not isinstance(callee, Function):
                    if value.call is not call:
                        wrapped.add(id(value.call))
                    found.append((call, value, scope))
    for call, engine, scope in found:
        if id(call) in wrapped:
            continue
        owner = _function(scope)
        request = (
            owner is not None and id(owner.node) in per_request and not resolver.is_cached(Function(owner, engine.tree))
        )
        echo = engine.options.given.get("echo")
        yield EngineFact(
            is_async=engine.is_async,
            url=engine.url,
            async_driver=_async_driver(engine.url),
            pool_size=_pool_size(engine),
            echo=_truth(echo) if echo is not None else (False if engine.options.closed else None),
            at=positions.at(engine.tree, call),
            per_request=request,
            pre_ping=True if "pool_pre_ping" in engine.options.given else (False if engine.options.closed else None),
            no_pool="poolclass" in engine.options.given,
            special=any(map(_is_special, engine.tree.ancestors(call))),
            expected_to_fail=any(map(expects_failure, engine.tree.ancestors(call))),
        )


def _truth(value: object) -> bool | None:
    return bool(value.value) if isinstance(value, Constant) else None


def _function(scope: Scope) -> Scope | None:
    here: Scope | None = scope
    while here is not None and here.kind != "function":
        here = here.parent
    return here


def _pool_size(engine: Engine) -> bool | None:
    if "pool_size" in engine.options.given:
        return True
    if engine.options.closed:
        return False
    return True if _mentioned(engine.tree, "pool_size") else None


def _mentioned(tree: Tree, name: str) -> bool:
    """Whether the file gives ``name`` as a keyword or as a dictionary key that reaches an engine by ``**``."""
    for scope in tree.scopes:
        for call in scope.calls:
            if dotted(call.func).rpartition(".")[2] in ("dict", "update", "setdefault", "create_async_engine"):
                if any(arg.keyword is not None and arg.keyword.value == name for arg in call.args):
                    return True
                if call.args and _is_text(call.args[0].value, name):
                    return True
    todo: list[cst.CSTNode] = [tree.module]
    while todo:
        node = todo.pop()
        if isinstance(node, cst.Dict):
            keys = [element.key for element in node.elements if isinstance(element, cst.DictElement)]
            if any(_is_text(key, name) for key in keys):
                return True
        if isinstance(node, cst.Subscript) and isinstance(tree.parent(node), cst.AssignTarget):
            index = node.slice[0].slice
            if isinstance(index, cst.Index) and _is_text(index.value, name):
                return True
        todo.extend(children(node))
    return False


def _is_special(node: cst.CSTNode) -> bool:
    """``if url.startswith("sqlite"):``, ``if settings.testing:``"""
    todo: list[cst.CSTNode] = [node.test] if isinstance(node, (cst.If, cst.IfExp)) else []
    while todo:
        each = todo.pop()
        if isinstance(each, (cst.Name, cst.SimpleString)) and _SPECIAL.search(each.value):
            return True
        todo.extend(children(each))
    return False


def _is_text(node: cst.CSTNode, text: str) -> bool:
    return isinstance(node, cst.SimpleString) and node.value.strip("\"'") == text


def _async_driver(url: str | None) -> bool | None:
    """Whether a URL names an async driver; None where that is not known or depends on the version."""
    if url is None or "://" not in url:
        return None
    dialect, _, driver = url.partition("://")[0].partition("+")
    if driver:
        return driver in ASYNC_DRIVERS
    return None if dialect.startswith("postgres") else False


def tells_databases_apart(resolver: Resolver) -> bool:
    """Whether a condition speaks of SQLite, so that an engine of it may be given other options."""
    todo: list[cst.CSTNode] = [tree.module for tree in resolver.project.trees.values()]
    while todo:
        node = todo.pop()
        if _is_special(node):
            return True
        todo.extend(children(node))
    return False


def names_constructor(resolver: Resolver) -> bool:
    """Whether the code speaks of what makes engines, be it that the engine itself is not found."""
    return any(
        name.endswith(_CONSTRUCTORS)
        for tree in resolver.project.trees.values()
        for scope in tree.scopes
        for name in (
            *(load.value for load, _ in scope.loads),
            *(attribute.attr.value for attribute in scope.attributes),
        )
    )


def listens(resolver: Resolver) -> bool:
    """Whether something of the answer's own is called with each statement, as by ``event.listens_for``."""
    return any(
        isinstance(value := resolver.value(arg.value, scope, tree), Constant) and value.value in _STATEMENT_EVENTS
        for tree in resolver.project.trees.values()
        for scope in tree.scopes
        for call in scope.calls
        for arg in call.args
    )


def configures_logging(resolver: Resolver) -> bool:
    """Whether a logger of sqlalchemy is given a level or a handler."""
    for tree in resolver.project.trees.values():
        for scope in tree.scopes:
            for call in scope.calls:
                for arg in call.args:
                    value = resolver.value(arg.value, scope, tree)
                    if isinstance(value, Constant) and str(value.value).startswith("sqlalchemy"):
                        return True
            for attribute in scope.attributes:
                if attribute.attr.value == "sqlalchemy":
                    return True
    return False
