"""Crop ink to the digit: remove all other ink, and cut off the empty margins.

Enters: `(n, H, W) uint8, 0-255` ink, from `pipeline.to_inks`. Leaves: `(n, h, w) uint8, 0-255`.
Strokes, specks and frames are found in a coarse copy of each image.
"""

from __future__ import annotations

import math
from functools import reduce

import numpy as np

from sketchdigits.errors import BlankDrawingError
from sketchdigits.preprocessing.cleanup import find_digits

# Ink above this share of the image's strongest ink is a stroke. The bounding box is that of the
# strokes, so that blur and compression noise don't make the digit smaller.
STROKE_THRESHOLD = 0.25
# If the strongest ink is below this, of 255, it is compression noise.
MIN_CONTRAST = 10
# A frame is much darker than its digit if the digit's strongest ink is below this share of it.
DARKER_FRAME = 0.7
# Pixels: the longer side of the coarse copy in which strokes, specks and frames are found.
MAX_COARSE_SIDE = 256
BLANK_MESSAGE = (
    "There is no ink on the image, or nothing but specks. Draw one digit, large and clear."
)


def crop_to_digits(inks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Crop all images to the same box, which holds every digit.

    Specks and frames become 0, and so does all ink that is farther from a stroke than the width of
    the stroke's soft edge.

    Args:
        inks: `(n, H, W) uint8, 0-255`.

    Returns:
        the crops, `(n, h, w) uint8`, and the strongest ink of each digit, `(n,) uint8`, which no
        pixel of its crop exceeds.

    Raises:
        BlankDrawingError: one of the images shows only specks or a frame.
    """
    block = math.ceil(max(inks.shape[1:]) / MAX_COARSE_SIDE)
    coarse = _block_max(inks, block)
    full_inks, max_inks, digits = _find_strokes(coarse)
    empty = np.flatnonzero(~digits.any(axis=(1, 2)))
    if len(empty):
        # Specks or a frame may be darker than a faint digit: remove them and look again.
        marks = is_stroke(coarse[empty], full_inks[empty])
        max_inks = max_inks.copy()
        remaining = np.where(_dilate(marks, 2), 0, coarse[empty])
        _, max_inks[empty], digits[empty] = _find_strokes(remaining)
        if not digits[empty].any(axis=(1, 2)).all():
            raise BlankDrawingError(BLANK_MESSAGE)
    if (max_inks < full_inks).any():
        inks = np.minimum(inks, max_inks[:, None, None])

    tops, bottoms = find_extents(digits.max(axis=2))
    lefts, rights = find_extents(digits.max(axis=1))
    # The width of the strokes' soft edges: a fortieth of the digit's longer side.
    edge_widths = np.maximum(1, (np.maximum(bottoms - tops, rights - lefts) + 20) // 40)
    rows, columns = (
        slice(max(0, int((starts - edge_widths).min())), int((stops + edge_widths).max()))
        for starts, stops in ((tops, bottoms), (lefts, rights))
    )
    crops = inks[
        :, rows.start * block : rows.stop * block, columns.start * block : columns.stop * block
    ]
    near = _grow_to_soft_edges(digits[:, rows, columns], edge_widths, coarse[:, rows, columns])
    if near is not None:
        near = near.repeat(block, axis=1).repeat(block, axis=2)
        crops = crops * near[:, : crops.shape[1], : crops.shape[2]]
    return crops, max_inks


def _grow_to_soft_edges(
    digits: np.ndarray, edge_widths: np.ndarray, coarse: np.ndarray
) -> np.ndarray | None:
    """Grow masks of strokes by their `edge_widths`, `(n, h, w) bool`; None if they hold all ink."""
    near, is_inked = digits, coarse > 0
    for step in range(int(edge_widths.max())):
        wider = _dilate(near, 1)
        is_wider = edge_widths > step
        near = wider if is_wider.all() else np.where(is_wider[:, None, None], wider, near)
        if not (is_inked > near).any():
            return None
    return near


def is_stroke(inks: np.ndarray, max_inks: np.ndarray) -> np.ndarray:
    """Threshold ink: `(n, ...) uint8` -> `(n, ...) bool`.

    Args:
        inks: `(n, ...) uint8, 0-255`.
        max_inks: `(n,) uint8`: the strongest ink of each image. An image where it is below
            `MIN_CONTRAST` has no strokes.
    """
    thresholds = (STROKE_THRESHOLD * max_inks).astype(np.uint8)  # ink is integer: rounding is safe
    thresholds = np.where(max_inks < MIN_CONTRAST, max_inks, thresholds)
    return inks > thresholds[(slice(None), *[None] * (inks.ndim - 1))]


def find_extents(marks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`(n, length) bool` -> `(n,)` and `(n,)`: each row's first True, and the end of the last one.

    The end is exclusive.
    """
    return marks.argmax(axis=1), marks.shape[1] - marks[:, ::-1].argmax(axis=1)


def _find_strokes(coarse: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`(n, h, w) uint8` -> the digits, and their strongest ink.

    Returns:
        The strongest ink of each image, `(n,) uint8`; that of each digit, `(n,) uint8`; and the
        digits, `(n, h, w) bool`.

    If a frame or specks are much darker than the digit, they are removed first, and the digit's own
    strongest ink counts.
    """
    full_inks = coarse.max(axis=(1, 2))
    strokes = is_stroke(coarse, full_inks)
    digits = find_digits(strokes, coarse)
    if digits is strokes:
        return full_inks, full_inks, digits
    max_inks = full_inks.copy()
    digit_inks = np.where(digits, coarse, 0).max(axis=(1, 2))
    for index in np.flatnonzero((digit_inks > 0) & (digit_inks < DARKER_FRAME * max_inks)):
        removed = _dilate((strokes[index] & ~digits[index])[None], 2) & ~digits[index]
        _, [max_ink], [digit] = _find_strokes(np.where(removed, 0, coarse[index]))
        if digit.any():
            max_inks[index], digits[index] = max_ink, digit
    return full_inks, max_inks, digits


def _block_max(inks: np.ndarray, block: int) -> np.ndarray:
    """The maximum of every `block` x `block` pixels, which keeps hairlines visible."""
    if block == 1:
        return inks
    _, height, width = inks.shape
    padded = inks
    if height % block or width % block:
        padded = np.pad(inks, ((0, 0), (0, -height % block), (0, -width % block)))
    # Slicing is far faster than `np.maximum.reduceat`.
    rows = reduce(np.maximum, [padded[:, first::block] for first in range(block)])
    # The usual size of a canvas: the maximum of each byte and the next, then every second byte.
    if block == 2:
        pairs = np.empty_like(rows).ravel()
        np.maximum(rows.ravel()[:-1], rows.ravel()[1:], out=pairs[:-1])
        return pairs.view("<u2").astype(np.uint8).reshape(*rows.shape[:2], -1)
    return reduce(np.maximum, [rows[:, :, first::block] for first in range(block)])


def _dilate(masks: np.ndarray, steps: int) -> np.ndarray:
    """Grow masks, `(n, h, w) bool`, by `steps` pixels in all eight directions.

    Without SciPy, for the reasons in `connected_components.py`.
    """
    for _ in range(steps):
        number, height, width = masks.shape
        padded = np.zeros((number, height + 2, width + 2), bool)
        padded[:, 1:-1, 1:-1] = masks
        # Shift the flattened array: neighbours remain neighbours, and it is far faster.
        flat, stride = padded.ravel(), padded.shape[2]
        wide = flat.copy()
        wide[1:] |= flat[:-1]
        wide[:-1] |= flat[1:]
        grown = wide.copy()
        grown[stride:] |= wide[:-stride]
        grown[:-stride] |= wide[stride:]
        masks = grown.reshape(padded.shape)[:, 1:-1, 1:-1]
    return masks
