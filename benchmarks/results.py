"""What the benchmark found, as a table and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run an answer: milliseconds per completion (median wall, mean CPU of all processes together).

    ``wall_ratio`` and ``cpu_ratio``: how many times what the product takes, the first as the median over the rounds.
    """

    id: str
    name: str
    wall_ms: float
    cpu_ms: float
    wall_ratio: float
    cpu_ratio: float


@dataclass(frozen=True, slots=True)
class Workers:
    """Completions per second by one worker and by two at the same time; ``ratio`` is the median over the rounds.

    ``supervisor_ms`` is the CPU time of a completion that the supervisor, which all workers share, uses itself.
    """

    one_per_second: float
    two_per_second: float
    ratio: float
    cpu_ratio: float
    supervisor_ms: float


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident MB of a process: before all completions, after a tenth of them, after all."""

    id: str
    name: str
    start: float
    tenth: float
    end: float


@dataclass(frozen=True, slots=True)
class Results:
    """All of one run. ``environment``: versions, processors, load average before and after, layers.

    ``ways`` did all experiments, ``least`` three requests only.
    """

    environment: dict[str, object]
    completion: str
    rounds: int
    completions: int
    ways: list[Way]
    least: list[Way]
    workers: Workers
    memory: list[Memory]


def to_json(results: Results) -> str:
    """One JSON object with the fields of ``Results``."""
    return json.dumps(asdict(results), indent=2)


def to_table(results: Results) -> str:
    """Markdown."""
    workers = results.workers
    lines = [
        f"Per completion, {results.rounds} interleaved rounds of all experiments on `{results.completion}`:",
        "",
        *_table(results.ways),
        "",
        "The same with no more than a POST, one that the database refuses, and one after it:",
        "",
        *_table(results.least),
        "",
        "| workers | completions per second |",
        "| --- | ---: |",
        f"| one | {workers.one_per_second:.1f} |",
        f"| two | {workers.two_per_second:.1f} |",
        "",
        f"Two workers do {workers.ratio:.2f} times what one does, for {workers.cpu_ratio:.2f} times the CPU time per "
        f"completion; {workers.supervisor_ms:.0f} ms of that are the supervisor's.",
        "",
        f"| resident memory, MB | at the start | after {_tenth(results.completions)} completions "
        f"| after {results.completions} |",
        "| --- | ---: | ---: | ---: |",
        *(f"| {each.name} | {each.start:.1f} | {each.tenth:.1f} | {each.end:.1f} |" for each in results.memory),
        "",
        ", ".join(f"{name} {value}" for name, value in results.environment.items()),
    ]
    return "\n".join(lines)


def _table(ways: list[Way]) -> list[str]:
    by_id = {way.id: way for way in ways}
    cold, warm, bare = by_id["cold"], by_id["warm"], by_id["no_layers"]
    return [
        "| way to run it | wall, median ms | CPU, mean ms | wall against the product | CPU against the product |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(
            f"| {way.name} | {way.wall_ms:.0f} | {way.cpu_ms:.0f} | {way.wall_ratio:.2f} | {way.cpu_ratio:.2f} |"
            for way in ways
        ),
        "",
        f"By wall time (by CPU time), the product is {cold.wall_ratio:.1f} ({cold.cpu_ratio:.1f}) times as fast as "
        f"(a), takes {1 / warm.wall_ratio:.1f} ({1 / warm.cpu_ratio:.1f}) times what (b) takes, and its walls cost "
        f"{_percent(bare.wall_ratio)} ({_percent(bare.cpu_ratio)}).",
    ]


def _percent(ratio: float) -> str:
    return f"{100 * (1 / ratio - 1):.0f} %"


def _tenth(completions: int) -> int:
    return max(completions // 10, 1)
