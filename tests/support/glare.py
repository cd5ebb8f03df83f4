"""Pen strokes -> a synthetic photograph with blown-out light: a part of the paper is pure white.

Enters: strokes as in `train/rendering/canvas.py`. Leaves: `(height, width, 3) uint8`, decoded from
JPEG. The camera is set for the shade, so that paper in full light is white without any texture.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from train.rendering.canvas import CanvasStyle, draw_on_canvas
from train.rendering.strokes import Strokes

PAPER = (0.97, 0.96, 0.93)
INK = (0.15, 0.15, 0.38)


@dataclass(frozen=True)
class Glare:
    """The light on a sheet of paper, and the sheet.

    Lengths are shares of the picture's shorter side.

    Attributes:
        kind: a key of `LIGHTS`.
        size: width and height of the picture in pixels.
        angle: where the shade is, or the lamp, in degrees clockwise from the right.
        place: how far from the middle of the picture the edge of the shade is.
        softness: width of the shade's edge.
        shade: brightness in the shade.
        glare: brightness in full light; white paper is pure white from about 1.05 on.
        falloff: how much darker the far end is, across the direction of the shade.
        extent: the digit's longer side.
        pen: the pen's width as a share of the digit's longer side.
        noise: standard deviation of the sensor's noise in grey levels.
    """

    kind: str = "edge"
    size: tuple[int, int] = (450, 600)
    angle: float = 0.0
    place: float = 0.3
    softness: float = 0.08
    shade: float = 0.6
    glare: float = 1.4
    falloff: float = 0.1
    extent: float = 0.5
    pen: float = 0.08
    noise: float = 3.0


def photograph_in_glare(strokes: Strokes, style: Glare, rng: np.random.Generator) -> np.ndarray:
    """Return a photograph of `strokes` on white paper, `(height, width, 3) uint8`.

    Without strokes the paper is empty.
    """
    width, height = style.size
    side = min(style.size)
    ink = np.zeros((height, width), np.float32)
    if len(strokes):
        canvas = CanvasStyle(
            size=side, width=style.pen, extent=style.extent, ink=(255,), background=(0,)
        )
        top, left = (height - side) // 2, (width - side) // 2
        ink[top : top + side, left : left + side] = draw_on_canvas(strokes, canvas)
    # Distances from the middle of the picture, along the direction of the shade and across it.
    y = (np.arange(height, dtype=np.float32)[:, None] - height / 2) / side
    x = (np.arange(width, dtype=np.float32)[None] - width / 2) / side
    cosine, sine = np.cos(np.deg2rad(style.angle)), np.sin(np.deg2rad(style.angle))
    lit = LIGHTS[style.kind](x * cosine + y * sine, y * cosine - x * sine, style)
    light = style.shade + (style.glare - style.shade) * lit
    light *= 1 - style.falloff * (y * cosine - x * sine + 0.5)
    grain = 1 + 0.01 * rng.standard_normal((height, width), np.float32)
    noise = style.noise * rng.standard_normal((height, width), np.float32)
    planes = [
        255 * light * grain * (paper + (pen - paper) * ink / 255) + noise
        for paper, pen in zip(PAPER, INK, strict=True)
    ]
    picture = np.rint(np.clip(np.stack(planes, axis=-1), 0, 255)).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=88)
    return np.asarray(Image.open(stream))


def _ramp(distance: np.ndarray, softness: float) -> np.ndarray:
    """From 1 in the light to 0 in the shade, which has the larger `distance`."""
    return 1 / (1 + np.exp(np.clip(distance * 4 / softness, -50, 50)))


def _edge(along: np.ndarray, across: np.ndarray, style: Glare) -> np.ndarray:
    """The shade of something large: a slightly curved edge."""
    return _ramp(along - style.place + 0.2 * across**2, style.softness)


def _hand(along: np.ndarray, across: np.ndarray, style: Glare) -> np.ndarray:
    """The shade of a hand that reaches into the picture."""
    distance = along - style.place - 1.2 * np.abs(across) ** 2.5
    return _ramp(distance, style.softness)


def _lamp(along: np.ndarray, across: np.ndarray, style: Glare) -> np.ndarray:
    """A lamp beside the picture: bright there, and darker with the distance."""
    squared = (along - 0.8) ** 2 + across**2
    return np.exp(-squared / (2 * (0.2 + style.softness) ** 2))


def _slope(along: np.ndarray, across: np.ndarray, style: Glare) -> np.ndarray:
    """Light that grows evenly darker on one side, without an edge."""
    return 1 - np.clip((along - style.place + 0.35) / (0.4 + 2 * style.softness), 0, 1) + 0 * across


def _window(along: np.ndarray, across: np.ndarray, style: Glare) -> np.ndarray:
    """The patch of sunlight below a window, with shade on all sides."""
    inside = np.maximum(np.abs(along) - style.place, np.abs(across + 0.3 * along) - 0.4)
    return _ramp(inside, style.softness)


def _arm(along: np.ndarray, across: np.ndarray, style: Glare) -> np.ndarray:
    """The shade of an arm through the picture, with light on both sides."""
    return _ramp(0.17 - np.abs(along - style.place - 0.2 - 0.2 * across), style.softness)


# Name -> function of two distances and the style: how much of the light arrives, 0-1.
LIGHTS: dict[str, Callable[[np.ndarray, np.ndarray, Glare], np.ndarray]] = {
    "edge": _edge,
    "hand": _hand,
    "lamp": _lamp,
    "slope": _slope,
    "window": _window,
    "arm": _arm,
}


def random_glare(rng: np.random.Generator, kind: str) -> Glare:
    """A random light of this kind; the picture has 200 to 1600 pixels on the longer side."""
    longer = int(np.exp(rng.uniform(np.log(200), np.log(1600))))
    shorter = int(longer * rng.choice([0.5625, 0.75, 1.0]))
    size = (longer, shorter) if rng.random() < 0.5 else (shorter, longer)
    return Glare(
        kind=kind,
        size=size,
        angle=float(rng.uniform(0, 360)),
        place=float(rng.uniform(0.05, 0.4)),
        softness=float(np.exp(rng.uniform(np.log(0.015), np.log(0.25)))),
        shade=float(rng.uniform(0.45, 0.8)),
        glare=float(rng.uniform(1.2, 1.7)),
        falloff=float(rng.uniform(0, 0.15)),
        extent=float(rng.uniform(0.35, 0.7)),
        pen=float(rng.uniform(0.06, 0.12)),
        noise=float(rng.uniform(1, 4)),
    )
