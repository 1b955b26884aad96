"""The command line. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

from harness.errors import HarnessError, MachineError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run ``harness`` and end the process with the exit status of the command."""
    from harness.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(args=arguments, prog_name="harness")
    except HarnessError as error:
        print(f"harness: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except Exception:
        # status 1, which Python would give, means that a verdict fails
        import traceback

        traceback.print_exc()
        print("harness: this is a fault of the harness itself, please report it", file=sys.stderr)
        sys.exit(MachineError.exit_status)
    sys.exit(0)
