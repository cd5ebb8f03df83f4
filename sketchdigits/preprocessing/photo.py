"""A photograph of a digit on paper -> its ink: uneven light, noise and printed lines left out.

Enters: `(H, W, 1|3) uint8` colours. Leaves: `(h, w) uint8, 0-255`, how dark the digit's ink is
beside the paper around it, and 0 everywhere else; at most `WORKING_SIDE` pixels a side or so.

The paper's brightness is estimated at every pixel by a morphological closing, which takes away
what is dark and narrow but leaves shadows as they are: Serra 1982, "Image Analysis and
Mathematical Morphology".
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageFilter

from sketchdigits.preprocessing.photo_ruled_lines import erase_ruled_lines
from sketchdigits.preprocessing.photo_segmentation import largest_ink, smooth_grain

# Smaller images are captures, not photographs: the shorter side of the working picture.
MIN_PHOTOGRAPH_SIDE = 64
# About this many pixels a side are looked at to tell a photograph.
SAMPLE_SIDE = 160
# A drawing's ground has one exact colour, that covers most of it, in JPEGs too, but for canvases
# that are shaded a little; a photograph's has many.
MAX_COMMONEST = 0.2
# Grey levels, of 255, that the ground varies by: those shaded canvases vary by less, which is no
# obstacle to plain preprocessing.
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
# Where the paper is this dark beside most of it, it is the table; its edge is so wide, a share of
# the shorter side.
TABLE_BRIGHTNESS = 0.3
TABLE_MARGIN = 0.01


def is_photograph(pixels: np.ndarray) -> bool:
    """Whether `(H, W, 1|3) uint8` is no drawing's even ground, but unevenly lit paper."""
    height, width, channels = pixels.shape
    if min(height, width) // _block(pixels) < MIN_PHOTOGRAPH_SIDE:
        return False
    sample = pixels[
        :: max(1, height // SAMPLE_SIDE), :: max(1, width // SAMPLE_SIDE), channels // 2
    ]
    # The edge first: most drawings are known by it alone.
    for levels in (np.concatenate([sample[0], sample[-1], sample[:, 0], sample[:, -1]]), sample):
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
    return largest_ink(darkness, paper, floor, beside_table)


def _block(pixels: np.ndarray) -> int:
    """The side of the blocks of pixels that become one of the working picture."""
    return math.ceil(max(pixels.shape[:2]) / WORKING_SIDE)


def _average_down(pixels: np.ndarray) -> np.ndarray:
    """`(H, W, c) uint8` -> the same of at most `WORKING_SIDE` a side, by means of whole blocks."""
    block = _block(pixels)
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
    if np.median(np.asarray(small)) > MAX_BOARD_BRIGHTNESS:
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
    smooth = smooth_grain(darkness)
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
