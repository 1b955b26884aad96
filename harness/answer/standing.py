"""Whether code can stand as a module of its own, or is a piece taken from the middle of one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.answer.lexical import Line, scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.answer.pieces import Piece

_OMITTED = re.compile(
    r"(?:\.\.\.|…|rest of (?:the |your )?|(?:other|existing|remaining|your|previous|same) (?:code|fields|endpoints|"
    r"routes|imports|columns|attributes|"
    r"logic|columns|stuff)|same as (?:before|above)|as (?:before|above)\b|unchanged|your code here|\(?omitted|"
    r"snip\b|etc\.?$|其余|其他代码|省略)",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"[^\W\d]\w*\s*:\s*[^=]{1,200}(?:$|=\s*(?:Relationship|Field|relationship|mapped_column|Column|Depends|Query|"
    r"Path|Body)\()"
)
_KEYWORD_ONLY = re.compile(r"[^\W\d]\w*\s*:\s*[^=]{1,200}=\s*[^=].*,$")
_OUTSIDE = re.compile(r"(?:return|yield|async with|async for|nonlocal|continue|break)\b")
_SUSPENDS = re.compile(r"\b(?:await|yield)\b")
_AWAITED = re.compile(r"(?:\w+\s*=\s*)?[(\[{*]*\s*await [\w.]+\(")
_HANGING = re.compile(r"(?:except|else|elif|finally|case)\b")
_GOES_ON = re.compile(r"(?:try|except|else|if|elif|for|while|async for)\b")
_BODY = re.compile(r"(?:async def|def|class)\b")
_STUB = re.compile(r"Protocol|ABC\b|overload|abstractmethod|Exception|Error")


def without_marks(piece: Piece) -> Piece:
    """``piece`` without the comments at its margin that say that the rest of a file is left out."""
    marks = {i for i, line in enumerate(scan(piece.lines)) if line.comment == 0 and _OMITTED.match(line.remark)}
    return piece.take(i for i in range(len(piece.lines)) if i not in marks) if marks else piece


def why_partial(lines: Sequence[str], *, closed: bool) -> str:
    """Why ``lines`` cannot be run as a module: empty when they can. ``closed`` is False for a text that was cut off."""
    scanned = scan(lines)
    inside: int | None = None
    first = True
    last = ""
    above = ""  # the last statement that is not indented
    header = ""
    for line in scanned:
        if line.comment >= 0 and not line.statement and _OMITTED.match(line.remark):
            return "code is left out"
        statement = line.statement
        if not statement:
            continue
        if not line.begins:
            if inside is None and not line.quoted and _AWAITED.match(statement) and not _BODY.match(last):
                return "code of a function's body"
            continue
        if first and line.indent:
            return "starts in the middle of a block"
        first = False
        if inside is not None and line.indent <= inside:
            inside = None
        if statement in {"...", "…"} and not _STUB.search(header):
            return "code is left out"
        if inside is None and (reason := _of_outer(line, statement, above)):
            return reason
        if not line.indent:
            above = statement
        if _BODY.match(statement):
            if inside is None and not statement.startswith("class"):
                inside = line.indent
            header = (
                f"{last} {statement}" if last.startswith("@") else f"{header[:200] if line.indent else ''} {statement}"
            )
            if statement.endswith(": ...") and not _STUB.search(header):
                return "code is left out"
        last = statement
    if closed and last.endswith(":") and _BODY.match(last):
        return "a definition without its body"
    return ""


def _of_outer(line: Line, statement: str, above: str) -> str:
    """What cannot stand outside a function, in a statement that is outside of any; ``above``: the one on its level."""
    suspends = _SUSPENDS.search(statement) and not _BODY.match(statement)  # a function's own body may be on its line
    if suspends or (_OUTSIDE.match(statement) and not line.indent):
        return "code of a function's body"
    if line.indent:
        return ""
    if _HANGING.match(statement) and not _GOES_ON.match(above):
        return "starts in the middle of a statement"
    if (_ATTRIBUTE.match(statement) or _KEYWORD_ONLY.match(statement)) and not statement.startswith(
        ("else", "try", "lambda")
    ):
        return "attributes of a class or parameters of a function"
    return ""
