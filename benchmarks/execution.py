"""Runs one right answer in several ways, in turns, with the same experiments; prints what each takes.

``python -m benchmarks.execution [--rounds N] [--completions N] [--format table|json]``. Nothing is asserted about time.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import os
import statistics
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import harness
from benchmarks.measuring import Span, Watch, count, descendants, is_python, rss
from benchmarks.peers import LIMITS, ROOT, Cold, Peer, Warm, forks_without_layers
from benchmarks.results import Memory, Results, Way, Workers, to_json, to_table
from benchmarks.work import Done, everything, three_requests
from harness.answer import extract
from harness.cases import load_cases
from harness.program import Program
from harness.sandbox import Sandbox
from harness.source.given import EntitySpec
from harness.source.reader import Reader
from harness.versions import versions

if TYPE_CHECKING:
    from collections.abc import Sequence


CASE, COMPLETION = "test-your-skill", "layers-repository-service"
_WAYS = {
    "product": "the product: forks of a warm process, all walls",
    "cold": "(a) a Python started for each completion, no walls",
    "warm": "(b) one process that has imported everything, no fork, no walls",
    "no_layers": "the product's forks without walls",
}
_BATCH = 8  # completions of each worker in a round of one against two
_MEMORY = Path("/dev/shm")

Work = Callable[[Sandbox | Peer, Program], Done]


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.execution", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=count, default=25, help="of all ways in turns (default: 25)")
    parser.add_argument("--completions", type=count, default=300, help="run to see memory grow (default: 300)")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    chosen = parser.parse_args(arguments)
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK):
        tempfile.tempdir = str(_MEMORY)  # the product's folders are in memory: those of its peers are too
    # inside nothing writes bytecode: a cold process would compile the harness each time
    compileall.compile_dir(Path(harness.__file__).parent, quiet=2)
    compileall.compile_dir(Path(__file__).parent, quiet=2)
    results = run(chosen.rounds, chosen.completions)
    print(to_json(results) if chosen.format == "json" else to_table(results))


def run(rounds: int, completions: int) -> Results:
    """Measure everything. Raises RuntimeError when a way did other work than the product, MachineError."""
    program = reference()
    before = os.getloadavg()
    with contextlib.ExitStack() as stack:
        others = set(descendants())
        sandbox = stack.enter_context(Sandbox(limits=LIMITS))
        zygote = next(pid for pid in descendants() if pid not in others and is_python(pid))
        memory = _memory(sandbox, zygote, program, completions)
        second = stack.enter_context(Sandbox(limits=LIMITS))
        ways: dict[str, Sandbox | Peer] = {
            "product": sandbox,
            "cold": stack.enter_context(Cold()),
            "warm": stack.enter_context(Warm()),
            "no_layers": stack.enter_context(forks_without_layers()),
        }
        measured = _in_turns(ways, program, rounds, everything)
        least = _in_turns(ways, program, rounds, three_requests)
        workers = _workers(sandbox, second, program, rounds)
        layers = dict(sandbox.layers)
    environment: dict[str, object] = {
        **versions(),
        "processors": os.cpu_count(),
        "kernel": os.uname().release,
        "user": "root" if os.getuid() == 0 else "ordinary",
        "load before": round(before[0], 1),
        "load after": round(os.getloadavg()[0], 1),
        **{layer: state for layer, state in layers.items() if layer != "namespaces"},
    }
    return Results(environment, f"{CASE}/{COMPLETION}", rounds, completions, measured, least, workers, memory)


def reference() -> Program:
    """A stored completion that passes, as the reader hands it over."""
    case = load_cases()[CASE]
    answer = extract((ROOT / "evals" / "completions" / CASE / f"{COMPLETION}.md").read_text(encoding="utf-8"))
    entities = {name: EntitySpec(dict(each.fields), dict(each.parents)) for name, each in case.context.entities.items()}
    with Reader() as reader:
        return reader.read(answer.files, answer.wrong, complete=case.complete.value, entities=entities).program


def _in_turns(ways: dict[str, Sandbox | Peer], program: Program, rounds: int, do: Work) -> list[Way]:
    done = {key: do(way, program) for key, way in ways.items()}  # not measured
    if different := [key for key, each in done.items() if each != done["product"]]:
        raise RuntimeError(f"not the same work as the product's: {', '.join(different)}")
    spans: dict[str, list[Span]] = {key: [] for key in ways}
    for number in range(rounds):
        for key in (*ways, *ways)[number % len(ways) :][: len(ways)]:
            watch = Watch()
            do(ways[key], program)
            spans[key].append(watch.span())
    product = spans["product"]
    return [
        Way(
            id=key,
            name=_WAYS[key],
            wall_ms=1e3 * statistics.median(span.wall for span in taken),
            cpu_ms=1e3 * statistics.fmean(span.cpu for span in taken),
            wall_ratio=statistics.median(span.wall / ours.wall for span, ours in zip(taken, product, strict=True)),
            cpu_ratio=sum(span.cpu for span in taken) / sum(span.cpu for span in product),
        )
        for key, taken in spans.items()
    ]


def _workers(first: Sandbox, second: Sandbox, program: Program, rounds: int) -> Workers:
    """Threads, as the grader has them: a worker for each."""
    batch = min(_BATCH, rounds)
    everything(second, program)
    spans: dict[int, list[Span]] = {1: [], 2: []}
    with ThreadPoolExecutor(2) as pool:
        for _ in range(max(rounds // 3, 1)):
            for sandboxes in ([first], [first, second]):
                watch = Watch()
                for waiting in [pool.submit(_several, sandbox, program, batch) for sandbox in sandboxes]:
                    waiting.result()
                spans[len(sandboxes)].append(watch.span())
    one, two = spans[1], spans[2]
    return Workers(
        one_per_second=batch / statistics.median(span.wall for span in one),
        two_per_second=2 * batch / statistics.median(span.wall for span in two),
        ratio=statistics.median(2 * alone.wall / both.wall for alone, both in zip(one, two, strict=True)),
        cpu_ratio=sum(span.cpu for span in two) / (2 * sum(span.cpu for span in one)),
        supervisor_ms=1e3 * sum(span.own for span in two) / (2 * batch * len(two)),
    )


def _several(sandbox: Sandbox, program: Program, count: int) -> None:
    for _ in range(count):
        everything(sandbox, program)


def _memory(sandbox: Sandbox, zygote: int, program: Program, completions: int) -> list[Memory]:
    """Before any peer is there."""
    everything(sandbox, program)  # the row reader is started when it is first needed
    (reader,) = descendants(zygote)
    processes: dict[str, tuple[str, int]] = {
        "zygote": ("the process that all are forked from", zygote),
        "reader": ("the row reader", reader),
        "supervisor": ("the supervisor", os.getpid()),
    }
    seen = [[rss(pid) for _, pid in processes.values()]]
    tenth = max(completions // 10, 1)
    for several in (tenth, completions - tenth):
        _several(sandbox, program, several)
        seen.append([rss(pid) for _, pid in processes.values()])
    start, early, end = seen
    return [
        Memory(key, name, *each)
        for (key, (name, _)), each in zip(processes.items(), zip(start, early, end, strict=True), strict=True)
    ]


if __name__ == "__main__":
    main()
