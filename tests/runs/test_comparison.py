from __future__ import annotations

import pytest

from harness.runs.comparison import Comparison, Move, compare, move
from harness.runs.run import Run
from harness.verdicts import Outcome
from tests.runs.grades import grade, run


def moves(comparison: Comparison) -> list[tuple[int, str, str]]:
    return [(each.pair.after.sample, each.subject, each.move.value) for each in comparison.changes]


def test_what_changed_is_told_sample_by_sample_and_criterion_by_criterion() -> None:
    found = compare(run("a", ("none", "++ -+ ++ -+")), run("b", ("none", "++ ++ +- ?0")))
    assert moves(found) == [
        (1, "overall", "better"),
        (1, "awaited", "better"),
        (2, "overall", "worse"),
        (2, "depends", "worse"),
        (3, "overall", "otherwise"),
        (3, "awaited", "otherwise"),
        (3, "depends", "otherwise"),
    ]
    assert (found.same, found.regressed, found.notes) == (1, False, ())


@pytest.mark.parametrize(("samples", "regressed"), [(5, False), (6, True)])
def test_a_regression_is_one_that_the_test_finds(samples: int, regressed: bool) -> None:
    found = compare(run("a", ("none", "++ " * samples)), run("b", ("none", "-+ " * samples)))
    assert found.regressed is regressed
    assert not compare(found.before, found.after, level=0.01).regressed
    assert not compare(found.after, found.before).regressed


def test_a_criterion_or_a_model_that_is_worse_is_a_regression_where_the_overall_verdict_is_not() -> None:
    found = compare(run("a", ("none", "+- " * 8)), run("b", ("none", "-- " * 8)))
    (section,) = found.sections
    assert (section.overall.worse, found.regressed) == (0, True)
    sides = [
        Run(
            name,
            {},
            tuple(
                grade(mark, n, ("awaited",), model=model)
                for model, mark in zip("mn", marks, strict=True)
                for n in range(8)
            ),
        )
        for name, marks in (("a", "+-"), ("b", "-+"))
    ]
    found = compare(*sides)
    (section,) = found.sections
    assert ([each.subject for each in section.worse], found.regressed) == (["m"], True)


def test_answers_that_both_runs_share_are_told() -> None:
    before, after = run("a", ("none", "++ -+")), run("b", ("none", "++ -+ ++"))
    model, case = before.grades[0].model, before.grades[0].case
    header = {"store": "runs.db", "models": {model: {}}, "arms": {"none": ""}, "case_digests": {case: "d"}}

    def notes(**changed: object) -> tuple[str, ...]:
        return compare(Run("a", header, before.grades), Run("b", header | changed, after.grades)).notes

    assert notes() == ("2 of 2 pairs are one stored answer each, which both runs share: no sample drawn anew",)
    assert notes(store="others.db") == ()
    for changed in ({"models": {model: {"top_p": 1}}}, {"arms": {"none": "d"}}, {"case_digests": {case: "e"}}):
        assert not any("stored answer" in note for note in notes(**changed))
    assert compare(Run("a", {}, before.grades), Run("b", {}, after.grades)).notes == ()


def test_databases_are_compared_each_with_itself() -> None:
    sides = [
        Run(
            name,
            {},
            tuple(grade(mark * 2, database=place) for place, mark in zip(("sqlite", "postgresql"), marks, strict=True)),
        )
        for name, marks in (("a", "+-"), ("b", "-+"))
    ]
    found = compare(*sides)
    assert [(each.title, each.overall.better, each.overall.worse) for each in found.sections] == [
        ("on sqlite", 0, 1),
        ("on postgresql", 1, 0),
    ]
    assert found.sections[0].overall.before.judged == 1


def test_errors_do_not_count_as_worse() -> None:
    found = compare(run("a", ("none", "++ " * 8)), run("b", ("none", "! " * 8)))
    assert (found.regressed, found.changes, len(found.sections[0].pairing.errors)) == (False, (), 8)


def test_stored_completions_are_paired_by_their_names() -> None:
    before = Run("a", {}, (grade("++", completion="x.md"), grade("--", completion="y.md")))
    after = Run("b", {}, (grade("++", completion="y.md"), grade("++", completion="z.md")))
    found = compare(before, after)
    assert [each.pair.after.completion for each in found.changes] == ["y.md", "y.md", "y.md"]
    pairing = found.sections[0].pairing
    assert [each.completion for each in (*pairing.before_only, *pairing.after_only)] == ["x.md", "z.md"]


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ({"database": "postgresql"}, "databases of a only, not compared: sqlite"),
        ({"case": "session-factory"}, "cases of b only, not compared: session-factory"),
        ({"model": "n"}, "the model differs: m before, n after"),
        ({"arm": "mine"}, "the arm differs: no skill before, mine after"),
        ({"environment": {"python": "3.12"}}, "on sqlite, python differs: 3.11 before, 3.12 after"),
        ({"environment": {"python": "3.11", "sandbox": {"x": 1}}}, "sandbox.x differs: not there before, 1 after"),
        ({"criteria": ("awaited", "imports")}, "test-your-skill: only a judges depends: not compared"),
        ({"criteria": ("awaited", "imports")}, "test-your-skill: only b judges imports: not compared"),
    ],
)
def test_what_is_not_the_same_is_named(fields: dict[str, object], note: str) -> None:
    found = compare(Run("a", {}, (grade("++"),)), Run("b", {}, (grade("++", **fields),)))  # type: ignore[arg-type]
    assert any(note in each for each in found.notes), found.notes


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [
        ({"case_digests": {"c": "1"}}, {"case_digests": {"c": "2"}}, "the case c differs: its prompt"),
        ({"arms": {"none": "", "mine": "1"}}, {"arms": {"none": "", "mine": "2"}}, "the skill of the arm mine differs"),
        (
            {"models": {"m": {"temperature": 0}}},
            {"models": {"m": {}}},
            'how m was asked differs: {"temperature": 0} before, {} after',
        ),
        ({"judging": "1"}, {"judging": "2"}, "they were not judged by the same harness"),
    ],
)
def test_runs_that_were_asked_or_judged_otherwise_say_so(
    before: dict[str, object], after: dict[str, object], note: str
) -> None:
    first, second = (Run(name, header, (grade("++"),)) for name, header in (("a", before), ("b", after)))
    (found,) = compare(first, second).notes
    assert found.startswith(note)
    assert compare(first, first).notes == compare(first, Run("old", {}, second.grades)).notes == ()


def test_other_models_and_arms_are_compared_where_each_run_has_one() -> None:
    found = compare(run("a", ("none", "++")), run("b", ("mine", "--"), model="n"))
    assert [each.move for each in found.changes] == [Move.WORSE] * 3


def test_of_several_arms_each_is_compared_with_itself() -> None:
    found = compare(run("a", ("none", "--"), ("mine", "++")), run("b", ("none", "++"), ("mine", "++")))
    assert [section.title for section in found.sections] == ["no skill, on sqlite", "mine, on sqlite"]
    assert {each.pair.after.arm for each in found.changes} == {"none"}
    other = compare(run("a", ("none", "--"), ("mine", "++")), run("b", ("none", "++"), ("new", "++")))
    assert [section.title for section in other.sections] == ["no skill, on sqlite"]
    assert "arms of a only, not compared: mine" in other.notes


def test_criteria_that_one_run_lacks_do_not_count_for_the_overall_verdict() -> None:
    before = run("a", ("none", "++ " * 6))
    after = run("b", ("none", "+- " * 6), criteria=("awaited", "imports"))
    found = compare(before, after)
    assert (found.regressed, found.changes) == (False, ())
    assert {each.subject for each in found.sections[0].contrasts} == {"overall", "awaited"}


@pytest.mark.parametrize(("version", "differs"), [("0.11.0", False), ("0.8.0", True)])
def test_where_a_program_lies_is_no_difference(version: str, differs: bool) -> None:
    told = ("0.11.0 (/a/.venv/lib/bin/bwrap)", f"{version} (/b c (old)/.venv/lib/bin/bwrap)")
    first, second = (grade("++", environment={"sandbox": {"bubblewrap": each}}) for each in told)
    notes = compare(Run("a", {}, (first,)), Run("b", {}, (second,))).notes
    assert notes == (("on sqlite, sandbox.bubblewrap differs: 0.11.0 before, 0.8.0 after",) if differs else ())


def test_moves() -> None:
    table = {(before, after): move(Outcome(before), Outcome(after)).value for before in Outcome for after in Outcome}
    assert {pair for pair, moved in table.items() if moved == "better"} == {
        ("fail", "pass"),
        ("fail", "not_applicable"),
        ("undecided", "pass"),
        ("undecided", "not_applicable"),
    }
    assert {(after, before) for (before, after), moved in table.items() if moved == "better"} == {
        pair for pair, moved in table.items() if moved == "worse"
    }
    assert {pair for pair, moved in table.items() if moved == "same"} == {(each, each) for each in Outcome}
