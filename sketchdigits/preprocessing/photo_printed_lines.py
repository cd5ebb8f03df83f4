"""Erase printed lines from a photograph: of ruled and squared paper, of forms and of tables.

Enters and leaves: `(h, w) float32, 0-1`: how much darker each pixel is than the paper around it.
"""

from __future__ import annotations

import numpy as np

from sketchdigits.preprocessing.blurs import blur_grain
from sketchdigits.preprocessing.closing import grow
from sketchdigits.preprocessing.photo_ruled_lines import erase_ruled_lines
from sketchdigits.preprocessing.photo_segmentation import FLOOR_MULTIPLES
from sketchdigits.preprocessing.printed_frame import remove_printed_frames

# Pixels: a printed line is erased with its soft edge, by a window of this side.
SOFT_EDGE_WINDOW = 5
# Without lines at one threshold, the marks at the next one are searched only if they are less than
# this share of those that were searched last.
MIN_SAME_MARKS = 0.8


def erase_printed_lines(
    darkness: np.ndarray, paper: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray | None]:
    """`(h, w) float32, 0-1` -> `(h, w) float32, 0-1` without printed lines.

    Args:
        darkness: how much darker each pixel is than the paper around it.
        paper: the brightness of that paper, `(h, w) float32`, any scale.
        noise: `(h, w) float32`, the darkness that the paper's grain can reach.

    Returns:
        the darkness without lines; and `blur_grain` of it, or None if that is not computed yet.
    """
    erased, is_ruled = erase_ruled_lines(darkness, paper, noise)
    if is_ruled:
        # What remains of ruled or squared paper's lines looks like frames.
        return erased, None
    # The lines of a cell go from edge to edge too, but many are too thick for `erase_ruled_lines`,
    # or end in the picture. It would leave some of them, or pieces.
    cleared, smooth = _erase_frame(darkness, noise)
    if cleared is darkness:
        return erased, smooth if erased is darkness else None
    if erased is darkness or np.array_equal(erased, darkness):
        return cleared, smooth
    return erase_ruled_lines(cleared, paper, noise)[0], None


def _erase_frame(darkness: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Set a printed frame, or the lines of a cell, to 0; the same array if there are none.

    Also returns `blur_grain` of the result.
    """
    smooth = blur_grain(darkness)
    searched = None
    for multiple in FLOOR_MULTIPLES:
        threshold = noise if multiple == 1 else multiple * noise
        marks = (smooth > threshold)[None]
        area = np.count_nonzero(marks)
        if searched is not None and area >= MIN_SAME_MARKS * searched:
            continue
        searched = area
        cleared = remove_printed_frames(marks)
        if cleared is marks:
            continue
        searched = None
        erased = grow(marks[0] & ~cleared[0], SOFT_EDGE_WINDOW)
        darkness = darkness.copy()
        darkness[erased & ~cleared[0]] = 0
        smooth = blur_grain(darkness)
    return darkness, smooth
