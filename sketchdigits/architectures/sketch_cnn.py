"""`sketch-cnn`: our own network for drawn digits.

Three pairs of 3x3 convolutions with batch normalisation, and max pooling twice. The first and the
last pair have no padding: the background around a digit is not worth the time, and the last feature
maps are 2x2, small enough for a single dense layer. 438,490 parameters. The scores of the trained
network are in `model/README.md`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def build_sketch_cnn() -> keras.Model:
    """An untrained `(batch, 28, 28, 1)` 0-255, ink bright -> `(batch, 10)` probabilities."""
    import keras
    from keras import layers

    pixels = keras.Input((28, 28, 1), name="pixels")
    x = layers.Rescaling(1 / 255)(pixels)
    x = convolution(x, 16, padding="valid")
    x = convolution(x, 32, padding="valid", pool=True)  # (12, 12, 32)
    x = convolution(x, 64)
    x = convolution(x, 64, pool=True)  # (6, 6, 64)
    x = convolution(x, 160, padding="valid")
    x = convolution(x, 192, padding="valid")  # (2, 2, 192)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.4)(x)
    # Always float32, even if the other layers are trained in mixed precision.
    x = layers.Dense(10, name="logits", dtype="float32")(x)
    probabilities = layers.Softmax(name="probabilities", dtype="float32")(x)
    return keras.Model(pixels, probabilities, name="sketch-cnn")


def convolution(x, filters: int, padding: str = "same", pool: bool = False, size=3):
    """A convolution, max pooling if wanted, batch normalisation and ReLU."""
    from keras import layers

    x = layers.Conv2D(filters, size, padding=padding, use_bias=False)(x)
    if pool:  # before normalisation, which then has a quarter of the work
        x = layers.MaxPooling2D()(x)
    x = layers.BatchNormalization(momentum=0.95)(x)
    return layers.ReLU()(x)
