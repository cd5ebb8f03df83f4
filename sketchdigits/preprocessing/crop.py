"""Ink -> the digit's alone, and no more of the plane than holds it.

Enters: planes of ink, as `preprocessing.to_ink` made them. Strokes, dust and frames are told apart
in a coarse picture of each. A part of preprocessing, and of no use but there.
"""

from __future__ import annotations

import math
from functools import reduce

import numpy as np

from sketchdigits.errors import BlankDrawingError
from sketchdigits.preprocessing.cleanup import find_digits

# Of the strongest ink: what counts as stroke. The bounding box is the strokes', so that neither
# blur nor compression noise makes a digit smaller.
STROKE_THRESHOLD = 0.25
# Of 255: below this the difference between lightest and darkest is compression noise, not ink.
MIN_CONTRAST = 10
# The side, in pixels, of the coarse picture in which strokes, dust and frames are told apart.
COARSE_SIZE = 256
BLANK = "There is no ink on the image, or nothing but specks. Draw one digit, large and clear."


def crop_to_digits(inks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`(n, H, W) uint8` -> `(n, h, w) uint8`, all cropped alike, and their full ink, `(n,)`.

    Dust and frames are gone, and so is everything farther from a stroke than its soft edge. No
    pixel is above its plane's full ink.

    Raises:
        BlankDrawingError: on one of them is nothing but dust or a frame.
    """
    block = math.ceil(max(inks.shape[1:]) / COARSE_SIZE)
    coarse = _block_max(inks, block)
    full_inks, digits = _find_strokes(coarse)
    without = np.flatnonzero(~digits.any(axis=(1, 2)))
    if len(without):
        # Dust or a frame may be darker than a faint digit: look again without them.
        marks = is_stroke(coarse[without], full_inks[without])
        undimmed = np.where(_dilate(marks, 2), 0, coarse[without])
        full_inks[without], digits[without] = _find_strokes(undimmed)
        if not digits[without].any(axis=(1, 2)).all():
            raise BlankDrawingError(BLANK)
        inks = np.minimum(inks, full_inks[:, None, None])

    tops, bottoms = first_and_last(digits.max(axis=2))
    lefts, rights = first_and_last(digits.max(axis=1))
    soft_edges = np.maximum(1, (np.maximum(bottoms - tops, rights - lefts) + 20) // 40)
    rows, columns = (
        slice(max(0, int((starts - soft_edges).min())), int((stops + soft_edges).max()))
        for starts, stops in ((tops, bottoms), (lefts, rights))
    )
    crops = inks[
        :, rows.start * block : rows.stop * block, columns.start * block : columns.stop * block
    ]
    near = _near_strokes(digits[:, rows, columns], soft_edges, coarse[:, rows, columns])
    if near is not None:
        near = near.repeat(block, axis=1).repeat(block, axis=2)
        crops = crops * near[:, : crops.shape[1], : crops.shape[2]]
    return crops, full_inks


def _near_strokes(
    digits: np.ndarray, soft_edges: np.ndarray, coarse: np.ndarray
) -> np.ndarray | None:
    """Where the soft edges of digits end, `(n, h, w) bool`; None if there is no ink elsewhere."""
    near, is_inked = digits, coarse > 0
    for step in range(int(soft_edges.max())):
        wider = _dilate(near, 1)
        is_wider = soft_edges > step
        near = wider if is_wider.all() else np.where(is_wider[:, None, None], wider, near)
        if not (is_inked > near).any():
            return None
    return near


def is_stroke(inks: np.ndarray, full_inks: np.ndarray) -> np.ndarray:
    """`(n, ...) uint8` and `(n,) uint8` -> `(n, ...) bool`: what counts as stroke.

    Nothing does where the strongest ink is less than `MIN_CONTRAST`.
    """
    thresholds = (STROKE_THRESHOLD * full_inks).astype(np.uint8)  # of whole numbers: rounded down
    thresholds = np.where(full_inks < MIN_CONTRAST, full_inks, thresholds)
    return inks > thresholds[(slice(None), *[None] * (inks.ndim - 1))]


def first_and_last(marks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`(n, length) bool` -> where in each row the first True is, and the last one's end, `(n,)`."""
    return marks.argmax(axis=1), marks.shape[1] - marks[:, ::-1].argmax(axis=1)


def _find_strokes(coarse: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The strongest ink of `(n, h, w) uint8`, and where the digits' strokes are, `bool`."""
    full_inks = coarse.max(axis=(1, 2))
    return full_inks, find_digits(is_stroke(coarse, full_inks))


def _block_max(inks: np.ndarray, block: int) -> np.ndarray:
    """The maximum of every `block` x `block` pixels: a hairline survives it."""
    if block == 1:
        return inks
    _, height, width = inks.shape
    padded = inks
    if height % block or width % block:
        padded = np.pad(inks, ((0, 0), (0, -height % block), (0, -width % block)))
    # Slices are far faster than `np.maximum.reduceat`.
    rows = reduce(np.maximum, [padded[:, first::block] for first in range(block)])
    if block == 2:  # as for most canvases: each byte and the next, then the lower byte of two
        pairs = np.empty_like(rows).ravel()
        np.maximum(rows.ravel()[:-1], rows.ravel()[1:], out=pairs[:-1])
        return pairs.view("<u2").astype(np.uint8).reshape(*rows.shape[:2], -1)
    return reduce(np.maximum, [rows[:, :, first::block] for first in range(block)])


def _dilate(masks: np.ndarray, steps: int) -> np.ndarray:
    """Grow masks by `steps` pixels in all eight directions."""
    for _ in range(steps):
        number, height, width = masks.shape
        padded = np.zeros((number, height + 2, width + 2), bool)
        padded[:, 1:-1, 1:-1] = masks
        # One long row, as neighbours are neighbours there too: far faster than row by row.
        flat, stride = padded.ravel(), padded.shape[2]
        wide = flat.copy()
        wide[1:] |= flat[:-1]
        wide[:-1] |= flat[1:]
        grown = wide.copy()
        grown[stride:] |= wide[:-stride]
        grown[:-stride] |= wide[stride:]
        masks = grown.reshape(padded.shape)[:, 1:-1, 1:-1]
    return masks
