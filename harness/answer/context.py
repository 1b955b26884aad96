"""What stands around a code block: the headings above it and the words right before it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.answer import names, options, signals
from harness.answer.markdown import LABEL_LEVEL, Text

if TYPE_CHECKING:
    from harness.answer.names import Found
    from harness.answer.signals import Signal

_SAVE_ABOVE = re.compile(r"(?:\*\*)?(?:save|put|store|place) (?:this|it|that|the (?:above|code|file)).*\.$", re.DOTALL)
_NEAR = 4  # how many paragraphs before a block may name its file


@dataclass(slots=True)
class Heading:
    """A heading (or label) that is open, and what has been used of it."""

    text: str
    level: int
    name_used: bool = False
    blocks: int = 0
    signal: Signal | None = None
    option: str | None = None
    holds_options: bool = False


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
        signal = None if self.titled and text.level == 1 else signals.of_heading(text.text)
        option = options.of_heading(text.text, first=not self.right_code)
        self.headings.append(
            Heading(
                text.text,
                text.level,
                signal=signal,
                option=self._unique(option) if option else None,
                holds_options=options.holds_options(text.text),
            )
        )

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
            if heading.signal is None or (heading.level == LABEL_LEVEL and heading.blocks and self.words):
                continue
            if not (heading.signal.strong or heading.signal.wrong):
                continue
            if near is not None and (near.wrong or not heading.signal.strong):
                return near
            return heading.signal
        return near

    def option(self, depth: int) -> str | None:
        """The label of the option that the block belongs to; the same for all blocks of one option."""
        prose = self._prose(depth)
        if prose and (label := options.of_prose(prose, first=not self.right_code)):
            return self._unique(label)
        for index in range(len(self.headings) - 1, -1, -1):
            heading = self.headings[index]
            if heading.option:
                return heading.option
            if heading.holds_options:
                if index + 1 < len(self.headings):
                    below = self.headings[index + 1]
                    below.option = self._unique(below.text.strip(" :*`")[:60])
                    return below.option
                return self._unique(heading.text.strip(" :*`")[:60])
        return None

    def _prose(self, depth: int) -> str:
        """The paragraph right before the block; nothing when a heading or another block stands there.

        ``depth`` is that of the block: what an item of a closed list says is not said of the block below the list.
        """
        for text in reversed(self.words):
            if text.level:
                return ""
            if not text.text.startswith(("|", "<")):
                return text.text if text.depth <= depth or text.text.endswith((":", "：")) else ""
        return ""

    def _unique(self, label: str) -> str:
        count = self.labels[label] = self.labels.get(label, 0) + 1
        return label if count == 1 else f"{label} ({count})"
