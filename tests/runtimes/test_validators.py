"""Where the official validator refuses a skill, so do we; where we refuse more, it is known why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.runtimes.environments import HERE, environment, run
from tests.skills.broken import BROKEN
from tests.skills.folders import VALID, put

if TYPE_CHECKING:
    from pathlib import Path


def test_the_official_validator_refuses_what_the_table_says(tmp_path: Path) -> None:
    put(tmp_path / "valid", VALID)
    for broken in BROKEN:
        put(tmp_path / broken.name, f"---\n{broken.text}---\n# Do it\n")
    python = str(environment("skills-ref") / "python")
    found = json.loads(run([python, "-I", str(HERE / "loaders" / "refused.py"), str(tmp_path)]))
    assert {name for name, problems in found.items() if problems} == {each.name for each in BROKEN if each.official}
