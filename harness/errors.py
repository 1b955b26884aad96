"""What can go wrong outside the code that is judged; each class maps to one exit status of the command line."""

from __future__ import annotations

import errno

MACHINE_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})
"""Of an ``OSError`` in writing that is the machine's fault, not that of the place that was named."""


class HarnessError(Exception):
    """Base of all errors that the harness raises on purpose; ``str(error)`` is one line fit for a user."""

    exit_status = 3


class InputError(HarnessError):
    """The input cannot be used: says what is wrong, where (path, line, field) and what to do."""

    exit_status = 2


class MachineError(HarnessError):
    """The machine cannot do what was asked (no sandbox, no database, a worker that keeps dying)."""

    exit_status = 3
