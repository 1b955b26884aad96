from __future__ import annotations

from dataclasses import replace

import pytest

from harness.endpoints.models import ModelEndpoint
from harness.endpoints.parameters import Parameters
from harness.runs.experiment import Arm, arms_of
from harness.skills import Skill, SkillHeader
from tests.runs.parts import CASES, Model, experiment


def skill(text: str, name: str = "good") -> Skill:
    return Skill(None, SkillHeader(name, "d"), text, {"SKILL.md": text.encode()})  # type: ignore[arg-type]


def test_arms_stand_side_by_side_and_take_turns() -> None:
    arms = arms_of(skill("Do it."), None, compared=True)
    plan = experiment(Model(), samples=2, arms=arms).plan()
    assert [(each.number, each.case.id, each.arm.name) for each in plan] == [
        (0, "session-factory", "none"),
        (0, "session-factory", "good"),
        (0, "test-your-skill", "good"),
        (0, "test-your-skill", "none"),
        (1, "session-factory", "good"),
        (1, "session-factory", "none"),
        (1, "test-your-skill", "none"),
        (1, "test-your-skill", "good"),
    ]
    assert {each.arm.name: each.request.system for each in plan} == {"none": "", "good": "Do it.\n"}
    assert {each.request.seed for each in plan if each.number == 1} == {1}


def test_two_skills_of_one_name_are_told_apart() -> None:
    names = [arm.name for arm in arms_of(skill("a"), skill("b"), compared=True)]
    assert len(set(names)) == 2
    assert all(name.startswith("good@") for name in names)
    assert [arm.name for arm in arms_of(skill("a"), None, compared=False)] == ["good"]


def test_a_sample_is_the_same_as_long_as_its_answer_depends_on_the_same() -> None:
    def digests(**changed: object) -> list[str]:
        return [each.digest for each in replace(experiment(Model()), **changed).plan()]  # type: ignore[arg-type]

    same = digests()
    assert len(set(same)) == 4
    assert digests() == same
    assert digests(samples=3)[:4] == same
    case = CASES["session-factory"]
    criteria = {"session-factory": case.model_copy(update={"criteria": case.criteria[:2]})}
    assert digests(cases=CASES | criteria) == same
    prompt = {"session-factory": case.model_copy(update={"prompt": "Another one."})}
    different = [
        digests(seed=7),
        digests(seed=None),
        digests(endpoints=[Model("other")]),
        digests(arms=[Arm("good", skill("a"), "a")]),
        digests(cases=CASES | prompt),
    ]
    assert all(set(each) - set(same) for each in different)


@pytest.mark.parametrize(
    ("model", "variable", "same"),
    [
        ("openai:gpt-5-mini", "OPENAI_BASE_URL", False),
        ("openai-chat:gpt-5-mini", "OPENAI_BASE_URL", False),
        ("google:gemini", "GOOGLE_GEMINI_BASE_URL", False),
        ("azure:gpt-5", "AZURE_OPENAI_ENDPOINT", False),
        ("openai:gpt-5-mini", "ANTHROPIC_BASE_URL", True),
        ("openai:gpt-5-mini", "OPENAI_API_KEY", True),
        ("http://127.0.0.1:8000/v1#m", "OPENAI_BASE_URL", True),
    ],
)
def test_another_server_behind_the_same_name_gives_other_answers(
    monkeypatch: pytest.MonkeyPatch, model: str, variable: str, same: bool
) -> None:
    monkeypatch.delenv(variable, raising=False)
    wanted = replace(experiment(Model()), endpoints=[ModelEndpoint(model, Parameters())])
    digests, name = {each.digest for each in wanted.plan()}, wanted.name
    monkeypatch.setenv(variable, "http://127.0.0.1:1/v1")
    assert ({each.digest for each in wanted.plan()} == digests) is same
    assert (wanted.name == name) is same


def test_the_name_is_that_of_the_experiment() -> None:
    first = experiment(Model())
    assert first.name == experiment(Model()).name
    assert len({first.name, replace(first, samples=3).name, replace(first, seed=1).name}) == 3


def test_samples_that_begin_later_are_those_that_would_follow() -> None:
    whole = replace(experiment(Model()), samples=5)
    later = replace(whole, samples=3, first=2)
    assert [each.digest for each in later.plan()] == [each.digest for each in whole.plan() if each.number >= 2]
    assert len({later.name, replace(later, first=0).name, replace(later, first=3).name}) == 3
