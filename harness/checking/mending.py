"""Mends the files of one unit: fixes are made, the result is judged again, and what makes it worse is undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.criteria import CRITERIA
from harness.fixes import FIXES, Source, compatible, rewrite
from harness.source.survey import survey

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    import libcst as cst

    from harness.checking.findings import Place
    from harness.fixes import Fix
    from harness.source.survey import Survey
    from harness.source.tree import Tree
    from harness.source.treefile import TreeFile

_Kind = tuple[str, str]  # criterion, path


@dataclass(frozen=True, slots=True, order=True)
class Kept:
    """A finding whose fix was not made, and why."""

    path: str
    line: int
    column: int
    criterion: str
    why: str

    @property
    def place(self) -> Place:
        """Of the finding."""
        return self.criterion, self.path, self.line, self.column


Alone = tuple[Mapping[str, bytes], bool]
"""The new contents of the files that one fix changes, by path, and whether it is safe."""


@dataclass(frozen=True, slots=True)
class Mended:
    """The new contents of the changed files by path, how many findings that takes away, and what was not done.

    ``shut`` are the locked files that a fix would have had to change. ``alone``: for each finding the same contents for
    its fix by itself, and whether that is safe; where it was asked for.
    """

    contents: Mapping[str, bytes] = field(default_factory=dict)
    fixed: int = 0
    kept: Sequence[Kept] = ()
    shut: Collection[str] = ()
    alone: Mapping[Place, Alone] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    criterion: str
    path: str
    message: str
    line: int  # as ``positions.Late`` counts
    tree: Tree
    node: cst.CSTNode

    @property
    def kind(self) -> _Kind:
        return self.criterion, self.path

    @property
    def text(self) -> tuple[str, str, str, str]:
        """What is the same for this finding after other lines have changed."""
        return self.criterion, self.path, self.message, self.tree.module.code_for_node(self.node)


class _State:
    """The unit as it is at some point."""

    def __init__(self, files: Sequence[TreeFile], *, advice: bool) -> None:
        self.files = files
        self.advice = advice
        self.seen: Survey = survey(files)
        self.source = Source(self.seen.resolver, self.seen.facts)
        self.found = list(_found(self.seen, advice=advice))
        self.kinds = Counter(each.kind for each in self.found)
        self.unreadable = len(self.seen.facts.unreadable)

    def place(self, found: _Found) -> Place:
        return found.criterion, found.path, *self.seen.places.settle(found.line)

    def changed(self, contents: Mapping[str, bytes]) -> _State:
        """The unit with new contents, by module name."""
        files = [replace(file, content=contents.get(file.module, file.content)) for file in self.files]
        return _State(files, advice=self.advice)


def _found(seen: Survey, *, advice: bool) -> Iterable[_Found]:
    once: set[tuple[str, str, str, int]] = set()
    for criterion in CRITERIA.values():
        finders = [criterion.find, criterion.advise if advice else None]
        for evidence in (each for finder in finders if finder is not None for each in finder(seen.facts)):
            tree, node = seen.places.node(evidence.line)
            key = (criterion.id, evidence.path, evidence.message, id(node))
            if key not in once:
                once.add(key)
                yield _Found(criterion.id, evidence.path, evidence.message, evidence.line, tree, node)


def mend(
    files: Sequence[TreeFile],
    *,
    wanted: Collection[Place],
    advice: bool = False,
    unsafe: bool = False,
    locked: Collection[str] = (),
    apart: bool = False,
) -> Mended:
    """Fix the wanted findings of a unit as far as that is possible; ``unsafe``: also where code may behave otherwise.

    No fix is kept that leaves its finding where it is, or brings another one, of any criterion in any file of the unit.
    ``advice``: it may be wanted, too, and none may be added. ``locked`` are paths that must not be changed. ``apart``:
    each fix is wanted by itself, too.
    """
    state = _State(files, advice=advice)
    before = len(state.found)
    left_alone = {each.text for each in state.found if state.place(each) not in wanted}

    def asked(found: _Found) -> bool:
        return found.text not in left_alone or (not changed and state.place(found) in wanted)

    changed = False
    alone: dict[Place, Alone] = {}
    while True:
        proposed = _proposed(state, asked, unsafe=unsafe, locked=locked)
        if apart and not changed:
            alone = _apart(state, proposed.chosen)
        after, refused = _settled(state, proposed.chosen, unsafe=unsafe, locked=locked)
        if after is None:
            break
        state, changed = after, True
    contents = {
        new.path: new.content for old, new in zip(files, state.files, strict=True) if new.content != old.content
    }
    return Mended(contents, before - len(state.found), sorted([*proposed.kept, *refused]), proposed.shut, alone)


@dataclass(frozen=True, slots=True)
class _Proposed:
    chosen: list[tuple[_Found, Fix]]
    kept: list[Kept]
    shut: set[str]


def _proposed(state: _State, asked: Callable[[_Found], bool], *, unsafe: bool, locked: Collection[str]) -> _Proposed:
    kept: list[Kept] = []
    blocked: set[str] = set()
    chosen: list[tuple[_Found, Fix]] = []
    paths = {file.module: file.path for file in state.files}
    contents = {file.module: file.content for file in state.files}
    for found in state.found:
        propose = FIXES.get(found.criterion)
        fix = propose(state.source, found.tree, found.node) if propose is not None and asked(found) else None
        if fix is None:
            continue
        if not (fix.safe or unsafe):
            continue
        shut = [paths[name] for name in fix.trees if paths[name] in locked]
        strange = [paths[name] for name, tree in fix.trees.items() if tree.module.bytes != contents[name]]
        if shut:
            blocked.update(shut)
        elif strange:
            kept.append(_kept(state, found, f"{strange[0]} cannot be written back byte for byte"))
        else:
            chosen.append((found, fix))
    return _Proposed(chosen, kept, blocked)


def _kept(state: _State, found: _Found, why: str) -> Kept:
    criterion, path, line, column = state.place(found)
    return Kept(path, line, column, criterion, why)


def _settled(
    state: _State, chosen: Sequence[tuple[_Found, Fix]], *, unsafe: bool, locked: Collection[str]
) -> tuple[_State | None, list[Kept]]:
    """The unit after as many of the fixes as do no harm, None where that is none; and those that were refused."""
    fixes = compatible(fix for _, fix in chosen)
    aims = {fix.key: [found for found, other in chosen if other.key == fix.key] for fix in fixes}
    good: list[Fix] = []
    best: _State | None = None
    refused: list[Kept] = []

    def take(group: Sequence[Fix]) -> None:
        nonlocal best
        if not group:
            return
        targets = [found for fix in (*good, *group) for found in aims[fix.key]]
        after = state.changed(rewrite([*good, *group]))
        harm = _harm(state, after, targets)
        if harm and not good and len(group) == len(fixes):
            after = _followed(state, after, unsafe=unsafe, locked=locked)
            harm = _harm(state, after, targets)
        if not harm:
            good.extend(group)
            best = after
        elif len(group) > 1:
            middle = len(group) // 2
            take(group[:middle])
            take(group[middle:])
        else:
            refused.extend(_kept(state, found, f"its fix was taken back: {harm}") for found in aims[group[0].key])

    take(fixes)
    return best, refused


def _apart(state: _State, chosen: Sequence[tuple[_Found, Fix]]) -> dict[Place, Alone]:
    """Each fix by itself, where it does no harm: that is seen at once where all together do none."""
    fixes = {fix.key: fix for _, fix in chosen}
    aims = {key: [found for found, fix in chosen if fix.key == key] for key in fixes}
    together = compatible(fixes.values())
    targets = [found for fix in together for found in aims[fix.key]]
    safe_together = not together or not _harm(state, state.changed(rewrite(together)), targets)
    harmless = {fix.key for fix in together if safe_together}
    paths = {file.module: file.path for file in state.files}
    found: dict[Place, Alone] = {}
    for key, fix in fixes.items():
        contents = rewrite([fix])
        if key in harmless or not _harm(state, state.changed(contents), aims[key]):
            for each in aims[key]:
                found[state.place(each)] = {paths[name]: content for name, content in contents.items()}, fix.safe
    return found


def _followed(before: _State, after: _State, *, unsafe: bool, locked: Collection[str]) -> _State:
    """What came to light by the fixes (a session that is known to be one now) is fixed, too."""
    worse = {kind for kind, count in after.kinds.items() if count > before.kinds[kind]}
    proposed = _proposed(after, lambda found: found.kind in worse, unsafe=unsafe, locked=locked)
    more = compatible(fix for _, fix in proposed.chosen)
    return after.changed(rewrite(more)) if more else after


def _harm(before: _State, after: _State, targets: Iterable[_Found]) -> str:
    """What speaks against the fixes, "" where nothing does."""
    if after.unreadable > before.unreadable:
        return "the file could no longer be read"
    aimed = Counter(found.kind for found in targets)
    for kind, count in after.kinds.items():
        criterion, path = kind
        if count > before.kinds[kind]:
            return f"it brings a finding of {criterion} in {path}"
        if count > before.kinds[kind] - aimed[kind]:
            return "the finding stays"
    return ""
