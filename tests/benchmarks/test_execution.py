"""The benchmark runs and says everything; how fast things are is not tested."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_one_round_measures_everything() -> None:
    command = [sys.executable, "-m", "benchmarks.execution", "--rounds", "1", "--completions", "2", "--format", "json"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    results = json.loads(ended.stdout)
    for work in ("ways", "least"):
        assert [way["id"] for way in results[work]] == ["product", "cold", "warm", "no_layers"]
    for way in (*results["ways"], *results["least"]):
        assert way["wall_ms"] > 0
        assert way["wall_ratio"] > 0
    assert results["workers"]["ratio"] > 0
    assert [each["id"] for each in results["memory"]] == ["zygote", "reader", "supervisor"]
    assert all(each["end"] > 0 for each in results["memory"])
    assert {"python", "sqlalchemy", "load before", "load after", "landlock"} <= set(results["environment"])


def test_a_number_that_is_none_is_refused() -> None:
    command = [sys.executable, "-m", "benchmarks.execution", "--rounds", "0"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "at least 1" in ended.stderr
