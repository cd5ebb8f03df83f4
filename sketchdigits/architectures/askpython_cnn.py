"""`askpython-cnn`: a tutorial's network, kept to compare with.

Source: askpython.com, "Handwritten Digit Recognition in Python". One convolution, without an
activation as in the source, and a dense layer with dropout. 607,394 parameters.
Measured by `python -m train compare`: 98.30 % on MNIST's test split, after 92 s of training on
2 CPU cores.
"""

import keras
from keras import layers


def build_askpython_cnn() -> keras.Model:
    """An untrained `(batch, 28, 28, 1)` 0-255, ink bright -> `(batch, 10)` probabilities."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="pixels"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(28, 3),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10, name="logits"),
            layers.Softmax(name="probabilities"),
        ],
        name="askpython-cnn",
    )
