"""The command line. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from harness.errors import HarnessError, MachineError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run ``harness`` and end the process with the exit status of the command."""
    from harness.cli.output import open_streams

    open_streams()
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    from harness.cli.app import INTERRUPTED, UsageError, app
    from harness.cli.output import note, on_standard_error

    try:
        status = app(args=arguments, prog_name="harness", standalone_mode=False) or 0
    except HarnessError as error:
        note(str(error))
        return error.exit_status
    except UsageError as error:
        error.message = error.message.removeprefix("Value error, ")  # pydantic's, not for users
        with on_standard_error():
            error.show()
        return error.exit_code
    except Exception:
        # status 1, which Python would give, means that a verdict fails
        import traceback

        with on_standard_error():
            traceback.print_exc()
        note("this is a fault of the harness itself, please report it")
        return MachineError.exit_status
    if status == INTERRUPTED:
        note("interrupted")
    return int(status)
