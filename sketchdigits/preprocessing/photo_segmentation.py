"""Of all that is dark on photographed paper, the largest that may be a digit.

Left out are grain, slivers at the edges of shadows, tables and sleeves at the picture's edge, and
specks. A second digit is kept: two digits are to be seen as two.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from sketchdigits.preprocessing.connected_components import Components, find_components

# What counts as the digit's stroke, of how dark its ink is.
STROKE_DARKNESS = 0.5
# The shortest digit, as a share of the working picture's shorter side.
MIN_DIGIT = 0.08
# Ink is told from grain at the grain's level, and where it then hangs together with a remnant of
# a shadow, at these multiples; as a whole it is so many times darker than that.
LEVELS = (1, 2, 3)
CLEAR_INK = 2.0
# Along so much of its outline ink is darker, by this share of its darkness, than what lies so many
# pixels beside it. So many parts are tried.
MIN_DARKER = 0.8
DARKER = 0.25
BESIDE = 5
MAX_CANDIDATES = 8
# A part lies along the picture's edge, not across it, if the contact is this long beside it.
EDGE_CONTACT = 0.3
# Other ink belongs to the digit if it lies this near, is this large and this dark, all beside its
# main part: shares of its diagonal and of its darkness.
NEAR = 0.25
PART_SIZE = 0.08
PART_DARKNESS = 0.6
# What lies anywhere, nearly as large and as dark, is a second digit: both are shown.
SECOND_SIZE = 0.5
SECOND_DARKNESS = 0.75


def largest_ink(
    darkness: np.ndarray, paper: np.ndarray, floor: np.ndarray, edge: np.ndarray
) -> np.ndarray:
    """`(h, w) float32, 0-1` -> `(h, w) uint8, 0-255`: the digit's ink; zeros if there is none.

    Args:
        darkness: how much darker each pixel is than the paper around it.
        paper: the brightness of that paper, `(h, w) float32`, any scale.
        floor: `(h, w) float32`: what is less dark may be grain.
        edge: `(h, w) bool`: where the paper ends.
    """
    smooth = smooth_grain(darkness)
    for level in LEVELS:
        components = find_components((smooth > level * floor)[None])
        strengths = _strengths(smooth, components)
        clear = strengths >= CLEAR_INK * level * _means(floor, components)
        clear &= ~_lies_along(edge, components)
        inked = _plausible(components, strengths, clear, smooth, paper * (1 - smooth))
        if inked:
            part = _parts(components, strengths, inked)
            full = strengths[inked[0]]
            part &= smooth > STROKE_DARKNESS * full
            soft = Image.fromarray(part).convert("L").filter(ImageFilter.MaxFilter(5))
            ink = np.where(np.asarray(soft) > 0, darkness - 0.1 * full, 0) / (0.9 * full)
            return np.rint(255 * np.clip(ink, 0, 1)).astype(np.uint8)
    return np.zeros(darkness.shape, np.uint8)


def _plausible(
    components: Components,
    strengths: np.ndarray,
    clear: np.ndarray,
    smooth: np.ndarray,
    brightness: np.ndarray,
) -> list[int]:
    """The `clear` components that may be a digit's main part, largest and darkest first."""
    sizes = components.diagonals
    large = clear & (sizes >= MIN_DIGIT * min(smooth.shape))
    order = np.argsort(-sizes * strengths)
    candidates = [int(number) for number in order if large[number]][:MAX_CANDIDATES]
    return [
        number
        for number in candidates
        if _share_darker_than_beside(brightness, smooth, components, number, strengths[number])
        >= MIN_DARKER
    ]


def _parts(components: Components, strengths: np.ndarray, inked: list[int]) -> np.ndarray:
    """`(h, w) bool`: the first of `inked`, what belongs to it, and a second digit."""
    main, sizes = inked[0], components.diagonals
    near = _distances(components.boxes, components.boxes[main]) <= NEAR * sizes[main]
    size, strength = sizes / sizes[main], strengths / strengths[main]
    belongs = near & (size >= PART_SIZE) & (strength >= PART_DARKNESS)
    for number in inked:
        belongs[number] |= size[number] >= SECOND_SIZE and strength[number] >= SECOND_DARKNESS
    return components.paint(belongs)[0]


def _share_darker_than_beside(
    brightness: np.ndarray, smooth: np.ndarray, components: Components, number: int, full: float
) -> float:
    """Along how much of its outline a component is darker than what lies a few pixels beside it.

    All along for ink; along one side only for what a closing leaves at the edge of a shadow.
    """
    top, left, bottom, right = components.boxes[number]
    window = (
        slice(max(0, top - BESIDE), bottom + BESIDE),
        slice(max(0, left - BESIDE), right + BESIDE),
    )
    bright = brightness[window]
    part = (components.labels[0][window] == number) & (smooth[window] > STROKE_DARKNESS * full)
    outline, darker = 0, 0
    for view, mask in ((bright, part), (bright.T, part.T)):
        for flip in (slice(None), slice(None, None, -1)):
            lit, stroke = view[flip], mask[flip]
            last = stroke[:-BESIDE] & ~stroke[1 : 1 - BESIDE] & ~stroke[BESIDE:]
            outline += int(last.sum())
            limit = lit[BESIDE:] * (1 - DARKER * full)
            darker += int((last & (lit[:-BESIDE] < limit)).sum())
    return darker / max(1, outline)


def smooth_grain(darkness: np.ndarray) -> np.ndarray:
    """`(h, w) float32`, a little blurred: the strokes stay, the grain goes."""
    kernel = np.array([0.25, 0.5, 0.25], np.float32)
    for _ in range(2):
        padded = np.pad(darkness, ((1, 1), (0, 0)), mode="edge")
        darkness = kernel[0] * padded[:-2] + kernel[1] * padded[1:-1] + kernel[2] * padded[2:]
        darkness = darkness.T
    return darkness


def _strengths(smooth: np.ndarray, components: Components) -> np.ndarray:
    """How dark each component is, the darker pixels counting more: `(n,) float`."""
    return _means(smooth**2, components) / _means(smooth, components)


def _means(plane: np.ndarray, components: Components) -> np.ndarray:
    """The mean of `(h, w)` over each component, `(n,)`."""
    inked = components.labels[0] >= 0
    count = len(components.areas)
    return np.bincount(components.labels[0][inked], plane[inked], count) / components.areas


def _lies_along(edge: np.ndarray, components: Components) -> np.ndarray:
    """`(n,) bool`: whether a component is at the edge and long beside it: a table, a sleeve."""
    touching = components.labels[0][edge]
    contact = np.bincount(touching[touching >= 0], minlength=len(components.areas))
    return contact > EDGE_CONTACT * components.diagonals


def _distances(boxes: np.ndarray, box: np.ndarray) -> np.ndarray:
    """`(n,)`: how far each box is from `box`, in pixels; 0 where they meet."""
    gaps = np.maximum(np.maximum(boxes[:, :2] - box[2:], box[:2] - boxes[:, 2:]), 0)
    return np.hypot(gaps[:, 0], gaps[:, 1])
