"""Follows a function statement by statement: branches merge, loops repeat, handlers are entered from what may fail."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import libcst as cst

from harness.source.loading import joined
from harness.source.tree import children, dotted

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.source.loading import Held, State

_FAILURES = 4
"""An ``except`` is entered from so many places of its ``try`` at most: the last ones."""


class Flow(ABC):
    """The statements. What expressions do to the state is a subclass's matter."""

    def __init__(self) -> None:
        self.quiet = 0  # above 0 nothing is reported: a round that only prepares, or a place that expects the failure
        self._failures: list[list[State]] = []
        self._jumps: list[list[State]] = []

    @abstractmethod
    def value(self, node: cst.CSTNode, state: State) -> Held | None:
        """What an expression gives; changes the state to what holds after it."""

    @abstractmethod
    def bind(self, target: cst.CSTNode, held: Held | None, state: State) -> None:
        """Give a target what it is assigned; None where nothing is known of it."""

    @abstractmethod
    def element(self, held: Held | None, state: State) -> Held | None:
        """What iterating gives."""

    @abstractmethod
    def returned(self, node: cst.Return, held: Held | None, state: State) -> None:
        """A way out of the function."""

    @abstractmethod
    def left(self, node: cst.With, state: State) -> None:
        """The end of a ``with`` block."""

    def body(self, node: cst.CSTNode | None, state: State | None) -> State | None:
        """The state after a block, None where nothing gets to its end."""
        if isinstance(node, (cst.SimpleStatementLine, cst.IndentedBlock, cst.SimpleStatementSuite)):
            for statement in node.body:
                if state is None:
                    return None
                state = self._statement(statement, state)
        elif isinstance(node, (cst.Else, cst.Finally)):
            return self.body(node.body, state)
        return state

    def _statement(self, node: cst.CSTNode, state: State) -> State | None:
        follow = _COMPOUND.get(type(node), Flow._simple)
        return follow(self, node, state)

    def _simple(self, node: cst.CSTNode, state: State) -> State | None:
        if self._failures and _awaits(node):
            for failures in self._failures:
                failures.append(state.copy())
        if isinstance(node, cst.Assign):
            held = self.value(node.value, state)
            for target in node.targets:
                self.bind(target.target, held, state)
        elif isinstance(node, cst.Expr):
            self.value(node.value, state)
        elif isinstance(node, cst.Return):
            self.returned(node, self.value(node.value, state) if node.value is not None else None, state)
            return None
        elif isinstance(node, (cst.Break, cst.Continue)):
            if self._jumps:
                self._jumps[-1].append(state)
            return None
        elif isinstance(node, cst.AnnAssign):
            if node.value is not None:
                self.bind(node.target, self.value(node.value, state), state)
        elif isinstance(node, cst.AugAssign):
            self.value(node.target, state)
            self.value(node.value, state)
            self.bind(node.target, None, state)
        elif isinstance(node, cst.Del):
            self.bind(node.target, None, state)
        elif not isinstance(node, (cst.Import, cst.ImportFrom, cst.Global, cst.Nonlocal)):
            for child in children(node):
                self.value(child, state)
        return None if isinstance(node, cst.Raise) else state

    def _match(self, node: cst.Match, state: State) -> State | None:
        self.value(node.subject, state)
        return joined([*(self.body(case.body, state.copy()) for case in node.cases), state])

    def _definition(self, node: cst.FunctionDef | cst.ClassDef, state: State) -> State | None:
        self.bind(node.name, None, state)
        return state

    def _if(self, node: cst.If, state: State) -> State | None:
        self.value(node.test, state)
        other = state.copy()
        body = self.body(node.body, state)
        orelse = self._if(node.orelse, other) if isinstance(node.orelse, cst.If) else self.body(node.orelse, other)
        return joined([body, orelse])

    def _loop(self, node: cst.For | cst.While, state: State) -> State | None:
        held = self.value(node.iter, state) if isinstance(node, cst.For) else None
        head = state
        self.quiet += 1
        for _ in range(2):  # what one round changes is known to the next
            end, jumps = self._round(node, held, head)
            head = joined([head, end, *jumps]) or head
        self.quiet -= 1
        end, jumps = self._round(node, held, head)
        after = joined([head, end, *jumps])
        return self.body(node.orelse, after) if node.orelse is not None else after

    def _round(self, node: cst.For | cst.While, held: Held | None, head: State) -> tuple[State | None, list[State]]:
        inside = head.copy()
        self._jumps.append([])
        if isinstance(node, cst.For):
            self.bind(node.target, self.element(held, inside), inside)
        else:
            self.value(node.test, inside)
        return self.body(node.body, inside), self._jumps.pop()

    def _with(self, node: cst.With, state: State) -> State | None:
        swallows = expects_failure(node)
        for item in node.items:
            held = self.value(item.item, state)
            if item.asname is not None:
                self.bind(item.asname.name, held, state)
        before = state.copy() if swallows else None
        self.quiet += swallows
        end = self.body(node.body, state)
        self.quiet -= swallows
        if end is not None:
            self.left(node, end)
        return joined([before, end])

    def _try(self, node: cst.Try | cst.TryStar, state: State) -> State | None:
        self._failures.append([])
        before = state.copy()
        body = self.body(node.body, state)
        failures = self._failures.pop()
        ways = [
            self.body(handler.body, start.copy())
            for handler in node.handlers
            for start in failures[-_FAILURES:] or [before]
        ]
        ways.append(self.body(node.orelse, body) if node.orelse is not None else body)
        after = joined(ways)
        if node.finalbody is None:
            return after
        if after is None:
            self.quiet += 1  # left by return or raise, in a state that was not kept
            self.body(node.finalbody, joined([before, *failures]))
            self.quiet -= 1
            return None
        return self.body(node.finalbody, after)


_COMPOUND: dict[type[cst.CSTNode], Callable[[Flow, Any, State], State | None]] = {
    cst.SimpleStatementLine: Flow.body,
    cst.If: Flow._if,
    cst.For: Flow._loop,
    cst.While: Flow._loop,
    cst.With: Flow._with,
    cst.Try: Flow._try,
    cst.TryStar: Flow._try,
    cst.Match: Flow._match,
    cst.FunctionDef: Flow._definition,
    cst.ClassDef: Flow._definition,
}


def _awaits(node: cst.CSTNode) -> bool:
    """Whether a statement awaits something, as all does that can fail in the database."""
    todo = [node]
    while todo:
        here = todo.pop()
        if type(here) is cst.Await:
            return True
        if type(here) is not cst.Lambda:
            todo.extend(children(here))
    return False


def expects_failure(node: cst.CSTNode) -> bool:
    """``with suppress(...)`` and ``with pytest.raises(...)``: a failure inside is as it should be."""
    for item in node.items if isinstance(node, cst.With) else ():
        name = dotted(item.item.func if isinstance(item.item, cst.Call) else item.item).rpartition(".")[2]
        if name == "suppress" or "raises" in name:
            return True
    return False
