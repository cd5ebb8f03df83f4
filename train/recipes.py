"""How each architecture is trained by default: one recipe a name, every number in sight."""

from __future__ import annotations

from dataclasses import dataclass, field

import keras

from train.augmentation import AugmentationStrength


@dataclass(frozen=True)
class Recipe:
    """Defaults of `python -m train fit` for one architecture.

    Attributes:
        epochs: passes over the training images.
        batch_size: images a step.
        peak_learning_rate: AdamW's, reached after the warm-up epoch, then a cosine down to 0.
        weight_decay: AdamW's decoupled decay.
        label_smoothing: share of each label spread over all ten digits.
        pen_copies: drawings rendered of every pen digit.
        pen_drawings_per_epoch: how many of those, chosen at random, join each epoch.
        augmentation: what is varied anew each time that an image is seen.
    """

    epochs: int
    batch_size: int
    peak_learning_rate: float
    weight_decay: float
    label_smoothing: float
    pen_copies: int
    pen_drawings_per_epoch: int
    augmentation: AugmentationStrength = field(default_factory=AugmentationStrength)

    def compile(self, model: keras.Model, epochs: int, steps_per_epoch: int) -> None:
        """Give `model` its optimizer and loss for a run of `epochs` * `steps_per_epoch` steps."""
        warmup_steps = min(steps_per_epoch, epochs * steps_per_epoch // 10)
        learning_rate = keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=0.0,
            warmup_target=self.peak_learning_rate,
            warmup_steps=warmup_steps,
            decay_steps=epochs * steps_per_epoch - warmup_steps,
        )
        model.compile(
            optimizer=keras.optimizers.AdamW(learning_rate, weight_decay=self.weight_decay),
            loss=keras.losses.CategoricalCrossentropy(label_smoothing=self.label_smoothing),
            metrics=["accuracy"],
            # XLA halves the speed on a CPU.
            jit_compile=False,
        )


RECIPES: dict[str, Recipe] = {
    "sketch-cnn": Recipe(
        epochs=60,
        batch_size=128,
        peak_learning_rate=3e-3,
        weight_decay=2e-2,
        label_smoothing=0.05,
        pen_copies=20,
        pen_drawings_per_epoch=30_000,
    ),
}
