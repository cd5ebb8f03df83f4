"""A photograph of a digit on paper -> its ink, without uneven light, noise and printed lines.

Enters: `(H, W, 1|3) uint8` colours. Leaves: `(h, w) uint8, 0-255`: how much darker the digit's ink
is than the paper around it, and 0 everywhere else, at most `MAX_PHOTO_SIDE` pixels a side.

`photo_paper.py` estimates the brightness of the paper at every pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageFilter

from sketchdigits.preprocessing.medians import median
from sketchdigits.preprocessing.photo_or_drawing import (
    MAX_PHOTO_SIDE,
    PHOTO_SAMPLE_SIDE,
    averaging_factor,
)
from sketchdigits.preprocessing.photo_paper import compare_with_paper
from sketchdigits.preprocessing.photo_printed_lines import erase_printed_lines
from sketchdigits.preprocessing.photo_ruled_lines import erase_ruled_lines
from sketchdigits.preprocessing.photo_segmentation import segment_digit, segment_marks

# Pixels: a photograph with a shorter side below this is enlarged to it. Windows of a few pixels,
# which remove grain and find lines, are then narrow compared with the digit's strokes.
MIN_ENLARGED_SIDE = 160
# The median grey level of a picture of a chalk board is at most this.
MAX_BOARD_BRIGHTNESS = 110
# Grey levels, added to the brightness around a line; the line is compared with their sum.
# With less, the dark sides of a bold white stroke on black count for more than the stroke.
LINE_BRIGHTNESS_OFFSET = 96
# Radii at which chalk lines are searched, in pixels of a picture of about `PHOTO_SAMPLE_SIDE`. The
# largest one is that of a bold digit's strokes in a small cell.
LINE_RADII = (1, 2, 4, 8, 16)
# The closing's windows as shares of the shorter side: wider than the stroke of a marker. The next
# one is tried if nothing is found with the first.
CLOSING_WINDOWS = (0.25, 0.5)
# In a picture whose shorter side is below this share of the longer one, the latter counts.
NARROW_SIDE = 0.7


# Selects ink: takes what `segment_digit` takes, and returns `(h, w) uint8, 0-255`.
_Select: TypeAlias = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def extract_photo_ink(pixels: np.ndarray) -> np.ndarray:
    """`(H, W, 1|3) uint8` -> `(h, w) uint8, 0-255`: the digit's ink, averaged down; 0 elsewhere.

    All zeros if there is no ink, or nothing but printed lines.
    """
    return _extract(pixels, _select_digit)


def extract_photo_marks(pixels: np.ndarray, *, with_lines: bool = False) -> np.ndarray:
    """`extract_photo_ink` of all marks on the paper, for a row of digits.

    `with_lines` keeps lines from edge to edge: they may be those of a form's boxes, or of ruled
    paper.
    """
    return _extract(pixels, segment_marks if with_lines else _select_marks)


def _extract(pixels: np.ndarray, select: _Select) -> np.ndarray:
    colours = _enlarge(_average_down(pixels))
    small = _small_grey(colours)
    is_dark = median(np.asarray(small)) <= MAX_BOARD_BRIGHTNESS
    is_light_on_dark = is_dark and _has_light_lines(small)
    ink = _extract_ink_in_windows(255 - colours if is_light_on_dark else colours, select)
    if is_dark and not is_light_on_dark and not ink.any():
        # On black, bold white strokes have edges that look like dark lines.
        return _extract_ink_in_windows(255 - colours, select)
    return ink


def _extract_ink_in_windows(colours: np.ndarray, select: _Select) -> np.ndarray:
    """`extract_photo_ink` of dark ink, with the first of `CLOSING_WINDOWS` that finds something."""
    # A picture that is cropped to a 1 may be not much wider than its stroke.
    side = max(min(colours.shape[:2]), NARROW_SIDE * max(colours.shape[:2]))
    for share in CLOSING_WINDOWS:
        ink = _extract_ink(colours, max(3, round(share * side)), select)
        if ink.any():
            break
    return ink


def _extract_ink(colours: np.ndarray, window: int, select: _Select) -> np.ndarray:
    """`extract_photo_ink` with one window of the closing, in pixels."""
    return select(*compare_with_paper(colours, window))


def _select_digit(
    darkness: np.ndarray, paper: np.ndarray, noise_floor: np.ndarray, paper_edge: np.ndarray
) -> np.ndarray:
    erased = erase_printed_lines(darkness, paper, noise_floor)
    return segment_digit(erased, paper, noise_floor, paper_edge)


def _select_marks(
    darkness: np.ndarray, paper: np.ndarray, noise_floor: np.ndarray, paper_edge: np.ndarray
) -> np.ndarray:
    """All marks but the lines of ruled paper; the boxes of a form remain."""
    erased = erase_ruled_lines(darkness, paper, noise_floor)[0]
    return segment_marks(erased, paper, noise_floor, paper_edge)


def _average_down(pixels: np.ndarray) -> np.ndarray:
    """`(H, W, c) uint8` -> `(h, w, c) uint8` of at most `MAX_PHOTO_SIDE`, by block means."""
    factor = averaging_factor(pixels)
    if factor == 1:
        return pixels
    planes = [
        np.asarray(Image.fromarray(np.ascontiguousarray(pixels[..., channel])).reduce(factor))
        for channel in range(pixels.shape[2])
    ]
    return np.stack(planes, axis=-1)


def _enlarge(pixels: np.ndarray) -> np.ndarray:
    """`(h, w, c) uint8` -> `(h, w, c) uint8` with a shorter side of `MIN_ENLARGED_SIDE` or more."""
    height, width = pixels.shape[:2]
    scale = min(MIN_ENLARGED_SIDE / min(height, width), MAX_PHOTO_SIDE / max(height, width))
    if scale <= 1:
        return pixels
    size = (round(width * scale), round(height * scale))
    planes = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(pixels[..., channel])).resize(
                size, Image.Resampling.BICUBIC
            )
        )
        for channel in range(pixels.shape[2])
    ]
    return np.stack(planes, axis=-1)


def _small_grey(colours: np.ndarray) -> Image.Image:
    """The picture in grey levels, averaged down to about `PHOTO_SAMPLE_SIDE`."""
    if colours.shape[2] == 1:
        grey = Image.fromarray(colours[..., 0])
    else:
        grey = Image.fromarray(np.rint(colours.mean(axis=2)).astype(np.uint8))
    return grey.reduce(max(1, min(grey.size) // PHOTO_SAMPLE_SIDE))


def _has_light_lines(small: Image.Image) -> bool:
    """Whether lines are lighter than their sides, as chalk is on a board.

    The third moment tells lines from the edges of shadows: a line is darker, or lighter, than both
    of its sides, while an edge is darker on one side and lighter on the other.
    """
    skew = 0.0
    for radius in LINE_RADII:
        line, around = (
            np.asarray(small.filter(ImageFilter.GaussianBlur(scale * radius)), np.float32)
            for scale in (1, 2)
        )
        skew += float((((line - around) / (around + LINE_BRIGHTNESS_OFFSET)) ** 3).sum())
    return skew > 0
