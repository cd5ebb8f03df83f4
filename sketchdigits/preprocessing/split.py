"""Several drawings on one image -> each alone: for telling why an image isn't one digit."""

from __future__ import annotations

import numpy as np

from sketchdigits.preprocessing.cleanup import find_digits
from sketchdigits.preprocessing.crop import is_stroke
from sketchdigits.preprocessing.decode import ImageInput
from sketchdigits.preprocessing.pipeline import read_plain, to_inks

# What stands beside a drawing and is less high than this share of the highest is a dot or a dash.
MIN_RELATIVE_HEIGHT = 0.4


def split_side_by_side(image: ImageInput) -> list[np.ndarray]:
    """The drawings with a clear column between them, from left to right, each on its own canvas.

    Returns:
        canvases of `(h, w) uint8, 0-255`, ink bright on 0; one where all hangs together.

    Raises:
        InvalidImageError: the image can't be read (see `read_image`).
        BlankDrawingError: there is no ink on it.
    """
    inks = to_inks(read_plain(image)[None])
    [ink], [strokes] = inks, find_digits(is_stroke(inks, inks.max(axis=(1, 2))))
    inked = np.flatnonzero(strokes.any(axis=0))
    groups = np.split(inked, np.flatnonzero(np.diff(inked) > 1) + 1) if len(inked) else []
    extents = []
    for columns in groups:
        side = slice(columns[0], columns[-1] + 1)
        rows = np.flatnonzero(strokes[:, side].any(axis=1))
        extents.append((slice(rows[0], rows[-1] + 1), side))
    highest = max((rows.stop - rows.start for rows, _ in extents), default=0)
    return [
        # Room around it, so that the ground is what most of the canvas shows.
        np.pad(ink[rows, side] * strokes[rows, side], rows.stop - rows.start)
        for rows, side in extents
        if rows.stop - rows.start >= MIN_RELATIVE_HEIGHT * highest
    ]
