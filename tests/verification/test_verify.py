"""A skill that says what is not so: each false claim is found, by what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import InputError
from harness.resources import skill_folder
from harness.verification import verify

if TYPE_CHECKING:
    from pathlib import Path

    from harness.verification import Verification

RIGHT = """
# app/lists.py
from fastapi import APIRouter
from sqlmodel import select

from app.database import SessionDep
from app.models import Task

router = APIRouter(prefix="/lists")


@router.get("")
async def titles(session: SessionDep) -> list[str]:
    return [task.title for task in (await session.exec(select(Task))).all()]
"""
LAZY = RIGHT.replace("return [task.title", "return [str(task.project and task.project.name)")
FORGOTTEN = RIGHT.replace("    return [", "    session.commit()\n    return [")
PASSING_TEST = "\n# tests/test_it.py\ndef test_it() -> None:\n    pass\n"
FAILING_TEST = "\n# tests/test_it.py\ndef test_it() -> None:\n    assert 1 == 2\n"
BROKEN_TEST = "\n# tests/test_it.py\nimport nothing_of_this_name\n\n\ndef test_it() -> None:\n    pass\n"


def section(heading: str, *blocks: str) -> str:
    return f"## {heading}\n\n" + "\n".join(f"```python{block}```\n" for block in blocks)


PAGES = {
    "as-it-says": (section("Incorrect: awaited", FORGOTTEN) + section("Correct", RIGHT), []),
    "no-fault": (section("Incorrect: awaited", RIGHT), ["awaited does not fail"]),
    "another-fault": (
        section("Incorrect: no-lazy-load", FORGOTTEN),
        ["awaited: fail: session.commit() is never awaited (app/lists.py:18)", "no-lazy-load does not fail"],
    ),
    "wrong": (
        section("Correct", FORGOTTEN),
        [
            "line 18: awaited: session.commit() is never awaited",
            "awaited: fail: session.commit() is never awaited (app/lists.py:18)",
        ],
    ),
    "wrong-elsewhere": (section("Incorrect: awaited on PostgreSQL", FORGOTTEN), ["awaited: fail: "]),
    "no-python": (section("Correct", "\n# app/lists.py\ndef (:\n"), ["imports: fail: does not parse: "]),
    "unreported": (
        section("Incorrect: request-scope", RIGHT) + "\n`harness check` reports it.\n",
        ["harness check does not report request-scope", "request-scope does not fail"],
    ),
    "test-as-it-says": (section("Incorrect: test", FAILING_TEST) + section("Correct", PASSING_TEST), []),
    "test-passes": (section("Incorrect: test", RIGHT) + section("Verify", PASSING_TEST), ["no test fails"]),
    "test-fails": (
        section("Correct", RIGHT) + section("Verify", FAILING_TEST),
        ["tests/test_it.py::test_it: failed: "],
    ),
    "test-breaks": (section("Incorrect: test", BROKEN_TEST), ["tests/test_it.py: ModuleNotFoundError: "]),
    "no-test": (section("Incorrect: test", RIGHT), ["there is no test"]),
}


@pytest.fixture(scope="module")
def verification(tmp_path_factory: pytest.TempPathFactory) -> Verification:
    """Of all pages at once, with the app of the shipped skill below them."""
    skill = tmp_path_factory.mktemp("skills") / "liar"
    skill.mkdir()
    (skill / "SKILL.md").write_text("---\nname: liar\ndescription: Lies.\n---\n# Nothing\n")
    (skill / "assets").symlink_to(skill_folder() / "assets")
    for name, (text, _) in PAGES.items():
        (skill / f"{name}.md").write_text(f"# {name}\n\n{text}")
    return verify(skill)


@pytest.mark.parametrize("name", PAGES)
def test_what_is_said_wrongly_is_found(verification: Verification, name: str) -> None:
    found = [problem for each in verification.results if each.path == f"{name}.md" for problem in each.problems]
    expected = PAGES[name][1]
    assert len(found) == len(expected), found
    assert [problem[: len(start)] for problem, start in zip(found, expected, strict=True)] == expected


def test_what_holds_and_what_does_not_decide_the_status(verification: Verification) -> None:
    assert verification.exit_status == 1
    assert {each.path for each in verification.results if not each.holds} == {
        f"{name}.md" for name, (_, problems) in PAGES.items() if problems
    }


def test_a_folder_without_a_skill(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no SKILL\.md in it"):
        verify(tmp_path)
