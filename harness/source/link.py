"""Links the files of an answer: where each name that a file leaves undefined comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeGuard

import libcst as cst

from harness.program import ImportedName, Module, Program
from harness.source.facts import Unimported
from harness.source.given import EntitySpec
from harness.source.library import KNOWN_PACKAGES, WELL_KNOWN
from harness.source.names import short_strings, strings_in_annotations, unbound
from harness.source.project import Project, absolute, is_installed
from harness.source.supplied import NAME, PROJECT, Context, Inverse, split_schema
from harness.source.tree import Kind, children, dotted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.source.facts import Facts
    from harness.source.positions import Positions
    from harness.source.tree import Binding, Tree


@dataclass(frozen=True, slots=True)
class Source:
    """A file to link, in the order of the completion; wrong examples only lend names.

    ``named``: the completion says what file it is. ``complete``: it was asked for as code to put in place.
    """

    name: str
    path: str
    text: str
    named: bool
    complete: bool
    wrong: bool = False
    option: str | None = None


@dataclass(slots=True)
class Linked:
    """What linking found: the names that nobody supplies, and the context with what is needed of it."""

    unimported: list[Unimported] = field(default_factory=list)
    trusted: list[str] = field(default_factory=list)  # modules that nobody here has
    lent: list[str] = field(default_factory=list)  # wrong examples that a right file takes definitions from
    context: Context | None = None


def link(
    project: Project,
    sources: Sequence[Source],
    lenders: Mapping[str, Tree],
    entities: Mapping[str, EntitySpec],
    positions: Positions,
) -> Linked:
    """Fill ``project.supplied`` and ``project.virtual``.

    ``lenders`` are the wrong examples by module name: a right block may rely on what one of them imports or defines.
    """
    linked = Linked(context=Context(entities, _own_models(project)))
    work = _Linker(project, {source.name: source for source in sources}, lenders, linked, positions)
    for source in sources:
        if source.name in project.trees:
            work.names(source, project.trees[source.name])
            work.imports(project.trees[source.name])
    work.models()
    return linked


class _Linker:
    def __init__(
        self,
        project: Project,
        sources: dict[str, Source],
        lenders: Mapping[str, Tree],
        linked: Linked,
        positions: Positions,
    ) -> None:
        assert linked.context is not None
        self.project = project
        self.sources = sources
        self.order = list(sources)
        self.lenders = lenders
        self.linked = linked
        self.context: Context = linked.context
        self.positions = positions

    def names(self, source: Source, tree: Tree) -> None:
        """Find a supplier for every name that ``tree`` leaves undefined."""
        supplied: dict[str, str] = {}
        self.project.supplied[source.name] = supplied
        for node in unbound(tree):
            name = node.value
            target = self.supplier(name, source)
            if target is not None:
                supplied[name] = target
            elif self.model_like(name, tree):
                supplied[name] = self.context.ask(name)
            else:
                self.linked.unimported.append(Unimported(name, source.complete, self.positions.at(tree, node)))
        for word, _, _ in strings_in_annotations(tree):
            if word in supplied or word in tree.scope.bindings or word in WELL_KNOWN:
                continue
            if split_schema(word, {}) or self.context.knows(word):
                target = self.supplier(word, source)
                if target is not None:
                    supplied[word] = target

    def supplier(self, name: str, source: Source) -> str | None:
        """Another block that has the name, what the harness supplies, or a well-known name; None if nobody."""
        here = self.order.index(source.name)
        nearest = [*reversed(self.order[:here]), *self.order[here + 1 :]]
        for other in nearest:
            if source.complete and not _sees(source, self.sources[other]):
                continue
            if self.sources[other].wrong:
                target = self.lend(other, name)
                if target:
                    return target
            elif other in self.project.trees and _defines(self.project.trees[other], name):
                return f"{other}:{name}"
        if self.context.knows(name) and (not source.complete or name not in PROJECT):
            return self.context.ask(name)
        if not source.complete:
            return WELL_KNOWN.get(name)
        return None

    def lend(self, other: str, name: str) -> str | None:
        """What a wrong example has imported or defined under ``name``."""
        tree = self.lenders.get(other)
        found = tree.scope.bindings.get(name) if tree is not None else None
        if not found:
            return None
        last = found[-1]
        if last.kind is Kind.IMPORT_FROM and is_installed(last.module):
            return f"{last.module}:{last.imported}"
        if last.kind is Kind.IMPORT and is_installed(last.module):
            return f"{last.imported}:"
        if name in WELL_KNOWN or self.context.knows(name):
            return None
        if other not in self.linked.lent:
            self.linked.lent.append(other)
        return f"{other}:{name}"

    def model_like(self, name: str, tree: Tree) -> bool:
        """Whether an undefined name is used as a model or a schema is: ``select(X)``, ``session.get(X, id)``."""
        if not name[0].isupper() or name.isupper() or name.endswith(("Error", "Exception", "Service", "Repository")):
            return False
        if split_schema(name, {}) is not None:
            return True
        for scope in tree.scopes:
            for call in scope.calls:
                function = dotted(call.func)
                if function.rpartition(".")[2] in (
                    "select",
                    "get",
                    "get_one",
                    "update",
                    "delete",
                    "selectinload",
                ) and any(dotted(arg.value).partition(".")[0] == name for arg in call.args):
                    return True
                if function in (f"{name}.model_validate", f"{name}.from_orm"):
                    return True
        return False

    def imports(self, tree: Tree) -> None:
        """Supply the names that a file imports from the reader's own project."""
        for scope in tree.scopes:
            for bindings in scope.bindings.values():
                for binding in bindings:
                    if binding.kind is Kind.IMPORT_FROM:
                        self.from_import(binding, tree)
                    elif (
                        binding.kind is Kind.IMPORT
                        and not is_installed(binding.module)
                        and self.project.find(tree, binding.module) is None
                    ):
                        self.linked.trusted.append(binding.module)
                        if binding.module.partition(".")[0] not in KNOWN_PACKAGES:
                            self.project.virtual.setdefault(binding.module, {})

    def from_import(self, binding: Binding, tree: Tree) -> None:
        module = absolute(tree, binding.module)
        if not binding.module.startswith(".") and is_installed(module):
            return
        found = self.project.find(tree, binding.module)
        name = binding.imported
        if found is not None and found is not tree and (name in found.scope.bindings or "*" in found.scope.bindings):
            return
        if self.project.find(tree, f"{binding.module.rstrip('.')}.{name}" if module else name) is not None:
            return
        if not binding.module.startswith(".") and module.partition(".")[0] in KNOWN_PACKAGES:
            self.linked.trusted.append(module)
            return
        target = self.elsewhere(name, tree)
        self.project.virtual.setdefault(module or ".", {})[name] = target
        if not target:
            self.linked.trusted.append(f"{module}.{name}" if module else name)

    def elsewhere(self, name: str, tree: Tree) -> str:
        """Who has a name that is imported from the reader's own project; "" where nobody knows it."""
        for other, candidate in self.project.trees.items():
            if candidate is not tree and _defines(candidate, name):
                return f"{other}:{name}"
        if self.context.knows(name):
            return self.context.ask(name)
        for other in self.lenders:
            target = self.lend(other, name)
            if target:
                return target
        if split_schema(name, {}) is not None:
            return self.context.ask(name)
        return ""

    def models(self) -> None:
        """Models that the answer's own models point at by name only, with the other side of their relations."""
        own = set(_own_models(self.project))
        for tree in self.project.trees.values():
            for scope in tree.scopes:
                if scope.kind != "class" or scope.name not in own:
                    continue
                for attribute, found in scope.bindings.items():
                    call = found[-1].node
                    annotation = found[-1].annotation
                    if not isinstance(call, cst.Call) or dotted(call.func).rpartition(".")[2] != "Relationship":
                        continue
                    target = _entity_in(annotation)
                    if target is None or target in own:
                        continue
                    self.context.ask(target)
                    back = next(
                        (arg.value for arg in call.args if arg.keyword and arg.keyword.value == "back_populates"), None
                    )
                    if isinstance(back, cst.SimpleString):
                        many = not _is_list(annotation)
                        self.context.inverses.setdefault(target, []).append(
                            Inverse(back.value.strip("\"'"), scope.name, attribute, many)
                        )


def _sees(source: Source, other: Source) -> bool:
    """Whether complete code may use what another block defines: not across files, unless one changes the other."""
    return (
        not (source.named and other.named)
        or source.option is not None
        or source.name.partition("__")[0] == other.name.partition("__")[0]
    )


def _defines(tree: Tree, name: str) -> bool:
    """Whether a file binds a name itself, or imports it from an installed package."""
    return any(
        binding.kind not in (Kind.IMPORT, Kind.IMPORT_FROM) or is_installed(binding.module)
        for binding in tree.scope.bindings.get(name, ())
    )


def _entity_in(annotation: cst.BaseExpression | None) -> str | None:
    """The model named in ``list["Task"]``, ``Optional[Project]``, ``"Project | None"``."""
    todo: list[cst.CSTNode] = [annotation] if annotation is not None else []
    words: list[str] = []
    while todo:
        node = todo.pop()
        if isinstance(node, cst.Name):
            words.append(node.value)
        elif isinstance(node, cst.SimpleString):
            text = node.value.strip("\"'")
            words += [
                "".join(c for c in part if c.isalnum() or c == "_")
                for part in text.replace("[", " ").replace("|", " ").split()
            ]
        else:
            todo.extend(children(node))
    candidates = [word for word in words if word[:1].isupper() and word not in WELL_KNOWN and word != "None"]
    return candidates[0] if len(candidates) == 1 else None


def _is_list(annotation: cst.BaseExpression | None) -> bool:
    todo: list[cst.CSTNode] = [annotation] if annotation is not None else []
    while todo:
        node = todo.pop()
        if isinstance(node, cst.Name) and node.value in ("list", "List"):
            return True
        if isinstance(node, cst.SimpleString) and "ist[" in node.value:
            return True
        todo.extend(children(node))
    return False


def _own_models(project: Project) -> dict[str, EntitySpec]:
    """Classes of the answer with annotated fields: name -> plain fields (keys and relations left out)."""
    found: dict[str, EntitySpec] = {}
    for tree in project.trees.values():
        for scope in tree.scopes:
            if scope.kind != "class":
                continue
            fields: dict[str, str] = {}
            for name, bindings in scope.bindings.items():
                binding = bindings[-1]
                if binding.annotation is None or name.startswith("_") or name == "id":
                    continue
                if isinstance(binding.node, cst.Call) and dotted(binding.node.func).endswith("Relationship"):
                    continue
                text = tree.module.code_for_node(binding.annotation)
                if all(word in _PLAIN for word in _words(text)):
                    if isinstance(binding.node, (cst.SimpleString, cst.Integer, cst.Float)) or _is_flag(binding.node):
                        text = f"{text} = {tree.module.code_for_node(binding.node)}"
                    elif binding.node is not None and not _required(binding.node) and "None" not in text:
                        text = f"Optional[{text}] = None"
                    fields[name] = text
            found[scope.name] = EntitySpec(fields)
    return found


def _is_flag(node: cst.CSTNode | None) -> TypeGuard[cst.Name]:
    return isinstance(node, cst.Name) and node.value in ("True", "False")


_PLAIN = frozenset({"str", "int", "float", "bool", "None", "Optional", "Union", "list", "dict", "bytes"})


def _words(text: str) -> list[str]:
    return "".join(char if char.isalnum() or char == "_" else " " for char in text).split()


def _required(node: cst.CSTNode) -> bool:
    if not isinstance(node, cst.Call):
        return False
    return not any(
        arg.keyword is not None and arg.keyword.value in ("default", "default_factory") for arg in node.args
    ) and not any(arg.keyword is None for arg in node.args)


def program(
    project: Project,
    sources: Sequence[Source],
    linked: Linked,
    facts: Facts,
    positions: Positions,
) -> Program:
    """The program to run: the context first, then the right files in the order of the completion."""
    modules: list[Module] = []
    context = linked.context
    if context is not None and context.needed:
        modules.append(Module(NAME, f"{NAME}.py", context.source(), ours=True))
    for source in sources:
        if source.wrong and source.name in linked.lent:
            modules.append(Module(source.name, source.path, source.text, {}, lends=True))
        elif not source.wrong:
            modules.append(Module(source.name, source.path, source.text, dict(project.supplied.get(source.name, {}))))
    imports = [
        ImportedName(binding.module, binding.imported if binding.kind is Kind.IMPORT_FROM else "", tree.name, line)
        for tree in project.trees.values()
        for scope in tree.scopes
        for bindings in scope.bindings.values()
        for binding in bindings
        if binding.kind in (Kind.IMPORT, Kind.IMPORT_FROM) and is_installed(binding.module) and binding.node is not None
        for line in [positions.own_line(tree, binding.node)]
    ]
    return Program(
        tuple(modules),
        {module: dict(names) for module, names in project.virtual.items()},
        tuple(imports),
        tuple(each.target for each in facts.dependencies),
        bool(facts.engines) and not any(each.is_async for each in facts.engines),
        tuple(dict.fromkeys(word for tree in project.trees.values() for word in short_strings(tree))),
    )
