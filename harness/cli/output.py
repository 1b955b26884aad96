"""What the commands write: the report on standard output, everything else on standard error."""

from __future__ import annotations

import io
import os
import sys
from typing import IO, TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

_CLOSED_PIPE_STATUS = 141  # what a shell reports for a program ended by SIGPIPE


def write(text: str) -> None:
    """Write to standard output at once. A reader that has gone away ends the program without a word."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _end_quietly()


def write_report(render: Callable[[IO[str]], None]) -> None:
    """Let ``render`` write to the terminal; what goes elsewhere is written in one piece."""
    if sys.stdout.isatty():
        render(sys.stdout)
        return
    raw = io.BytesIO()
    buffer = io.TextIOWrapper(raw, encoding=sys.stdout.encoding, errors="backslashreplace", newline="")
    render(buffer)
    buffer.flush()
    write(raw.getvalue().decode(buffer.encoding))


def note(text: str) -> None:
    """One line on standard error."""
    print(f"harness: {text}", file=sys.stderr)


def _end_quietly() -> NoReturn:
    # the interpreter flushes standard output once more at its end, which would complain
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(_CLOSED_PIPE_STATUS)
