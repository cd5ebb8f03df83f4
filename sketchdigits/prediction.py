"""The answer for one image: a frozen value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the model thinks of one image.

    Attributes:
        probabilities: `(10,) float32`, one per digit, summing to 1: which digit it is, if it is
            one. Read-only.
        image: `(28, 28) uint8, 0-255, ink bright`: what the model saw. Read-only.
        digit_score: how much this looks like one digit, 0-1; None where the model hasn't learned
            to tell, as the tutorials' have not.
        is_digit: whether the score reaches the model's threshold; True where there is no score.
    """

    probabilities: np.ndarray
    image: np.ndarray
    digit_score: float | None = None
    is_digit: bool = True

    def __post_init__(self) -> None:
        for name in ("probabilities", "image"):
            array = getattr(self, name).copy()
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def label(self) -> int:
        """The likeliest digit, 0-9."""
        return int(np.argmax(self.probabilities))

    def top(self, k: int = 3) -> list[tuple[int, float]]:
        """The `k` likeliest digits, best first, as `[(digit, probability), ...]`.

        Raises:
            ValueError: `k` is not from 1 to 10.
        """
        if not 1 <= k <= len(self.probabilities):
            raise ValueError(f"k must be from 1 to {len(self.probabilities)}. Received: k={k}")
        best_first = np.argsort(-self.probabilities, kind="stable")[:k]
        return [(int(digit), float(self.probabilities[digit])) for digit in best_first]

    def __repr__(self) -> str:
        answers = ", ".join(f"{digit}: {probability:.3f}" for digit, probability in self.top())
        score = "" if self.digit_score is None else f", digit_score={self.digit_score:.3f}"
        verdict = "" if self.is_digit else ", is_digit=False"
        return f"Prediction(label={self.label}, top=[{answers}]{score}{verdict})"


def softmax(logits: np.ndarray) -> np.ndarray:
    """`(n, 10)` logits -> `(n, 10) float32` probabilities."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True), dtype=np.float64)
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


# MERGED-DOC
# """How much an image looks like one digit: from the network's ten logits to a score, 0-1."""


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
