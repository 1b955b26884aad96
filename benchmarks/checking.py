"""Checks files that have no fault, beside parsing them only and beside other linters; prints what each takes.

``python -m benchmarks.checking [--rounds N] [--files N] [--no-peers] [--format table|json]``. Nothing is asserted about
time. The other linters are installed below ``.venv/peers`` when they are first needed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import libcst

from benchmarks import corpus
from benchmarks.measuring import Watch, count
from harness.checking.judge import judge
from harness.checking.run import check
from harness.source.treefile import TreeFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.measuring import Span

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv" / "peers"
REQUIREMENTS = Path(__file__).with_name("requirements-checking.txt")
_PARSE = """\
import pathlib, sys, libcst
for path in pathlib.Path(sys.argv[1]).glob("*.py"):
    libcst.parse_module(path.read_bytes())
"""
_CHECK = [sys.executable, "-c", "from harness.cli import main; main()", "check"]
_FIXIT = '[tool.fixit]\nroot = true\nenable = ["fixit.rules:NoNamedTuple"]\ndisable = ["fixit.rules"]\n'
_NAMES = {
    "parse": "`libcst.parse_module` and nothing else",
    "check": "`harness check --no-cache --jobs 1`",
    "cores": "`harness check --no-cache`",
    "cached": "`harness check`, nothing changed since",
    "fixit": "fixit, one trivial rule",
    "flake8_async": "flake8-async, one trivial rule",
    "ruff": "ruff, one trivial rule",
}


@dataclass(frozen=True, slots=True)
class Way:
    """Medians over the rounds, of a whole process: seconds, and CPU seconds of all processes together.

    ``ratio``: how many times the CPU time of parsing.
    """

    id: str
    name: str
    wall: float
    cpu: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Results:
    """All of one run. ``reading``: CPU time of checking against parsing, in one process, without its start."""

    environment: dict[str, object]
    files: int
    lines: int
    rounds: int
    reading: float
    ways: list[Way]


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checking", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=count, default=5, help="of all ways in turns (default: 5)")
    parser.add_argument("--files", type=count, default=300, help="to check (default: 300)")
    parser.add_argument("--no-peers", action="store_true", help="leave the other linters out")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    chosen = parser.parse_args(arguments)
    results = run(max(chosen.rounds, 1), max(chosen.files, 1), peers=not chosen.no_peers)
    print(json.dumps(asdict(results), indent=2) if chosen.format == "json" else to_table(results))


def run(rounds: int, files: int, *, peers: bool = True) -> Results:
    """Measure everything. Raises RuntimeError when a way fails or finds something."""
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="harness-bench-") as name:
        folder, bytecode = Path(name, "files"), Path(name, "bytecode")
        folder.mkdir()
        paths = corpus.write(folder, files)
        (folder / "pyproject.toml").write_text(_FIXIT)
        lines = sum(path.read_text().count("\n") for path in paths)
        if check([folder]).findings:
            raise RuntimeError("something is found in the files to check")
        ways = _commands(folder) | (_peers(folder, paths) if peers else {})
        spans: dict[str, list[Span]] = {key: [] for key in ways}
        for way in ways.values():  # what is installed has its bytecode, and the cache is filled
            _run(way, bytecode)
        for number in range(rounds):
            for key in (*ways, *ways)[number % len(ways) :][: len(ways)]:
                watch = Watch()
                _run(ways[key], bytecode)
                spans[key].append(watch.span())
        reading = _reading(paths, rounds)
    environment: dict[str, object] = {
        "python": sys.version.split()[0],
        "libcst": version("libcst"),
        "processors": os.cpu_count(),
        "load before": round(before, 1),
        "load after": round(os.getloadavg()[0], 1),
    }
    return Results(environment, files, lines, rounds, reading, [_way(key, spans) for key in ways])


def _way(key: str, spans: dict[str, list[Span]]) -> Way:
    ratios = [one.cpu / parse.cpu for one, parse in zip(spans[key], spans["parse"], strict=True)]
    return Way(
        key,
        _NAMES[key],
        statistics.median(span.wall for span in spans[key]),
        statistics.median(span.cpu for span in spans[key]),
        statistics.median(ratios),
    )


def _commands(folder: Path) -> dict[str, list[str]]:
    return {
        "parse": [sys.executable, "-c", _PARSE, str(folder)],
        "check": [*_CHECK, "--no-cache", "--jobs", "1", str(folder)],
        "cores": [*_CHECK, "--no-cache", str(folder)],
        "cached": [*_CHECK, str(folder)],
    }


def _peers(folder: Path, paths: Sequence[Path]) -> dict[str, list[str]]:
    programs = PEERS / "bin"
    if not (programs / "fixit").exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS)], check=True)
        subprocess.run([str(programs / "pip"), "install", "--quiet", "-r", str(REQUIREMENTS)], check=True)
    return {
        "fixit": [str(programs / "fixit"), "--quiet", "lint", str(folder)],
        "flake8_async": [str(programs / "flake8-async"), "--enable", "ASYNC105", *map(str, paths)],
        "ruff": [str(programs / "ruff"), "check", "--no-cache", "--isolated", "--select", "ASYNC105", str(folder)],
    }


def _run(command: Sequence[str], bytecode: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(bytecode)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command[:4])}: {ended.stdout}{ended.stderr}")


def _reading(paths: Sequence[Path], rounds: int) -> float:
    """File by file in turns: what else the machine does then falls on both alike."""
    files = [TreeFile(path.stem, path.name, path.read_bytes()) for path in paths]
    judge(files[:1])
    spent = [0.0, 0.0]
    ways: tuple[Callable[[TreeFile], object], ...] = (
        lambda file: libcst.parse_module(file.content),
        lambda file: judge([file]),
    )
    for number in range(rounds):
        for index, file in enumerate(files):
            for way in (0, 1) if (number + index) % 2 else (1, 0):
                start = time.process_time()
                ways[way](file)
                spent[way] += time.process_time() - start
    return spent[1] / spent[0]


def to_table(results: Results) -> str:
    """Markdown."""
    return "\n".join(
        [
            f"{results.files} files of {results.lines} lines, {results.rounds} interleaved rounds, whole processes:",
            "",
            "| way | wall, s | CPU, s | CPU against parsing |",
            "| --- | ---: | ---: | ---: |",
            *(f"| {way.name} | {way.wall:.2f} | {way.cpu:.2f} | {way.ratio:.2f} |" for way in results.ways),
            "",
            f"In one process, without its start, checking takes {results.reading:.2f} times what parsing takes.",
            "",
            ", ".join(f"{name} {value}" for name, value in results.environment.items()),
        ]
    )


if __name__ == "__main__":
    main()
