"""Searches prose for what it names, in the languages that answers are written in."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_LIMIT = 200_000
_LONG_WORD = re.compile(r"[^\W_]{41,}")
_SPACE = re.compile(r"\s+")
_NEGATION = re.compile(
    r"(?:\bnot\b|n't|\bnever\b|\bno\b|\bwithout\b|unrelated|\bnicht\b|\bkein\w*\b|\bpas\b|\bno es\b|\bnão\b|\bnao\b|"
    r"不是|并非|無関係|ではな|아니|\bне\b)[^.;:!?。]{0,30}$"
)


@cache
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def plain(text: str) -> str:
    """Lower case, one space between words, without Markdown's marks, at most 200,000 characters."""
    text = unicodedata.normalize("NFKC", text[:_LIMIT]).lower().replace("’", "'")
    text = _LONG_WORD.sub(" ", text)
    return _SPACE.sub(" ", re.sub(r"[*_`>#|]+", " ", text.replace("-", " ")))


def names(text: str, patterns: tuple[str, ...]) -> str:
    """The first passage of ``plain`` text that a pattern finds and that no negation right before it takes back."""
    for found in _compiled(patterns).finditer(text):
        if not _NEGATION.search(text[max(found.start() - 40, 0) : found.start()]):
            return text[max(found.start() - 30, 0) : found.end() + 30].strip()
    return ""
