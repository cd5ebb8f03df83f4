"""Confidence interval of an accuracy."""

from __future__ import annotations

from scipy.stats import binomtest


def wilson_interval(correct: int, n: int) -> list[float]:
    """Return Wilson's 95 % score interval `[low, high]`, 0-1, of the share `correct / n`."""
    interval = binomtest(correct, n).proportion_ci(method="wilson")
    return [float(interval.low), float(interval.high)]
