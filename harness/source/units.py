"""Units of work: classes that open a session of their own, and methods that hand a call on to a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from harness.source.values import Class, Function, Instance, Session, Value

if TYPE_CHECKING:
    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

_PASSED_ON = frozenset({"commit", "flush", "rollback"})


def opened(resolver: Resolver, unit: Value) -> Session | None:
    """The one session that a unit of work makes when ``async with`` enters it."""
    if not isinstance(unit, Instance) or not isinstance(unit.of, Class):
        return None
    entering = resolver.member(unit.of, "__aenter__")
    if not isinstance(entering, Function):
        return None
    stored = [resolver.value(value, entering.scope, entering.tree) for _, value in entering.scope.stores]
    made = [each for each in stored if isinstance(each, Session) and each.made]
    return made[0] if len(made) == 1 else None


def reached(resolver: Resolver, call: cst.Call, scope: Scope, tree: Tree) -> frozenset[str]:
    """What ``work.commit()`` certainly does to a session: what the method awaits of one, under no condition."""
    method = resolver.value(call.func, scope, tree) if isinstance(call.func, cst.Attribute) else None
    node = method.scope.function if isinstance(method, Function) else None
    if not isinstance(method, Function) or node is None or node.decorators or not method.scope.is_async:
        return frozenset()
    if method.scope.parent is None or method.scope.parent.kind != "class":
        return frozenset()
    calls = [awaited(statement) for statement in node.body.body]
    return frozenset(
        each.func.attr.value
        for each in calls
        if each is not None
        and isinstance(each.func, cst.Attribute)
        and each.func.attr.value in _PASSED_ON
        and isinstance(resolver.value(each.func.value, method.scope, method.tree), Session)
    )


def only_rolls_back(resolver: Resolver, call: cst.Call, scope: Scope, tree: Tree) -> bool:
    """Whether ``work.rollback()`` does that to a session and nothing else."""
    method = resolver.value(call.func, scope, tree)
    node = method.scope.function if isinstance(method, Function) else None
    statements = [each for each in node.body.body if not _is_docstring(each)] if node is not None else []
    return len(statements) == 1 and reached(resolver, call, scope, tree) == {"rollback"}


def _is_docstring(statement: cst.CSTNode) -> bool:
    line = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) and statement.body else None
    return isinstance(line, cst.Expr) and isinstance(line.value, cst.SimpleString)


def awaited(statement: cst.CSTNode) -> cst.Call | None:
    """The call of a line ``await call(...)``."""
    line = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) and statement.body else None
    value = line.value if isinstance(line, cst.Expr) else None
    call = value.expression if isinstance(value, cst.Await) else None
    return call if isinstance(call, cst.Call) else None
