"""`sketch-cnn`: our own reader of drawn digits.

Three pairs of 3x3 convolutions with batch normalisation; max pooling twice. The first pair and the
last have no padding: the ground around a digit isn't worth the time, and 2x2 places are left for a
single dense layer. 438,490 parameters. What it scores is in the card of the package that was
trained with it, `model/README.md`.
"""

import keras
from keras import layers


def build_sketch_cnn() -> keras.Model:
    """An untrained `(batch, 28, 28, 1)` 0-255, ink bright -> `(batch, 10)` probabilities."""
    pixels = keras.Input((28, 28, 1), name="pixels")
    x = layers.Rescaling(1 / 255)(pixels)
    x = _convolution(x, 16, padding="valid")
    x = _convolution(x, 32, padding="valid", pool=True)  # (12, 12, 32)
    x = _convolution(x, 64)
    x = _convolution(x, 64, pool=True)  # (6, 6, 64)
    x = _convolution(x, 160, padding="valid")
    x = _convolution(x, 192, padding="valid")  # (2, 2, 192)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.4)(x)
    # In full precision, whatever the other layers are trained in.
    x = layers.Dense(10, name="logits", dtype="float32")(x)
    probabilities = layers.Softmax(name="probabilities", dtype="float32")(x)
    return keras.Model(pixels, probabilities, name="sketch-cnn")


def _convolution(x, filters: int, padding: str = "same", pool: bool = False):
    x = layers.Conv2D(filters, 3, padding=padding, use_bias=False)(x)
    if pool:  # first, so that what follows has a quarter of the work
        x = layers.MaxPooling2D()(x)
    x = layers.BatchNormalization(momentum=0.95)(x)
    return layers.ReLU()(x)
