"""The five tutorials that this project started from: their sources, and the figures they claim.

Their networks are in `sketchdigits/architectures/tutorials.py`, their hyperparameters in
`recipes.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from train.datasets.mnist import VALIDATION_SIZE
from train.fit.intervals import wilson_interval

TRAINING_IMAGES = 60_000 - VALIDATION_SIZE


@dataclass(frozen=True)
class Claim:
    """A figure that a tutorial gives.

    Attributes:
        of: the measure.
        value: an accuracy, 0-1, or a loss in nats.
        if_not: why a run here may not reach it.
        remark: added to the verdict.
    """

    of: Literal["test accuracy", "training accuracy", "test loss", "5-fold accuracy"]
    value: float
    if_not: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Tutorial:
    """The source of an architecture and its recipe.

    Attributes:
        source: the page or repository.
        claims: in the source's order.
        cross_validation_batch_size: None if the source does not cross-validate.
    """

    source: str
    claims: tuple[Claim, ...] = ()
    cross_validation_batch_size: int | None = None


_FEWER_IMAGES = "the source trains on 60,000 images, we on 55,000, and keep 5,000 for validation"

TUTORIALS: dict[str, Tutorial] = {
    "askpython-cnn": Tutorial(
        'askpython.com, "Handwritten Digit Recognition in Python"',
        (Claim("test accuracy", 0.984),),
    ),
    "mlp-256-128": Tutorial(
        '"Handwritten digits with a neural network in Python" (in Chinese)',
    ),
    "mlp-512": Tutorial(
        '"Handwritten digits with Keras" (in Chinese, on Colab)',
        (
            Claim("training accuracy", 0.9890, _FEWER_IMAGES),
            Claim("test accuracy", 0.9804, _FEWER_IMAGES),
            Claim("test loss", 0.0642, _FEWER_IMAGES),
        ),
    ),
    "joy2469-cnn": Tutorial(
        "github.com/Joy2469/Deep-Learning-MNIST---Handwritten-Digit-Recognition",
        (
            Claim("5-fold accuracy", 0.98960),
            Claim("test accuracy", 0.9913, _FEWER_IMAGES),
            Claim(
                "training accuracy",
                0.9973,
                _FEWER_IMAGES,
                remark="the source doesn't say on which images; on the test split its README has "
                "the figure above",
            ),
        ),
        cross_validation_batch_size=32,
    ),
    "tf-cnn": Tutorial(
        '"Python and TensorFlow handwritten digits" (in Chinese)',
    ),
}


def check_claim(
    claim: Claim, model: dict[str, Any], folds: dict[str, Any] | None
) -> dict[str, Any]:
    """Compare a tutorial's claim with the measurement here.

    They agree if the claim is in the measurement's 95 % interval.

    Args:
        claim: the claim.
        model: the measurements of its network, from `comparison.compare`.
        folds: the result of `cross_validate`; None if the source does not cross-validate.
    """
    match claim.of:
        case "test accuracy":
            measured, interval = model["mnist"]["accuracy"], model["mnist"]["interval_95"]
        case "test loss":
            measured, interval = model["mnist_loss"]["loss"], model["mnist_loss"]["interval_95"]
        case "training accuracy":
            measured = model["training"]["accuracy"]
            interval = wilson_interval(round(measured * TRAINING_IMAGES), TRAINING_IMAGES)
        case "5-fold accuracy":
            assert folds is not None
            measured, interval = folds["mean"], folds["interval_95"]
    low, high = interval
    if low <= claim.value <= high:
        verdict = "agrees"
    elif (measured < claim.value) == (claim.of == "test loss"):
        verdict = "better here"
    else:
        verdict = f"not reached: {claim.if_not}" if claim.if_not else "not reached"
    if claim.remark:
        verdict += f"; {claim.remark}"
    return {
        "of": claim.of,
        "claimed": claim.value,
        "measured": measured,
        "interval_95": interval,
        "verdict": verdict,
    }
