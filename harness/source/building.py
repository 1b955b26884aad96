"""One pass over a libcst module that makes its ``Tree``.

No libcst metadata provider is used: they cost several times the parse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import libcst as cst

from harness.source.tree import Binding, Kind, Scope, Tree, children, dotted, parameters_in

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Pass:
    """The worklist. ``todo`` holds (node, parent, scope, conditional, type_checking)."""

    def __init__(self, name: str, module: cst.Module) -> None:
        self.root = Scope("module", name, module, None)
        self.parents: dict[int, cst.CSTNode] = {}
        self.orders: dict[int, int] = {}
        self.clock = 0
        self.todo: list[tuple[cst.CSTNode, cst.CSTNode, Scope, bool, bool]] = []
        self.push(module.body, module, self.root)

    def push(
        self,
        nodes: Sequence[cst.CSTNode | None],
        parent: cst.CSTNode,
        scope: Scope,
        conditional: bool = False,
        checking: bool = False,
    ) -> None:
        todo = self.todo
        for node in reversed(nodes):
            if node is not None:
                todo.append((node, parent, scope, conditional, checking))

    def bind(self, scope: Scope, binding: Binding) -> None:
        if binding.name in scope.outer:
            while scope.parent is not None and scope.kind not in ("module", "never"):
                scope = scope.parent
        scope.bindings.setdefault(binding.name, []).append(binding)

    def run(self) -> None:
        todo, parents, orders, handlers = self.todo, self.parents, self.orders, _HANDLERS
        clock = 0
        while todo:
            node, parent, scope, conditional, checking = todo.pop()
            clock += 1
            parents[id(node)] = parent
            orders[id(node)] = clock
            handler = handlers.get(type(node))
            if handler is not None:
                self.clock = clock
                handler(self, node, scope, conditional, checking)
            else:
                below = children(node)
                below.reverse()
                for child in below:
                    todo.append((child, node, scope, conditional, checking))

    def targets(self, target: cst.CSTNode, value: cst.CSTNode | None, scope: Scope, conditional: bool) -> None:
        """Bind the names of an assignment target."""
        if isinstance(target, cst.Name):
            kind = Kind.ASSIGN if value is not None else Kind.OTHER
            self.bind(scope, Binding(target.value, kind, value, self.clock, scope, conditional))
        elif isinstance(target, (cst.Tuple, cst.List)):
            values: list[cst.CSTNode | None] = [None] * len(target.elements)
            if isinstance(value, (cst.Tuple, cst.List)) and len(value.elements) == len(target.elements):
                values = [element.value for element in value.elements]
            for element, part in zip(target.elements, values, strict=True):
                self.targets(element.value, part, scope, conditional)
        elif isinstance(target, cst.StarredElement):
            self.targets(target.value, None, scope, conditional)
        elif isinstance(target, cst.Attribute) and isinstance(value, cst.BaseExpression):
            scope.stores.append((target, value))

    # one handler a kind of node ---------------------------------------------------------------------------

    def name_(self, node: cst.Name, scope: Scope, conditional: bool, checking: bool) -> None:
        scope.loads.append((node, self.clock))

    def attribute(self, node: cst.Attribute, scope: Scope, conditional: bool, checking: bool) -> None:
        scope.attributes.append(node)
        self.push([node.value], node, scope, conditional, checking)

    def call(self, node: cst.Call, scope: Scope, conditional: bool, checking: bool) -> None:
        scope.calls.append(node)
        self.push([node.func, *node.args], node, scope, conditional, checking)

    def arg(self, node: cst.Arg, scope: Scope, conditional: bool, checking: bool) -> None:
        self.push([node.value], node, scope, conditional, checking)

    def assign(self, node: cst.Assign, scope: Scope, conditional: bool, checking: bool) -> None:
        for target in node.targets:
            self.targets(target.target, node.value, scope, conditional)
            self.parents[id(target)] = node
            self.push_target(target.target, target, scope, conditional, checking)
        self.push([node.value], node, scope, conditional, checking)

    def push_target(
        self, target: cst.CSTNode, parent: cst.CSTNode, scope: Scope, conditional: bool, checking: bool
    ) -> None:
        """Walk what a target reads: the object of ``x.y = ...``, the index of ``x[i] = ...``; not what it binds."""
        if isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self.push_target(element.value, target, scope, conditional, checking)
        elif isinstance(target, cst.Attribute):
            self.parents[id(target)] = parent
            self.push([target.value], target, scope, conditional, checking)
        elif not isinstance(target, cst.Name):
            self.push([target], parent, scope, conditional, checking)

    def ann_assign(self, node: cst.AnnAssign, scope: Scope, conditional: bool, checking: bool) -> None:
        if isinstance(node.target, cst.Name):
            if node.value is not None or scope.kind == "class":
                binding = Binding(node.target.value, Kind.ASSIGN, node.value, self.clock, scope, conditional)
                binding.annotation = node.annotation.annotation
                self.bind(scope, binding)
        elif isinstance(node.target, cst.Attribute) and node.value is not None:
            scope.stores.append((node.target, node.value))
            self.push_target(node.target, node, scope, conditional, checking)
        self.push([node.annotation, node.value], node, scope, conditional, checking)

    def aug_assign(self, node: cst.AugAssign, scope: Scope, conditional: bool, checking: bool) -> None:
        self.push([node.target, node.value], node, scope, conditional, checking)

    def named(self, node: cst.NamedExpr, scope: Scope, conditional: bool, checking: bool) -> None:
        if isinstance(node.target, cst.Name):
            home = scope
            while home.kind == "comprehension" and home.parent is not None:  # what it binds outlives the comprehension
                home = home.parent
            maybe = conditional or home is not scope
            self.bind(home, Binding(node.target.value, Kind.ASSIGN, node.value, self.clock, scope, maybe))
        self.push([node.value], node, scope, conditional, checking)

    def import_(self, node: cst.Import, scope: Scope, conditional: bool, checking: bool) -> None:
        for alias in node.names:
            full = dotted(alias.name)
            bound = alias.asname.name if alias.asname else None
            name = bound.value if isinstance(bound, cst.Name) else full.split(".")[0]
            binding = Binding(name, Kind.IMPORT, alias, self.clock, scope, conditional, module=full)
            binding.imported = full if bound is not None else name
            binding.type_checking = checking
            self.parents[id(alias)] = node
            self.bind(scope, binding)

    def import_from(self, node: cst.ImportFrom, scope: Scope, conditional: bool, checking: bool) -> None:
        module = "." * len(node.relative) + dotted(node.module)
        if isinstance(node.names, cst.ImportStar):
            star = Binding("*", Kind.STAR, node, self.clock, scope, conditional, module=module, imported="*")
            self.bind(scope, star)
            return
        for alias in node.names:
            bound = alias.asname.name if alias.asname else alias.name
            self.parents[id(alias)] = node
            if isinstance(bound, cst.Name) and isinstance(alias.name, cst.Name):
                binding = Binding(bound.value, Kind.IMPORT_FROM, alias, self.clock, scope, conditional, module=module)
                binding.imported = alias.name.value
                binding.type_checking = checking
                self.bind(scope, binding)

    def function(self, node: cst.FunctionDef, scope: Scope, conditional: bool, checking: bool) -> None:
        self.bind(scope, Binding(node.name.value, Kind.FUNCTION, node, self.clock, scope, conditional))
        inner = Scope("function", node.name.value, node, scope)
        scope.children.append(inner)
        self.parameters(node.params, inner)
        outside: list[cst.CSTNode | None] = [*node.decorators]
        for parameter in parameters_in(node.params):
            self.parents[id(parameter)] = node
            outside += [parameter.annotation, parameter.default]
        outside.append(node.returns)
        self.push([node.body], node, inner, False, checking)
        self.push(outside, node, scope, conditional, checking)

    def parameters(self, params: cst.Parameters, inner: Scope) -> None:
        for parameter in parameters_in(params):
            binding = Binding(parameter.name.value, Kind.PARAMETER, parameter, self.clock, inner)
            binding.annotation = parameter.annotation.annotation if parameter.annotation else None
            self.bind(inner, binding)

    def lambda_(self, node: cst.Lambda, scope: Scope, conditional: bool, checking: bool) -> None:
        inner = Scope("lambda", "<lambda>", node, scope)
        scope.children.append(inner)
        self.parameters(node.params, inner)
        self.push([parameter.default for parameter in parameters_in(node.params)], node, scope, conditional, checking)
        self.push([node.body], node, inner, conditional, checking)

    def class_(self, node: cst.ClassDef, scope: Scope, conditional: bool, checking: bool) -> None:
        self.bind(scope, Binding(node.name.value, Kind.CLASS, node, self.clock, scope, conditional))
        inner = Scope("class", node.name.value, node, scope)
        scope.children.append(inner)
        self.push([node.body], node, inner, False, checking)
        self.push([*node.decorators, *node.bases, *node.keywords], node, scope, conditional, checking)

    def comprehension(self, node: cst.CSTNode, scope: Scope, conditional: bool, checking: bool) -> None:
        inner = Scope("comprehension", "<comprehension>", node, scope)
        scope.children.append(inner)
        first: cst.CompFor = node.for_in  # type: ignore[attr-defined]
        clause: cst.CompFor | None = first
        while clause is not None:
            self.targets(clause.target, None, inner, False)
            clause = clause.inner_for_in
        inside: list[cst.CSTNode | None] = []
        clause = first
        while clause is not None:
            self.parents[id(clause)] = node
            if clause is not first:
                inside.append(clause.iter)
            inside += [each.test for each in clause.ifs]
            clause = clause.inner_for_in
        body = [getattr(node, name) for name in ("key", "value", "elt") if hasattr(node, name)]
        self.push([*inside, *body], node, inner, conditional, checking)
        self.push([first.iter], node, scope, conditional, checking)

    def with_(self, node: cst.With, scope: Scope, conditional: bool, checking: bool) -> None:
        scope.withs.append(node)
        for item in node.items:
            self.parents[id(item)] = node
            if item.asname is not None:
                name = item.asname.name
                if isinstance(name, cst.Name):
                    self.bind(scope, Binding(name.value, Kind.WITH, item, self.clock, scope, conditional))
                else:
                    self.targets(name, None, scope, conditional)
        self.push([*[item.item for item in node.items], node.body], node, scope, conditional, checking)

    def for_(self, node: cst.For, scope: Scope, conditional: bool, checking: bool) -> None:
        self.targets(node.target, None, scope, conditional)
        self.push([node.body, node.orelse], node, scope, True, checking)
        self.push([node.iter], node, scope, conditional, checking)
        self.push_target(node.target, node, scope, conditional, checking)

    def if_(self, node: cst.If, scope: Scope, conditional: bool, checking: bool) -> None:
        test = node.test
        truth = _CONSTANTS.get(test.value) if isinstance(test, (cst.Name, cst.Integer)) else None
        if truth is not None:
            self.constant(node, scope, conditional, checking, truth=truth)
            return
        guard = dotted(test).rpartition(".")[2] == "TYPE_CHECKING"
        main = isinstance(test, cst.Comparison) and dotted(test.left) == "__name__"
        self.push([node.orelse], node, scope, True, checking)
        if not main:
            self.push([node.body], node, scope, True, checking or guard)
        else:
            aside = Scope("aside", "__main__", node, scope)
            scope.children.append(aside)
            self.push([node.body], node, aside, True, checking)
        self.push([test], node, scope, conditional, checking)

    def constant(self, node: cst.If, scope: Scope, conditional: bool, checking: bool, *, truth: bool) -> None:
        """``if True:``. What never runs is in a scope that nobody sees; imports there are for type checkers."""
        never = Scope("never", "", node, scope)  # no child: what looks for scopes passes it over
        self.push([node.orelse], node, never if truth else scope, True, checking)
        imports = not truth and all(_is_import(line) for line in node.body.body)
        self.push(
            [node.body], node, scope if truth or imports else never, not truth or conditional, checking or imports
        )
        self.push([node.test], node, scope, True, checking)

    def try_(self, node: cst.Try, scope: Scope, conditional: bool, checking: bool) -> None:
        scope.tries.append(node)
        self.push([node.finalbody], node, scope, conditional, checking)
        self.push([*node.handlers, node.orelse], node, scope, True, checking)
        self.push([node.body], node, scope, conditional, checking)

    def handler(self, node: cst.ExceptHandler, scope: Scope, conditional: bool, checking: bool) -> None:
        if node.name is not None and isinstance(node.name.name, cst.Name):
            self.bind(scope, Binding(node.name.name.value, Kind.OTHER, None, self.clock, scope, conditional))
        self.push([node.type, node.body], node, scope, conditional, checking)

    def global_(self, node: cst.Global | cst.Nonlocal, scope: Scope, conditional: bool, checking: bool) -> None:
        scope.outer.update(item.name.value for item in node.names)

    def yield_(self, node: cst.Yield, scope: Scope, conditional: bool, checking: bool) -> None:
        scope.yields.append(node)
        self.push([node.value], node, scope, conditional, checking)

    def return_(self, node: cst.Return, scope: Scope, conditional: bool, checking: bool) -> None:
        scope.returns.append(node)
        self.push([node.value], node, scope, conditional, checking)

    def raise_(self, node: cst.Raise, scope: Scope, conditional: bool, checking: bool) -> None:
        scope.raises.append(node)
        self.push(children(node), node, scope, conditional, checking)

    def match_name(self, node: cst.CSTNode, scope: Scope, conditional: bool, checking: bool) -> None:
        for attribute in ("name", "rest"):
            name = getattr(node, attribute, None)
            if isinstance(name, cst.Name):
                self.bind(scope, Binding(name.value, Kind.OTHER, None, self.clock, scope, True))
        rest = [child for child in children(node) if not isinstance(child, cst.Name)]
        self.push(rest, node, scope, True, checking)

    def type_alias(self, node: cst.TypeAlias, scope: Scope, conditional: bool, checking: bool) -> None:
        self.bind(scope, Binding(node.name.value, Kind.ASSIGN, node.value, self.clock, scope, conditional))
        self.push([node.value], node, scope, conditional, checking)


_CONSTANTS = {"True": True, "1": True, "False": False, "0": False}


def _is_import(line: cst.CSTNode) -> bool:
    return isinstance(line, cst.SimpleStatementLine) and all(
        isinstance(each, (cst.Import, cst.ImportFrom, cst.Pass)) for each in line.body
    )


_Handler = Callable[[_Pass, Any, Scope, bool, bool], None]

_HANDLERS: dict[type[cst.CSTNode], _Handler] = {
    cst.Name: _Pass.name_,
    cst.Attribute: _Pass.attribute,
    cst.Call: _Pass.call,
    cst.Arg: _Pass.arg,
    cst.Assign: _Pass.assign,
    cst.AnnAssign: _Pass.ann_assign,
    cst.AugAssign: _Pass.aug_assign,
    cst.NamedExpr: _Pass.named,
    cst.Import: _Pass.import_,
    cst.ImportFrom: _Pass.import_from,
    cst.FunctionDef: _Pass.function,
    cst.Lambda: _Pass.lambda_,
    cst.ClassDef: _Pass.class_,
    cst.ListComp: _Pass.comprehension,
    cst.SetComp: _Pass.comprehension,
    cst.DictComp: _Pass.comprehension,
    cst.GeneratorExp: _Pass.comprehension,
    cst.With: _Pass.with_,
    cst.For: _Pass.for_,
    cst.If: _Pass.if_,
    cst.Try: _Pass.try_,
    cst.TryStar: _Pass.try_,
    cst.ExceptHandler: _Pass.handler,
    cst.ExceptStarHandler: _Pass.handler,
    cst.Global: _Pass.global_,
    cst.Nonlocal: _Pass.global_,
    cst.Yield: _Pass.yield_,
    cst.Return: _Pass.return_,
    cst.Raise: _Pass.raise_,
    cst.MatchAs: _Pass.match_name,
    cst.MatchStar: _Pass.match_name,
    cst.MatchMapping: _Pass.match_name,
    cst.TypeAlias: _Pass.type_alias,
}
for _name, _handler in (("LazyImport", _Pass.import_), ("LazyImportFrom", _Pass.import_from)):
    if hasattr(cst, _name):  # not in every libcst that will do
        _HANDLERS[getattr(cst, _name)] = _handler


def build(name: str, module: cst.Module, *, is_package: bool = False) -> Tree:
    """Walk ``module`` once."""
    walk = _Pass(name, module)
    walk.run()
    return Tree(name, module, walk.root, walk.parents, walk.orders, is_package)
