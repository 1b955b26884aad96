"""A completion's raw text as clean lines, cut into what is said and the reasoning that is thrown away."""

from __future__ import annotations

from dataclasses import dataclass

MAX_CHARACTERS = 2 * 1024 * 1024
_TAGS = ("think", "thinking", "thought", "thoughts", "reasoning", "reflection", "scratchpad", "antthinking")
_PAIRS = (
    *((f"<{tag}", f"</{tag}>") for tag in _TAGS),
    ("[think]", "[/think]"),
    ("◁think▷", "◁/think▷"),
    ("<|channel|>analysis", "<|end|>"),
)

_MAX_SEGMENTS = 2000
_TAG_STARTS = frozenset("<[◁")


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive lines of the text; ``first`` is the 0-based number of the first one."""

    lines: tuple[str, ...]
    first: int
    discarded: bool


def clean(text: str) -> str:
    """``text`` with ``\\n`` line ends, without a byte order mark; NUL and lone surrogates are replaced."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def segments(text: str) -> list[Segment]:
    """The lines of clean ``text``, those of ``<think>`` and its like set apart.

    A tag opens at the start of a line and closes anywhere; without its end it lasts to the end of the text. An end
    without a start discards all that is before it.
    """
    lines = text.split("\n")
    result: list[Segment] = []
    start = 0
    closing = ""
    for number, line in enumerate(lines):
        if not closing and (line.lstrip()[:1] not in _TAG_STARTS or len(result) > _MAX_SEGMENTS):
            continue
        lowered = line.lstrip()[:40].lower()
        if not closing:
            closing = _opened(lowered)
            if closing:
                _add(result, lines, start, number, discarded=False)
                start = number
            elif not result and (tag := _stray_end(lowered)):
                _add(result, lines, start, number + 1, discarded=True)
                _keep_rest_of_line(result, lines, number, tag)
                start = number + 1
                continue
        if closing and closing in line.lower():
            _add(result, lines, start, number + 1, discarded=True)
            _keep_rest_of_line(result, lines, number, closing)
            start = number + 1
            closing = ""
    _add(result, lines, start, len(lines), discarded=bool(closing))
    return result


def _opened(lowered: str) -> str:
    for opening, closing in _PAIRS:
        if lowered.startswith(opening):
            following = lowered[len(opening) : len(opening) + 1]
            if opening[0] != "<" or opening[1] == "|" or following in {">", " "}:
                return closing
    return ""


def _stray_end(lowered: str) -> str:
    return next((closing for _, closing in _PAIRS if lowered.startswith(closing)), "")


def _keep_rest_of_line(result: list[Segment], lines: list[str], number: int, closing: str) -> None:
    rest = lines[number][lines[number].lower().find(closing) + len(closing) :]
    if rest.strip():
        result.append(Segment((rest,), number, discarded=False))


def _add(result: list[Segment], lines: list[str], start: int, end: int, *, discarded: bool) -> None:
    if end > start:
        result.append(Segment(tuple(lines[start:end]), start, discarded))
