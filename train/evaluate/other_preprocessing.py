"""Other preprocessing to compare with: the tutorials', and ours without its last step.

Takes one canvas, `(h, w) uint8`. Returns `(28, 28) uint8`.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from sketchdigits.preprocessing.crop import crop_to_digits
from sketchdigits.preprocessing.pipeline import IMAGE_SIZE, to_inks
from sketchdigits.preprocessing.resize import fit_to_box


def resize_whole_image(canvas: np.ndarray) -> np.ndarray:
    """Convert to grey and resize the whole image to 28x28, without crop, centring or inversion.

    `(h, w)` or `(h, w, 3) uint8` -> `(28, 28) uint8`. joy2469 uses OpenCV's bilinear resize, which
    skips pixels. Pillow's bicubic resize averages them and loses fewer thin strokes, so the
    tutorials get the better of the two.
    """
    grey = Image.fromarray(canvas).convert("L")
    return np.asarray(grey.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC))


def centre_by_box(canvas: np.ndarray) -> np.ndarray:
    """Preprocess like `preprocess_drawing`, but centre the box and not the centre of mass.

    `(h, w) uint8`, bright ink -> `(28, 28) uint8`.
    """
    [fitted] = fit_to_box(*crop_to_digits(to_inks(canvas[None, ..., None])))
    return np.pad(np.rint(fitted * 255).astype(np.uint8), (IMAGE_SIZE - len(fitted)) // 2)
