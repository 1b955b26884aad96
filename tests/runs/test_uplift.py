from __future__ import annotations

import pytest

from harness.errors import InputError
from harness.runs.contrast import Conclusion, Contrast
from harness.runs.pairs import pair
from harness.runs.run import Run
from harness.runs.statistics.paired import pairs_needed, power
from harness.runs.tally import tally
from harness.runs.uplift import uplift
from tests.runs.grades import grade, run

WINS = run("r", ("none", "-- " * 8), ("mine", "++ " * 8))


def overall(of: Run) -> Contrast:
    (section,) = uplift(of).sections
    return section.overall


def test_pairs_are_counted_by_what_passes_in_them() -> None:
    found = overall(run("r", ("none", "++ ++ -+ -+ -- ?+"), ("mine", "++ -+ ++ ++ +- ++")))
    assert (found.both, found.better, found.worse, found.neither) == (1, 3, 1, 1)
    assert found.difference == pytest.approx(2 / 6)
    assert found.p == pytest.approx(0.625)


def test_errors_are_left_out_and_counted() -> None:
    (section,) = uplift(run("r", ("none", "++ ! -+ --"), ("mine", "++ ++ ! ++"))).sections
    assert (section.overall.pairs, len(section.pairing.errors)) == (2, 2)
    assert (section.overall.before.errors, section.overall.after.errors) == (1, 1)
    assert (section.overall.before.judged, section.overall.after.judged) == (3, 3)


def test_undecided_is_no_pass_and_what_does_not_apply_is_not_counted() -> None:
    counted = tally([grade(marks) for marks in ("+0", "-0", "?+", "+0")], "awaited")
    assert (counted.passed, counted.failed, counted.undecided, counted.rate) == (2, 1, 1, 0.5)
    applied = tally([grade(marks) for marks in ("+0", "-0", "?+", "+0")], "depends")
    assert (applied.judged, applied.not_applicable, applied.rate) == (1, 3, 1.0)


def test_a_pair_in_which_one_side_does_not_apply_is_left_out() -> None:
    (section,) = uplift(run("r", ("none", "+0 ++ +0"), ("mine", "++ ++ +0"))).sections
    depends = next(each for each in section.contrasts if each.subject == "depends")
    assert (depends.pairs, depends.left_out) == (1, 1)


def test_a_clear_difference_is_one_and_few_pairs_are_underpowered() -> None:
    assert overall(WINS).conclusion is Conclusion.BETTER
    few = overall(run("r", ("none", "-- -- --"), ("mine", "++ ++ ++")))
    assert few.conclusion is Conclusion.UNDERPOWERED
    assert few.power < 0.1
    assert few.needed is not None
    assert few.needed_samples == few.needed


def test_many_pairs_without_a_difference_say_so() -> None:
    found = overall(run("r", ("none", "++ " * 60), ("mine", "++ " * 60)))
    assert found.conclusion is Conclusion.NO_DIFFERENCE
    assert (found.needed, found.power > 0.8) == (None, True)


def test_criteria_are_adjusted_for_each_other_and_the_overall_verdict_is_not() -> None:
    (section,) = uplift(run("r", ("none", "-- " * 6), ("mine", "++ " * 6))).sections
    by_subject = {each.subject: each for each in section.contrasts}
    assert by_subject["overall"].adjusted == pytest.approx(0.03125)
    assert by_subject["awaited"].adjusted == by_subject["depends"].adjusted == pytest.approx(0.0625)
    assert by_subject["awaited"].conclusion is Conclusion.UNDERPOWERED


def test_prompts_models_and_databases_are_not_mixed() -> None:
    grades = [
        grade(mark * 2, arm=arm, case=case, model=model, database=database)
        for case in ("test-your-skill", "session-factory")
        for model in ("m", "n")
        for database in ("sqlite", "postgresql")
        for arm, mark in (("none", "-"), ("mine", "+"))
    ]
    sections = uplift(Run("r", {}, tuple(grades))).sections
    assert [section.title for section in sections] == [
        "mine against no skill, on sqlite",
        "mine against no skill, on postgresql",
    ]
    assert [(section.overall.pairs, section.overall.prompts) for section in sections] == [(4, 4), (4, 4)]
    assert sections[0].overall.adjusted == pytest.approx(2 * 0.125)
    assert [(each.subject, each.pairs, each.prompts) for each in sections[0].by_model] == [("m", 2, 2), ("n", 2, 2)]


def test_a_skill_that_helps_one_model_and_harms_another() -> None:
    """Together nothing changes; by itself each model is judged, allowing for the other."""
    grades = [
        grade(mark, sample, arm=arm, model=model)
        for model, marks in (("m", ("--", "++")), ("n", ("++", "--")))
        for arm, mark in zip(("none", "mine"), marks, strict=True)
        for sample in range(8)
    ]
    (section,) = uplift(Run("r", {}, tuple(grades))).sections
    assert (section.overall.difference, section.overall.p) == (0, 1.0)
    first, second = section.by_model
    assert (first.subject, first.conclusion, first.adjusted) == ("m", Conclusion.BETTER, pytest.approx(2 * 2 / 2**8))
    assert (second.subject, second.conclusion) == ("n", Conclusion.WORSE)
    assert section.worse == (second,)
    assert uplift(WINS).sections[0].by_model == ()


def test_samples_needed_are_of_the_prompts_that_the_criterion_is_judged_in() -> None:
    grades = [
        grade(mark * len(criteria), sample, criteria=criteria, case=case, arm=arm)
        for case, criteria in (("test-your-skill", ("awaited",)), ("session-factory", ("awaited", "pool-size")))
        for arm, mark in (("none", "-"), ("mine", "+"))
        for sample in range(2)
    ]
    (section,) = uplift(Run("r", {}, tuple(grades))).sections
    needed = {each.subject: (each.prompts, each.needed, each.needed_samples) for each in section.contrasts}
    prompts, pairs, samples = needed["pool-size"]
    assert (prompts, samples) == (1, pairs)
    prompts, pairs, samples = needed["awaited"]
    assert pairs is not None
    assert (prompts, samples) == (2, -(-pairs // 2))


def test_power_is_that_of_as_many_pairs_as_differ_at_a_level_that_allows_for_the_tests_beside_it() -> None:
    arms = (("none", "-- " * 3 + "++ " * 4), ("mine", "++ " * 7))
    (section,) = uplift(run("r", *arms), level=0.04, effect=0.25).sections
    tests = {"overall": 1, "awaited": 2, "depends": 2}
    for each in section.contrasts:
        said = (0.25, 3 / 7, 0.04 / tests[each.subject])
        assert (each.pairs, each.power) == (7, pytest.approx(power(7, *said)))
        assert each.needed == pairs_needed(*said)


@pytest.mark.parametrize("wins", range(1, 6))
def test_as_many_samples_of_each_prompt_are_enough(wins: int) -> None:
    grades = [
        grade(mark, sample, ("awaited",), case=case, arm=arm)
        for case in ("a", "b", "c")
        for arm, marks in (("none", "-" * wins + "+" * 6), ("mine", "+" * 12))
        for sample, mark in enumerate(marks[:6])
    ]
    found = overall(Run("r", {}, tuple(grades)))
    assert found.prompts == 3
    if found.needed is not None:
        assert found.needed_samples is not None
        assert 3 * (found.needed_samples - 1) < found.needed <= 3 * found.needed_samples


def test_the_rates_of_a_model_are_its_own() -> None:
    grades = [
        grade(mark, sample, arm=arm, model=model)
        for model, count in (("m", 2), ("n", 3))
        for arm, mark in (("none", "--"), ("mine", "++"))
        for sample in range(count)
    ]
    (section,) = uplift(Run("r", {}, tuple(grades))).sections
    assert [(each.before.judged, each.after.judged) for each in section.by_model] == [(2, 2), (3, 3)]


def test_a_grade_that_is_not_alone_is_ambiguous_and_nothing_else() -> None:
    other = grade("++", 1, database="postgresql")
    found = pair([grade("--"), other], [grade("++", 7), grade("--", 7), other])
    assert ([each.after for each in found.pairs], [each.sample for each in found.before_only]) == ([other], [0])
    assert (len(found.ambiguous), found.after_only) == (2, ())


def test_grades_on_two_databases_are_not_one_pair() -> None:
    first, second = (grade("++", database=database) for database in ("sqlite", "postgresql"))
    found = pair([first], [second])
    assert (found.pairs, found.before_only, found.after_only) == ((), (first,), (second,))


def test_the_arm_without_a_skill_is_the_baseline_unless_another_is_named() -> None:
    of = run("r", ("mine", "++"), ("none", "--"), ("theirs", "-+"))
    assert [section.title for section in uplift(of).sections] == [
        "mine against no skill, on sqlite",
        "theirs against no skill, on sqlite",
    ]
    named = uplift(of, baseline="mine")
    assert [section.overall.worse for section in named.sections] == [1, 1]
    with pytest.raises(InputError, match="r: has no arm 'ours'; it has 'none', 'mine', 'theirs'"):
        uplift(of, baseline="ours")


def test_one_arm_is_no_experiment() -> None:
    assert uplift(run("r", ("mine", "++ --"))).sections == ()


def test_samples_without_a_partner_are_told() -> None:
    (section,) = uplift(run("r", ("none", "++ -- ++"), ("mine", "++"))).sections
    assert (section.overall.pairs, [each.sample for each in section.pairing.before_only]) == (1, [1, 2])


def test_grades_that_cannot_be_told_apart_are_not_paired() -> None:
    doubled = (grade("++", arm="none"), grade("--", arm="none"), grade("++", arm="mine"))
    (section,) = uplift(Run("r", {}, doubled)).sections
    assert (section.overall.pairs, len(section.pairing.ambiguous)) == (0, 3)
    assert section.overall.conclusion is Conclusion.NOT_COMPARED


def test_at_k_is_the_mean_over_prompts_for_as_many_samples_as_all_have() -> None:
    grades = [grade(marks, n) for n, marks in enumerate(("++", "--", "++"))]
    grades += [grade(marks, n, case="session-factory") for n, marks in enumerate(("--", "--"))]
    found = [(each.k, each.any, each.all) for each in tally(grades, "overall").at_k]
    more = [grade("++", n) for n in range(7)]
    assert [each.k for each in tally(more, "overall").at_k] == [1, 2, 3, 5, 7]
    of_models = [grade(mark * 2, model=model) for model, mark in (("m", "+"), ("n", "-"))]
    assert [(each.k, each.any) for each in tally(of_models, "overall").at_k] == [(1, 0.5)]
    applied = tally([grade(marks, n) for n, marks in enumerate(("+0", "+0", "++"))], "depends").at_k
    assert [(each.k, each.any) for each in applied] == [(1, 1.0)], "what does not apply is no sample"
    assert found == [(1, pytest.approx(1 / 3), pytest.approx(1 / 3)), (2, 0.5, pytest.approx(1 / 6))]
