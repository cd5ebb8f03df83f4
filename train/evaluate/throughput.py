"""How many images a second the augmentation makes, and how many the network learns from.

The slower of the two limits the epoch.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from train.distortions.augmentation import AugmentationStrength, augment
from train.fit.loop import new_model
from train.fit.recipes import Recipe
from train.fit.runs import describe_machine

WARM_UP = 3
BATCHES = 30


def measure_throughput(settings: dict[str, Any], num_classes: int) -> dict[str, Any]:
    """Images a second of each, in batches as `settings` has them: a run's, which augments."""
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


def _images_a_second(batch_size: int, make_batch) -> float:
    for _ in range(WARM_UP):
        make_batch()
    started = time.perf_counter()
    for _ in range(BATCHES):
        make_batch()
    return BATCHES * batch_size / (time.perf_counter() - started)
