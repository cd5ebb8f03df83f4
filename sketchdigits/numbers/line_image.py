"""The marks of a line -> one image of the line, level and 32 pixels high, for the row network.

Enters: the ink of a row, and the marks of one line. Leaves: a `LineImage`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from sketchdigits.architectures.row_cnn import LINE_HEIGHT
from sketchdigits.numbers.pieces import SOFT_EDGE
from sketchdigits.numbers.row_ink import RowInk
from sketchdigits.numbers.text_lines import MIN_TALL, TextLine

# Pixels of the image: the height of most digits, and that of the tallest mark.
DIGIT_HEIGHT, MAX_HEIGHT = 20.0, 30.0
# Pixels of background at both ends.
MARGIN = 16
# The width is a multiple of this, and at most the second number.
WIDTH_STEP, MAX_WIDTH = 32, 2048


@dataclass(frozen=True)
class LineImage:
    """The image of a line.

    Attributes:
        pixels: `(32, width) uint8, 0-255`, ink bright.
        left: the column of the row's ink at which the image's margin ends.
        scale: pixels of the image in a pixel of the row's ink.
    """

    pixels: np.ndarray
    left: int
    scale: float


def draw_line_image(row: RowInk, line: TextLine) -> LineImage | None:
    """Draw the image of a line; None if the line is too long for a number.

    The ink of other lines is left out. Each mark is as bright as the others. The line is made
    level: at each column, the middle of the tall marks there is moved to the middle row.
    """
    marks = np.array(line.marks)
    boxes = row.marks.boxes[marks]
    heights = boxes[:, 2] - boxes[:, 0]
    left, right, scale = _find_place(row, boxes, line.height)
    width, padded = _find_widths(left, right, scale)
    if padded > MAX_WIDTH:
        return None
    tall = boxes[heights >= MIN_TALL * line.height]
    if not len(tall):
        tall = boxes
    middles = (tall[:, :2] + tall[:, 2:]) / 2
    middles = middles[np.argsort(middles[:, 1], kind="stable")]
    columns = np.arange(left, right)
    centres = np.interp(columns, middles[:, 1], middles[:, 0])
    count = round(LINE_HEIGHT / scale)
    # Paper above and below, so that every row that is asked for exists.
    room = count
    ink = np.pad(_brighten(row, marks, left, right), ((room, room), (0, 0)))
    tops = np.clip(np.rint(centres - count / 2).astype(int) + room, 0, len(ink) - count)
    level = ink[tops + np.arange(count)[:, None], np.arange(right - left)]
    small = Image.fromarray(level).resize((width, LINE_HEIGHT), Image.Resampling.BOX)
    pixels = np.zeros((LINE_HEIGHT, padded), np.uint8)
    pixels[:, MARGIN : MARGIN + width] = np.asarray(small)
    return LineImage(pixels, left, scale)


def image_width(row: RowInk, line: TextLine) -> int:
    """How many pixels wide the image of a line is; 0 if the line is too long to have one."""
    _, padded = _find_widths(*_find_place(row, row.marks.boxes[list(line.marks)], line.height))
    return padded if padded <= MAX_WIDTH else 0


def _find_place(row: RowInk, boxes: np.ndarray, height: float) -> tuple[int, int, float]:
    """The first column of a line's ink, the one behind its last, and the image's scale."""
    tallest = (boxes[:, 2] - boxes[:, 0]).max()
    scale = min(DIGIT_HEIGHT / height, MAX_HEIGHT / tallest)
    left = max(0, int(boxes[:, 1].min()) - SOFT_EDGE)
    right = min(row.ink.shape[1], int(boxes[:, 3].max()) + SOFT_EDGE)
    return left, right, float(scale)


def _find_widths(left: int, right: int, scale: float) -> tuple[int, int]:
    """The width of a line in its image, and that of the image."""
    width = max(1, round((right - left) * scale))
    padded = width + 2 * MARGIN
    return width, padded + -padded % WIDTH_STEP


def _brighten(row: RowInk, marks: np.ndarray, left: int, right: int) -> np.ndarray:
    """The ink of these marks from column `left` to `right`, each with its strongest ink at 255."""
    labels = row.marks.labels[0, :, left:right]
    ink = row.ink[:, left:right]
    is_mark = labels >= 0
    strongest = np.zeros(len(row.marks.masks) + 1, np.uint8)
    np.maximum.at(strongest, labels[is_mark], ink[is_mark])
    others = np.ones(len(strongest), bool)
    others[marks] = False
    strongest[others] = 0
    levels = strongest[labels]  # the background has the last one's, 0
    # Soft edges of strokes lie outside the marks.
    for _ in range(SOFT_EDGE):
        np.maximum(levels[:, 1:], levels[:, :-1].copy(), out=levels[:, 1:])
        np.maximum(levels[:, :-1], levels[:, 1:].copy(), out=levels[:, :-1])
        np.maximum(levels[1:], levels[:-1].copy(), out=levels[1:])
        np.maximum(levels[:-1], levels[1:].copy(), out=levels[:-1])
    brightest = strongest[marks]
    if brightest.min() == brightest.max():  # as in most drawings: a table is faster
        table = np.minimum(255 * np.arange(256) // max(1, int(brightest[0])), 255).astype(np.uint8)
        return np.where(levels > 0, table[ink], np.uint8(0))
    divisors = levels.astype(np.float32)
    bright = np.zeros_like(divisors)
    np.divide(np.float32(255) * ink, divisors, out=bright, where=levels > 0)
    return np.minimum(bright, 255).astype(np.uint8)
