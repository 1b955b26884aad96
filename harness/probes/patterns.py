"""A text that a simple regular expression matches."""

from __future__ import annotations

import re
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

_SAMPLES = {"CATEGORY_DIGIT": "7", "CATEGORY_WORD": "k", "CATEGORY_SPACE": " "}


def example(pattern: str, preferred: str = "") -> str | None:
    """``preferred`` if it matches, else a text made from the pattern; None when that cannot be done."""
    try:
        compiled = re.compile(pattern)
        if preferred and compiled.search(preferred):
            return preferred
        made = _make(_parser.parse(pattern))
        return made if compiled.search(made) else None
    except (re.error, RecursionError, ValueError, TypeError, OverflowError):
        return None


def _make(parsed: Any) -> str:
    text = ""
    for code, argument in parsed:
        if code is _constants.LITERAL:
            text += chr(argument)
        elif code is _constants.IN:
            text += _one_of(argument)
        elif code is _constants.ANY:
            text += "k"
        elif code in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            fewest, most, inner = argument
            times = min(max(fewest, 1), most, 200)
            text += "".join(_make(inner) for _ in range(times))
        elif code is _constants.SUBPATTERN:
            text += _make(argument[3])
        elif code is _constants.BRANCH:
            text += _make(argument[1][0])
        elif code is not _constants.AT:
            raise ValueError(f"cannot make {code}")
    return text


def _one_of(choices: Any) -> str:
    for code, argument in choices:
        if code is _constants.LITERAL:
            return chr(argument)
        if code is _constants.RANGE:
            return chr(argument[0])
        if code is _constants.CATEGORY and str(argument) in _SAMPLES:
            return _SAMPLES[str(argument)]
    raise ValueError("cannot choose a character")
