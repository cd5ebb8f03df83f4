"""Labels taught by trained networks (Hinton, Vinyals and Dean, 2015: arXiv 1503.02531).

Half of each label is the truth, half the mean of what the teachers answer to the very image that
the student is given, after augmentation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import keras
import numpy as np

from sketchdigits.architectures import NUM_CLASSES
from train.fit.calibration import end_at_logits
from train.fit.loop import EpochBatches
from train.fit.recipes import Recipe
from train.fit.rejection import add_outlier_logit
from train.fit.training_data import TrainingData

TAUGHT = 0.5


def taught_by(teachers: Sequence[keras.Model], num_classes: int) -> Callable[..., EpochBatches]:
    """Makes of `fit_model`'s batches such with labels `(batch, num_classes)`, each row's sum 1.

    `teachers` are networks as `fit` leaves them, trained on what is no digit if there is an
    eleventh class; without any, the labels are the truth. The recipe's labels are one-hot.
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
        answers = [teacher.predict_on_batch(images) for teacher in self._teachers]
        return images, (1 - TAUGHT) * labels + TAUGHT * np.mean(answers, axis=0)


def _all_classes(network: keras.Model, num_classes: int) -> keras.Model:
    """`network` with a probability for every class: an eleventh too, if there is one."""
    logits = end_at_logits(network)
    if num_classes > NUM_CLASSES:
        logits = add_outlier_logit(logits)
    teacher = keras.Model(logits.inputs, keras.layers.Softmax()(logits.output))
    teacher.jit_compile = False
    return teacher
