"""What the commands write: the report on standard output, everything else on standard error."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import warnings
from typing import IO, TYPE_CHECKING, NoReturn

from harness.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CLOSED_PIPE_STATUS = 141  # what a shell reports for a program ended by SIGPIPE


class OutputError(HarnessError):
    """Standard output does not take what is written. Not a ``MachineError``: no answer is to blame or to be spared."""


def open_streams() -> None:
    """Give the process the standard streams that its caller closed, and let all of them write any character.

    Without them, the next file that is opened would get their number, and whatever is printed would go into it.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:  # closed; the lowest free number is given, which is this one
            # what is written on standard output must fail, not vanish: it is opened for reading
            os.set_inheritable(os.open(os.devnull, os.O_WRONLY if number == 2 else os.O_RDONLY), True)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - lives as long as the process
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def remarks_as_notes() -> Iterator[None]:
    """Tell what libraries warn of as notes: that a provider does not have a parameter, for one."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: note(" ".join(str(message).split()))
        yield


def write(text: str) -> None:
    """Write to standard output at once; ``OutputError`` when it fails.

    A reader that has gone away ends the program without a word.
    """
    with _written():
        sys.stdout.write(text)


def write_report(render: Callable[[IO[str]], None]) -> None:
    """Let ``render`` write to the terminal; what goes elsewhere is written in one piece. Raises as ``write``."""
    if sys.stdout.isatty():
        with _written():
            render(sys.stdout)
        return
    raw = io.BytesIO()
    buffer = io.TextIOWrapper(raw, encoding=sys.stdout.encoding, errors="backslashreplace", newline="")
    render(buffer)
    buffer.flush()
    write(raw.getvalue().decode(buffer.encoding))


def note(text: str) -> None:
    """One line on standard error, where it can be written; what others wrote in it cannot steer the terminal."""
    from harness.reports.findings import plain

    with on_standard_error():
        print(f"harness: {plain(text)}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def on_standard_error() -> Iterator[None]:
    """What is printed here is lost where standard error does not take it: nobody could be told."""
    try:
        yield
    except OSError:
        _abandon(sys.stderr)


@contextlib.contextmanager
def _written() -> Iterator[None]:
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _end_quietly()
    except OSError as error:
        _abandon(sys.stdout)
        why = "standard output is closed" if error.errno == errno.EBADF else error.strerror or str(error)
        raise OutputError(f"cannot write the output: {why}") from error


def _end_quietly() -> NoReturn:
    _abandon(sys.stdout)
    sys.exit(_CLOSED_PIPE_STATUS)


def _abandon(stream: IO[str]) -> None:
    """The interpreter flushes the streams once more at its end, which would complain and change the status."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
