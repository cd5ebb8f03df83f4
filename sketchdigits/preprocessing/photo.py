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

from sketchdigits.preprocessing.medians import median_level
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
# Light lines are searched in a picture of about this many pixels on the shorter side.
LIGHT_LINES_SIDE = 32
# The board's brightness is the median in windows of this share of the shorter side.
BOARD_WINDOW = 0.5
# Grey levels, added to both brightnesses whose ratio is taken: grain on black counts little.
BRIGHTNESS_OFFSET = 32
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
    is_dark = median_level(small) <= MAX_BOARD_BRIGHTNESS
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
    erased, smooth = erase_printed_lines(darkness, paper, noise_floor)
    return segment_digit(erased, paper, noise_floor, paper_edge, smooth)


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
    factor = min(grey.size) // PHOTO_SAMPLE_SIDE
    return grey.reduce(factor) if factor > 1 else grey


def _has_light_lines(small: Image.Image) -> bool:
    """Whether lines are lighter than the board around them, as chalk is.

    Lines cover less than half of every window, so that its median is the board's brightness, also
    in shade and between bold strokes. At the edge of a shadow one side is lighter than the median
    by the same ratio by which the other side is darker.
    """
    small = small.reduce(max(1, min(small.size) // LIGHT_LINES_SIDE))
    window = int(BOARD_WINDOW * min(small.size)) | 1
    margin = window // 2
    brightness = np.asarray(small)
    padded = Image.fromarray(np.pad(brightness, margin, mode="reflect"))
    board = np.asarray(padded.filter(ImageFilter.MedianFilter(window)))
    board = board[margin : margin + brightness.shape[0], margin : margin + brightness.shape[1]]
    ratios = (brightness + np.float32(BRIGHTNESS_OFFSET)) / (board + np.float32(BRIGHTNESS_OFFSET))
    return bool((np.log(ratios) ** 3).sum() > 0)
