"""Random styles for synthetic photographs: pens, papers, light and cameras."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.support.photographs import PhotographStyle

RULINGS = ("plain", "ruled", "squared")


def random_photograph_style(
    rng: np.random.Generator, ruling: str = "plain", *, shadow: bool = False
) -> PhotographStyle:
    """Return a random style of 300 to 3000 pixels on the longer side; large ones are rarer."""
    longer = int(np.exp(rng.triangular(np.log(300), np.log(500), np.log(3000))))
    shorter = int(longer * rng.choice([0.5625, 0.75, 1.0], p=[0.2, 0.5, 0.3]))
    size = (longer, shorter) if rng.random() < 0.5 else (shorter, longer)
    grey = rng.uniform(0.55, 0.95)
    colour = rng.uniform(0.88, 1.0, 3) if rng.random() < 0.7 else rng.uniform(0.6, 1.0, 3)
    pen, ink, texture = _random_pen(rng)
    line = _random_line_colour(rng)
    style = PhotographStyle(
        size=size,
        paper=_colour(grey * colour),
        ink=_colour(ink),
        line=_colour(line * grey * colour),
        extent=float(rng.uniform(0.15, 0.8)),
        position=(float(rng.random()), float(rng.random())),
        pen=pen,
        texture=texture,
        ruling=ruling,
        spacing=0.0,
        turn=float(rng.normal(0, 2.5)),
        convergence=float(rng.uniform(-0.12, 0.12)),
        light=float(rng.uniform(0.1, 0.55)),
        vignette=float(rng.uniform(0, 0.35)),
        shadow=float(rng.uniform(0.25, 0.6)) if shadow else 0.0,
        penumbra=float(np.exp(rng.uniform(np.log(0.01), np.log(0.12)))),
        table=float(rng.uniform(0.02, 0.09)) if rng.random() < 0.15 else 0.0,
        grain=float(rng.uniform(0, 0.015)),
        blur=float(rng.uniform(0, 0.005)),
        noise=float(rng.uniform(0.5, 6)),
        quality=int(rng.integers(60, 91)),
        exposure=float(rng.uniform(0.7, 1.0)),
    )
    # The digit is 0.8 to 5 lines high.
    spacing = float(np.clip(style.extent / rng.uniform(0.8, 5), 0.04, 0.4))
    return replace(style, spacing=spacing, thickness=float(spacing * rng.uniform(0.02, 0.07)))


def _random_pen(rng: np.random.Generator) -> tuple[float, np.ndarray, float]:
    """Width (a share of the digit's longer side), colour, and texture."""
    kind = rng.choice(["ballpoint", "pencil", "marker"], p=[0.45, 0.25, 0.3])
    if kind == "pencil":
        return float(rng.uniform(0.03, 0.07)), np.full(3, rng.uniform(0.25, 0.45)), 0.4
    colours = np.array([(0.08, 0.08, 0.1), (0.1, 0.15, 0.5), (0.65, 0.1, 0.12), (0.1, 0.4, 0.2)])
    colour = rng.choice(colours, p=[0.45, 0.35, 0.12, 0.08]) * rng.uniform(0.7, 1.3)
    if kind == "marker":
        return float(rng.uniform(0.08, 0.18)), colour, 0.0
    return float(rng.uniform(0.025, 0.07)), colour, 0.15


def _random_line_colour(rng: np.random.Generator) -> np.ndarray:
    """Colour of printed lines, relative to the paper: blue, grey or reddish, faint or strong."""
    hue = np.array([(0.75, 0.9, 1.0), (0.9, 0.9, 0.9), (1.0, 0.85, 0.85), (0.8, 0.85, 1.0)])
    return rng.choice(hue) * rng.uniform(0.68, 0.95)


def _colour(channels: np.ndarray) -> tuple[float, float, float]:
    red, green, blue = (float(min(channel, 1)) for channel in channels)
    return red, green, blue
