"""The networks of five MNIST tutorials: each tutorial can be trained by its name.

Each builder's docstring gives the source, the size, and the accuracy that
`python -m train compare` measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def build_askpython_cnn() -> keras.Model:
    """`askpython-cnn`, a tutorial's network, for comparison.

    Source: askpython.com, "Handwritten Digit Recognition in Python". One convolution, without an
    activation as in the source, and a dense layer with dropout. 607,394 parameters.
    Measured by `python -m train compare`: 98.30 % on MNIST's test split, after 151 s of training on
    2 CPU cores.

    Returns:
        an untrained model: `(batch, 28, 28, 1)` 0-255, ink bright -> `(batch, 10)` probabilities.
    """
    import keras
    from keras import layers

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


def build_joy2469_cnn() -> keras.Model:
    """`joy2469-cnn`, a tutorial's network, for comparison.

    Source: github.com/Joy2469/Deep-Learning-MNIST---Handwritten-Digit-Recognition. Three
    convolutions and a dense layer, all with He's uniform initial weights. 159,254 parameters.
    Measured by `python -m train compare`: 99.14 % on MNIST's test split, after 217 s of training on
    2 CPU cores.

    Returns:
        an untrained model: `(batch, 28, 28, 1)` 0-255, ink bright -> `(batch, 10)` probabilities.
    """
    import keras
    from keras import layers

    he = {"activation": "relu", "kernel_initializer": "he_uniform"}
    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="pixels"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 3, **he),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, **he),
            layers.Conv2D(64, 3, **he),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(100, **he),
            layers.Dense(10, name="logits"),
            layers.Softmax(name="probabilities"),
        ],
        name="joy2469-cnn",
    )


def build_mlp_256_128() -> keras.Model:
    """`mlp-256-128`, a tutorial's network, for comparison.

    Source: "Handwritten digits with a neural network in Python" (in Chinese). Two dense layers, no
    convolution. 235,146 parameters.
    Measured by `python -m train compare`: 97.99 % on MNIST's test split, after 82 s of training on
    2 CPU cores.

    Returns:
        an untrained model: `(batch, 28, 28, 1)` 0-255, ink bright -> `(batch, 10)` probabilities.
    """
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="pixels"),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, name="logits"),
            layers.Softmax(name="probabilities"),
        ],
        name="mlp-256-128",
    )


def build_mlp_512() -> keras.Model:
    """`mlp-512`, a tutorial's network, for comparison.

    Source: "Handwritten digits with Keras" (in Chinese, on Colab). One dense layer, no convolution.
    407,050 parameters.
    Measured by `python -m train compare`: 97.94 % on MNIST's test split, after 15 s of training on
    2 CPU cores.

    Returns:
        an untrained model: `(batch, 28, 28, 1)` 0-255, ink bright -> `(batch, 10)` probabilities.
    """
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="pixels"),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, name="logits"),
            layers.Softmax(name="probabilities"),
        ],
        name="mlp-512",
    )


def build_tf_cnn() -> keras.Model:
    """`tf-cnn`, a tutorial's network, for comparison.

    Source: "Python and TensorFlow handwritten digits" (in Chinese). Three convolutions and a dense
    layer. The source's network ends with the logits; here a softmax without weights follows them.
    93,322 parameters.
    Measured by `python -m train compare`: 99.07 % on MNIST's test split, after 141 s of training on
    2 CPU cores.

    Returns:
        an untrained model: `(batch, 28, 28, 1)` 0-255, ink bright -> `(batch, 10)` probabilities.
    """
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="pixels"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, name="logits"),
            layers.Softmax(name="probabilities"),
        ],
        name="tf-cnn",
    )
