"""Code that stands in the text without any fence: found by its lines, set apart from the prose around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.answer.kinds import begins_python, continues_python
from harness.answer.lexical import scanning
from harness.answer.markdown import Code, Text, read
from harness.answer.names import in_comment
from harness.answer.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence


_MAX_RUNS = 3000


def read_unfenced(lines: Sequence[str], first: int, fenced: frozenset[int]) -> list[Text | Code]:
    """The events of a text that has no fenced Python: runs of Python lines become blocks, the rest is Markdown.

    Nothing when there is no such run. ``first`` is the 0-based number of the first line, ``fenced`` are the 1-based
    numbers of lines inside other fences.
    """
    events: list[Text | Code] = []
    prose_from = 0
    for start, end in _runs(lines, frozenset(number - first - 1 for number in fenced)):
        events.extend(read(lines[prose_from:start], first + prose_from)[0])
        numbers = tuple(range(first + start + 1, first + end + 1))
        events.append(Code("python", Piece(tuple(lines[start:end]), numbers), fenced=False, closed=False))
        prose_from = end
    return [*events, *read(lines[prose_from:], first + prose_from)[0]] if events else []


def _runs(lines: Sequence[str], fenced: frozenset[int]) -> list[tuple[int, int]]:
    result: list[tuple[int, int]] = []
    number = 0
    while number < len(lines) and len(result) < _MAX_RUNS:
        if number in fenced or not begins_python(lines[number]):
            number += 1
            continue
        start = _with_title(lines, number, result[-1][1] if result else 0)
        end = _end(lines, number)
        result.append((start, end))
        number = max(end, number + 1)
    return result


def _with_title(lines: Sequence[str], number: int, least: int) -> int:
    """Where the run really starts: with a comment that names its file, or the docstring of the module."""
    start = number
    while start > least and (not lines[start - 1].strip() or lines[start - 1].startswith("#")):
        start -= 1
    for index in range(start, number):
        if lines[index].startswith("#") and in_comment(lines[index]):
            return index
    previous = start - 1
    if previous >= least and lines[previous].startswith('"""') and lines[previous].rstrip().endswith('"""'):
        return previous
    return number


def _end(lines: Sequence[str], start: int) -> int:
    """The first line after the run that begins at ``start``."""
    end = start
    for line in scanning(lines[index] for index in range(start, len(lines))):
        text = line.text
        goes_on = not text.strip() or text[0] in " \t" or not line.begins or continues_python(text)
        if not goes_on or text.startswith(("```", "~~~", "## ", "### ")):
            break
        end += 1
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return end
