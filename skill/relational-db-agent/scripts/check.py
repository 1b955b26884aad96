"""Reads async session code with `harness check` and names its faults: python check.py [PATH ...]

Status: 0 nothing found, 1 findings, 2 wrong usage or a file that cannot be read, 3 `harness` is not there or failed.
"""

import importlib.metadata
import shutil
import subprocess
import sys

HOW = """\
check.py: harness is not installed here. Install it beside the project, not in it:
    python -m venv /tmp/harness && /tmp/harness/bin/pip install relational-db-agent
    /tmp/harness/bin/harness check {paths}
"""


def command() -> list[str]:
    """How `harness` is started here; nothing where it is not installed."""
    try:
        importlib.metadata.distribution("relational-db-agent")
    except importlib.metadata.PackageNotFoundError:
        found = shutil.which("harness")
        return [found] if found else []
    return [sys.executable, "-P", "-m", "harness"]  # -P: never a folder of that name in the project


def main(arguments: list[str]) -> int:
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return 0
    paths = arguments or ["."]
    start = command()
    if not start:
        sys.stderr.write(HOW.format(paths=" ".join(paths)))
        return 3
    try:
        status = subprocess.run([*start, "check", "--advice", *paths], check=False).returncode
    except OSError as error:
        sys.stderr.write(f"check.py: {start[0]} cannot be started: {error.strerror}\n")
        return 3
    return status if status in (0, 1, 2) else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
