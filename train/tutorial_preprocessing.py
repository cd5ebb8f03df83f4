"""What the tutorials do with an image file before they read it: to compare with ours."""

from __future__ import annotations

import numpy as np
from PIL import Image

from sketchdigits.preprocessing import IMAGE_SIZE


def resize_whole_image(canvas: np.ndarray) -> np.ndarray:
    """To grey, and the whole of it to 28x28; no cropping, centring or inverting.

    `(h, w)` or `(h, w, 3) uint8` -> `(28, 28) uint8`. joy2469 resizes with OpenCV's bilinear, which
    skips pixels; Pillow's bicubic averages them, and loses fewer thin strokes: the tutorials get
    the better of the two.
    """
    grey = Image.fromarray(canvas).convert("L")
    return np.asarray(grey.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC))
