"""Throughput of training: images a second of the augmentation, and of the network.

The slower of the two decides how long an epoch takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from train.distortions.augmentation import AugmentationStrength, augment
from train.fit.loop import new_model
from train.fit.recipes import Recipe
from train.fit.runs import describe_machine

WARM_UP = 3
BATCHES = 30


def measure_throughput(settings: dict[str, Any], num_classes: int) -> dict[str, Any]:
    """Measure images a second of the augmentation and of a training step.

    Args:
        settings: of a run whose recipe has an augmentation.
        num_classes: 10, or 11 with the class "no digit".
    """
    strength = AugmentationStrength(**settings["recipe"]["augmentation"])
    recipe = Recipe(**{**settings["recipe"], "augmentation": strength})
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (recipe.batch_size, 28, 28)).astype(np.uint8)
    labels = recipe.encode_labels(np.arange(recipe.batch_size) % 10, num_classes)
    model = new_model(settings["architecture"], recipe, num_classes, epochs=1, steps=BATCHES)
    return {
        "augmentation": _images_a_second(len(images), lambda: augment(images, rng, strength)),
        "network": _images_a_second(
            len(images), lambda: model.train_on_batch(images[..., None], labels)
        ),
        **describe_machine(),
    }


def _images_a_second(batch_size: int, run_batch: Callable[[], object]) -> float:
    for _ in range(WARM_UP):
        run_batch()
    started = time.perf_counter()
    for _ in range(BATCHES):
        run_batch()
    return BATCHES * batch_size / (time.perf_counter() - started)
