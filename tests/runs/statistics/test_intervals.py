from __future__ import annotations

from itertools import product
from math import comb, sqrt

import pytest

from harness.runs.statistics.intervals import Interval, newcombe, wilson

Z = 1.959963984540054


@pytest.mark.parametrize(("passed", "of"), [(0, 1), (0, 10), (1, 1), (3, 8), (7, 10), (81, 263), (10, 10)])
def test_wilson_is_the_formula(passed: int, of: int) -> None:
    rate = passed / of
    middle = (rate + Z**2 / (2 * of)) / (1 + Z**2 / of)
    reach = Z / (1 + Z**2 / of) * sqrt(rate * (1 - rate) / of + Z**2 / (4 * of**2))
    found = wilson(passed, of)
    assert (found.low, found.high) == pytest.approx((middle - reach, middle + reach), abs=1e-12)


def test_wilson_as_published() -> None:
    """Newcombe 1998, Statistics in Medicine 17:857, table I, method 3: 81 of 263 and 15 of 148."""
    for passed, of, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)):
        found = wilson(passed, of)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_nothing_counted_is_nothing_known() -> None:
    assert wilson(0, 0) == Interval(0.0, 1.0)
    assert newcombe(0, 0, 0, 0) == Interval(-1.0, 1.0)


def test_a_difference_as_published() -> None:
    """Newcombe 1998, Statistics in Medicine 17:2635, table III, method 10."""
    found = newcombe(36, 12, 2, 0)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0569, 0.3404)


def test_the_other_way_round_is_the_other_sign() -> None:
    one, other = newcombe(5, 7, 2, 6), newcombe(5, 2, 7, 6)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


@pytest.mark.parametrize("chances", [(0.4, 0.3, 0.1, 0.2), (0.7, 0.2, 0.05, 0.05), (0.25, 0.25, 0.25, 0.25)])
def test_the_interval_of_a_difference_covers_it_about_as_often_as_it_says(chances: tuple[float, ...]) -> None:
    """Every table of 12 pairs, each with its chance."""
    pairs, covered = 12, 0.0
    true = chances[1] - chances[2]
    for both, better, worse in product(range(pairs + 1), repeat=3):
        neither = pairs - both - better - worse
        if neither < 0:
            continue
        ways = comb(pairs, both) * comb(pairs - both, better) * comb(pairs - both - better, worse)
        chance = ways * chances[0] ** both * chances[1] ** better * chances[2] ** worse * chances[3] ** neither
        found = newcombe(both, better, worse, neither)
        covered += chance * (found.low <= true <= found.high)
    assert 0.93 < covered < 0.995
