"""Rates, differences and tests, as people and programs read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.reports.json import key_to_json
from harness.reports.layout import Block, Heading, Lines, Table
from harness.reports.summary import how_many
from harness.runs.contrast import Conclusion
from harness.runs.statistics.intervals import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.runs.contrast import Contrast, Section
    from harness.runs.statistics.intervals import Interval
    from harness.runs.tally import Tally
    from harness.verdicts import Grade

_MOST_LISTED = 20


def blocks(section: Section, before: str, after: str, *, level: float, effect: float) -> list[Block]:
    """The table of a section, what may be concluded from it, and what was left out; ``before``: what to call it."""
    head = ("", before, after, "difference", "better", "worse", "p", "conclusion")
    found: list[Block] = [Heading(section.title), Table(head, tuple(_row(each) for each in section.contrasts))]
    if section.by_model:
        found.append(Table(("overall, by model", *head[1:]), tuple(_row(each) for each in section.by_model)))
    found.append(Lines(tuple(_sentences(section, level, effect))))
    left_out = _left_out(section, before, after)
    return [*found, Lines(tuple(left_out), items=True)] if left_out else found


def at_k(section: Section, before: str, after: str) -> list[Block]:
    """pass@k and pass^k of the overall verdicts, where prompts have several samples, for the k that both have."""
    second = {each.k: each for each in section.overall.after.at_k}
    pairs = [(each, second[each.k]) for each in section.overall.before.at_k if each.k in second]
    if len(pairs) < 2:
        return []
    head = ("of k samples", f"{before}: one passes", f"{after}: one passes", f"{before}: all", f"{after}: all")
    rows = tuple((f"k = {b.k}", _percent(b.any), _percent(a.any), _percent(b.all), _percent(a.all)) for b, a in pairs)
    return [Table(head, rows)]


def how_computed(level: float) -> str:
    """One line on the formulas."""
    return (
        f"Rates: Wilson's interval ({CONFIDENCE:.0%}); undecided is no pass, not applicable is not counted. "
        "Differences: over the pairs, Newcombe's method 10. p: exact permutation test within prompts, two-sided, "
        f"with Holm's adjustment over all tests of a kind (overall, by model, criteria); level {level:g}."
    )


SCOPE = "This is about these prompts: other samples of them, not other prompts."


def section_to_json(section: Section) -> dict[str, Any]:
    """``{"title", "pairs", "prompts", "left_out", "contrasts", "by_model"}``."""
    pairing = section.pairing
    return {
        "title": section.title,
        "pairs": len(pairing.pairs),
        "prompts": len(_cases(section)),
        "left_out": {
            "errors": [
                key_to_json(each.before) | {"error": each.before.error or each.after.error} for each in pairing.errors
            ],
            "before_only": [key_to_json(each) for each in pairing.before_only],
            "after_only": [key_to_json(each) for each in pairing.after_only],
            "ambiguous": [key_to_json(each) for each in pairing.ambiguous],
        },
        "contrasts": [_contrast_to_json(each) for each in section.contrasts],
        "by_model": [_contrast_to_json(each) for each in section.by_model],
    }


def tally_to_json(tally: Tally) -> dict[str, Any]:
    """Counts, the rate with its interval, pass@k and pass^k."""
    return {
        "pass": tally.passed,
        "fail": tally.failed,
        "undecided": tally.undecided,
        "not_applicable": tally.not_applicable,
        "error": tally.errors,
        "rate": tally.rate,
        "interval": _interval_to_json(tally.interval) if tally.judged else None,
        "at_k": [{"k": each.k, "pass_at_k": each.any, "pass_hat_k": each.all} for each in tally.at_k],
    }


def _contrast_to_json(each: Contrast) -> dict[str, Any]:
    return {
        "subject": each.subject,
        "before": tally_to_json(each.before),
        "after": tally_to_json(each.after),
        "pairs": {
            "both": each.both,
            "better": each.better,
            "worse": each.worse,
            "neither": each.neither,
            "left_out": each.left_out,
        },
        "difference": each.difference,
        "interval": _interval_to_json(each.interval) if each.pairs else None,
        "p": each.p,
        "adjusted_p": each.adjusted,
        "power": each.power,
        "pairs_needed": each.needed,
        "samples_needed": each.needed_samples,
        "conclusion": each.conclusion.value,
    }


def _interval_to_json(interval: Interval) -> dict[str, float]:
    return {"low": interval.low, "high": interval.high}


def _row(each: Contrast) -> tuple[str, ...]:
    difference = ""
    if each.difference is not None:
        low, high = (f"{100 * value:+.0f}" for value in (each.interval.low, each.interval.high))
        difference = f"{100 * each.difference:+.0f} points ({low} to {high})"
    return (
        each.subject,
        rate(each.before),
        rate(each.after),
        difference,
        str(each.better) if each.pairs else "",
        str(each.worse) if each.pairs else "",
        _p(each.adjusted) if each.pairs else "",
        each.conclusion.value,
    )


def rate(tally: Tally) -> str:
    """``75 % (41 to 93) of 8, 1 undecided``."""
    if tally.rate is None:
        text = "not judged"
    else:
        low, high = (f"{100 * value:.0f}" for value in (tally.interval.low, tally.interval.high))
        text = f"{_percent(tally.rate)} ({low} to {high}) of {tally.judged}"
    return f"{text}, {tally.undecided} undecided" if tally.undecided else text


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _sentences(section: Section, level: float, effect: float) -> list[str]:
    overall = section.overall
    if not overall.pairs:
        pairing = section.pairing
        unnumbered = (pairing.before_only and pairing.after_only) or pairing.ambiguous
        advice = " Samples of a case and model are paired by their numbers: give both sides the same ones."
        return [f"There is no pair to compare.{advice if unnumbered else ''}"]
    size = f"{100 * effect:.0f} points"
    each = "each prompt and model" if section.by_model else "each prompt"
    counted = (
        f"{how_many(overall.pairs, 'pair')} of {_prompts(section)}: {overall.better} better, {overall.worse} worse, "
        f"{overall.both} pass both times, {overall.neither} neither time."
    )
    match overall.conclusion:
        case Conclusion.BETTER | Conclusion.WORSE:
            said = f"Overall {overall.conclusion.value} (p {_p(overall.adjusted)}, level {level:g})."
        case Conclusion.UNDERPOWERED:
            needed = (
                f"it takes about {overall.needed} pairs ({overall.needed_samples} samples of {each}) for 80 %"
                if overall.needed
                else "no number of pairs up to 100,000 would do"
            )
            said = (
                f"Underpowered: so few pairs show a true difference of {size} in {_percent(overall.power)} of all "
                f"experiments; {needed}."
            )
        case _:
            said = f"No difference found; so many pairs would show one of {size} in {_percent(overall.power)} of all."
    return [counted, said]


def _cases(section: Section) -> set[str]:
    return {each.before.case for each in section.pairing.pairs}


def _prompts(section: Section) -> str:
    prompts = how_many(len(_cases(section)), "prompt")
    models = len({each.before.model for each in section.pairing.pairs})
    return f"{prompts} and {models} models" if models > 1 else prompts


def _left_out(section: Section, before: str, after: str) -> list[str]:
    pairing = section.pairing
    lines = [
        f"left out, a fault of harness or endpoint: {named(each.before)}: {each.before.error or each.after.error}"
        for each in pairing.errors
    ]
    for grades, what in (
        (pairing.before_only, f"left out, only in {before}"),
        (pairing.after_only, f"left out, only in {after}"),
        (pairing.ambiguous, "left out, not the only one of its case, model, sample and name"),
    ):
        lines += [f"{what}: {named(grade)}" for grade in grades]
    return shortened(lines)


def shortened(lines: Sequence[str]) -> list[str]:
    """At most twenty, and how many more there are."""
    more = len(lines) - _MOST_LISTED
    return [*lines[:_MOST_LISTED], *([f"and {more} more (--format json has all)"] if more > 0 else [])]


def named(grade: Grade) -> str:
    """``case, arm, model, sample, completion``."""
    return ", ".join(filter(None, [grade.case, grade.arm, grade.model, f"sample {grade.sample}", grade.completion]))
