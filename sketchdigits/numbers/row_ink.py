"""An image -> the ink of all its marks, at a size at which a digit is about 64 pixels high.

Enters: `(H, W, 1|3) uint8` colours. Leaves: `RowInk`. A single digit's preprocessing removes what
doesn't belong to one digit. Here all marks remain: what they are is decided later.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from sketchdigits.errors import BlankDrawingError
from sketchdigits.numbers.form_fields import erase_field
from sketchdigits.preprocessing.connected_components import Components, find_components
from sketchdigits.preprocessing.crop import BLANK_MESSAGE, MIN_CONTRAST, STROKE_THRESHOLD

# Pixels: digits are averaged down to about this height, and no further.
DIGIT_HEIGHT = 64
# The ink is averaged down to at most this many pixels.
MAX_INK_PIXELS = 400_000
# Ink above this share of the strongest ink may be a faint mark ...
FAINT_THRESHOLD = 0.08
# ... and above this multiple of the median ink, which is the noise of the background.
NOISE_MULTIPLE = 6.0
# A mark whose box is shorter than this, as a share of the tallest marks' height, is dust.
MAX_DUST = 0.07
# In a form's field, the tallest mark has at least this share of the field's height; else there are
# specks only.
MIN_FIELD_DIGIT = 0.2
# More marks than this are a page of text, a pattern or noise.
MAX_MARKS = 300


@dataclass(frozen=True)
class RowInk:
    """The ink of an image, cropped to its marks.

    Attributes:
        ink: `(h, w) uint8, 0-255`.
        marks: the connected components of the ink, without dust.
        block: how many pixels of the image one pixel of the ink stands for, along both axes.
        origin: x and y of the ink's first pixel in the image.
        is_crowded: whether there are too many marks for a number; then `marks` is not complete.
        has_field: whether the lines of a form were erased.
        uprights: columns of the ink at which the form had lines or ticks between its digits.
    """

    ink: np.ndarray
    marks: Components
    block: float
    origin: tuple[float, float]
    is_crowded: bool = False
    has_field: bool = False
    uprights: tuple[int, ...] = ()


def find_row_ink(ink: np.ndarray, *, is_upright_needed: bool = False) -> RowInk:
    """Crop the ink of an image, `(H, W) uint8, 0-255`, to its marks, and average it down.

    The lines of forms are erased; `is_upright_needed` is explained at `erase_field`.

    Raises:
        BlankDrawingError: there are no marks, or only specks in a form's field.
    """
    level = _faint_level(ink)
    is_inked = ink > level
    rows, columns = np.flatnonzero(is_inked.any(axis=1)), np.flatnonzero(is_inked.any(axis=0))
    if not len(rows):
        raise BlankDrawingError(BLANK_MESSAGE)
    top, left = int(rows[0]), int(columns[0])
    cropped = ink[top : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    smallest = max(1, math.ceil(math.sqrt(cropped.size / MAX_INK_PIXELS)))
    block = max(smallest, cropped.shape[0] // (2 * DIGIT_HEIGHT))
    while True:
        reduced = _average_down(cropped, block)
        marks, is_crowded = _find_marks(reduced)
        height = _digit_height(marks)
        # A page with several lines: its digits are lower than the whole ink.
        wanted = max(smallest, int(block * height // DIGIT_HEIGHT))
        if is_crowded or wanted >= block:
            break
        block = wanted
    if not len(marks.masks):
        raise BlankDrawingError(BLANK_MESSAGE)
    has_field = False
    uprights: tuple[int, ...] = ()
    if not is_crowded:
        field = erase_field(reduced, marks.labels[0] >= 0, is_upright_needed=is_upright_needed)
        if field is not None:
            (reduced, uprights), has_field = field, True
            if reduced.max() < MIN_CONTRAST:
                raise BlankDrawingError(BLANK_MESSAGE)
            marks, is_crowded = _find_marks(reduced)
            heights = marks.boxes[:, 2] - marks.boxes[:, 0]
            if heights.max(initial=0) < MIN_FIELD_DIGIT * len(reduced):
                raise BlankDrawingError(BLANK_MESSAGE)
    return RowInk(reduced, marks, block, (left, top), is_crowded, has_field, uprights)


def _faint_level(ink: np.ndarray) -> float:
    """The level above which ink may be a mark."""
    strongest = int(ink.max())
    if strongest < MIN_CONTRAST:
        raise BlankDrawingError(BLANK_MESSAGE)
    sample = ink[:: 1 + ink.shape[0] // 256]
    # The median is 0 if most pixels are 0. To count them is far faster.
    is_clean = 2 * np.count_nonzero(sample) < sample.size
    noise = 0.0 if is_clean else NOISE_MULTIPLE * float(np.median(sample))
    return min(max(MIN_CONTRAST, FAINT_THRESHOLD * strongest, noise), STROKE_THRESHOLD * strongest)


def _average_down(ink: np.ndarray, block: int) -> np.ndarray:
    if block == 1:
        return np.ascontiguousarray(ink)
    height, width = ink.shape
    padded = np.pad(ink, ((0, -height % block), (0, -width % block)))
    return np.asarray(Image.fromarray(padded).reduce(block))


def _find_marks(ink: np.ndarray) -> tuple[Components, bool]:
    """The marks of `(h, w) uint8`, and whether there are too many.

    Each faint mark is compared with its own strongest ink: a pale digit beside a bold one remains.
    """
    level = _faint_level(ink)
    faint = ink > level
    components = find_components(faint[None])
    labels = components.labels[0]
    strongest = np.zeros(len(components.masks) + 1, np.uint8)
    np.maximum.at(strongest, labels[faint], ink[faint])
    threshold = np.maximum(level, STROKE_THRESHOLD * strongest.astype(np.float32))
    strokes = faint & (ink > threshold[labels])
    components = find_components(strokes[None])
    sizes = (components.boxes[:, 2:] - components.boxes[:, :2]).max(axis=1)
    if not len(sizes):
        return components, False
    is_dust = sizes < max(2, MAX_DUST * _digit_height(components))
    if np.count_nonzero(~is_dust) > MAX_MARKS:
        return components, True
    if is_dust.any():
        components = find_components(components.paint(~is_dust))
    return components, False


def _digit_height(marks: Components) -> float:
    """The median height of the tall marks, in pixels: those above 40 % of the tallest."""
    if not len(marks.masks):
        return 0.0
    heights = marks.boxes[:, 2] - marks.boxes[:, 0]
    return float(np.median(heights[heights >= 0.4 * heights.max()]))
