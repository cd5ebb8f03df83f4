"""Distillation: labels from trained networks, the teachers (Hinton, Vinyals, Dean 2015).

The paper is arXiv 1503.02531. A label is half the true label and half the mean of the teachers'
probabilities. The teachers see the same augmented image as the network that learns. Only `ablate`
uses this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import keras
import numpy as np

from sketchdigits.architectures import NUM_CLASSES
from train.fit.loop import EpochBatches
from train.fit.recipes import Recipe
from train.fit.rejection import add_outlier_logit
from train.fit.temperature import end_at_logits
from train.fit.training_data import TrainingData

# The teachers' share of each label.
TEACHERS_SHARE = 0.5


def taught_by(teachers: Sequence[keras.Model], num_classes: int) -> Callable[..., EpochBatches]:
    """Return the `make_batches` argument of `fit_network` for labels from `teachers`.

    The labels are `(batch, num_classes) float`, and each row's sum is 1.

    Args:
        teachers: finished networks, as `fit_network` returns them; if there are 11 classes, they
            have learned "no digit". If there are none, the labels are the true ones.
        num_classes: 10, or 11 with the class "no digit". The recipe's labels must be one-hot.
    """
    if not teachers:
        return EpochBatches
    return partial(_TaughtBatches, [_all_classes(teacher, num_classes) for teacher in teachers])


class _TaughtBatches(EpochBatches):
    def __init__(
        self,
        teachers: Sequence[keras.Model],
        data: TrainingData,
        recipe: Recipe,
        seed: int,
        epoch: int,
    ) -> None:
        super().__init__(data, recipe, seed, epoch)
        self._teachers = teachers

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        images, labels = super().__getitem__(index)
        probabilities = [teacher.predict_on_batch(images) for teacher in self._teachers]
        taught = np.mean(probabilities, axis=0)
        return images, (1 - TEACHERS_SHARE) * labels + TEACHERS_SHARE * taught


def _all_classes(network: keras.Model, num_classes: int) -> keras.Model:
    """Return `network` with a softmax over `num_classes` logits: 10, or 11 with "no digit"."""
    logits = end_at_logits(network)
    if num_classes > NUM_CLASSES:
        logits = add_outlier_logit(logits)
    teacher = keras.Model(logits.inputs, keras.layers.Softmax()(logits.output))
    teacher.jit_compile = False
    return teacher
