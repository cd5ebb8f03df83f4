"""The digit alone -> the digit 20 pixels long: scaled, antialiased, at full contrast.

Enters: the crop that `preprocessing.py` made. Leaves: a frame of 60x60, `float32, 0-1`, from which
it takes its window. A part of preprocessing, and of no use but there.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

DIGIT_BOX_SIZE = 20
# Of the strongest ink: what counts as stroke. The bounding box is the strokes', so that neither
# blur nor compression noise makes a digit smaller.
STROKE_THRESHOLD = 0.25
# Crops are averaged down to about this many pixels before the final resampling.
FINE_SIZE = 160
# The frame that a 28x28 window is taken from, and how much of its middle can hold ink: the box and
# the soft edges around it.
FRAME_SIZE = 60
RESAMPLED_SIZE = 24
# The grey level that becomes full white is this percentile of the stroke's pixels.
FULL_CONTRAST_PERCENTILE = 80
# A digit drawn in about as many pixels as it gets here (at such a scale) shows steps that one drawn
# larger doesn't. It is softened: each pixel takes so much of each neighbour along a line.
STEPPED_SCALES = (0.5, 1.25)
SOFTENING = 1 / 6
# Pixels: how much shorter than 20 one of MNIST's digits is where its ends are faint.
FAINT_ENDS = 2


def fit_to_box(crop: np.ndarray, *, in_mnist_form: bool = False) -> np.ndarray:
    """`(h, w) float32, 0-1` -> the digit 20 pixels long in a `(60, 60) float32, 0-1` frame.

    Aspect is kept. The frame is wider than an image so that `center_by_mass` can take its 28x28
    window out of it anywhere. The brightest fifth of the stroke becomes 1.

    Args:
        crop: the digit alone.
        in_mnist_form: whether the image is centred as MNIST's are. If the digit has their length
            too it is not resampled, which would only blur it. No other digit is left as sharp: the
            pixels of a small canvas would look like MNIST's, whose 1 has no flag, and a 1 with a
            flag be read as a 7.
    """
    strokes = list(extent(crop > STROKE_THRESHOLD))
    block = max(side.stop - side.start for side in strokes) // FINE_SIZE
    if block > 1:
        crop = _average_down(crop, block)
        strokes = [slice(side.start / block, side.stop / block) for side in strokes]
    longest = max(side.stop - side.start for side in strokes)
    scale = DIGIT_BOX_SIZE / longest
    crop, strokes = _trim(crop, strokes, margin=math.ceil(4 / scale))
    if in_mnist_form and DIGIT_BOX_SIZE - FAINT_ENDS <= longest <= DIGIT_BOX_SIZE:
        frame = _embed(crop, FRAME_SIZE)
    elif STEPPED_SCALES[0] < scale < STEPPED_SCALES[1]:
        frame = _resample(_soften(crop), [_shift(side, 1) for side in strokes], scale)
    else:
        frame = _resample(crop, strokes, scale)
    stroke = frame[frame > STROKE_THRESHOLD * frame.max()]
    frame /= np.percentile(stroke, FULL_CONTRAST_PERCENTILE)
    return np.clip(frame, 0, 1, out=frame)


def _soften(crop: np.ndarray) -> np.ndarray:
    """`(h, w)` -> `(h + 2, w + 2)`, each pixel mixed with its neighbours."""
    soft = np.pad(crop, 2)
    for _ in range(2):
        soft = SOFTENING * (soft[:-2] + soft[2:]) + (1 - 2 * SOFTENING) * soft[1:-1]
        soft = soft.T
    return soft.astype(np.float32)


def _shift(side: slice, steps: int) -> slice:
    return slice(side.start + steps, side.stop + steps)


def _embed(crop: np.ndarray, side: int) -> np.ndarray:
    """`crop` in the middle of a `(side, side)` frame of zeros."""
    height, width = crop.shape
    frame = np.zeros((side, side), np.float32)
    top, left = (side - height) // 2, (side - width) // 2
    frame[top : top + height, left : left + width] = crop
    return frame


def _resample(crop: np.ndarray, strokes: list[slice], scale: float) -> np.ndarray:
    """`crop` times `scale`, antialiased, the middle of its strokes in that of a 60x60 frame."""
    window = RESAMPLED_SIZE / scale  # in the crop's pixels
    # Room enough for the window wherever the strokes lie in the crop.
    side = max(crop.shape) + 2 * int(np.ceil(window / 2)) + 2
    source = _embed(crop, side)
    box = []
    for axis in (1, 0):  # Pillow wants left, top, right, bottom
        middle = (strokes[axis].start + strokes[axis].stop) / 2
        start = (side - crop.shape[axis]) // 2 + middle - window / 2
        box.append((start, start + window))
    (left, right), (top, bottom) = box
    smooth = Image.Resampling.BILINEAR if scale < 1 else Image.Resampling.BICUBIC
    small = Image.fromarray(source).resize(
        (RESAMPLED_SIZE, RESAMPLED_SIZE), smooth, box=(left, top, right, bottom)
    )
    return _embed(np.maximum(np.asarray(small), 0), FRAME_SIZE)


def _trim(crop: np.ndarray, strokes: list[slice], margin: int) -> tuple[np.ndarray, list[slice]]:
    """`crop` without what lies farther than `margin` from its strokes' box, and the box in it."""
    kept, box = [], []
    for side in strokes:
        start = max(0, math.floor(side.start) - margin)
        kept.append(slice(start, math.ceil(side.stop) + margin))
        box.append(slice(side.start - start, side.stop - start))
    return crop[tuple(kept)], box


def _average_down(crop: np.ndarray, block: int) -> np.ndarray:
    """The mean of every `block` x `block` pixels, counted from the top left."""
    padded = np.pad(crop, [(0, -side % block) for side in crop.shape])
    rows, columns = (side // block for side in padded.shape)
    return padded.reshape(rows, block, columns, block).mean(axis=(1, 3), dtype=np.float32)


def extent(mask: np.ndarray) -> tuple[slice, slice]:
    """The rows and columns from the first to the last that hold a True."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
