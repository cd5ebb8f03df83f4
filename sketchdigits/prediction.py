"""The answer for one image, and how it is computed from the network's ten logits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from sketchdigits.errors import ModelPackageError

Verdict = Literal["digit", "unusual", "no digit"]


@dataclass(frozen=True, eq=False)
class Prediction:
    """The model's answer for one image. Frozen.

    >>> from sketchdigits import DigitClassifier
    >>> prediction = DigitClassifier.from_pretrained().predict("drawing.png")
    >>> prediction.label, prediction.verdict
    (2, 'digit')
    >>> [digit for digit, probability in prediction.top(1) if probability > 0.9]
    [2]

    Attributes:
        probabilities: `(10,) float32`, one per digit; they sum to 1 and assume that the image
            shows a digit. Read-only.
        image: `(28, 28) uint8, 0-255, ink bright`: the preprocessed image, the model's input.
            Read-only.
        digit_score: how much the image looks like one digit, 0-1; None if the model can't tell
            (the tutorials' models can't).
        verdict: "digit"; "unusual", which may be a digit or not; or "no digit". It follows from the
            score and the model's two thresholds; without a score it is "digit".
    """

    probabilities: np.ndarray
    image: np.ndarray
    digit_score: float | None = None
    verdict: Verdict = "digit"

    def __post_init__(self) -> None:
        for name in ("probabilities", "image"):
            array = getattr(self, name).copy()
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __setstate__(self, state: dict[str, object]) -> None:
        """Restore a pickled or copied prediction, with read-only arrays again."""
        vars(self).update(state)
        self.__post_init__()

    @property
    def is_digit(self) -> bool:
        """Whether the verdict is "digit": the score reaches the threshold, or there is no score."""
        return self.verdict == "digit"

    @property
    def label(self) -> int:
        """The most likely digit, 0-9."""
        return int(np.argmax(self.probabilities))

    def top(self, k: int = 3) -> list[tuple[int, float]]:
        """The `k` most likely digits, best first, as `[(digit, probability), ...]`.

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
        return f"Prediction(label={self.label}, top=[{answers}]{score}, verdict={self.verdict!r})"

    def _repr_html_(self) -> str:
        """What a notebook shows: the image, and a bar for each digit."""
        from sketchdigits.notebook import render_prediction  # only for notebooks

        return render_prediction(self)


def softmax(logits: np.ndarray) -> np.ndarray:
    """`(n, classes)` logits -> as many `float32` probabilities.

    They are NaN if the largest logit is not finite. NumPy warns of neither that nor of an overflow:
    a package may hold any weights.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        shares = np.exp(logits - logits.max(axis=1, keepdims=True), dtype=np.float64)
        return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def check_finite(logits: np.ndarray) -> None:
    """Refuse logits that are not usable: finite weights may overflow for some images.

    Raises:
        ModelPackageError: one is NaN or infinite.
    """
    if not np.isfinite(logits).all():
        raise ModelPackageError(
            "The model gives no finite answer for this image: its weights are not usable. "
            "Load another package, or train the model again."
        )


@dataclass(frozen=True)
class DigitScore:
    """Computes how much an image looks like one digit: a logistic curve of the log-sum-exp.

    It was fitted on the validation data in training, and is stored with the weights.

    Attributes:
        scale, bias: of the curve.
        threshold: 0-1; a score of at least this means that the image shows a digit.
        refusal_threshold: 0-1, at most `threshold`; a score below this means that it shows no
            digit. Between the two it is unusual: a digit or not.
    """

    scale: float
    bias: float
    threshold: float
    refusal_threshold: float

    def score(self, logits: np.ndarray) -> np.ndarray:
        """`(n, 10)` logits -> `(n,) float64`, 0-1: high for a single digit, low for others."""
        with np.errstate(over="ignore"):  # a package may have any scale and bias
            log_odds = self.scale * log_sum_exp(logits) + self.bias
        return 1 / (1 + np.exp(-np.maximum(log_odds, -500)))  # below -500, exp overflows

    def verdict(self, score: float) -> Verdict:
        """The verdict on an image with this score, 0-1."""
        if score >= self.threshold:
            return "digit"
        return "unusual" if score >= self.refusal_threshold else "no digit"


def log_sum_exp(logits: np.ndarray) -> np.ndarray:
    """`(n, 10)` logits -> `(n,) float64`: the logarithm of the sum of their exponentials."""
    logits = logits.astype(np.float64)
    highest = logits.max(axis=1)
    return highest + np.log(np.exp(logits - highest[:, None]).sum(axis=1))
