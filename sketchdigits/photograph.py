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
# What counts as the digit's stroke, of how dark its ink is.
STROKE_DARKNESS = 0.4
# The shortest digit, as a share of the working picture's shorter side.
MIN_DIGIT = 0.06
# A part lies along the picture's edge, not across it, if the contact is this long beside it.
EDGE_CONTACT = 0.3
# Other ink belongs to the picture if it is as dark as this beside the main part ...
RELATIVE_DARKNESS = 0.5
# ... and near it: this share of its diagonal away; or nearly as large: a second digit.
NEAR = 0.25
RELATIVE_SIZE = 0.5
# Beside the digit, what is smaller is a speck.
SPECK_SIZE = 0.08


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
    is_table = paper < TABLE_BRIGHTNESS * np.median(paper)
    darkness = np.where(is_table, np.float32(0), np.clip(darkness, 0, 1))
    return _digit_alone(erase_ruled_lines(darkness, paper, floor), floor)


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


def _digit_alone(darkness: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """`(h, w) float32, 0-1` -> `(h, w) uint8`: the largest plausible ink, and what belongs to it.

    All zeros where nothing is plausible.
    """
    smooth = _smooth(darkness)
    components = find_components(smooth > floor)
    nothing = np.zeros(darkness.shape, np.uint8)
    if not len(components.areas):
        return nothing
    strengths = _strengths(smooth, components)
    sizes = components.diagonals
    plausible = sizes >= MIN_DIGIT * min(darkness.shape)
    plausible &= ~_lies_along_edge(components)
    if not plausible.any():
        return nothing
    main = int(np.argmax(np.where(plausible, sizes * strengths, 0)))
    belongs = strengths >= RELATIVE_DARKNESS * strengths[main]
    near = _distances(components.boxes, components.boxes[main]) <= NEAR * sizes[main]
    belongs &= (near & (sizes >= SPECK_SIZE * sizes[main])) | (
        plausible & (sizes >= RELATIVE_SIZE * sizes[main])
    )
    belongs[main] = True
    # One more entry, for label -1: the ground.
    part = np.append(belongs, False)[components.labels]
    full = strengths[main]
    part &= smooth > np.maximum(floor, STROKE_DARKNESS * full)
    soft = Image.fromarray(part).convert("L").filter(ImageFilter.MaxFilter(5))
    ink = np.where(np.asarray(soft) > 0, darkness - 0.1 * full, 0) / (0.9 * full)
    return np.rint(255 * np.clip(ink, 0, 1)).astype(np.uint8)


def _smooth(darkness: np.ndarray) -> np.ndarray:
    """`(h, w) float32`, a little blurred: the strokes stay, the grain goes."""
    kernel = np.array([0.25, 0.5, 0.25], np.float32)
    for _ in range(2):
        padded = np.pad(darkness, ((1, 1), (0, 0)), mode="edge")
        darkness = kernel[0] * padded[:-2] + kernel[1] * padded[1:-1] + kernel[2] * padded[2:]
        darkness = darkness.T
    return darkness


def _strengths(smooth: np.ndarray, components: Components) -> np.ndarray:
    """How dark each component is in its darker half, about: `(n,) float`."""
    labels = components.labels
    inked = labels >= 0
    names, values = labels[inked], smooth[inked]
    weight = np.bincount(names, values)
    return np.bincount(names, values**2) / weight


def _lies_along_edge(components: Components) -> np.ndarray:
    """`(n,) bool`: whether a component is at an edge and long beside it: a table, a sleeve."""
    labels = components.labels
    ring = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    contact = np.bincount(ring[ring >= 0], minlength=len(components.areas))
    return contact > EDGE_CONTACT * components.diagonals


def _distances(boxes: np.ndarray, box: np.ndarray) -> np.ndarray:
    """`(n,)`: how far each box is from `box`, in pixels; 0 where they meet."""
    gaps = np.maximum(np.maximum(boxes[:, :2] - box[2:], box[:2] - boxes[:, 2:]), 0)
    return np.hypot(gaps[:, 0], gaps[:, 1])
