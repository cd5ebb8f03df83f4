"""How each architecture is trained by default: the hyperparameters, one `Recipe` per architecture.

To change an epoch count, a learning rate or the number of images, edit `RECIPES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import keras
import numpy as np

from train.distortions.augmentation import AugmentationStrength

Precision = Literal["float32", "mixed_bfloat16"]


@dataclass(frozen=True)
class Recipe:
    """Defaults of `python -m train fit` for one architecture.

    Attributes:
        epochs: passes over the training images.
        batch_size: images per step.
        optimizer: its other settings are Keras's defaults.
        schedule: of the learning rate. "constant", or "cosine": a warm-up epoch, then a cosine
            down to 0.
        peak_learning_rate: the rate after the warm-up, or the constant rate.
        weight_decay: AdamW's decoupled decay.
        averaging_momentum: momentum of the moving average of the weights over the steps. The
            average replaces the weights after every epoch. 0: no averaging.
        labels: the form of the loss's labels: "one-hot" `(n, 10)`, or "sparse" `(n,)`.
        label_smoothing: share of each label that is spread over all ten digits.
        from_logits: whether the loss takes logits or probabilities.
        precision: Keras's dtype policy in training. "mixed_bfloat16" is faster on a processor with
            instructions for it (avx512_bf16, AMX), and far slower on any other. The packaged
            network is always float32.
        preprocess_mnist: whether MNIST goes through `preprocess_drawing`, as drawings do.
        augmentation: its strength; each image is augmented again each time. None: no augmentation.
        calm_share: share of the epochs, at the end, with half the augmentation, so that training
            ends on images like those that users send (He et al. 2019, "Data Augmentation
            Revisited", arXiv 1909.09148, end on clean ones).
        degraded_per_epoch: poor captures of digits per epoch, the same number of each source (see
            `train/distortions/poor_captures.py`).
        pen_copies: drawings rendered of each digit of pendigits, if it is among the data.
        pen_drawings_per_epoch: how many of them each epoch takes at random.
        unipen_copies: drawings rendered of each digit of UNIPEN, if it is among the data.
        unipen_drawings_per_epoch: how many of them each epoch takes at random.
        framed_copies: pictures rendered of each pen digit in printed frames and cells.
        framed_per_epoch: how many of them each epoch takes at random; 0: none is rendered.
        drawn_digits: digits drawn by program, if they are among the data.
        drawn_digits_per_epoch: how many of them each epoch takes at random.
        character_copies: drawings rendered of each character of Omniglot, if it is among the data.
        characters_per_epoch: how many of them each epoch takes at random.
        sign_copies: drawings rendered of each of UNIPEN's letters and signs.
        signs_per_epoch: how many of them each epoch takes at random.
        turned_character_copies: drawings rendered of each turned character of Omniglot.
        turned_characters_per_epoch: how many of them each epoch takes at random; 0: none is turned.
        turned_signs_per_epoch: how many of UNIPEN's turned letters and signs, each rendered once,
            each epoch takes at random; 0: none is turned.
        drawn_non_digits: non-digits drawn by program, if they are among the data.
        drawn_non_digits_per_epoch: how many of them each epoch takes at random.
    """

    epochs: int
    batch_size: int
    optimizer: Literal["AdamW", "Adam", "RMSprop"]
    schedule: Literal["constant", "cosine"] = "constant"
    peak_learning_rate: float = 1e-3
    weight_decay: float = 0.0
    averaging_momentum: float = 0.0
    labels: Literal["one-hot", "sparse"] = "one-hot"
    label_smoothing: float = 0.0
    from_logits: bool = False
    precision: Precision = "float32"
    preprocess_mnist: bool = False
    augmentation: AugmentationStrength | None = None
    calm_share: float = 0.0
    degraded_per_epoch: int = 0
    pen_copies: int = 20
    pen_drawings_per_epoch: int = 30_000
    unipen_copies: int = 8
    unipen_drawings_per_epoch: int = 30_000
    framed_copies: int = 3
    framed_per_epoch: int = 0
    drawn_digits: int = 40_000
    drawn_digits_per_epoch: int = 8_000
    character_copies: int = 20
    characters_per_epoch: int = 6_000
    sign_copies: int = 3
    signs_per_epoch: int = 20_000
    turned_character_copies: int = 4
    turned_characters_per_epoch: int = 0
    turned_signs_per_epoch: int = 0
    drawn_non_digits: int = 40_000
    drawn_non_digits_per_epoch: int = 12_000

    def compile(self, model: keras.Model, epochs: int, steps_per_epoch: int) -> None:
        """Compile `model` with the optimizer and loss, for `epochs` * `steps_per_epoch` steps."""
        optimizers: dict[str, Callable[..., keras.optimizers.Optimizer]] = {
            "AdamW": partial(keras.optimizers.AdamW, weight_decay=self.weight_decay),
            "Adam": keras.optimizers.Adam,
            "RMSprop": keras.optimizers.RMSprop,
        }
        model.compile(
            optimizer=optimizers[self.optimizer](
                self._learning_rate(epochs, steps_per_epoch),
                use_ema=self.averaging_momentum > 0,
                ema_momentum=self.averaging_momentum,
            ),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=self.from_logits)
            if self.labels == "sparse"
            else keras.losses.CategoricalCrossentropy(
                from_logits=self.from_logits, label_smoothing=self.label_smoothing
            ),
            metrics=["accuracy"],
            # With TensorFlow on a CPU, training with XLA takes twice as long. JAX needs it.
            jit_compile=keras.backend.backend() != "tensorflow",
        )

    def augmentation_in(self, epoch: int, epochs: int) -> AugmentationStrength | None:
        """Return the augmentation of `epoch`, counted from 0, of `epochs`; see `calm_share`."""
        is_calm = epoch >= epochs - round(self.calm_share * epochs)
        return self.augmentation.times(0.5) if self.augmentation and is_calm else self.augmentation

    @property
    def learns_from_logits(self) -> bool:
        """Whether the loss can take an eleventh class, "no digit" (see `rejection.py`)."""
        return self.from_logits and self.labels == "one-hot"

    def encode_labels(self, labels: np.ndarray, num_classes: int) -> np.ndarray:
        """Convert `(n,) int64` labels, below `num_classes`, to the form that the loss takes."""
        if self.labels == "sparse":
            return labels
        return keras.utils.to_categorical(labels, num_classes)

    def _learning_rate(self, epochs: int, steps_per_epoch: int):
        if self.schedule == "constant":
            return self.peak_learning_rate
        warmup_steps = min(steps_per_epoch, epochs * steps_per_epoch // 10)
        return keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=0.0,
            warmup_target=self.peak_learning_rate,
            warmup_steps=warmup_steps,
            decay_steps=epochs * steps_per_epoch - warmup_steps,
        )


def for_fine_tuning(recipe: Recipe) -> Recipe:
    """Return the recipe for a run that starts from a trained network: shorter, and smaller steps.

    Large steps would undo what the network knows.
    """
    return replace(
        recipe,
        epochs=max(1, round(0.4 * recipe.epochs)),
        peak_learning_rate=recipe.peak_learning_rate / 3,
    )


RECIPES: dict[str, Recipe] = {
    "sketch-cnn": Recipe(
        epochs=50,
        batch_size=128,
        optimizer="AdamW",
        schedule="cosine",
        peak_learning_rate=3e-3,
        weight_decay=2e-2,
        from_logits=True,
        preprocess_mnist=True,
        degraded_per_epoch=36_000,
        pen_copies=14,
        pen_drawings_per_epoch=30_000,
        unipen_copies=6,
        unipen_drawings_per_epoch=30_000,
        framed_copies=3,
        framed_per_epoch=26_000,
        drawn_digits=32_000,
        drawn_digits_per_epoch=10_000,
        character_copies=24,
        characters_per_epoch=8_000,
        sign_copies=2,
        signs_per_epoch=18_000,
        turned_characters_per_epoch=7_000,
        turned_signs_per_epoch=10_000,
        drawn_non_digits_per_epoch=16_000,
        augmentation=AugmentationStrength(),
        calm_share=0.15,
    ),
    # The tutorials' hyperparameters are those of their sources.
    "askpython-cnn": Recipe(epochs=10, batch_size=32, optimizer="Adam", labels="sparse"),
    "mlp-256-128": Recipe(epochs=10, batch_size=32, optimizer="Adam"),
    "mlp-512": Recipe(epochs=5, batch_size=128, optimizer="RMSprop", labels="sparse"),
    "joy2469-cnn": Recipe(epochs=10, batch_size=200, optimizer="Adam"),
    "tf-cnn": Recipe(
        epochs=5, batch_size=32, optimizer="RMSprop", labels="sparse", from_logits=True
    ),
}
