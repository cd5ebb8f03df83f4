"""How much an image looks like one digit: from the network's ten logits to a score, 0-1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class DigitScore:
    """The logistic curve over the logits' log-sum-exp, and where digits begin.

    Fitted on validation when the model was trained, and stored with its weights.

    Attributes:
        scale, bias: of the curve.
        threshold: scores of at least this are digits', 0-1.
    """

    scale: float
    bias: float
    threshold: float

    def score(self, logits: np.ndarray) -> np.ndarray:
        """`(n, 10)` logits -> `(n,) float64`, 0-1: high for one digit, low for anything else."""
        log_odds = self.scale * log_sum_exp(logits) + self.bias
        return 1 / (1 + np.exp(-np.maximum(log_odds, -500)))  # more would overflow


def log_sum_exp(logits: np.ndarray) -> np.ndarray:
    """`(n, 10)` logits -> `(n,) float64`: the logarithm of the sum of their exponentials."""
    logits = logits.astype(np.float64)
    highest = logits.max(axis=1)
    return highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1))
