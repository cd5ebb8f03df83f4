"""A photograph -> how much darker each pixel is than the paper around it, and what grain can reach.

Enters: `(h, w, 1|3) uint8` colours of dark ink on paper. Leaves: planes of `(h, w)`.

The paper's brightness is estimated at every pixel by a morphological closing, which removes dark,
narrow strokes but keeps shadows (see `closing.py`).
"""

from __future__ import annotations

import math

import numpy as np

from sketchdigits.preprocessing.blurs import blur_grain, box_blur
from sketchdigits.preprocessing.closing import close, grow
from sketchdigits.preprocessing.medians import median, median_of_smallest

# Where more than this share of a picture is darker than its median by the second number, so much of
# it is ink that the median is darker than the paper.
MAX_COVERED = 0.3
MIN_COVERING_DARKNESS = 0.15
# Anything that is darker than the paper by less than this share of its brightness is grain ...
MIN_DARKNESS = 0.06
# ... and so is anything within this many standard deviations of the noise.
NOISE_DEVIATIONS = 3.2
# Where the "paper" is darker than this share of the median brightness, the picture shows a table.
MAX_TABLE_BRIGHTNESS = 0.3
# The width of the table's soft edge, as a share of the picture's shorter side.
TABLE_EDGE = 0.01


def compare_with_paper(
    colours: np.ndarray, window: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Compare each pixel of `(h, w, 1|3) uint8` with the paper around it.

    Args:
        colours: dark ink on paper.
        window: the side of the closing's windows in pixels: wider than a stroke.

    Returns:
        darkness: `(h, w) float32`, 0 for paper and tables to 1 for black.
        paper: `(h, w) uint8` or `float32, 0-255`, the brightness of the paper.
        noise_floor: `(h, w) float32`, the darkness that grain can reach.
        paper_edge: `(h, w) bool`, where the paper ends.
    """
    darkness, grain, paper = _darkness(colours, window)
    typical = median(paper)
    noise_floor = _noise_floor(grain, paper, typical)
    table, paper_edge = _find_table(paper, typical)
    np.minimum(np.maximum(darkness, 0, out=darkness), 1, out=darkness)
    if table.any():
        darkness[table] = 0
    return darkness, paper, noise_floor, paper_edge


def _darkness(colours: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compare each pixel of `(h, w, c) uint8` with the brightness of the paper around it.

    Returns:
        darkness, `(h, w) float32`: 0 for paper to 1 for black, in the channel where it is largest;
        noise makes it negative too. `blur_grain` of the darkness, `(h, w) float32`. The paper's
        brightness, `(h, w) uint8` or `float32, 0-255`.
    """
    planes, papers = [], []
    for channel in range(colours.shape[2]):
        plane = np.ascontiguousarray(colours[..., channel])
        paper = close(box_blur(plane), window)
        relative = plane + np.float32(4)
        relative /= paper + np.float32(4)
        # The closing returns the lightest grain of the paper. Most of the picture is paper, so the
        # median corrects this.
        relative /= median(relative)
        planes.append(np.subtract(1, relative, out=relative))
        papers.append(paper)
    is_grey = len(planes) == 1
    darkness = planes[0] if is_grey else np.max(planes, axis=0)
    grain = blur_grain(darkness)
    ink = _covering_ink(grain)
    if ink is not None or not is_grey:  # the median of one channel is 0 already
        level = median(darkness if ink is None else darkness[~ink])
        darkness -= level
        grain -= level
    return darkness, grain, papers[0] if is_grey else np.mean(papers, axis=0)


def _covering_ink(grain: np.ndarray) -> np.ndarray | None:
    """`(h, w) bool`: the ink and lines that fill a small cell; None in other pictures.

    `grain` is `blur_grain` of the darkness, `(h, w) float32`.
    """
    # A shortcut for most pictures: the median is above -half, and few pixels are above half.
    half = MIN_COVERING_DARKNESS / 2
    is_median_high = np.count_nonzero(grain < -half) < grain.size / 2
    if is_median_high and np.count_nonzero(grain > half) <= MAX_COVERED * grain.size:
        return None
    is_ink = grain > median(grain) + MIN_COVERING_DARKNESS  # at most half of the picture
    return is_ink if np.count_nonzero(is_ink) / is_ink.size > MAX_COVERED else None


def _noise_floor(grain: np.ndarray, paper: np.ndarray, typical: np.float32) -> np.ndarray:
    """`(h, w) float32`: the darkness that grain can reach; a camera has more noise in the shade.

    `grain` is `blur_grain` of the darkness, and `typical` the median of the paper's brightness.
    """
    lighter = int(np.count_nonzero(grain < 0))
    # The median absolute deviation of a normal distribution is 0.6745 standard deviations.
    deviation = -float(median_of_smallest(grain, lighter)) / 0.6745 if lighter else 0.0
    floor = typical / (paper + np.float32(1))
    np.maximum(1, floor, out=floor)
    floor *= NOISE_DEVIATIONS * deviation
    return np.maximum(MIN_DARKNESS, floor, out=floor).astype(np.float32, copy=False)


def _find_table(paper: np.ndarray, typical: np.float32) -> tuple[np.ndarray, np.ndarray]:
    """Find where the picture shows a table and no paper.

    Returns:
        `(h, w) bool`: the table with its soft edge; and `(h, w) bool`: where the paper ends, which
        is the table, the pixels next to it and the edge of the picture.
    """
    window = 2 * math.ceil(TABLE_EDGE * min(paper.shape)) + 1
    dark = paper < MAX_TABLE_BRIGHTNESS * typical
    table, paper_edge = dark, dark.copy()
    if dark.any():
        table = grow(dark, window)
        paper_edge = grow(table, 3).copy()
    paper_edge[[0, -1]] = paper_edge[:, [0, -1]] = True
    return table, paper_edge
