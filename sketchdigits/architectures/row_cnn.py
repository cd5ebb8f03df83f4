"""`row-cnn`: reads all digits of a line at once, without cutting it into digits.

The convolutions are those of `sketch-cnn`, so that training can start from its weights. They slide
along the line: each step sees 28 columns. Two more convolutions see the neighbours too. The output
is for connectionist temporal classification (Graves et al. 2006, "Connectionist Temporal
Classification"): a symbol for each step, mostly the blank. 785,384 parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sketchdigits.architectures.sketch_cnn import convolution

if TYPE_CHECKING:
    import keras

# The height of a line's image in pixels; its digits are about 20 pixels high.
LINE_HEIGHT = 32
# Symbols: the ten digits, something that is no digit, and the blank.
OTHER, BLANK, NUM_SYMBOLS = 10, 11, 12
# Columns of pixels: those between two steps of the last convolution, the symbols of each of its
# steps, and the middle of what its first step sees.
COLUMNS_PER_STEP, SYMBOLS_PER_STEP, FIRST_MIDDLE = 4, 2, 14


def build_row_cnn() -> keras.Model:
    """An untrained network: `(batch, 32, width, 1)` 0-255 -> `(batch, 1, steps, 24)` logits.

    Ink is bright. `width` is any multiple of 4 from 32 on. There are `width / 4 - 6` steps; the
    logits of each are those of two symbols, one after the other.
    """
    import keras
    from keras import layers

    pixels = keras.Input((LINE_HEIGHT, None, 1), name="pixels")
    x = layers.Rescaling(1 / 255)(pixels)
    x = convolution(x, 16, padding="valid")
    x = convolution(x, 32, padding="valid", pool=True)  # 14 rows
    x = convolution(x, 64)
    x = convolution(x, 64, pool=True)  # 7 rows
    x = convolution(x, 160, padding="valid")
    x = convolution(x, 192, padding="valid")  # 3 rows
    x = convolution(x, 192, padding="valid", size=(3, 2))  # 1 row
    x = layers.Dropout(0.3)(x)
    x = convolution(x, 128, size=(1, 5))
    x = layers.Dropout(0.3)(x)
    # Always float32, even if the other layers are trained in mixed precision.
    logits = layers.Conv2D(
        SYMBOLS_PER_STEP * NUM_SYMBOLS, (1, 3), padding="same", name="logits", dtype="float32"
    )(x)
    return keras.Model(pixels, logits, name="row-cnn")
