"""Intervals for a rate and for the difference of two paired rates."""

from __future__ import annotations

import math
from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high``, both in it."""

    low: float
    high: float


def wilson(passed: int, of: int) -> Interval:
    """Wilson's score interval for ``passed`` out of ``of``; all of [0, 1] where there is nothing to count."""
    if not of:
        return Interval(0.0, 1.0)
    from scipy.stats import binomtest

    found = binomtest(passed, of).proportion_ci(confidence_level=CONFIDENCE, method="wilson")
    return Interval(float(found.low), float(found.high))


def newcombe(both: int, after_only: int, before_only: int, neither: int) -> Interval:
    """The interval for the rate after minus the rate before: Newcombe's method 10 for paired proportions (1998)."""
    pairs = both + after_only + before_only + neither
    if not pairs:
        return Interval(-1.0, 1.0)
    after, before = both + after_only, both + before_only
    after_rate, before_rate = after / pairs, before / pairs
    after_interval, before_interval = wilson(after, pairs), wilson(before, pairs)
    correlation = _correlation(both, after_only, before_only, neither)
    difference = after_rate - before_rate

    def reach(first: float, second: float) -> float:
        return math.sqrt(max(first**2 - 2 * correlation * first * second + second**2, 0.0))

    return Interval(
        difference - reach(after_rate - after_interval.low, before_interval.high - before_rate),
        difference + reach(after_interval.high - after_rate, before_rate - before_interval.low),
    )


def _correlation(both: int, after_only: int, before_only: int, neither: int) -> float:
    """Phi with the continuity correction that the method asks for."""
    product: float = both * neither - after_only * before_only
    if product > 0:
        product = max(product - (both + after_only + before_only + neither) / 2, 0)
    margins = (both + after_only) * (before_only + neither) * (both + before_only) * (after_only + neither)
    return product / math.sqrt(margins) if margins else 0.0
