"""Asks a local server, beside the model library alone and beside other evaluation tools; prints what each takes.

``python -m benchmarks.asking [--rounds N] [--requests N] [--no-peers] [--format table|json]``. All ask the same server
the same, 16 requests at a time, and judge the answers by next to nothing: what is left is what each tool does itself.
Nothing is asserted about time. The other tools are installed below ``.venv/peers-asking`` when they are first needed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from benchmarks.answering import answering
from benchmarks.measuring import Watch, count
from harness.cases import load_cases
from harness.endpoints.budget import Budget
from harness.endpoints.models import ModelEndpoint
from harness.endpoints.parameters import Parameters
from harness.runs.carrying import Pace
from harness.runs.evaluating import evaluate_experiment
from harness.runs.experiment import Arm, Experiment
from harness.verdicts import Grade, Outcome, Overall, State, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.cases import Case
    from harness.completions import Completion

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venv" / "peers-asking"
REQUIREMENTS = Path(__file__).with_name("requirements-asking.txt")
AT_ONCE = 16
CASE = "test-your-skill"
_NAMES = {
    "library": "pydantic-ai's `model_request` and nothing else",
    "harness": "`harness eval`: asked, saved, judged, saved",
    "stored": "`harness eval` once more: all is stored",
    "pydantic_evals": "pydantic-evals",
    "inspect_ai": "inspect_ai",
}


@dataclass(frozen=True, slots=True)
class Way:
    """Milliseconds a request, medians over the rounds: passed, and CPU time of the process that asks.

    ``beyond`` is the CPU time beyond that of the library alone, the median of the differences in each round.
    """

    id: str
    name: str
    wall: float
    cpu: float
    beyond: float | None


class Nothing:
    """A grader that judges at once."""

    def __init__(self, **_: object) -> None:
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def attempt(self, each: Completion, case: Case, database: str) -> Grade:
        """All is well."""
        verdict = Verdict(Outcome.PASS, "all is well", State.PASS, State.PASS)
        verdicts = dict.fromkeys(case.criteria, verdict)
        return Grade(each.case, each.name, Overall.PASS, verdicts, database, environment={"python": "3"})


def library(url: str, requests: int) -> tuple[float, float]:
    """Wall and CPU milliseconds a request; with the library's own client, which has no limit on what it reads."""
    from pydantic_ai.direct import model_request
    from pydantic_ai.messages import ModelRequest
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    prompt = load_cases()[CASE].prompt

    async def ask() -> None:
        model = OpenAIChatModel("small", provider=OpenAIProvider(base_url=url, api_key="none"))
        waiting = iter(range(requests))

        async def work() -> None:
            for _ in waiting:
                await model_request(model, [ModelRequest.user_text_prompt(prompt)], model_settings={"max_retries": 0})

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        await model.client.close()

    return _measured(ask, requests)


def harness(url: str, requests: int, folder: Path) -> tuple[float, float]:
    """The same for a whole evaluation; what is in the store of ``folder`` is not asked for again."""
    cases = {CASE: load_cases()[CASE]}

    async def evaluate() -> None:
        experiment = Experiment([ModelEndpoint(f"{url}#small", Parameters())], cases, [Arm("none")], requests)
        found = await evaluate_experiment(
            experiment, str(folder / "runs.db"), Budget(), pace=Pace(AT_ONCE), make_grader=cast("Any", Nothing), jobs=2
        )
        assert len(found.judged) == requests

    return _measured(evaluate, requests)


def peer(name: str, url: str, requests: int) -> tuple[float, float]:
    """The same for another tool, in its own environment."""
    environment = os.environ | {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none", "INSPECT_LOG_LEVEL": "error"}
    with tempfile.TemporaryDirectory() as folder:
        line = [str(PEERS / "bin" / "python"), str(ROOT / "benchmarks" / "asking_peers.py"), name]
        line += [url, str(requests), str(AT_ONCE), load_cases()[CASE].prompt]
        done = subprocess.run(line, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    wall, cpu = json.loads(done.stdout.splitlines()[-1])
    return float(wall), float(cpu)


def measure(rounds: int, requests: int, *, peers: bool) -> dict[str, Any]:
    """All ways, in turns."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in _NAMES}
    if peers:
        _install()
    with answering() as url:
        library(url, 50)  # imports, and the first connections
        with tempfile.TemporaryDirectory() as folder:
            harness(url, 50, Path(folder))
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                taken["library"].append(library(url, requests))
                taken["harness"].append(harness(url, requests, Path(folder)))
                taken["stored"].append(harness(url, requests, Path(folder)))
            for name in ("pydantic_evals", "inspect_ai") if peers else ():
                taken[name].append(peer(name, url, requests))
    base = [cpu for _, cpu in taken["library"]]
    ways = [
        Way(
            name,
            _NAMES[name],
            statistics.median(wall for wall, _ in spans),
            statistics.median(cpu for _, cpu in spans),
            None
            if name in {"library", "stored"}
            else statistics.median(cpu - alone for (_, cpu), alone in zip(spans, base, strict=True)),
        )
        for name, spans in taken.items()
        if spans
    ]
    packages = ("pydantic-ai-slim", "openai", "sqlalchemy", "aiosqlite")
    environment = {"python": sys.version.split()[0], **{name: version(name) for name in packages}}
    environment["load before"] = str(round(os.getloadavg()[0], 2))
    return {
        "environment": environment,
        "rounds": rounds,
        "requests": requests,
        "at_once": AT_ONCE,
        "ways": [asdict(way) for way in ways],
    }


def table(found: dict[str, Any]) -> str:
    """For people, as Markdown."""
    lines = [
        f"| {found['requests']} requests, {found['rounds']} rounds; ms each | wall | CPU | CPU beyond the library |",
        "| --- | ---: | ---: | ---: |",
    ]
    for way in found["ways"]:
        beyond = "" if way["beyond"] is None else f"{way['beyond']:.2f}"
        lines.append(f"| {way['name']} | {way['wall']:.2f} | {way['cpu']:.2f} | {beyond} |")
    return "\n".join([*lines, "", ", ".join(f"{name} {value}" for name, value in found["environment"].items()), ""])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=count, default=5)
    parser.add_argument("--requests", type=count, default=1000)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--format", choices=["table", "json"], default="table")
    options = parser.parse_args(arguments)
    found = measure(options.rounds, options.requests, peers=not options.no_peers)
    print(json.dumps(found, indent=2) if options.format == "json" else table(found))


def _measured(work: Callable[[], Any], requests: int) -> tuple[float, float]:
    watch = Watch()
    asyncio.run(work())
    span = watch.span()
    return span.wall / requests * 1000, span.own / requests * 1000


def _install() -> None:
    mark = PEERS / ".installed"
    if mark.exists() and mark.read_text() == REQUIREMENTS.read_text():
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEERS)], check=True)
    pip = [str(PEERS / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet"]
    subprocess.run([*pip, "install", "-r", str(REQUIREMENTS)], check=True)
    mark.write_text(REQUIREMENTS.read_text())


if __name__ == "__main__":
    main()
