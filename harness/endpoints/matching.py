"""Which case an output of another tool belongs to; ``docs/completions.md`` tells the rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.cases import Case

_SPACES = re.compile(r"\s+")
_BETWEEN = "/:|#_. -"
_NUMBERS = re.compile(rf"(?<![^{_BETWEEN}])[0-9]+(?=[{_BETWEEN}])")
_SAMPLE = re.compile(rf"[{_BETWEEN}]+([0-9]{{1,9}})")


class Matcher:
    """Finds the case of an output by what names it, else by what was asked, else by the file that holds it."""

    def __init__(self, cases: Mapping[str, Case]) -> None:
        self._ids = tuple(cases)
        self._patterns = {
            case: re.compile(rf"(?<![a-z0-9]){re.escape(case)}(?![a-z0-9])", re.IGNORECASE) for case in cases
        }
        asked: dict[str, list[str]] = {}
        for case in cases.values():
            asked.setdefault(_normalised(case.prompt), []).append(case.id)
        self._asked = {prompt: ids[0] for prompt, ids in asked.items() if len(ids) == 1}

    def case(self, names: Iterable[str], prompts: Iterable[str], places: Iterable[str]) -> str | None:
        """The id of the case; None where nothing tells it. ``places`` are the names of the file and of its folders."""
        for name in names:
            if found := self.named(name):
                return found
        for prompt in prompts:
            if found := self._asked.get(_normalised(prompt)):
                return found
        for place in places:
            if found := self.named(place):
                return found
        return None

    def named(self, text: str) -> str | None:
        """The case whose id stands in ``text`` as words of its own; none where there are two.

        An underscore is as good as a hyphen. Of ids that are parts of one another, the longest counts.
        """
        text = text.replace("_", "-")
        found = [case for case in self._ids if self._patterns[case].search(text)]
        longest = max(found, key=len, default=None)
        return longest if longest and all(self._patterns[case].search(longest) for case in found) else None

    def beside(self, text: str, case: str) -> tuple[str, int | None]:
        """What an id says beside the case: the arm before it, without numbers, and the number of a sample after it."""
        found = self._patterns[case].search(text.replace("_", "-"))
        if found is None:
            return "", None
        before, after = _NUMBERS.sub("", text[: found.start()]), _SAMPLE.fullmatch(text[found.end() :])
        return before.strip(_BETWEEN), int(after[1]) if after else None


def _normalised(prompt: str) -> str:
    return _SPACES.sub(" ", prompt).strip().casefold()
