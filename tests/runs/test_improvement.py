from __future__ import annotations

import pytest

from harness.errors import InputError
from harness.reports.improved import to_json, to_prompt
from harness.runs.improvement import improvement
from harness.runs.run import Run
from tests.runs.grades import grade, run


def test_gaps_are_counted_in_samples_the_worst_first() -> None:
    found = improvement(run("r", ("none", "-- --"), ("mine", "++ -+ -- -0 +- ?+")))
    assert (found.skill, found.samples) == ("mine", 6)
    assert [(gap.criterion.id, gap.failed, gap.judged) for gap in found.gaps] == [("awaited", 3, 6), ("depends", 2, 5)]
    assert found.undecided == {"awaited": 1}


def test_a_sample_on_two_databases_is_one_and_fails_where_it_fails_on_any() -> None:
    grades = tuple(
        grade(marks, arm="mine", database=database) for database, marks in (("sqlite", "++"), ("postgresql", "+-"))
    )
    found = improvement(Run("r", {}, grades))
    assert [(gap.failed, gap.judged, gap.grade.database) for gap in found.gaps] == [(1, 1, "postgresql")]


def test_the_prompt_says_what_is_wrong_how_often_and_what_to_add() -> None:
    prompt = to_prompt(improvement(run("r", ("relational-db-agent", "-+ -+ ++ !"))))
    assert prompt.startswith(
        "My relational-db-agent skill has 1 gap, seen among 3 answers that were given with it. Update"
    )
    assert "## 1. awaited: " in prompt
    assert "(wrong in 2 of 3 answers)" in prompt
    assert "- line 3 (app.py): no awaited" in prompt
    assert "The rule to add: Every coroutine of the session API is awaited" in prompt
    assert "```python\n" in prompt
    assert "await session.commit()" in prompt
    assert "# !" not in prompt
    assert "Could not be judged, being errors: 1 sample." in prompt


def test_nothing_to_improve_says_so() -> None:
    found = improvement(run("r", ("mine", "++ +?")))
    assert to_prompt(found).startswith("Nothing to improve: no criterion fails in 2 samples.")
    assert to_json(found)["prompt"] is None
    assert "nothing to conclude" in to_prompt(improvement(run("r", ("mine", "! !"))))


@pytest.mark.parametrize(
    ("arms", "skill"), [(("none",), "relational-db-agent"), (("",), "relational-db-agent"), (("none", "mine"), "mine")]
)
def test_which_skill_it_is_about(arms: tuple[str, ...], skill: str) -> None:
    of = run("r", *((arm, "-+") for arm in arms))
    given = {"none": "without it", "": "1 answer. Update"}.get(arms[-1], "given with it.")
    assert given in to_prompt(improvement(of))
    assert improvement(of).skill == skill
    assert improvement(of, skill="other").skill == "other"


@pytest.mark.parametrize(
    ("arm", "said"), [("mine", "with mine."), ("other", "with it."), ("other@12345678", "with it.")]
)
def test_answers_that_another_skill_led_to_are_not_said_to_be_of_this_one(arm: str, said: str) -> None:
    prompt = to_prompt(improvement(run("r", (arm, "-+")), skill="other"))
    assert prompt.startswith(f"My other skill has 1 gap, seen among 1 answer that were given {said} Update")


def test_of_several_skills_one_has_to_be_chosen() -> None:
    of = run("r", ("none", "++"), ("mine", "-+"), ("theirs", "+-"))
    with pytest.raises(InputError, match="r: has several arms, choose one with --arm: mine, theirs"):
        improvement(of)
    assert [gap.criterion.id for gap in improvement(of, arm="theirs").gaps] == ["depends"]
    with pytest.raises(InputError, match="has no arm 'x'"):
        improvement(of, arm="x")
