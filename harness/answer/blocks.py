"""Events to blocks: every code block of a completion with its role, file name and place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.answer import diff, names, retractions, sections, signals
from harness.answer.answer import RIGHT, Block, Role, right_role
from harness.answer.kinds import Kind, by_language, by_lines, is_diff, is_repl, looks_like_python
from harness.answer.markdown import LABEL_LEVEL, Code, Text
from harness.answer.patching import REPLACED, Patch
from harness.answer.signals import Signal
from harness.answer.surroundings import Context
from harness.answer.testing import is_test
from harness.answer.versions import versions, written_files
from harness.answer.withdrawn import Placed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.answer.pieces import Piece

_ROLES = {
    Kind.SHELL: Role.SHELL,
    Kind.CONFIG: Role.CONFIG,
    Kind.TREE: Role.CONFIG,
    Kind.OUTPUT: Role.OUTPUT,
    Kind.PROSE: Role.OUTPUT,
}
_MAX_RETRACTING = 60_000  # characters in which retractions are looked for
_REPLACED = Signal(wrong=True, strong=True, cue=REPLACED)


@dataclass(frozen=True, slots=True)
class Read:
    """A block, whether its end was seen, and whether it is marked wrong by a mere hint (``weak``).

    ``source`` and ``section`` number the code of the completion it is from, and the part of the completion, as
    headings and rules divide it. ``draft`` is whether it is called a draft, ``revises`` whether the text before it
    tells to change what was shown before.
    """

    block: Block
    closed: bool = True
    weak: bool = False
    source: int = 0
    section: int = 0
    draft: bool = False
    revises: bool = False


class Reader:
    """Reads the events of one completion in order; collects blocks, prose and problems."""

    def __init__(self, *, titled: bool) -> None:
        self.context = Context(titled=titled)
        self.blocks: list[Read] = []
        self.prose: list[str] = []
        self.problems: list[str] = []
        self.withdrawals: list[Placed] = []
        self.patches: dict[int, list[Patch]] = {}
        self._lead = ""  # the text right before the last code
        self._revises = False
        self._section = 0
        self._source = 0
        self._unread = _MAX_RETRACTING

    def read(self, events: Iterable[Text | Code]) -> None:
        """Take in ``events``."""
        for event in events:
            if isinstance(event, Text):
                self._text(event)
            elif not event.piece.blank:
                self._source += 1
                self._code(event)

    def _text(self, text: Text) -> None:
        if not text.text or 0 < text.level < LABEL_LEVEL:
            self._section += 1
        if not text.text:
            return
        if self._lead and retractions.swaps(self._lead, text.text):
            self._swapped()
        self._lead = ""
        self.prose.append(text.text)
        reading = None
        if self._source and self._unread > 0:
            self._unread -= min(len(text.text), retractions.LIMIT)
            reading = retractions.read(text.text)
        if reading is not None:
            self.withdrawals.extend(Placed(len(self.blocks), retraction) for retraction in reading.retractions)
            text = replace(text, said=reading.rest)
        self.context.add(text)

    def _swapped(self) -> None:
        """What the last code shows is to be replaced by what follows."""
        for index in range(len(self.blocks) - 1, -1, -1):
            read = self.blocks[index]
            if read.source != self._source:
                break
            if read.block.role in RIGHT:
                block = replace(read.block, role=Role.WRONG, reason="marked as wrong: to be replaced")
                self.blocks[index] = replace(read, block=block, weak=False)

    def _code(self, code: Code) -> None:
        self._lead = self.prose[-1] if self.prose and self.context.words else ""
        self._revises = retractions.revises(self._lead)
        kind = kind_of(code)
        if kind is Kind.PROSE and not code.closed:
            self.prose.append(code.piece.code)
        elif kind in _ROLES:
            self._other(code, kind)
        else:
            self._python(code, kind)

    def _other(self, code: Code, kind: Kind) -> None:
        if kind is Kind.SHELL and (written := list(written_files(code.piece))):
            for found, piece in written:
                self._add(Code("python", piece, fenced=True, closed=code.closed), piece, found, None, None, "")
        named = names.in_info(code.info) or self.context.name(frozenset())
        path = named.path if named and not named.python else None
        block = Block(
            role=_ROLES[kind],
            language=_language(code.info),
            code=code.piece.code,
            lines=code.piece.numbers,
            path=path,
            heading=self.context.heading,
            reason=f"{kind.value} by its language or its lines",
        )
        self.blocks.append(Read(block, source=self._source, section=self._section))
        self.context.block(python=False, right=False)

    def _python(self, code: Code, kind: Kind) -> None:
        inherited = self.context.signal(code.depth) if kind is not Kind.DIFF else None
        if kind is Kind.DIFF:
            self.patches[self._source] = [
                Patch(names.safe(each.path) if each.path else None, each.hunks) for each in diff.changes(code.piece)
            ]
        option = self.context.option(code.depth)
        outer = names.in_info(code.info)
        used = False
        for path, piece, replaced in versions(code.piece, kind):
            sections_of = sections.files(piece) if not replaced else [(None, piece)]
            for index, (titled, section) in enumerate(sections_of):
                found = titled or (names.Found(path, names.safe(path)) if path else None)
                if found is None and index == 0:
                    found = outer or self.context.name(names.imported_modules(piece.lines))
                if found is not None and not found.python:
                    self._as_config(code, section, found)
                    continue
                for label, choice in sections.alternatives(section) if not replaced else [(None, section)]:
                    signal = inherited if kind is Kind.DIFF else _with_path(inherited, found)
                    used |= self._marked(code, choice, found, label or option, signal, replaced=replaced)
        self.context.block(python=True, right=used)

    def _marked(
        self,
        code: Code,
        piece: Piece,
        found: names.Found | None,
        option: str | None,
        inherited: Signal | None,
        *,
        replaced: bool,
    ) -> bool:
        """Add the parts of a piece by what marks them; tells whether any is right."""
        used = False
        for part in [sections.Part(piece, _REPLACED)] if replaced else sections.parts(piece):
            signal = part.signal
            if signal is None or (part.remark_only and inherited is not None):
                signal = inherited
            wrong = signal is not None and signal.wrong
            used |= not wrong
            cue = signal.cue if signal is not None and signal.wrong else ""
            self._add(code, part.piece, found, option, signal if wrong else None, cue)
        return used

    def _add(
        self, code: Code, piece: Piece, found: names.Found | None, option: str | None, wrong: Signal | None, cue: str
    ) -> None:
        piece = piece.trimmed().dedented()
        if piece.blank:
            return
        path = found.path if found is not None else None
        if found is not None and path is None:
            self.problems.append(
                f"line {piece.numbers[0]}: the file name {found.raw!r} leaves the folder and is ignored"
            )
        if wrong is not None:
            role, reason = Role.WRONG, f"marked as wrong: {cue}"
        elif is_test(piece, path):
            role, reason = Role.TEST, "a test of the answer"
        elif option is not None:
            role, reason = Role.ALTERNATIVE, f"one of several options: {option}"
        elif path is not None:
            role, reason = Role.FILE, f"named {path}"
        else:
            role, reason = Role.FRAGMENT, "right code without a file name"
        block = Block(role, "python", piece.code, piece.numbers, path, self.context.heading, option, reason)
        weak = wrong is not None and not wrong.strong
        self.blocks.append(
            Read(
                block,
                code.closed,
                weak,
                self._source,
                self._section,
                self.context.drafted(code.depth),
                self._revises,
            )
        )

    def _as_config(self, code: Code, piece: Piece, found: names.Found) -> None:
        block = Block(
            Role.CONFIG,
            _language(code.info),
            piece.code,
            piece.numbers,
            found.path,
            self.context.heading,
            None,
            f"named {found.raw}",
        )
        self.blocks.append(Read(block, source=self._source, section=self._section))


def kind_of(code: Code) -> Kind:
    """How a code block is to be read: by its language, unless its lines plainly say otherwise."""
    lines = code.piece.lines
    language = by_language(code.info)
    if language is Kind.PYTHON:
        if is_repl([line for line in lines if line.strip()][:1]):
            return Kind.REPL
        if is_diff(lines):
            return Kind.DIFF
        seen = by_lines(lines)
        return seen if seen in {Kind.TREE} and not looks_like_python(lines) else Kind.PYTHON
    if language is Kind.REPL:
        return Kind.REPL if is_repl(lines) else Kind.PYTHON
    if language is not None:
        return Kind.REPL if is_repl(lines) and language is Kind.SHELL else language
    if (found := names.in_info(code.info)) and code.info:
        return Kind.PYTHON if found.python else Kind.CONFIG
    seen = by_lines(lines)
    if seen is Kind.PYTHON and (not code.fenced or code.info) and not looks_like_python(lines):
        return Kind.OUTPUT if code.fenced else seen
    return seen


def _with_path(inherited: Signal | None, found: names.Found | None) -> Signal | None:
    """What the file name says, unless the words around it outright say that this is its right version."""
    said = signals.of_path(found.path) if found is not None and found.path is not None else None
    if said is None or (said.wrong and inherited is not None and inherited.strong):
        return inherited
    return said


def discarded(events: Iterable[Text | Code]) -> Iterator[Read]:
    """The blocks of reasoning that the completion throws away."""
    for event in events:
        if isinstance(event, Code) and not event.piece.blank:
            piece = event.piece
            yield Read(
                Block(Role.DISCARDED, _language(event.info), piece.code, piece.numbers, reason="in discarded reasoning")
            )


def undecided_marks(blocks: list[Read]) -> list[Read]:
    """``blocks`` with those hints taken back that cannot be meant.

    Where hints made every single block wrong there is no contrast; and a file that right code imports is relied on.
    """
    right = [r.block for r in blocks if r.block.role in RIGHT]
    given = {names.own_module_of(block.path) for block in right if block.path is not None}
    imported = names.imported_modules(line for block in right for line in block.code.split("\n"))
    result: list[Read] = []
    for read in blocks:
        block = read.block
        relied_on = block.path is not None and names.own_module_of(block.path) in imported - given
        if block.role is Role.WRONG and read.weak and (relied_on or not right):
            role = right_role(block.path, block.option)
            why = "only hinted at as wrong, " + ("and imported by right code" if right else "without a right one")
            read = replace(read, weak=False, block=replace(block, role=role, reason=why))
        result.append(read)
    return result


def _language(info: str) -> str:
    words = info.split()
    return words[0].strip("{}.").lower()[:40] if words else ""
