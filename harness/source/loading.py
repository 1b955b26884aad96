"""What is known of objects that came from a session, at one point of a function: loaded, expired, fetched before."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import libcst as cst

from harness.source.values import External

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.source.models import Model, Relation
    from harness.source.resolve import Resolver
    from harness.source.tree import Scope, Tree

Loads = dict[str, "Loads"]
"""Relations that options of a query load, each with what is loaded of its target."""

_LOADERS = frozenset(
    "selectinload joinedload subqueryload immediateload contains_eager noload raiseload selectin_polymorphic".split()
)
_OTHERS = frozenset("load_only defer undefer defaultload lazyload with_loader_criteria".split())


@dataclass(frozen=True, slots=True)
class One:
    """An object, by its number in the state; ``many``: each of the objects of a list."""

    number: int
    many: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A ``select`` so far. ``model`` None: it gives no objects. ``loads`` None: options that cannot be known.

    ``plain``: SQLModel's own of one model, which ``exec`` unpacks.
    """

    model: Model | None
    loads: Loads | None
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What executing a query gave; ``rows``: of tuples, until ``scalars`` unpacks them."""

    model: Model | None
    loads: Loads | None
    session: str
    rows: bool


Held = One | Query | Result


@dataclass(frozen=True, slots=True)
class Thing:
    """An object. All that it says is certain: what is not in ``unloaded`` may be loaded or not.

    ``kept``: the session holds it as a row of the database. ``stale``: columns that an UPDATE left expired.
    """

    model: Model
    session: str
    unloaded: Mapping[str, Relation]
    loads: Loads
    kept: bool | None
    expired: bool = False
    dirty: bool = False
    stale: frozenset[str] = frozenset()
    children: Mapping[str, int] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()  # those of the children that stand for each object of a list

    def join(self, other: Thing) -> Thing:
        """What is certain of both."""
        if self is other:
            return self
        linked = {
            name: number
            for one, there in ((self, other), (other, self))
            for name, number in one.children.items()
            if there.children.get(name) == number or (name not in there.children and name in there.loads)
        }
        torn = (set(self.children) | set(other.children)) - set(linked)
        return replace(
            self,
            unloaded={name: each for name, each in self.unloaded.items() if name in other.unloaded},
            loads={name: each for name, each in self.loads.items() if name in other.loads and name not in torn},
            kept=self.kept if self.kept is other.kept else None,
            expired=self.expired and other.expired,
            dirty=self.dirty and other.dirty,
            stale=self.stale & other.stale,
            children=linked,
            lists=self.lists | other.lists,
            session=self.session if self.session == other.session else "",
        )


@dataclass(slots=True)
class State:
    """What the names of a function hold. ``fetched``: the models whose objects a session may hold, by their keys.

    ``anything``: code that cannot be known has had the session. ``begun``: sessions certainly in a transaction.
    """

    names: dict[str, Held] = field(default_factory=dict)
    things: dict[int, Thing] = field(default_factory=dict)
    fetched: set[object] = field(default_factory=set)
    filled: set[tuple[object, str]] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)
    anything: bool = False

    def copy(self) -> State:
        return State(
            dict(self.names),
            dict(self.things),
            set(self.fetched),
            set(self.filled),
            set(self.begun),
            self.anything,
        )

    def join(self, other: State) -> State:
        """What is certain whichever of two ways led here."""
        names: dict[str, Held] = {}
        things = {
            number: thing.join(other.things[number]) for number, thing in self.things.items() if number in other.things
        }
        todo = list(things.values())
        while todo:
            for number in todo.pop().children.values():
                if number not in things:  # one that only one way has come to read is as it was on the other
                    things[number] = self.things.get(number) or other.things[number]
                    todo.append(things[number])
        for name, held in self.names.items():
            there = other.names.get(name)
            if held == there:
                names[name] = held
            elif isinstance(held, One) and isinstance(there, One) and held.many == there.many:
                one, two = self.things.get(held.number), other.things.get(there.number)
                if one is not None and two is not None and one.model is two.model:
                    number = held.number if held.number not in other.things else there.number
                    if number not in things:
                        things[number] = one.join(two)
                        names[name] = One(number, held.many)
        return State(
            names,
            things,
            self.fetched | other.fetched,
            self.filled | other.filled,
            self.begun & other.begun,
            self.anything or other.anything,
        )

    def change(self, number: int, **changes: object) -> None:
        thing = self.things.get(number)
        if thing is not None:
            self.things[number] = replace(thing, **changes)  # type: ignore[arg-type]

    def forget(self, number: int) -> None:
        """Nothing is certain of an object any more, nor of what hangs on it."""
        seen: set[int] = set()
        todo = [number]
        while todo:
            here = todo.pop()
            thing = self.things.get(here)
            if thing is not None and here not in seen:  # two objects may hold one another
                seen.add(here)
                self.things[here] = replace(thing, unloaded={}, loads={}, kept=None, expired=False, stale=frozenset())
                todo += thing.children.values()

    def forget_all(self) -> None:
        """Unknown code has had the session."""
        self.anything = True
        self.begun.clear()
        for number in self.things:
            self.forget(number)


def joined(states: Iterable[State | None]) -> State | None:
    """The join of all ways that lead on; None where none does."""
    found: State | None = None
    for state in states:
        if state is not None:
            found = state if found is None else found.join(state)
    return found


def merge(one: Loads, other: Loads) -> Loads:
    """What both load together."""
    found = dict(one)
    for name, inner in other.items():
        found[name] = merge(found[name], inner) if name in found else inner
    return found


def loads_of(resolver: Resolver, args: Iterable[cst.Arg], scope: Scope, tree: Tree) -> Loads | None:
    """What the options of a query load; None where that cannot be known."""
    found: Loads = {}
    for arg in args:
        if arg.star or arg.keyword is not None:
            return None
        if isinstance(arg.value, (cst.List, cst.Tuple)):
            inner = loads_of(resolver, [cst.Arg(each.value) for each in arg.value.elements], scope, tree)
        else:
            inner = _chain(resolver, arg.value, scope, tree)
        if inner is None:
            return None
        found = merge(found, inner)
    return found


def _chain(resolver: Resolver, node: cst.CSTNode, scope: Scope, tree: Tree) -> Loads | None:
    """``selectinload(A.b).joinedload(B.c)``, also with ``.options(...)`` at its end."""
    found: Loads = {}
    while isinstance(node, cst.Call):
        name = _loader(resolver, node.func, scope, tree)
        if name == "options" and isinstance(node.func, cst.Attribute):
            inner = loads_of(resolver, node.args, scope, tree)
            if inner is None:
                return None
            found = merge(found, inner)
        elif name in _LOADERS:
            for arg in reversed(node.args):
                relation = _relation(arg.value)
                if arg.star or not relation:
                    return None
                found = {relation: found}
        elif name in _OTHERS:
            if name in ("defaultload", "lazyload"):
                return None
            found = {}
        else:
            return None
        if not isinstance(node.func, cst.Attribute) or _is_module(resolver, node.func.value, scope, tree):
            return found
        node = node.func.value
    return None


def _loader(resolver: Resolver, node: cst.CSTNode, scope: Scope, tree: Tree) -> str:
    """The loader that a callee is: a function of SQLAlchemy's, or the method of one in a chain."""
    if isinstance(node, cst.Attribute) and not _is_module(resolver, node.value, scope, tree):
        return node.attr.value
    value = resolver.value(node, scope, tree)
    return value.name.rpartition(".")[2] if isinstance(value, External) else ""


def _is_module(resolver: Resolver, node: cst.CSTNode, scope: Scope, tree: Tree) -> bool:
    return not isinstance(node, cst.Call) and isinstance(resolver.value(node, scope, tree), External)


def _relation(node: cst.CSTNode) -> str:
    """The relation's name in ``Task.project``, ``Task.project.and_(...)`` or ``Task.project.of_type(...)``."""
    while isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        node = node.func.value
    return node.attr.value if isinstance(node, cst.Attribute) else ""
