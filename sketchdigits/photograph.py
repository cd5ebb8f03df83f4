"""A photograph of a digit on paper -> its ink: uneven light, noise and printed lines left out.

Enters: `(H, W, 1|3) uint8` colours. Leaves: `(h, w) uint8, 0-255`, how dark the digit's ink is
beside the paper around it, and 0 everywhere else; at most `WORKING_SIDE` pixels a side or so.

The paper's brightness is estimated at every pixel by a morphological closing, which takes away
what is dark and narrow but leaves shadows as they are: Serra 1982, "Image Analysis and
Mathematical Morphology". Otsu 1979 gives the threshold between ink and paper.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageFilter

from sketchdigits.components import Components, find_components
from sketchdigits.ruled_lines import erase_ruled_lines

# Smaller images are captures, not photographs.
MIN_PHOTOGRAPH_SIDE = 64
# About this many pixels a side are looked at to tell a photograph.
SAMPLE_SIDE = 160
# A drawing's ground has one exact colour, a photograph's has many: in ours of 300 to 3000 pixels
# the commonest level covers 18 % at most, in drawings, JPEGs among them, 57 % at least, but for
# those that a soft brush fills to the edges.
MAX_COMMONEST = 0.2
# Grey levels, of 255, that the ground varies by: less is no obstacle to plain preprocessing.
MIN_UNEVENNESS = 12
# Photographs are averaged down to at most this many pixels on the longer side.
WORKING_SIDE = 640
# A board is darker than this grey level; chalk on it is looked for in lines of such radii, pixels
# of a picture of about `SAMPLE_SIDE`.
MAX_BOARD_BRIGHTNESS = 110
LINE_RADII = (1, 2, 4)
# The closing's window as a share of the shorter side: wider than a marker's stroke.
CLOSING_WINDOW = 0.25
# Shares of the paper's brightness: what is less dark than this is the paper's grain ...
MIN_DARKNESS = 0.06
# ... or than so many standard deviations of its noise.
NOISE_DEVIATIONS = 3.2
# What is this much darker than most of the paper is the table beside it.
TABLE_BRIGHTNESS = 0.3
TABLE_MARGIN = 0.01
# What counts as the digit's stroke, of how dark its ink is.
STROKE_DARKNESS = 0.4
# The shortest digit, as a share of the working picture's shorter side.
MIN_DIGIT = 0.08
# Ink is so many times darker than the grain may be.
CLEAR_INK = 2.0
# Along so much of its outline ink is darker, by this share of its darkness, than so many pixels
# beside it; of so many candidates.
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
PART_DARKNESS = 0.5
# What lies anywhere, nearly as large and as dark, is a second digit: both are shown.
SECOND_SIZE = 0.5
SECOND_DARKNESS = 0.75


def is_photograph(pixels: np.ndarray) -> bool:
    """Whether `(H, W, 1|3) uint8` is no drawing's even ground, but unevenly lit paper."""
    height, width, channels = pixels.shape
    if min(height, width) < MIN_PHOTOGRAPH_SIDE:
        return False
    sample = pixels[
        :: max(1, height // SAMPLE_SIDE), :: max(1, width // SAMPLE_SIDE), channels // 2
    ]
    for levels in (sample, np.concatenate([sample[0], sample[-1], sample[:, 0], sample[:, -1]])):
        if np.bincount(levels.ravel()).max() > MAX_COMMONEST * levels.size:
            return False
    block = min(sample.shape) // 12
    rows, columns = (side // block for side in sample.shape)
    blocks = sample[: rows * block, : columns * block].reshape(rows, block, columns, block)
    low, high = np.percentile(np.median(blocks, axis=(1, 3)), (5, 95))
    return bool(high - low >= MIN_UNEVENNESS)


def photographed_ink(pixels: np.ndarray) -> np.ndarray:
    """`(H, W, 1|3) uint8` -> `(h, w) uint8, 0-255`: the digit's ink, averaged down; 0 elsewhere.

    All zeros where there is no ink but printed lines.
    """
    colours = _average_down(pixels)
    if _is_light_on_dark(colours):
        colours = 255 - colours
    darkness, paper = _darkness(colours)
    floor = _noise_floor(darkness, paper)
    table, beside_table = _table(paper)
    darkness = np.where(table, np.float32(0), np.clip(darkness, 0, 1))
    darkness = erase_ruled_lines(darkness, paper, floor)
    return _digit_alone(darkness, paper, floor, beside_table)


def _average_down(pixels: np.ndarray) -> np.ndarray:
    """`(H, W, c) uint8` -> the same of at most `WORKING_SIDE` a side, by means of whole blocks."""
    block = math.ceil(max(pixels.shape[:2]) / WORKING_SIDE)
    if block == 1:
        return pixels
    planes = [
        np.asarray(Image.fromarray(np.ascontiguousarray(pixels[..., channel])).reduce(block))
        for channel in range(pixels.shape[2])
    ]
    return np.stack(planes, axis=-1)


def _is_light_on_dark(colours: np.ndarray) -> bool:
    """Chalk on a board: the picture is dark, and its lines are lighter than what is beside them.

    A line is told from a shadow's edge by being skewed: darker, or lighter, than both its sides.
    """
    grey = Image.fromarray(np.rint(colours.mean(axis=2)).astype(np.uint8))
    small = grey.reduce(max(1, min(grey.size) // SAMPLE_SIDE))
    if np.median(small) > MAX_BOARD_BRIGHTNESS:
        return False
    skew = 0.0
    for radius in LINE_RADII:
        line, around = (
            np.asarray(small.filter(ImageFilter.GaussianBlur(share * radius)), np.float32)
            for share in (1, 2)
        )
        skew += float((((line - around) / (around + 8)) ** 3).sum())
    return skew > 0


def _darkness(colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How dark each pixel is beside the paper, in the channel that tells most, and the paper.

    Both `(h, w) float32`: 0 for paper to 1 for black, noise on both sides of 0; and 0-255.
    """
    window = max(3, round(CLOSING_WINDOW * min(colours.shape[:2])))
    darkness, paper = [], []
    for channel in range(colours.shape[2]):
        plane = np.ascontiguousarray(colours[..., channel])
        smooth = np.asarray(Image.fromarray(plane).filter(ImageFilter.BoxBlur(1)))
        ground = _close(smooth, window).astype(np.float32)
        relative = (plane + np.float32(4)) / (ground + np.float32(4))
        # The closing finds the lightest of the grain: most of the picture is paper.
        relative /= np.median(relative)
        darkness.append(1 - relative)
        paper.append(ground)
    darkest = np.max(darkness, axis=0)
    return darkest - np.median(darkest), np.mean(paper, axis=0)


def _close(plane: np.ndarray, window: int) -> np.ndarray:
    """The closing of `(h, w) uint8`: the maximum over square windows, and its minimum over them.

    Beyond its edges the picture goes on as it is there, so that a slope of light goes on too.
    """
    padded = np.pad(plane, window, mode="edge")
    closed = _sliding(_sliding(padded, window, np.maximum), window, np.minimum)
    height, width = plane.shape
    return closed[1 : 1 + height, 1 : 1 + width]


def _sliding(plane: np.ndarray, window: int, extreme: np.ufunc) -> np.ndarray:
    """`extreme` over every `window` x `window` square, by doubling: `window - 1` less a side."""
    for _ in range(2):
        reach = 1
        while reach < window:
            step = min(reach, window - reach)
            plane = extreme(plane[step:], plane[:-step])
            reach += step
        plane = np.ascontiguousarray(plane.T)
    return plane


def _noise_floor(darkness: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """`(h, w) float32`: what is less dark than this is grain; a camera's is worse in the shade."""
    smooth = _smooth(darkness)
    lighter = smooth[smooth < 0]
    deviation = float(np.median(-lighter)) / 0.6745 if len(lighter) else 0.0
    shade = np.maximum(1, np.median(paper) / (paper + 1))
    return np.maximum(MIN_DARKNESS, NOISE_DEVIATIONS * deviation * shade).astype(np.float32)


def _table(paper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the picture shows no paper, with its soft edge, `(h, w) bool`, and that and beside it.

    The picture's edge counts as beside it.
    """
    margin = 2 * math.ceil(TABLE_MARGIN * min(paper.shape)) + 1
    dark = Image.fromarray(paper < TABLE_BRIGHTNESS * np.median(paper)).convert("L")
    table = dark.filter(ImageFilter.MaxFilter(margin))
    beside = np.asarray(table.filter(ImageFilter.MaxFilter(3))) > 0
    beside[[0, -1]] = beside[:, [0, -1]] = True
    return np.asarray(table) > 0, beside


def _digit_alone(
    darkness: np.ndarray, paper: np.ndarray, floor: np.ndarray, edge: np.ndarray
) -> np.ndarray:
    """`(h, w) float32, 0-1` -> `(h, w) uint8`: the largest plausible ink, and what belongs to it.

    All zeros where nothing is plausible.
    """
    smooth = _smooth(darkness)
    components = find_components(smooth > floor)
    strengths = _strengths(smooth, components)
    sizes = components.diagonals
    plausible = sizes >= MIN_DIGIT * min(darkness.shape)
    plausible &= strengths >= CLEAR_INK * _means(floor, components)
    plausible &= ~_lies_along(edge, components)
    order = np.argsort(-sizes * strengths)
    candidates = [int(number) for number in order if plausible[number]][:MAX_CANDIDATES]
    brightness = paper * (1 - smooth)
    inked = [
        number
        for number in candidates
        if _share_darker_than_beside(brightness, smooth, components, number, strengths[number])
        >= MIN_DARKER
    ]
    if not inked:
        return np.zeros(darkness.shape, np.uint8)
    main = inked[0]
    near = _distances(components.boxes, components.boxes[main]) <= NEAR * sizes[main]
    size, strength = sizes / sizes[main], strengths / strengths[main]
    belongs = near & (size >= PART_SIZE) & (strength >= PART_DARKNESS)
    for number in inked:
        belongs[number] |= size[number] >= SECOND_SIZE and strength[number] >= SECOND_DARKNESS
    # One more entry, for label -1: the ground.
    part = np.append(belongs, False)[components.labels]
    full = strengths[main]
    part &= smooth > np.maximum(floor, STROKE_DARKNESS * full)
    soft = Image.fromarray(part).convert("L").filter(ImageFilter.MaxFilter(5))
    ink = np.where(np.asarray(soft) > 0, darkness - 0.1 * full, 0) / (0.9 * full)
    return np.rint(255 * np.clip(ink, 0, 1)).astype(np.uint8)


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
    part = (components.labels[window] == number) & (smooth[window] > STROKE_DARKNESS * full)
    outline = darker = 0
    for view, mask in ((bright, part), (bright.T, part.T)):
        for flip in (slice(None), slice(None, None, -1)):
            lit, stroke = view[flip], mask[flip]
            last = stroke[:-BESIDE] & ~stroke[1 : 1 - BESIDE] & ~stroke[BESIDE:]
            outline += np.count_nonzero(last)
            limit = lit[BESIDE:] * (1 - DARKER * full)
            darker += np.count_nonzero(last & (lit[:-BESIDE] < limit))
    return darker / max(1, outline)


def _smooth(darkness: np.ndarray) -> np.ndarray:
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
    inked = components.labels >= 0
    count = len(components.areas)
    return np.bincount(components.labels[inked], plane[inked], count) / components.areas


def _lies_along(edge: np.ndarray, components: Components) -> np.ndarray:
    """`(n,) bool`: whether a component is at the edge and long beside it: a table, a sleeve."""
    touching = components.labels[edge]
    contact = np.bincount(touching[touching >= 0], minlength=len(components.areas))
    return contact > EDGE_CONTACT * components.diagonals


def _distances(boxes: np.ndarray, box: np.ndarray) -> np.ndarray:
    """`(n,)`: how far each box is from `box`, in pixels; 0 where they meet."""
    gaps = np.maximum(np.maximum(boxes[:, :2] - box[2:], box[:2] - boxes[:, 2:]), 0)
    return np.hypot(gaps[:, 0], gaps[:, 1])
