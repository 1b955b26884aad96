"""Sessions that more than one request, task or coroutine would use at once."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import libcst as cst

from harness.source.awaits import runs_together
from harness.source.dependencies import functions
from harness.source.facts import SharedSession
from harness.source.sessions import flavor
from harness.source.tree import Kind, dotted
from harness.source.values import Class, External, Function, Instance, Maker, Session, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.positions import Places
    from harness.source.resolve import Resolver
    from harness.source.tree import Binding, Scope, Tree


def find(resolver: Resolver, positions: Places) -> Iterator[SharedSession]:
    """Every certain way in which the answer shares a session."""
    for tree in resolver.project.trees.values():
        yield from _globals(resolver, tree, positions)
        for scope in tree.scopes:
            if scope.kind == "aside":
                continue
            yield from _stored(resolver, scope, tree, positions)
            for call in scope.calls:
                yield from _contained(resolver, call, scope, tree, positions)
                yield from _together(resolver, call, scope, tree, positions)
    for function in functions(resolver):
        if resolver.is_cached(function) and isinstance(resolver.called(function), Session):
            node = function.scope.function
            assert node is not None
            yield SharedSession(
                f"{node.name.value} is cached: every caller gets one session", positions.at(function.tree, node)
            )


def _contained(
    resolver: Resolver, call: cst.Call, scope: Scope, tree: Tree, positions: Places
) -> Iterator[SharedSession]:
    """``providers.Singleton(AsyncSession, ...)`` of a container of dependencies."""
    name = dotted(call.func)
    if name.endswith("Singleton") and call.args and not call.args[0].star:
        given = resolver.value(call.args[0].value, scope, tree)
        kind = flavor(resolver, given) or (given.flavor if isinstance(given, Maker) else None)
        if kind is not None and kind.is_async:
            yield SharedSession(f"{name} keeps one session for everybody", positions.at(tree, call))


def _made(value: Value) -> bool:
    return isinstance(value, Session) and value.made


def _globals(resolver: Resolver, tree: Tree, positions: Places) -> Iterator[SharedSession]:
    """Sessions bound at module or class level and used inside a function."""
    for scope in tree.scopes:
        if scope.kind not in ("module", "class"):
            continue
        for name, found in scope.bindings.items():
            for binding in found:
                if binding.kind is not Kind.ASSIGN or binding.node is None:
                    continue
                value = resolver.binding(binding, tree)
                kept = _keeps_session(resolver, value)
                if kept:
                    yield SharedSession(
                        f"{name} is one object for everybody, and every request puts its session into {name}.{kept}",
                        positions.at(tree, binding.node),
                    )
                if isinstance(value, Session) and value.made:
                    yield SharedSession(
                        f"{name} is one session made at {scope.kind} level for everybody",
                        positions.at(tree, binding.node),
                        certain=value.flavor.is_async and _is_used(resolver, name, binding, tree),
                    )


def _is_used(resolver: Resolver, name: str, binding: Binding, tree: Tree) -> bool:
    """Whether a function of the file uses a name of its module or class, or another file imports it."""
    for scope in tree.scopes:
        if scope.kind == "function":
            for each in scope.own():
                if any(
                    load.value == name and binding in resolver.bindings(name, each, tree, load)
                    for load, _ in each.loads
                ) or (binding.scope.kind == "class" and any(node.attr.value == name for node in each.attributes)):
                    return True
    return any(
        found[-1].imported == name and resolver.project.find(other, found[-1].module) is tree
        for other in resolver.project.trees.values()
        if other is not tree
        for found in other.scope.bindings.values()
    )


def _keeps_session(resolver: Resolver, value: Value) -> str:
    """The attribute in which an instance of the answer's class keeps a session it makes in a method, else ""."""
    if not isinstance(value, Instance) or not isinstance(value.of, Class):
        return ""
    for method in value.of.scope.children:
        function = method.function
        if function is None or not function.params.params:
            continue
        this = function.params.params[0].name.value
        for target, stored in method.stores:
            if dotted(target.value) == this and _made(resolver.value(stored, method, value.of.tree)):
                return target.attr.value
    return ""


def _stored(resolver: Resolver, scope: Scope, tree: Tree, positions: Places) -> Iterator[SharedSession]:
    """``app.state.session = maker()`` and the like."""
    for target, value in scope.stores:
        if (
            ".state." in f".{dotted(target)}"
            and "request." not in dotted(target)
            and _made(resolver.value(value, scope, tree))
        ):
            yield SharedSession(f"{dotted(target)} holds one session for every request", positions.at(tree, target))


def _together(
    resolver: Resolver, call: cst.Call, scope: Scope, tree: Tree, positions: Places
) -> Iterator[SharedSession]:
    callee = resolver.value(call.func, scope, tree)
    method = call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
    if _is_awaited_at_once(call, tree):
        return
    if runs_together(callee):
        single = isinstance(callee, External) and callee.name.rpartition(".")[2] in ("create_task", "ensure_future")
        used = [name for arg in call.args for name in _sessions_in(resolver, arg.value, scope, tree)]
        for name in dict.fromkeys(used):
            if single or used.count(name) > 1:
                how = dotted(call.func) or "asyncio"
                yield SharedSession(
                    f"{how} runs coroutines that share the session {name}",
                    positions.at(tree, call),
                    by_tasks=True,
                    certain=not single or _is_let_go(call, scope, tree),
                )
    elif method == "create_task":
        for name in dict.fromkeys(n for arg in call.args for n in _sessions_in(resolver, arg.value, scope, tree)):
            yield SharedSession(
                f"a task is started with the session {name}",
                positions.at(tree, call),
                by_tasks=True,
                certain=_is_let_go(call, scope, tree) or _starts_another(call, scope, tree),
            )
    elif method == "add_task":
        owner = resolver.value(call.func.value, scope, tree) if isinstance(call.func, cst.Attribute) else None
        if (
            isinstance(owner, Instance)
            and isinstance(owner.of, External)
            and owner.of.name == "fastapi.BackgroundTasks"
        ):
            for arg in call.args:
                if isinstance(resolver.value(arg.value, scope, tree), Session):
                    yield SharedSession(
                        "a background task is given the request's session", positions.at(tree, call), by_tasks=True
                    )


def _is_awaited_at_once(call: cst.Call, tree: Tree) -> bool:
    """``await create_task(...)``, in ``shield`` or ``wait_for``, too, or on the next line; a group of one task."""
    if not _starts_a_task(call):
        return False
    if _in_group(call, tree):
        return _fills_block(call, tree)
    outer: cst.CSTNode = call
    above = tree.parent(call)
    while isinstance(above, cst.Arg) and isinstance(waits := tree.parent(above), cst.Call) and _waits(waits, outer):
        outer, above = waits, tree.parent(waits)
    if isinstance(above, cst.Await):
        return True
    if not isinstance(above, cst.Assign) or len(above.targets) != 1 or outer is not call:
        return False
    line = tree.parent(above)
    block = tree.parent(line) if line is not None else None
    if not isinstance(line, cst.SimpleStatementLine) or not isinstance(block, cst.IndentedBlock) or len(line.body) > 1:
        return False
    index = list(block.body).index(line)
    following = block.body[index + 1] if index + 1 < len(block.body) else None
    first = following.body[0] if isinstance(following, cst.SimpleStatementLine) else None
    value = first.value if isinstance(first, (cst.Expr, cst.Assign, cst.Return)) else None
    name = dotted(above.targets[0].target)
    return isinstance(value, cst.Await) and bool(name) and dotted(value.expression) == name


def _fills_block(call: cst.Call, tree: Tree) -> bool:
    """Whether a call is all that its ``async with`` does."""
    statement = tree.parent(call)
    line = tree.parent(statement) if statement is not None else None
    block = tree.parent(line) if line is not None else None
    return (
        isinstance(statement, (cst.Expr, cst.Assign))
        and isinstance(block, cst.IndentedBlock)
        and len(block.body) == 1
        and isinstance(line, cst.SimpleStatementLine)
        and len(line.body) == 1
        and isinstance(tree.parent(block), cst.With)
    )


def _starts_a_task(call: cst.Call) -> bool:
    named = call.func.attr if isinstance(call.func, cst.Attribute) else call.func
    return isinstance(named, cst.Name) and named.value in ("create_task", "ensure_future")


def _waits(call: cst.Call, task: cst.CSTNode) -> bool:
    """Whether a call waits for the one task that it is given first."""
    return call.args[0].value is task and dotted(call.func).rpartition(".")[2] in ("shield", "wait_for")


def _is_let_go(call: cst.Call, scope: Scope, tree: Tree) -> bool:
    """Whether nobody waits for a task where it is started, so that the session may be used or closed meanwhile."""
    parent = tree.parent(call)
    return isinstance(parent, cst.Expr) and scope.is_async and not _in_group(call, tree)


def _starts_another(call: cst.Call, scope: Scope, tree: Tree) -> bool:
    """Whether the same task group starts another task with the same argument: ``tg.create_task(f(session))`` twice."""
    if not isinstance(call.func, cst.Attribute):
        return False
    owner = dotted(call.func.value)
    given = {dotted(arg.value) for arg in _arguments(call)} - {""}
    inside = itertools.takewhile(lambda above: not _opens(above, owner), tree.ancestors(call))
    loops = any(isinstance(above, (cst.For, cst.While, cst.BaseComp)) for above in inside)
    return loops or any(
        other is not call
        and isinstance(other.func, cst.Attribute)
        and other.func.attr.value == "create_task"
        and dotted(other.func.value) == owner
        and not given.isdisjoint({dotted(arg.value) for arg in _arguments(other)})
        for other in scope.calls
    )


def _arguments(call: cst.Call) -> list[cst.Arg]:
    """The arguments of the coroutine's call that a task is started with, and the owner of its method."""
    inner = call.args[0].value if call.args else None
    if not isinstance(inner, cst.Call):
        return []
    owner = [cst.Arg(inner.func.value)] if isinstance(inner.func, cst.Attribute) else []
    return [*inner.args, *owner]


def _in_group(call: cst.Call, tree: Tree) -> bool:
    """Whether a task belongs to a group, which waits for it: ``tg.create_task(...)`` inside ``async with``."""
    return (
        isinstance(call.func, cst.Attribute)
        and dotted(call.func.value) != "asyncio"
        and any(_opens(above, dotted(call.func.value)) for above in tree.ancestors(call))
    )


def _opens(node: cst.CSTNode, name: str) -> bool:
    """``async with ... as name``"""
    return isinstance(node, cst.With) and any(
        item.asname is not None and dotted(item.asname.name) == name for item in node.items
    )


def _sessions_in(resolver: Resolver, node: cst.CSTNode, scope: Scope, tree: Tree) -> list[str]:
    """Names of the sessions that coroutines inside ``node`` would use, one entry a coroutine, two for a loop."""
    if isinstance(node, (cst.GeneratorExp, cst.ListComp)):
        inner = resolver.scope_of_comprehension(node, scope)
        return _sessions_in(resolver, node.elt, inner, tree) * 2
    if isinstance(node, (cst.List, cst.Tuple)):
        return [name for element in node.elements for name in _sessions_in(resolver, element.value, scope, tree)]
    if isinstance(node, cst.Name):
        found = resolver.bindings(node.value, scope, tree, node)
        for binding in found:
            if isinstance(binding.node, (cst.ListComp, cst.List)):
                return _sessions_in(resolver, binding.node, binding.scope, tree)
        return []
    if not isinstance(node, cst.Call):
        return []
    if runs_together(resolver.value(node.func, scope, tree)):
        return []
    names: list[str] = []
    if isinstance(node.func, cst.Attribute) and dotted(node.func.value):
        owner = resolver.value(node.func.value, scope, tree)
        if isinstance(owner, Session) and owner.flavor.is_async:
            return [dotted(node.func.value)]
    for arg in node.args:
        if dotted(arg.value) and isinstance(resolver.value(arg.value, scope, tree), Session):
            names.append(dotted(arg.value))
    return names or _closed_over(resolver, node, scope, tree) or _held(resolver, node, scope, tree)


def _held(resolver: Resolver, call: cst.Call, scope: Scope, tree: Tree) -> list[str]:
    """A method that awaits the session which its object was given: ``self.session`` of ``self.load(1)``."""
    owner = dotted(call.func.value) if isinstance(call.func, cst.Attribute) else ""
    method = resolver.value(call.func, scope, tree)
    if not owner or not isinstance(method, Function) or method.scope.parent is None:
        return []
    function, home = method.scope.function, method.scope.parent
    if home.kind != "class" or function is None or not function.params.params:
        return []
    this = function.params.params[0].name.value
    for inner in method.scope.calls:
        held = inner.func.value if isinstance(inner.func, cst.Attribute) else None
        if (
            isinstance(held, cst.Attribute)
            and dotted(held.value) == this
            and held.attr.value not in home.bindings  # what the class itself binds may be another one each time
            and isinstance(method.tree.parent(inner), cst.Await)
            and not any(isinstance(above, cst.With) for above in method.tree.within(inner, method.scope))  # a lock
        ):
            session = resolver.value(held, method.scope, method.tree)
            if isinstance(session, Session) and session.flavor.is_async and not session.made:
                return [f"{owner}.{held.attr.value}"]
    return []


def _closed_over(resolver: Resolver, call: cst.Call, scope: Scope, tree: Tree) -> list[str]:
    """A local ``async def`` that uses the session of the function around it."""
    callee = resolver.value(call.func, scope, tree)
    if not isinstance(callee, Function) or callee.scope.parent is None or callee.scope.parent.kind != "function":
        return []
    for each in callee.scope.own():
        for name, _ in each.loads:
            found = resolver.bindings(name.value, each, callee.tree, name)
            if (
                found
                and found[0].scope is callee.scope.parent
                and isinstance(resolver.value(name, each, callee.tree), Session)
            ):
                return [name.value]
    return []
