"""Select the digit among all dark marks on photographed paper: the largest plausible one.

Enters: `(h, w) float32, 0-1`: how much darker each pixel is than the paper around it, without
printed lines. Leaves: `(h, w) uint8, 0-255`: the digit's ink, and 0 elsewhere.

Grain, specks, narrow remains at the edges of shadows, and tables and sleeves at the edge of the
picture are removed. A second large digit is kept, so that the answer doesn't hide that there
are two.
"""

from __future__ import annotations

import numpy as np

from sketchdigits.preprocessing.blurs import blur_grain
from sketchdigits.preprocessing.closing import grow, pad, slide
from sketchdigits.preprocessing.connected_components import Components, find_components

# Pixels above this share of the digit's darkness are its strokes.
STROKE_DARKNESS = 0.5
# Pixels: a stroke is taken with its soft edge, by a window of this side.
SOFT_EDGE_WINDOW = 5
# The shortest digit, as a share of the picture's shorter side.
MIN_DIGIT_SIZE = 0.08
# The threshold between grain and ink, as multiples of the noise floor. The higher ones are tried if
# the digit is connected with the remains of a shadow at the lower ones.
FLOOR_MULTIPLES = (1, 2, 3)
# The mean darkness of a digit is at least this multiple of the threshold.
MIN_CLEAR_INK = 2.0
# Ink is darker than its surroundings along at least this share of its outline.
MIN_CONTRASTING_OUTLINE = 0.8
# Pixels: how far outside the outline the surroundings are compared.
OUTSIDE_DISTANCE = 5
# The surroundings must be brighter than the outline by this share of the ink's darkness.
MIN_OUTLINE_CONTRAST = 0.25
# Components whose outline is tested, the largest and darkest ones.
MAX_CANDIDATES = 8
# A component lies along the edge of the paper, and doesn't just cross it, if it touches the edge
# over more than this share of its diagonal.
MAX_EDGE_CONTACT = 0.3
# A component belongs to the digit within these limits: distance and size as shares of the main
# component's diagonal, darkness as a share of its darkness.
MAX_PART_DISTANCE = 0.25
MIN_PART_SIZE = 0.08
MIN_PART_DARKNESS = 0.6
# A component above these limits is a second digit, at any distance: both are kept.
MIN_SECOND_SIZE = 0.5
MIN_SECOND_DARKNESS = 0.75
# A mark beside other digits is at least this dark, or at least this large.
MIN_MARK_DARKNESS = 0.35
MIN_FAINT_MARK_SIZE = 0.3
# At most this many marks have their outlines tested.
MAX_TESTED_MARKS = 100


def segment_digit(
    darkness: np.ndarray,
    paper: np.ndarray,
    noise_floor: np.ndarray,
    paper_edge: np.ndarray,
    smooth: np.ndarray | None = None,
) -> np.ndarray:
    """`(h, w) float32, 0-1` -> `(h, w) uint8, 0-255`: the digit's ink; zeros if there is none.

    Args:
        darkness: how much darker each pixel is than the paper around it.
        paper: the brightness of that paper, `(h, w) float32`, any scale.
        noise_floor: `(h, w) float32`: the darkness that grain can reach.
        paper_edge: `(h, w) bool`: where the paper ends.
        smooth: `blur_grain` of the darkness, if the caller has it already.
    """
    smooth = blur_grain(darkness) if smooth is None else smooth
    digit_ink = np.zeros(darkness.shape, np.uint8)
    found = _find_ink(smooth, paper, noise_floor, paper_edge)
    if found is None:
        return digit_ink
    components, strengths, _, candidates = found
    chosen = _digit_components(components, strengths, candidates)
    # All the rest is 0, so work on the digit's box and its soft edge only.
    margin = SOFT_EDGE_WINDOW // 2
    boxes = components.boxes[chosen]
    (top, left), (bottom, right) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    window = (
        slice(max(0, top - margin), bottom + margin),
        slice(max(0, left - margin), right + margin),
    )
    full = float(strengths[candidates[0]])
    digit = components.paint(chosen)[0][window] & (smooth[window] > STROKE_DARKNESS * full)
    soft = grow(digit, SOFT_EDGE_WINDOW)
    ink = (darkness[window] - 0.1 * full) / (0.9 * full)
    ink = np.minimum(np.maximum(ink, 0, out=ink), 1, out=ink)
    digit_ink[window] = np.rint(255 * ink).astype(np.uint8) * soft
    return digit_ink


def segment_marks(
    darkness: np.ndarray, paper: np.ndarray, noise_floor: np.ndarray, paper_edge: np.ndarray
) -> np.ndarray:
    """`segment_digit` of all marks on the paper, for a row of digits.

    Each mark is compared with its own darkness, so that faint ones remain whole.
    """
    smooth = blur_grain(darkness)
    found = _find_ink(smooth, paper, noise_floor, paper_edge)
    if found is None:
        return np.zeros(darkness.shape, np.uint8)
    components, strengths, is_clear, candidates = found
    chosen = is_clear & _are_marks(components, strengths, candidates[0])
    for number in np.flatnonzero(chosen)[:MAX_TESTED_MARKS]:
        outline = _contrasting_outline(paper, smooth, components, int(number), strengths[number])
        chosen[number] = outline >= MIN_CONTRASTING_OUTLINE
    full = np.append(np.where(chosen, strengths, 0), 0).astype(np.float32)
    full = full[components.labels[0]]
    full = np.where(smooth > STROKE_DARKNESS * full, full, 0)
    margin = SOFT_EDGE_WINDOW // 2
    grown = slide(pad(full, margin, 0), SOFT_EDGE_WINDOW, np.maximum)
    ink = np.where(grown > 0, darkness - 0.1 * grown, 0) / np.maximum(0.9 * grown, 1e-3)
    return np.rint(255 * np.clip(ink, 0, 1)).astype(np.uint8)


def _find_ink(
    smooth: np.ndarray, paper: np.ndarray, noise_floor: np.ndarray, paper_edge: np.ndarray
) -> tuple[Components, np.ndarray, np.ndarray, list[int]] | None:
    """The marks above the lowest threshold at which one of them may be a digit; None if none may.

    Also their strengths, whether they are clear of the paper's edge and darker than grain, `(n,)`
    each, and which ones may be the digit's main component.
    """
    for multiple in FLOOR_MULTIPLES:
        threshold = noise_floor if multiple == 1 else multiple * noise_floor
        components = find_components((smooth > threshold)[None])
        strengths, floors = _strengths(smooth, noise_floor, components)
        is_clear = strengths >= MIN_CLEAR_INK * multiple * floors
        is_clear &= ~_lies_along(paper_edge, components)
        candidates = _main_candidates(components, strengths, is_clear, smooth, paper)
        if candidates:
            return components, strengths, is_clear, candidates
    return None


def _are_marks(components: Components, strengths: np.ndarray, main: int) -> np.ndarray:
    """`(n,) bool`: the components that are dark or large compared with the `main` one."""
    size, strength = components.diagonals / components.diagonals[main], strengths / strengths[main]
    return (size >= MIN_PART_SIZE) & (
        (strength >= MIN_MARK_DARKNESS) | (size >= MIN_FAINT_MARK_SIZE)
    )


def _main_candidates(
    components: Components,
    strengths: np.ndarray,
    is_clear: np.ndarray,
    smooth: np.ndarray,
    paper: np.ndarray,
) -> list[int]:
    """The clear components that may be a digit's main component, largest and darkest first."""
    sizes = components.diagonals
    is_large = is_clear & (sizes >= MIN_DIGIT_SIZE * min(smooth.shape))
    order = np.argsort(-sizes * strengths)
    candidates = [int(number) for number in order if is_large[number]][:MAX_CANDIDATES]
    return [
        number
        for number in candidates
        if _contrasting_outline(paper, smooth, components, number, strengths[number])
        >= MIN_CONTRASTING_OUTLINE
    ]


def _digit_components(
    components: Components, strengths: np.ndarray, candidates: list[int]
) -> np.ndarray:
    """`(n,) bool`: the first candidate, the components that belong to it, and a second digit."""
    main, sizes = candidates[0], components.diagonals
    is_near = (
        _distances(components.boxes, components.boxes[main]) <= MAX_PART_DISTANCE * sizes[main]
    )
    size, strength = sizes / sizes[main], strengths / strengths[main]
    chosen = is_near & (size >= MIN_PART_SIZE) & (strength >= MIN_PART_DARKNESS)
    for number in candidates:
        chosen[number] |= (
            size[number] >= MIN_SECOND_SIZE and strength[number] >= MIN_SECOND_DARKNESS
        )
    return chosen


def _contrasting_outline(
    paper: np.ndarray, smooth: np.ndarray, components: Components, number: int, full: float
) -> float:
    """The share of a component's outline that is darker than the pixels a few steps outside it.

    Ink is darker all around. The remains of a shadow's edge after the closing are darker than one
    side only.
    """
    top, left, bottom, right = components.boxes[number]
    window = (
        slice(max(0, top - OUTSIDE_DISTANCE), bottom + OUTSIDE_DISTANCE),
        slice(max(0, left - OUTSIDE_DISTANCE), right + OUTSIDE_DISTANCE),
    )
    bright = paper[window] * (1 - smooth[window])
    limit = bright * (1 - MIN_OUTLINE_CONTRAST * full)
    mask = (components.labels[0][window] == number) & (smooth[window] > STROKE_DARKNESS * full)
    outside = ~mask
    outline, darker = 0, 0
    near, far = slice(None, -OUTSIDE_DISTANCE), slice(OUTSIDE_DISTANCE, None)
    next_in, next_out = slice(1, 1 - OUTSIDE_DISTANCE), slice(OUTSIDE_DISTANCE - 1, -1)
    # From all four directions: the pixel of the outline, the next one, and the one outside.
    for inner, beside, outer in ((near, next_in, far), (far, next_out, near)):
        for axis in (0, 1):
            at, by, out = (
                (part, slice(None)) if axis == 0 else (slice(None), part)
                for part in (inner, beside, outer)
            )
            is_outline = mask[at] & outside[by]
            is_outline &= outside[out]
            outline += int(np.count_nonzero(is_outline))
            is_outline &= bright[at] < limit[out]
            darker += int(np.count_nonzero(is_outline))
    return darker / max(1, outline)


def _strengths(
    smooth: np.ndarray, noise_floor: np.ndarray, components: Components
) -> tuple[np.ndarray, np.ndarray]:
    """Two means over each component, `(n,) float`.

    The first is that of `smooth`, in which darker pixels count more; the other that of
    `noise_floor`.
    """
    inked, numbers = components.pixels, components.numbers
    values = smooth.ravel()[inked]
    squares, sums, floors = (
        np.bincount(numbers, weights, len(components.areas)) / components.areas
        for weights in (values**2, values, noise_floor.ravel()[inked])
    )
    return squares / sums, floors


def _lies_along(paper_edge: np.ndarray, components: Components) -> np.ndarray:
    """`(n,) bool`: whether a component touches the edge over a long part, as a table or sleeve."""
    is_touching = paper_edge.ravel()[components.pixels]
    contact = np.bincount(components.numbers[is_touching], minlength=len(components.areas))
    return contact > MAX_EDGE_CONTACT * components.diagonals


def _distances(boxes: np.ndarray, box: np.ndarray) -> np.ndarray:
    """`(n,) float`: the distance of each box from `box`, in pixels; 0 if they overlap or touch."""
    gaps = np.maximum(np.maximum(boxes[:, :2] - box[2:], box[:2] - boxes[:, 2:]), 0)
    return np.hypot(gaps[:, 0], gaps[:, 1])
