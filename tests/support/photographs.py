"""Pen strokes -> a synthetic photograph of a digit on paper.

Enters: strokes as in `train/rendering/canvas.py`. Leaves: `(height, width, 3) uint8`, decoded from
JPEG, with uneven light, printed lines, grain, blur and noise. No real photographs are used:
everything is computed from a seed.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from train.rendering.canvas import CanvasStyle, draw_on_canvas
from train.rendering.strokes import Strokes

# Smooth noise for grain and light is generated at about this many pixels a side and scaled up.
COARSE_SIDE = 24


@dataclass(frozen=True)
class PhotographStyle:
    """A sheet of paper with a digit on it, its light and the camera.

    Lengths are shares of the picture's shorter side. Colours and reflectances are in 0-1.

    Attributes:
        size: width and height of the picture in pixels.
        paper, ink, line: `(r, g, b)` reflectances of the paper, the ink and the printed lines.
        extent, position: size and position of the digit on the central square, as in
            `CanvasStyle`.
        pen: width of the pen, as `CanvasStyle.width`.
        texture: how unevenly a pencil covers the paper; 0 for a pen.
        ruling: "plain", "ruled" or "squared".
        spacing, thickness: distance and thickness of the printed lines.
        turn: rotation of the printed lines, in degrees.
        convergence: how much closer the lines are at the far end, as if the camera were tilted.
        light: how much darker the paper is at the end far from the lamp.
        vignette: how much darker the corners are.
        shadow: share of the light that the shadow of a hand blocks; 0 for none.
        penumbra: width of the shadow's soft edge.
        table: share of the width, at the left, that shows a dark table; 0 for none.
        grain: standard deviation of the paper's brightness.
        blur: Gaussian radius, as if out of focus.
        noise: standard deviation of the sensor's noise in grey levels.
        quality: JPEG quality, 1-95.
        exposure: grey level of reflectance 1 in full light, as a share of full white.
    """

    size: tuple[int, int] = (800, 600)
    paper: tuple[float, float, float] = (0.93, 0.92, 0.88)
    ink: tuple[float, float, float] = (0.12, 0.13, 0.25)
    line: tuple[float, float, float] = (0.62, 0.7, 0.82)
    extent: float = 0.5
    position: tuple[float, float] = (0.5, 0.5)
    pen: float = 0.06
    texture: float = 0.0
    ruling: str = "plain"
    spacing: float = 0.1
    thickness: float = 0.006
    turn: float = 0.0
    convergence: float = 0.0
    light: float = 0.3
    vignette: float = 0.1
    shadow: float = 0.0
    penumbra: float = 0.03
    table: float = 0.0
    grain: float = 0.01
    blur: float = 0.002
    noise: float = 3.0
    quality: int = 80
    exposure: float = 0.95


def take_photograph(
    strokes: Strokes, style: PhotographStyle, rng: np.random.Generator
) -> np.ndarray:
    """Return a photograph of `strokes` on paper, `(height, width, 3) uint8`.

    Without strokes the paper is empty.
    """
    width, height = style.size
    shorter = min(style.size)
    paper = np.full((height, width, 3), style.paper, np.float32)
    paper *= 1 + _cloud(rng, style.size, 8 * COARSE_SIDE)[..., None] * style.grain
    _tint(paper, _ruling(style), style.line)
    if len(strokes):
        ink = _ink(strokes, style)
        if style.texture:
            ink *= np.clip(1 - style.texture * (0.5 + _cloud(rng, style.size, shorter // 2)), 0, 1)
        _tint(paper, ink, style.ink)
    edge = rng.uniform(-0.15, 0.15)
    if style.table:
        y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
        x = np.linspace(0, 1, width, dtype=np.float32)[None]
        _tint(paper, (x < style.table * (1 + edge * y)).astype(np.float32), (0.22, 0.15, 0.1))
    paper *= _light(style, rng)[..., None]
    paper *= 255
    paper *= style.exposure
    picture = Image.fromarray(_to_bytes(paper))
    if style.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(style.blur * shorter))
    noisy = np.asarray(picture).astype(np.float32)
    for channels, strength in ((1, 0.8), (3, 0.6)):
        noise = rng.standard_normal((height, width, channels), np.float32)
        noise *= strength * style.noise
        noisy += noise
    stream = io.BytesIO()
    Image.fromarray(_to_bytes(noisy)).save(stream, "JPEG", quality=style.quality)
    return np.asarray(Image.open(stream))


def _to_bytes(values: np.ndarray) -> np.ndarray:
    """Round to `uint8`; changes `values`, because copies of large pictures take time."""
    np.rint(values, out=values)
    return np.clip(values, 0, 255, out=values).astype(np.uint8)


def _tint(paper: np.ndarray, share: np.ndarray, colour: tuple[float, float, float]) -> None:
    """Blend `colour` into the paper by `share`, `(h, w) float32, 0-1`; in place.

    It never makes the paper lighter.
    """
    for channel in range(3):
        plane = paper[..., channel]
        top = np.minimum(colour[channel], plane)
        plane += share * (top - plane)


def _ink(strokes: Strokes, style: PhotographStyle) -> np.ndarray:
    """`(h, w) float32, 0-1`: the coverage by ink. The digit is on the picture's central square."""
    width, height = style.size
    side = min(style.size)
    # Keep a margin to the edge.
    x, y = (0.04 + 0.92 * share for share in style.position)
    square = draw_on_canvas(
        strokes,
        CanvasStyle(
            size=side,
            width=style.pen,
            extent=style.extent,
            position=(x, y),
            ink=(255,),
            background=(0,),
            oversampling=2,
        ),
    )
    coverage = np.zeros((height, width), np.float32)
    top, left = (height - side) // 2, (width - side) // 2
    coverage[top : top + side, left : left + side] = square / np.float32(255)
    return coverage


def _ruling(style: PhotographStyle) -> np.ndarray:
    """`(h, w) float32, 0-1`: the coverage by printed lines, rotated and converging."""
    width, height = style.size
    shorter = min(style.size)
    over = 2 if max(style.size) < 1600 else 1
    sheet = Image.new("L", (width * over, height * over))
    if style.ruling != "plain":
        draw = ImageDraw.Draw(sheet)
        angle = np.deg2rad(style.turn)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        reach = 1.2 * max(style.size) / shorter
        for offset in np.arange(-reach, reach, style.spacing):
            lines = [np.array([(-reach, offset), (reach, offset)])]
            if style.ruling == "squared":
                lines.append(np.array([(offset, -reach), (offset, reach)]))
            for line in lines:
                converging = line * (1 + style.convergence * line[:, ::-1])
                points = (converging @ turn.T * shorter + (width / 2, height / 2)) * over
                thickness = max(1, round(style.thickness * shorter * over))
                draw.line([tuple(point) for point in points], fill=255, width=thickness)
    return np.asarray(sheet.reduce(over) if over > 1 else sheet) / np.float32(255)


def _light(style: PhotographStyle, rng: np.random.Generator) -> np.ndarray:
    """`(h, w) float32, 0-1`: the share of the lamp's light that reaches each pixel."""
    width, height = style.size
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    angle = rng.uniform(0, 2 * np.pi)
    along = (x * np.cos(angle) + y * np.sin(angle)) / np.sqrt(2)
    light = 1 - style.light * (0.5 + 0.5 * along) ** rng.uniform(0.7, 2)
    light *= 1 - style.vignette * (x**2 + y**2) / 2
    light *= 1 - 0.03 * _cloud(rng, style.size, COARSE_SIDE // 6)
    if style.shadow:
        # The edge of a hand or an arm: a slightly curved line through the picture.
        angle, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.25)
        across = x * np.cos(angle) + y * np.sin(angle)
        sideways = y * np.cos(angle) - x * np.sin(angle)
        distance = across - rng.uniform(-0.5, 0.5) + bend * sideways**2
        light *= 1 - style.shadow / (1 + np.exp(-np.clip(distance * 4 / style.penumbra, -50, 50)))
    return light


def _cloud(rng: np.random.Generator, size: tuple[int, int], side: int) -> np.ndarray:
    """`(h, w) float32`: smooth noise of standard deviation 1 with about `side` bumps a side."""
    coarse = rng.standard_normal((side + 2, side + 2), np.float32)
    return np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))
