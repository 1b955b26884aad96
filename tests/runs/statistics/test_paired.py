from __future__ import annotations

import random
from itertools import product
from math import comb

import pytest

from harness.runs.statistics.multiplicity import holm
from harness.runs.statistics.paired import exact_p, pairs_needed, power


@pytest.mark.parametrize(
    ("better", "worse", "same"), [(0, 0, 3), (1, 0, 2), (5, 0, 1), (4, 1, 3), (2, 6, 0), (6, 3, 1)]
)
def test_p_counts_the_permutations_that_differ_as_much(better: int, worse: int, same: int) -> None:
    """Every way to swap the two sides of each pair, written out."""
    differences = [1] * better + [-1] * worse + [0] * same
    seen = abs(sum(differences))
    ways = list(product((1, -1), repeat=len(differences)))
    extreme = sum(abs(sum(s * d for s, d in zip(signs, differences, strict=True))) >= seen for signs in ways)
    assert exact_p(better, worse) == pytest.approx(extreme / len(ways))


def test_p_as_published() -> None:
    """Five of five is not enough at 0.05, six of six is."""
    assert exact_p(5, 0) == pytest.approx(0.0625)
    assert exact_p(6, 0) == pytest.approx(0.03125)
    assert exact_p(6, 16) == pytest.approx(0.0525, abs=5e-5)


@pytest.mark.parametrize(("rate", "prompts"), [(0.5, 4), (0.9, 4), (0.2, 2)])
def test_a_difference_that_is_none_is_found_no_more_often_than_the_level(rate: float, prompts: int) -> None:
    """Type I error, simulated: arms of the same rates, which differ from prompt to prompt."""
    rng = random.Random(7)
    found, rounds = 0, 1500
    for _ in range(rounds):
        better = worse = 0
        for prompt in range(prompts):
            chance = min(max(rate + 0.3 * (-1) ** prompt, 0.05), 0.95)
            for _ in range(8):
                before, after = rng.random() < chance, rng.random() < chance
                better += after and not before
                worse += before and not after
        found += exact_p_of(better, worse) <= 0.05
    assert 0.001 < found / rounds <= 0.05 + 2 * (0.05 * 0.95 / rounds) ** 0.5


_KNOWN: dict[tuple[int, int], float] = {}


def exact_p_of(better: int, worse: int) -> float:
    if (better, worse) not in _KNOWN:
        _KNOWN[better, worse] = exact_p(better, worse)
    return _KNOWN[better, worse]


@pytest.mark.parametrize(
    ("pairs", "effect", "discordance", "level"),
    [(0, 0.2, 0.3, 0.05), (5, 0.2, 0.3, 0.0625), (6, 0.2, 0.2, 0.05), (14, 0.3, 0.5, 0.05), (20, 0.4, 0.5, 0.01)],
)
def test_power_is_the_sum_over_all_outcomes(pairs: int, effect: float, discordance: float, level: float) -> None:
    up = (1 + effect / discordance) / 2
    found = 0.0
    for differing in range(pairs + 1):
        some = comb(pairs, differing) * discordance**differing * (1 - discordance) ** (pairs - differing)
        for better in range(differing + 1):
            if exact_p_of(better, differing - better) <= level:
                found += some * comb(differing, better) * up**better * (1 - up) ** (differing - better)
    assert power(pairs, effect, discordance, level) == pytest.approx(found, abs=1e-12)


@pytest.mark.parametrize(("effect", "discordance", "level"), [(0.2, 0.3, 0.05), (0.5, 0.5, 0.05), (0.2, 0.6, 0.004)])
def test_as_many_pairs_as_needed_are_enough_and_one_less_is_not(
    effect: float, discordance: float, level: float
) -> None:
    needed = pairs_needed(effect, discordance, level)
    assert needed is not None
    assert power(needed, effect, discordance, level) >= 0.8
    assert power(needed - 1, effect, discordance, level) < 0.8


def test_some_effects_are_too_small_for_any_number_of_pairs() -> None:
    assert pairs_needed(0.001, 1.0, 0.05) is None


@pytest.mark.parametrize(
    ("values", "adjusted"),
    [
        ([], []),
        ([0.04], [0.04]),
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),  # as R's p.adjust(..., "holm")
        ([0.6, 0.5], [1.0, 1.0]),
    ],
)
def test_holm(values: list[float], adjusted: list[float]) -> None:
    assert holm(values) == pytest.approx(adjusted)
