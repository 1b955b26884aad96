"""What stands around a code block: the headings above it and the words right before it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.answer import names, options, signals
from harness.answer.markdown import LABEL_LEVEL, Text
from harness.answer.retractions import is_draft

if TYPE_CHECKING:
    from harness.answer.names import Found
    from harness.answer.signals import Signal

_SAVE_ABOVE = re.compile(r"(?:\*\*)?(?:save|put|store|place) (?:this|it|that|the (?:above|code|file)).*\.$", re.DOTALL)
_NEAR = 4  # how many paragraphs before a block may name its file


@dataclass(slots=True)
class Heading:
    """A heading (or label) that is open, and what has been used of it.

    ``mute`` is a title, which marks nothing; ``first`` is whether it stands before all right code.
    """

    text: str
    said: str
    level: int
    mute: bool = False
    first: bool = True
    name_used: bool = False
    blocks: int = 0
    label: str | None = None


@dataclass(slots=True)
class Context:
    """Follows the text from event to event. ``titled`` is whether its only level-1 heading is the title of it all."""

    titled: bool = False
    headings: list[Heading] = field(default_factory=list)
    words: list[Text] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    right_code: bool = False

    def add(self, text: Text) -> None:
        """A heading, a label or a paragraph."""
        self.words.append(text)
        if not text.level:
            return
        while self.headings and self.headings[-1].level >= text.level:
            self.headings.pop()
        mute = self.titled and text.level == 1
        said = text.text if text.said is None else text.said
        self.headings.append(Heading(text.text, said, text.level, mute, first=not self.right_code))

    def block(self, *, python: bool, right: bool) -> None:
        """A block has been read; right Python code spends the name that a heading gives."""
        self.words.clear()
        if python:
            for heading in self.headings:
                heading.blocks += 1
        if right:
            self.right_code = True
            for heading in self.headings:
                heading.name_used = True

    @property
    def heading(self) -> str:
        """The nearest heading or label."""
        return self.headings[-1].text if self.headings else ""

    def name(self, imported: frozenset[str]) -> Found | None:
        """The file name that the words before the block, or an open heading, give it."""
        lead = True
        for text in reversed(self.words[-_NEAR:]):
            if text.text.startswith("|") or _SAVE_ABOVE.match(text.text.lower()):
                lead = False
                continue
            if (lead or text.level or len(text.text) <= 80) and (found := names.in_text(text.text, imported)):
                return found
            if text.level and text.level < LABEL_LEVEL:
                break
            lead = False
        for heading in reversed(self.headings):
            if not heading.name_used and (found := names.in_text(heading.text, imported)):
                return found
        return None

    def signal(self, depth: int) -> Signal | None:
        """What the prose before the block says of it, or else the nearest heading that says anything."""
        prose = self._prose(depth)
        near = signals.of_prose(prose) if prose else None
        if near is not None and near.strong:
            return near
        for heading in reversed(self.headings):
            if heading.mute or (heading.level == LABEL_LEVEL and heading.blocks and self.words):
                continue
            far = signals.of_heading(heading.said)
            if far is None or not (far.strong or far.wrong):
                continue
            return near if near is not None and (near.wrong or not far.strong) else far
        return near

    def option(self, depth: int) -> str | None:
        """The label of the option that the block belongs to; the same for all blocks of one option."""
        prose = self._prose(depth)
        if prose and (label := options.of_prose(prose, first=not self.right_code)):
            return self._unique(label)
        for index in range(len(self.headings) - 1, -1, -1):
            heading = self.headings[index]
            if heading.label is None and (label := options.of_heading(heading.text, first=heading.first)):
                heading.label = self._unique(label)
            if heading.label is not None:
                return heading.label
            if options.holds_options(heading.text):
                if index + 1 == len(self.headings):
                    return self._unique(_short(heading.text))
                below = self.headings[index + 1]
                below.label = self._unique(_short(below.text))
                return below.label
        return None

    def drafted(self, depth: int) -> bool:
        """Whether an open heading, or the paragraph before the block, calls it a draft."""
        return any(is_draft(heading.text) for heading in self.headings) or is_draft(self._prose(depth))

    def _prose(self, depth: int) -> str:
        """The paragraph right before the block; nothing when a heading or another block stands there.

        ``depth`` is that of the block: what an item of a closed list says is not said of the block below the list.
        """
        for text in reversed(self.words):
            if text.level:
                return ""
            if not text.text.startswith(("|", "<")):
                said = text.text if text.said is None else text.said
                return said if text.depth <= depth or text.text.endswith((":", "：")) else ""
        return ""

    def _unique(self, label: str) -> str:
        count = self.labels[label] = self.labels.get(label, 0) + 1
        return label if count == 1 else f"{label} ({count})"


def _short(text: str) -> str:
    return text.strip(" :*`")[:60]
