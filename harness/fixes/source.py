"""The files of a unit as fixes see them: values, scopes, and what a name may be called in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst
from libcst.codemod.visitors import ImportItem

from harness.source.tree import Binding, Kind, Scope, Tree
from harness.source.values import External, Function, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.source.facts import Facts
    from harness.source.resolve import Resolver


class Source:
    """The parsed files of a unit with their facts."""

    def __init__(self, resolver: Resolver, facts: Facts) -> None:
        self.resolver = resolver
        self.project = resolver.project
        self.facts = facts

    def tree_of(self, node: cst.CSTNode) -> Tree | None:
        """The file that a node is part of."""
        return next((tree for tree in self.project.trees.values() if id(node) in tree.orders), None)

    def scope(self, tree: Tree, node: cst.CSTNode) -> Scope:
        """The scope in which a node is evaluated: for defaults, decorators and annotations the one around."""
        child = node
        for above in tree.ancestors(node):
            if isinstance(above, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
                opens = child is above.body
            elif isinstance(above, (cst.BaseSimpleComp, cst.DictComp)):
                opens = child is not above.for_in.iter
            else:
                opens = False
            if opens:
                return self.resolver.scope_of(above)
            child = above
        return tree.scope

    def value(self, tree: Tree, node: cst.CSTNode) -> Value:
        return self.resolver.value(node, self.scope(tree, node), tree)

    def function(self, tree: Tree, node: cst.CSTNode) -> Function | None:
        """The function that a node is the definition of, or stands in the body of; None in a lambda."""
        scope: Scope | None = self.resolver.scope_of(node) if isinstance(node, cst.FunctionDef) else None
        scope = scope or self.scope(tree, node)
        while scope is not None and scope.kind == "comprehension":
            scope = scope.parent
        return Function(scope, tree) if scope is not None and scope.kind == "function" else None

    def bindings(self, tree: Tree, name: cst.Name) -> list[Binding]:
        """What a use of a name may mean."""
        return self.resolver.bindings(name.value, self.scope(tree, name), tree, name)

    def imported_from(self, tree: Tree, binding: Binding) -> list[tuple[Tree, Binding]]:
        """The bindings behind a from-import of another file of the unit; none where it is another's."""
        found = self.project.find(tree, binding.module)
        if found is None or found is tree:
            return []
        return [(found, each) for each in found.scope.bindings.get(binding.imported, [])]

    def imported_elsewhere(self, tree: Tree, name: str) -> bool:
        """Whether another file imports a name from this one, or may: it stays even when it has no use here."""
        return tree.is_package or any(
            binding.imported in (name, "*") and self.project.find(other, binding.module) is tree
            for other in self.project.trees.values()
            for scope in other.scopes
            for bindings in scope.bindings.values()
            for binding in bindings
            if binding.kind in (Kind.IMPORT_FROM, Kind.STAR)
        )

    def calls(self, function: Function) -> Iterator[cst.Call]:
        """Every call of a function that can be seen; for methods those of any unknown object count, too."""
        name = function.scope.name
        method = function.scope.parent is not None and function.scope.parent.kind == "class"
        for tree in self.project.trees.values():
            for scope in tree.scopes:
                for call in scope.calls:
                    value = self.resolver.value(call.func, scope, tree)
                    known = isinstance(value, Function) and value.scope is function.scope
                    named = isinstance(call.func, cst.Attribute) and call.func.attr.value == name
                    if known or (method and named and not isinstance(value, (Function, External))):
                        yield call

    def named(self, tree: Tree, use: cst.CSTNode, module: str, name: str) -> tuple[str, ImportItem | None] | None:
        """What ``name`` of ``module`` is called at a place, and the import that it lacks there, if any.

        None where every name for it is taken.
        """
        scope = self.scope(tree, use)
        wanted = self.resolver.target(f"{module}:{name}")
        assert isinstance(wanted, External)
        for bound, bindings in tree.scope.bindings.items():
            if all(self._is(binding, wanted, tree) for binding in bindings) and self._seen(bound, scope, tree, use):
                return bound, None
        for candidate in (name, f"SQLModel{name}"):
            if not self._bound(candidate, scope):
                return candidate, ImportItem(module, name, candidate if candidate != name else None)
        return None

    def _is(self, binding: Binding, wanted: External, tree: Tree) -> bool:
        if binding.kind is not Kind.IMPORT_FROM or binding.conditional or binding.type_checking:
            return False
        value = self.resolver.binding(binding, tree)
        return isinstance(value, External) and value.name == wanted.name

    def _seen(self, name: str, scope: Scope, tree: Tree, use: cst.CSTNode) -> bool:
        """Whether a name of the module's own scope is what it says at a place below it."""
        here: Scope | None = scope
        while here is not None and here.kind != "module":
            if name in here.bindings:
                return False
            here = here.parent
        order = tree.orders.get(id(use), 0)
        runs_later = any(isinstance(above, cst.FunctionDef) for above in tree.ancestors(use))
        return runs_later or all(binding.order < order for binding in tree.scope.bindings[name])

    def _bound(self, name: str, scope: Scope) -> bool:
        here: Scope | None = scope
        while here is not None:
            if name in here.bindings:
                return True
            here = here.parent
        return False


def is_external(value: Value, *names: str) -> bool:
    """Whether a value is one of these canonical names of installed packages."""
    return isinstance(value, External) and value.name in names
