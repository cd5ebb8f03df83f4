"""Other ways from a canvas to 28x28, to compare with: the tutorials', and ours without a step."""

from __future__ import annotations

import numpy as np
from PIL import Image

from sketchdigits.preprocessing import IMAGE_SIZE, crop_to_bounding_box, fit_to_box, to_ink


def resize_whole_image(canvas: np.ndarray) -> np.ndarray:
    """To grey, and the whole of it to 28x28; no cropping, centring or inverting.

    `(h, w)` or `(h, w, 3) uint8` -> `(28, 28) uint8`. joy2469 resizes with OpenCV's bilinear, which
    skips pixels; Pillow's bicubic averages them, and loses fewer thin strokes: the tutorials get
    the better of the two.
    """
    grey = Image.fromarray(canvas).convert("L")
    return np.asarray(grey.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC))


def centre_by_box(canvas: np.ndarray) -> np.ndarray:
    """`preprocess_drawing` without its last step: the box in the middle, not the centre of mass.

    `(h, w) uint8`, bright ink -> `(28, 28) uint8`.
    """
    frame = fit_to_box(crop_to_bounding_box(to_ink(canvas[..., None])))
    start = (len(frame) - IMAGE_SIZE) // 2
    middle = slice(start, start + IMAGE_SIZE)
    return np.rint(frame[middle, middle] * 255).astype(np.uint8)
