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


_SMALL = re.compile(r"sqlite|memory|(?<![a-z])(?:py)?test", re.IGNORECASE)
_SERVER = re.compile(r"postgres|asyncpg|psycopg|mysql|mariadb|oracle|mssql", re.IGNORECASE)
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
            special=_is_special(engine.tree, call),
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


def _is_special(tree: Tree, node: cst.CSTNode) -> bool:
    """Whether a condition says that what stands here is for SQLite or for tests: ``if url.startswith("sqlite"):``"""
    below = node
    for above in tree.ancestors(node):
        if isinstance(above, (cst.If, cst.IfExp)) and below is not above.test:
            small = _is_for_small(above.test)
            if small is not None and small != (below is above.orelse):
                return True
        below = above
    return False


def _is_for_small(test: cst.BaseExpression) -> bool | None:
    """Whether a condition holds for SQLite or for tests, or for a database server; None where it says neither."""
    said: set[bool] = set()
    todo: list[tuple[cst.CSTNode, bool]] = [(test, True)]
    while todo:
        node, holds = todo.pop()
        if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
            holds = not holds
        if isinstance(node, cst.Comparison):
            holds ^= any(isinstance(each.operator, (cst.NotEqual, cst.NotIn)) for each in node.comparisons)
        if isinstance(node, (cst.Name, cst.SimpleString)):
            if _SMALL.search(node.value):
                said.add(holds)
            elif _SERVER.search(node.value):
                said.add(not holds)
        todo.extend((child, holds) for child in children(node))
    return said.pop() if len(said) == 1 else None


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
    """Whether it depends on the database, by a condition that speaks of it, which options an engine's pool is given."""
    trees = resolver.project.trees.values()
    spread = {
        arg.value.value
        for tree in trees
        for scope in tree.scopes
        for call in scope.calls
        for arg in call.args
        if arg.star == "**" and isinstance(arg.value, cst.Name)
    }
    return any(_chooses_pool(tree, spread) for tree in trees)


def _chooses_pool(tree: Tree, spread: set[str]) -> bool:
    """Whether what such a condition decides on speaks of a pool, or binds one of the names that are ``spread``.

    It decides on the rest of a function too that it returns from.
    """
    left: set[int] = set()
    choosing: set[int] = set()
    todo: list[tuple[cst.CSTNode, bool, int]] = [(tree.module, False, 0)]
    while todo:
        node, decided, function = todo.pop()
        if isinstance(node, cst.FunctionDef):
            function = id(node)
        elif isinstance(node, (cst.If, cst.IfExp)):
            decided = decided or _is_for_small(node.test) is not None
        elif isinstance(node, cst.Return) and decided:
            left.add(function)
        elif _is_of_pool(node, spread):
            if decided:
                return True
            choosing.add(function)
        todo.extend((child, decided, function) for child in children(node))
    return not left.isdisjoint(choosing)


def _is_of_pool(node: cst.CSTNode, spread: set[str]) -> bool:
    if isinstance(node, cst.AssignTarget):
        return isinstance(node.target, cst.Name) and node.target.value in spread
    return isinstance(node, (cst.Name, cst.SimpleString)) and "pool" in node.value.lower()


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
