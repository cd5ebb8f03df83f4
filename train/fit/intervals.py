"""How far a share of right answers can be trusted."""

from __future__ import annotations

from scipy.stats import binomtest


def wilson_interval(correct: int, n: int) -> list[float]:
    """The 95 % interval `[low, high]`, 0-1, of `correct` of `n`: Wilson's score interval."""
    interval = binomtest(correct, n).proportion_ci(method="wilson")
    return [float(interval.low), float(interval.high)]
