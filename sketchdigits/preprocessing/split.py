"""An image with several digits side by side -> each one alone.

The page uses this to say that an image holds more than one digit.
"""

from __future__ import annotations

import numpy as np

from sketchdigits.preprocessing.cleanup import find_digits
from sketchdigits.preprocessing.crop import is_stroke
from sketchdigits.preprocessing.decode import ImageInput
from sketchdigits.preprocessing.image_limits import MAX_PIXELS
from sketchdigits.preprocessing.pipeline import read_opaque, to_inks

# A drawing that is lower than this share of the highest one is only a dot or a dash.
MIN_RELATIVE_HEIGHT = 0.4
# More drawings than this are not digits to be named. A canvas for each may need 16 MB.
MAX_PARTS = 6


def split_side_by_side(image: ImageInput) -> list[np.ndarray]:
    """Split `image` at its empty columns into drawings, from left to right.

    Returns:
        a canvas for each drawing, `(h, w) uint8, 0-255`, ink bright on 0. A single one if no empty
        column lies between the strokes; none if there are only specks or a frame, or if there are
        more than `MAX_PARTS` drawings.

    Raises:
        InvalidImageError: the image can't be read (see `read_image`).
        BlankDrawingError: there is no ink on it.
    """
    return split_ink(to_inks(read_opaque(image)[None])[0])


def split_ink(ink: np.ndarray) -> list[np.ndarray]:
    """`split_side_by_side` for `(H, W) uint8, 0-255`, the ink of one image, from `to_inks`."""
    [strokes] = find_digits(is_stroke(ink[None], np.array([ink.max()])))
    inked_columns = np.flatnonzero(strokes.any(axis=0))
    gaps = np.flatnonzero(np.diff(inked_columns) > 1)
    groups = np.split(inked_columns, gaps + 1) if len(inked_columns) else []
    boxes = []
    for group in groups:
        columns = slice(group[0], group[-1] + 1)
        inked_rows = np.flatnonzero(strokes[:, columns].any(axis=1))
        boxes.append((slice(inked_rows[0], inked_rows[-1] + 1), columns))
    max_height = max((rows.stop - rows.start for rows, _ in boxes), default=0)
    boxes = [
        (rows, columns)
        for rows, columns in boxes
        if rows.stop - rows.start >= MIN_RELATIVE_HEIGHT * max_height
    ]
    if len(boxes) > MAX_PARTS:
        return []
    return [_add_margin(ink[box] * strokes[box]) for box in boxes]


def _add_margin(drawing: np.ndarray) -> np.ndarray:
    """Pad `(h, w)` on all sides, so widely that the background is the canvas's commonest colour."""
    height, width = drawing.shape
    margin = height
    if (height + 2 * margin) * (width + 2 * margin) > MAX_PIXELS:
        margin = height // 4  # a canvas of more pixels can't be read as an image
    return np.pad(drawing, margin)
