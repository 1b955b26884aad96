"""Kills an evaluation again and again, and goes on with it: ``python -m tests.runs.killing`` is ``make kill-test``."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.endpoints.server import Answer, Server

ROOT = Path(__file__).parent.parent.parent
COMPLETIONS = ROOT / "evals" / "completions"
CASES = ("session-factory", "request-scoping")
PATIENCE = 900


@dataclass(frozen=True)
class Killed:
    """What the undisturbed run and the killed one came to; ``kills`` are those that came before it had ended."""

    samples: int
    kills: int
    undisturbed: list[Any]
    resumed: list[Any]
    requests: int
    asked_again: int
    saved_asked_again: int
    saved_judged_again: int
    most_again: int
    seconds_undisturbed: float
    seconds_resumed: float


def answer(request: dict[str, Any]) -> Answer:
    """The same answer to the same request, another one to each seed."""
    case = _case(request)
    stored = sorted((COMPLETIONS / case).glob("*.md"))
    chosen = stored[request["seed"] % len(stored)].read_text(encoding="utf-8")
    delay = int(hashlib.sha256(f"{case}{request['seed']}".encode()).hexdigest(), 16) % 800 / 1000
    return Answer(f"{chosen}\n\n<!-- {request['seed']} -->\n", delay=delay)


def command(url: str, folder: Path, samples: int, concurrency: int) -> list[str]:
    """The same evaluation each time."""
    return [
        sys.executable,
        "-m",
        "harness",
        "eval",
        *CASES,
        *("--model", f"{url}#small", "--samples", str(samples // len(CASES)), "--seed", "0", "--format", "json"),
        *("--store", str(folder / "runs.db"), "--concurrency", str(concurrency)),
    ]


def saved(folder: Path) -> tuple[set[str], dict[str, str]]:
    """The saved completions, as case and seed, and when each text was judged."""
    path = folder / "runs.db"
    if not path.exists():
        return set(), {}
    with closing(sqlite3.connect(path, timeout=60)) as connection:
        try:
            rows = connection.execute('SELECT "case", sample FROM samples WHERE answered IS NOT NULL').fetchall()
            grades = connection.execute("SELECT text_digest, judged FROM grades").fetchall()
        except sqlite3.OperationalError:  # killed before there were tables
            return set(), {}
    return {f"{case}/{sample}" for case, sample in rows}, dict(grades)


def asked(requests: list[dict[str, Any]]) -> list[str]:
    """What each request asked for."""
    return [f"{_case(request)}/{request['seed']}" for request in requests]


def kill_and_resume(samples: int, kills: int, *, concurrency: int = 8, seed: int = 0) -> Killed:
    """Evaluate once undisturbed, once with ``kills`` SIGKILLs at random moments of the time the first one took."""
    chance = random.Random(seed)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two, Server(answer) as server:
        began = time.monotonic()
        done = _run(command(server.url, Path(one), samples, concurrency), environment)
        undisturbed, whole = _grades(done), time.monotonic() - began
        server.requests.clear()
        line = command(server.url, Path(two), samples, concurrency)
        began = time.monotonic()
        again = judged_again = killed = 0
        for kill in range(kills + 1):
            (known, judged), start = saved(Path(two)), len(server.requests)
            last = kill == kills
            if last:
                resumed = _grades(_run(line, environment))
            else:
                killed += _kill(line, environment, chance.uniform(0.05, 1.0) * max(whole / kills * 1.5, 4.0))
            again += len(known & set(asked(server.requests[start:])))
            now = saved(Path(two))[1]
            judged_again += sum(now[text] != when for text, when in judged.items())
        seconds = time.monotonic() - began
        counts = Counter(asked(server.requests))
        return Killed(
            samples,
            killed,
            undisturbed,
            resumed,
            len(server.requests),
            sum(count - 1 for count in counts.values()),
            again,
            judged_again,
            kills * concurrency,
            whole,
            seconds,
        )


def _case(request: dict[str, Any]) -> str:
    return "session-factory" if "database.py" in request["messages"][-1]["content"] else "request-scoping"


def _kill(line: list[str], environment: dict[str, str], after: float) -> bool:
    """Whether it was still at work."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(line, env=environment, stdout=quiet, stderr=quiet, start_new_session=True)
    with suppress(subprocess.TimeoutExpired):
        process.wait(after)
    process.kill()
    return process.wait() == -signal.SIGKILL


def _run(line: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode not in {0, 1}:
        raise RuntimeError(done.stderr)
    return done.stdout


def _grades(output: str) -> list[Any]:
    return json.loads(output)["grades"]  # type: ignore[no-any-return]


def main() -> None:
    """Print the figures; exit status 1 when anything is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    found = kill_and_resume(options.samples, options.kills, seed=options.seed)
    same = found.undisturbed == found.resumed
    print(f"{found.samples} samples, {found.kills} kills: grades the same as undisturbed: {same}")
    print(f"grades: {len(found.resumed)}; saved completions asked for again: {found.saved_asked_again}")
    print(f"saved grades judged again: {found.saved_judged_again}")
    print(f"requests: {found.requests}, in flight and asked again: {found.asked_again} (at most {found.most_again})")
    print(f"seconds: {found.seconds_undisturbed:.0f} undisturbed, {found.seconds_resumed:.0f} killed and resumed")
    wrong = found.saved_asked_again or found.saved_judged_again or found.asked_again > found.most_again
    wrong = wrong or found.kills < options.kills
    sys.exit(1 if wrong or not same else 0)


if __name__ == "__main__":
    main()
