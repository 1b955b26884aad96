"""The benchmark of checking runs and says everything; how fast things are is not tested."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks import checking, corpus
from harness.checking.judge import judge
from harness.source.treefile import TreeFile

if TYPE_CHECKING:
    import pytest


def test_one_round_measures_everything(capsys: pytest.CaptureFixture[str]) -> None:
    checking.main(["--rounds", "1", "--files", "3", "--no-peers", "--format", "json"])
    results = json.loads(capsys.readouterr().out)
    assert [way["id"] for way in results["ways"]] == ["parse", "check", "cores", "cached"]
    assert all(way["wall"] > 0 and way["ratio"] > 0 for way in results["ways"])
    assert (results["files"], results["reading"] > 0) == (3, True)
    assert {"python", "libcst", "load before"} <= set(results["environment"])


def test_the_files_are_as_long_as_they_should_be_the_same_each_time_and_without_a_fault() -> None:
    sources = list(corpus.sources(300))
    assert sources == list(corpus.sources(300))
    assert len(set(sources)) == 300
    assert all(corpus.SHORTEST <= source.count("\n") <= corpus.LONGEST for source in sources)
    for source in sources[::10]:
        compile(source, "source", "exec")
        assert judge([TreeFile("a", "a.py", source.encode())]) == ([], [])
