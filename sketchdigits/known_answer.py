"""One image whose answer every model package records when it is saved, and repeats when loaded.

Right hashes don't show that weights mean today what they meant when they were saved: another
version of Keras, or weights put into the wrong layers, would answer, and answer wrongly.
"""

import numpy as np

# What another processor may change. Weights in a wrong place change the first digit.
TOLERANCE = 1e-3


def known_image() -> np.ndarray:
    """A plain 7 of two straight strokes, `(28, 28) uint8`, ink bright."""
    image = np.zeros((28, 28), np.uint8)
    image[4:7, 7:21] = 255
    for row in range(7, 24):
        left = 18 - (row - 7) // 2
        image[row, left : left + 3] = 255
    return image
