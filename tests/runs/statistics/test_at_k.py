from __future__ import annotations

from itertools import combinations

import pytest

from harness.runs.statistics.at_k import pass_at_k, pass_hat_k


@pytest.mark.parametrize("samples", [1, 2, 5, 7])
def test_both_are_what_drawing_k_of_the_samples_gives(samples: int) -> None:
    for passed in range(samples + 1):
        outcomes = [True] * passed + [False] * (samples - passed)
        for k in range(1, samples + 1):
            draws = list(combinations(outcomes, k))
            assert pass_at_k(samples, passed, k) == pytest.approx(sum(map(any, draws)) / len(draws))
            assert pass_hat_k(samples, passed, k) == pytest.approx(sum(map(all, draws)) / len(draws))


def test_it_stays_exact_where_the_published_product_is_needed() -> None:
    """Chen et al. 2021: 1 - prod(1 - k / i for i in n-c+1..n)."""
    product = 1.0
    for i in range(200 - 13 + 1, 201):
        product *= 1 - 100 / i
    assert pass_at_k(200, 13, 100) == pytest.approx(1 - product)


@pytest.mark.parametrize(("samples", "passed", "k"), [(3, 4, 1), (3, -1, 1), (3, 1, 4), (3, 1, 0)])
def test_what_cannot_be_drawn(samples: int, passed: int, k: int) -> None:
    for function in (pass_at_k, pass_hat_k):
        with pytest.raises(ValueError, match="samples"):
            function(samples, passed, k)
