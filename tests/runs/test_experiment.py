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
    arms = [Arm("good", skill(text), system) for text in "ab" for system in "ab"]
    different = [
        digests(seed=7),
        digests(seed=None),
        digests(endpoints=[Model("other")]),
        *(digests(arms=[arm]) for arm in arms),
        digests(cases={case.id: prompt["session-factory"]}),
        digests(cases={"x": prompt["session-factory"].model_copy(update={"id": "x"})}),
    ]
    assert all(set(each).isdisjoint(same) for each in different)
    assert len(set().union(*different)) == sum(map(len, different)), "no two of them are the same either"


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
    assert first.name == replace(first, cases=dict(reversed(CASES.items()))).name
    others = [
        {"samples": 3},
        {"seed": 1},
        {"endpoints": [Model("other")]},
        *({"arms": [Arm(name, skill(text), system)]} for name in "xy" for text in "ab" for system in "ab"),
        {"cases": {name: case for name, case in CASES.items() if name == "session-factory"}},
    ]
    names = {first.name, *(replace(first, **changed).name for changed in others)}  # type: ignore[arg-type]
    assert len(names) == 1 + len(others)


def test_samples_that_begin_later_are_those_that_would_follow() -> None:
    whole = replace(experiment(Model()), samples=5)
    later = replace(whole, samples=3, first=2)
    assert [each.digest for each in later.plan()] == [each.digest for each in whole.plan() if each.number >= 2]
    assert len({later.name, replace(later, first=0).name, replace(later, first=3).name}) == 3
