"""Remove pieces of printed lines which are paler than strokes.

Where a line is about as pale as the threshold between strokes and background, only pieces of it
are in the mask of strokes. The whole line is in a mask with a lower threshold, and is found there.
"""

from __future__ import annotations

import numpy as np

from sketchdigits.preprocessing.printed_frame import clear_printed_frame, may_have_lines

# Pale ink is above this share of the image's strongest ink ...
PALE_THRESHOLD = 0.08
# ... and above this multiple of the median, which is the noise of the background: four standard
# deviations if the noise is normal.
NOISE_MULTIPLE = 6.0


def clear_pale_lines(digit: np.ndarray, ink: np.ndarray) -> np.ndarray | None:
    """Remove the pieces of pale lines from `(H, W) bool`; None if there can be none.

    Where there may be some, ink that the background's noise reaches is removed too.

    Args:
        digit: the digit's strokes, and perhaps pieces of lines.
        ink: `(H, W) uint8, 0-255`: the ink from which `digit` was taken.
    """
    level = max(PALE_THRESHOLD * int(ink.max()), NOISE_MULTIPLE * float(np.median(ink)))
    pale = ink > level
    if not may_have_lines(pale[None])[0]:
        return None
    cleared = digit & clear_printed_frame(pale)
    return cleared if cleared.any() else None
