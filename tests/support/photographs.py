"""Pen strokes -> what a camera makes of a digit on paper: light, lines, grain, blur, noise, JPEG.

Enters: strokes as in `train/rendering/canvas.py`. Leaves: `(height, width, 3) uint8`, as decoded
from the JPEG. Nobody's photographs are used: all is computed, and seeded.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from train.rendering.canvas import CanvasStyle, draw_on_canvas
from train.rendering.strokes import Strokes

# Grain and light are drawn this coarse and scaled up.
COARSE_SIDE = 24


@dataclass(frozen=True)
class PhotographStyle:
    """A sheet of paper with a digit on it, its light and the camera.

    Lengths are shares of the picture's shorter side, colours and reflectances are 0-1.

    Attributes:
        size: width and height of the picture in pixels.
        paper, ink, line: `(r, g, b)` reflectances.
        extent, position, pen: of the digit, as in `CanvasStyle`, on the central square.
        texture: how unevenly a pencil covers: 0 for a pen.
        ruling: "plain", "ruled" or "squared".
        spacing, thickness: of the printed lines.
        turn: of the printed lines, in degrees.
        convergence: how much closer the lines lie at the far end: the camera looks askew.
        light: how much darker the dark end of the paper is, by distance from the lamp.
        vignette: how much darker the corners are.
        shadow: how much of the light a hand's shadow takes; 0 for none.
        penumbra: how soft the shadow's edge is.
        table: how much of the left edge shows a dark table; 0 for none.
        grain: of the paper, standard deviation.
        blur: out of focus, Gaussian radius.
        noise: of the sensor, standard deviation in grey levels.
        quality: of the JPEG.
        exposure: reflectance 1 in full light gives this share of full white.
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
    """`(height, width, 3) uint8`: the digit of `strokes` on paper; no strokes, no digit."""
    width, height = style.size
    shorter = min(style.size)
    paper = np.array(style.paper, np.float32) * np.ones((height, width, 1), np.float32)
    paper *= 1 + _cloud(rng, style.size, 8 * COARSE_SIDE)[..., None] * style.grain
    _lay(paper, _ruling(style), style.line)
    if len(strokes):
        ink = _ink(strokes, style)
        if style.texture:
            ink *= np.clip(1 - style.texture * (0.5 + _cloud(rng, style.size, shorter // 2)), 0, 1)
        _lay(paper, ink, style.ink)
    edge = rng.uniform(-0.15, 0.15)
    if style.table:
        y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
        x = np.linspace(0, 1, width, dtype=np.float32)[None]
        _lay(paper, (x < style.table * (1 + edge * y)).astype(np.float32), (0.22, 0.15, 0.1))
    paper *= _light(style, rng)[..., None]
    picture = Image.fromarray(_to_bytes(paper * 255 * style.exposure))
    if style.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(style.blur * shorter))
    noisy = np.asarray(picture).astype(np.float32)
    noisy += rng.standard_normal((height, width, 1), np.float32) * (0.8 * style.noise)
    noisy += rng.standard_normal((height, width, 3), np.float32) * (0.6 * style.noise)
    stream = io.BytesIO()
    Image.fromarray(_to_bytes(noisy)).save(stream, "JPEG", quality=style.quality)
    return np.asarray(Image.open(stream))


def _to_bytes(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _lay(paper: np.ndarray, share: np.ndarray, colour: tuple[float, float, float]) -> None:
    """Lay a colour on the paper where `share`, `(h, w) float32`, is above 0; in place.

    Ink is seen through: over a printed line it is a little darker.
    """
    for channel in range(3):
        plane = paper[..., channel]
        top = np.minimum(colour[channel], plane)
        plane += share * (top - plane)


def _ink(strokes: Strokes, style: PhotographStyle) -> np.ndarray:
    """`(h, w) float32, 0-1`: the pen's cover; the digit lies on the picture's middle square."""
    width, height = style.size
    side = min(style.size)
    # Not up to the very edge.
    x, y = (0.04 + 0.92 * share for share in style.position)
    square = draw_on_canvas(
        strokes,
        CanvasStyle(
            size=side,
            width=style.pen,
            extent=style.extent,
            position=(x, y),
            ink=(255,),
            ground=(0,),
            oversampling=2,
        ),
    )
    cover = np.zeros((height, width), np.float32)
    top, left = (height - side) // 2, (width - side) // 2
    cover[top : top + side, left : left + side] = square / np.float32(255)
    return cover


def _ruling(style: PhotographStyle) -> np.ndarray:
    """`(h, w) float32, 0-1`: the printed lines, turned, and closer together at one end."""
    width, height = style.size
    shorter = min(style.size)
    over = 2 if max(style.size) < 1600 else 1
    sheet = Image.new("L", (width * over, height * over))
    if style.ruling != "plain":
        draw = ImageDraw.Draw(sheet)
        angle = np.deg2rad(style.turn)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        reach = 1.2 * max(style.size) / shorter
        for place in np.arange(-reach, reach, style.spacing):
            ends = [np.array([(-reach, place), (reach, place)])]
            if style.ruling == "squared":
                ends.append(np.array([(place, -reach), (place, reach)]))
            for line in ends:
                askew = line * (1 + style.convergence * line[:, ::-1])
                points = (askew @ turn.T * shorter + (width / 2, height / 2)) * over
                thickness = max(1, round(style.thickness * shorter * over))
                draw.line([tuple(point) for point in points], fill=255, width=thickness)
    return np.asarray(sheet.reduce(over) if over > 1 else sheet) / np.float32(255)


def _light(style: PhotographStyle, rng: np.random.Generator) -> np.ndarray:
    """`(h, w) float32, 0-1`: what of the lamp's light reaches each pixel."""
    width, height = style.size
    y, x = np.meshgrid(
        np.linspace(-1, 1, height, dtype=np.float32),
        np.linspace(-1, 1, width, dtype=np.float32),
        indexing="ij",
    )
    angle = rng.uniform(0, 2 * np.pi)
    along = (x * np.cos(angle) + y * np.sin(angle)) / np.sqrt(2)
    light = 1 - style.light * (0.5 + 0.5 * along) ** rng.uniform(0.7, 2)
    light *= 1 - style.vignette * (x**2 + y**2) / 2
    light *= 1 - 0.03 * _cloud(rng, style.size, COARSE_SIDE // 6)
    if style.shadow:
        # The edge of a hand or an arm: a line, bent a little, through the picture.
        angle, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.25)
        across = x * np.cos(angle) + y * np.sin(angle)
        sideways = y * np.cos(angle) - x * np.sin(angle)
        distance = across - rng.uniform(-0.5, 0.5) + bend * sideways**2
        light *= 1 - style.shadow / (1 + np.exp(-np.clip(distance * 4 / style.penumbra, -50, 50)))
    return light


def _cloud(rng: np.random.Generator, size: tuple[int, int], side: int) -> np.ndarray:
    """`(h, w) float32`: smooth noise of unit deviation with about `side` bumps a side."""
    coarse = rng.standard_normal((side + 2, side + 2), np.float32)
    return np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))
