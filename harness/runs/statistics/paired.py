"""The exact permutation test for pairs, and what it can find."""

from __future__ import annotations

POWER = 0.8
_MOST_PAIRS = 100_000


def exact_p(better: int, worse: int) -> float:
    """Two-sided p of ``better`` and ``worse`` pairs that differ.

    If the arms do not differ, each pair could as well have come out the other way round. Over all of these
    permutations the number of better pairs is binomial with a half: the test is McNemar's, exact.
    """
    if not better + worse:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(better, better + worse, 0.5).pvalue)


def power(pairs: int, effect: float, discordance: float, level: float) -> float:
    """The chance that the test finds a true difference of ``effect`` between the rates, at ``level``.

    ``discordance`` is the share of pairs that differ, at least ``effect``.
    """
    import numpy
    from scipy.stats import binom

    differing = numpy.arange(pairs + 1)
    up = 0.5 * (1 + effect / discordance)
    # the test finds a difference where at most `fewest` of the differing pairs go the other way
    fewest = binom.ppf(level / 2, differing, 0.5) - 1
    fewest += binom.cdf(fewest + 1, differing, 0.5) <= level / 2
    found = binom.cdf(fewest, differing, 1 - up) + binom.cdf(fewest, differing, up)
    return float(numpy.sum(binom.pmf(differing, pairs, discordance) * found))


def pairs_needed(effect: float, discordance: float, level: float) -> int | None:
    """How many pairs find a true difference of ``effect`` with a chance of 0.8; None for more than 100,000."""
    low, high = 1, 8
    while power(high, effect, discordance, level) < POWER:
        low, high = high, high * 2
        if high > _MOST_PAIRS:
            return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if power(middle, effect, discordance, level) >= POWER else (middle + 1, high)
    return high
