"""pass@k and pass^k: does any, and do all, of k samples of a prompt pass?"""

from __future__ import annotations

from math import comb


def pass_at_k(samples: int, passed: int, k: int) -> float:
    """The chance that one of ``k`` of the samples, drawn without putting back, passes (Chen et al. 2021; unbiased)."""
    _check(samples, passed, k)
    return 1 - comb(samples - passed, k) / comb(samples, k)


def pass_hat_k(samples: int, passed: int, k: int) -> float:
    """The chance that all of ``k`` of the samples, drawn without putting back, pass (unbiased)."""
    _check(samples, passed, k)
    return comb(passed, k) / comb(samples, k)


def _check(samples: int, passed: int, k: int) -> None:
    if not (0 <= passed <= samples and 1 <= k <= samples):
        raise ValueError(f"{passed} of {samples} samples, k={k}")
