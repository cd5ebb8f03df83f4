"""Composes rows of digits by one writer: a house number, a year, a phone number.

Enters: `Hand`s, each the glyphs of one person. Leaves: `Row`s: the ink of a row as coverage,
`(H, W) float32, 0-1`, with its text and the box of each glyph. `row_pictures.py` makes pictures of
them.

Pen strokes are drawn on one sheet with one pen, as a person draws a row. MNIST's digits, which
have no writers, are pasted as images. `COMPOSING_STYLES` are for training and choices. Rows of
`UNSEEN_COMPOSING_STYLE` are for the test alone: never tune on them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw

from train.datasets.labelled_images import LabelledImages
from train.datasets.pendigits import PenDigit
from train.datasets.unipen import PenCharacter
from train.rendering.canvas import draw_stroke
from train.rendering.strokes import Strokes

# How often two neighbours touch.
TOUCHING_PROBABILITY = 0.2
# The height of a row's digits in pixels; the logarithm is uniform.
ROW_HEIGHTS = (36.0, 150.0)
# The pen's width as a share of the row's height.
PEN_WIDTHS = (0.05, 0.15)
# A writer with fewer digits than this gives no rows.
MIN_DIGITS = 6
# Rows of a glyph's outline, from `PROFILE_TOP` to `PROFILE_BOTTOM` in row heights.
PROFILE_ROWS, PROFILE_TOP, PROFILE_BOTTOM = 96, -1.8, 0.9
# Pixels of an MNIST image in a row height.
IMAGE_UNIT = 20


@dataclass(frozen=True)
class Glyph:
    """One drawn character. Either `strokes` or `image` is set.

    Attributes:
        text: the character.
        strokes: in row heights, x to the right and y downwards, 0 at the base line.
        image: `(28, 28) uint8, 0-255`, ink bright, 20 pixels a row height.
    """

    text: str
    strokes: Strokes | None = None
    image: np.ndarray | None = None


@dataclass(frozen=True)
class Hand:
    """What one person wrote: digits, and letters and signs that don't look like a digit."""

    digits: Sequence[Glyph]
    others: Sequence[Glyph] = ()


@dataclass(frozen=True)
class ComposingStyle:
    """How the glyphs of a row are placed. Lengths are shares of the row's height.

    Attributes:
        gap: range of the gaps between the boxes of two glyphs; or, if `by_outline`, between their
            outlines, so that an overhanging glyph reaches over the next one.
        by_outline: see `gap`.
        size, base: standard deviations of each glyph's size (its logarithm) and base line.
        slant, turn: standard deviations of the row's slant and of its turn in degrees.
        wave: amplitude of the base line's wave.
    """

    gap: tuple[float, float] = (0.06, 0.4)
    by_outline: bool = False
    size: float = 0.07
    base: float = 0.05
    slant: float = 0.1
    turn: float = 2.0
    wave: float = 0.0


COMPOSING_STYLES: dict[str, ComposingStyle] = {
    "natural": ComposingStyle(),
    "tight": ComposingStyle(gap=(0.03, 0.15), by_outline=True),
    "wide": ComposingStyle(gap=(0.35, 0.9)),
    "uneven": ComposingStyle(size=0.16, base=0.1, slant=0.2, turn=4.0),
}
UNSEEN_COMPOSING_STYLE = ComposingStyle(
    gap=(0.03, 0.2), by_outline=True, size=0.12, base=0.06, slant=0.25, turn=1.0, wave=0.15
)


@dataclass(frozen=True)
class Row:
    """A row without paper.

    Attributes:
        text: what is written.
        coverage: `(H, W) float32, 0-1`, cropped to the row's ink.
        boxes: `(n, 4) float`: x, y, width, height of each glyph in pixels.
        height: the row's height in pixels, without ascenders.
    """

    text: str
    coverage: np.ndarray
    boxes: np.ndarray
    height: float


def hands_of_pen_digits(digits: Iterable[PenDigit]) -> list[Hand]:
    """The hands of pendigits' writers."""
    by_writer: dict[int, list[PenDigit]] = defaultdict(list)
    for digit in digits:
        by_writer[digit.writer].append(digit)
    return [
        Hand(_to_glyphs([(str(digit.label), digit.strokes) for digit in found]))
        for found in by_writer.values()
        if len(found) >= MIN_DIGITS
    ]


def hands_of_pen_characters(
    digits: Iterable[PenCharacter], others: Iterable[PenCharacter]
) -> list[Hand]:
    """The hands of UNIPEN's writers; those with few digits are left out."""
    by_writer: dict[int, list[PenCharacter]] = defaultdict(list)
    for character in (*digits, *others):
        by_writer[character.writer].append(character)
    hands = []
    for found in by_writer.values():
        glyphs = _to_glyphs([(character.character, character.strokes) for character in found])
        numbers = [glyph for glyph in glyphs if glyph.text.isdecimal()]
        if len(numbers) >= MIN_DIGITS:
            hands.append(Hand(numbers, [glyph for glyph in glyphs if not glyph.text.isdecimal()]))
    return hands


def hand_of_images(images: LabelledImages) -> Hand:
    """All digits of a split of MNIST as one hand: its writers are not known."""
    return Hand(
        [
            Glyph(str(label), image=image)
            for image, label in zip(images.images, images.labels, strict=True)
        ]
    )


def _to_glyphs(drawn: Sequence[tuple[str, Strokes]]) -> list[Glyph]:
    """Scale one writer's characters by the same factor: digits become one row height on average."""
    heights = [
        float(np.ptp(np.concatenate(list(strokes))[:, 1]))
        for text, strokes in drawn
        if text.isdecimal()
    ]
    unit = float(np.median(heights)) if heights else 1.0
    glyphs = []
    for text, strokes in drawn:
        points = np.concatenate(list(strokes))
        low, high = points.min(axis=0), points.max(axis=0)
        # A few digits were written far larger or smaller than the writer's others.
        size = max(float((high - low).max()), 1e-6)
        scale = np.clip(size / max(unit, 1e-6), 0.02, 1.6) / size
        origin = np.array([low[0], high[1]])
        glyphs.append(Glyph(text, strokes=[(stroke - origin) * scale for stroke in strokes]))
    return glyphs


def compose_row(
    glyphs: Sequence[Glyph],
    style: ComposingStyle,
    rng: np.random.Generator,
    *,
    touching: float = TOUCHING_PROBABILITY,
    height: float | None = None,
    pen: float | None = None,
) -> Row:
    """Write `glyphs` side by side.

    Args:
        glyphs: at least one.
        style: how they are placed.
        rng: the same state gives the same row.
        touching: how often two neighbours touch, 0-1.
        height: of the row in pixels; default: random.
        pen: the pen's width as a share of the height; default: random.
    """
    height = float(np.exp(rng.uniform(*np.log(ROW_HEIGHTS)))) if height is None else height
    pen = float(rng.uniform(*PEN_WIDTHS)) if pen is None else pen
    pen = max(pen, 1.2 / height)
    slant = float(np.clip(rng.normal(0, style.slant), -0.5, 0.5))
    turn = np.deg2rad(np.clip(rng.normal(0, style.turn), -9, 9))
    phase, frequency = rng.uniform(0, 2 * np.pi), rng.uniform(0.8, 2.0)
    placed: list[_Placed] = []
    right = np.full(PROFILE_ROWS, -np.inf)
    end = 0.0
    for index, glyph in enumerate(glyphs):
        size = float(np.exp(np.clip(rng.normal(0, style.size), -0.5, 0.4)))
        down = float(rng.normal(0, style.base)) + style.wave * np.sin(phase + frequency * index)
        varied = _vary(glyph, size, slant, down)
        left_profile, right_profile, low, high = _outline(varied, pen)
        distance = float(np.min(left_profile - right)) if index else 0.0
        gap = float(rng.uniform(*style.gap))
        if index and rng.random() < touching and np.isfinite(distance):
            x = max(-distance - float(rng.uniform(0.3, 1.0)) * pen, end - 0.3 - low)
        elif index and style.by_outline and np.isfinite(distance):
            x = max(gap - distance, end - 0.4 - low)
        else:
            x = end + gap - low if index else -low
            if np.isfinite(distance):
                x = max(x, 0.03 - distance)
        placed.append(replace(varied, origin=varied.origin + np.array([x, 0.0])))
        # A narrow glyph doesn't hide the one before it.
        right = np.fmax(right, right_profile + x)
        end = max(end, high + x)
    return _draw(placed, height, pen, turn)


@dataclass(frozen=True)
class _Placed:
    """A glyph at its place: strokes, or the ink of an image, both from `origin`.

    Attributes:
        strokes: in row heights; empty for an image.
        ink: `(h, w) float32, 0-1`, `IMAGE_UNIT` pixels a row height; None for strokes.
        origin: `(2,)`, x of the left end and y of the base line, in row heights.
    """

    text: str
    strokes: Strokes
    ink: np.ndarray | None
    origin: np.ndarray


def _vary(glyph: Glyph, size: float, slant: float, down: float) -> _Placed:
    """Scale the glyph, slant it and move it down."""
    origin = np.array([0.0, down])
    if glyph.strokes is None:
        assert glyph.image is not None
        return _Placed(glyph.text, (), _slant_image(glyph.image, size, slant), origin)
    linear = np.array([[size, 0.0], [-slant * size, size]])
    return _Placed(glyph.text, [stroke @ linear for stroke in glyph.strokes], None, origin)


def _slant_image(image: np.ndarray, size: float, slant: float) -> np.ndarray:
    """Crop an MNIST image, scale and slant it: `(h, w) float32, 0-1`."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    cropped = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    # A wide digit is 20 pixels wide and lower: it is as high as the others in a row.
    scale = size * IMAGE_UNIT / max(cropped.shape[0], 12)
    height, width = (max(1, round(side * scale)) for side in cropped.shape)
    reach = int(np.ceil(abs(slant) * height))
    picture = Image.fromarray(cropped).resize((width, height), Image.Resampling.BICUBIC)
    sheet = Image.new("L", (width + reach, height))
    sheet.paste(picture, (reach if slant < 0 else 0, 0))
    shear = (1, slant, -slant * height if slant > 0 else 0, 0, 1, 0)
    sheet = sheet.transform(sheet.size, Image.Transform.AFFINE, shear, Image.Resampling.BILINEAR)
    return np.asarray(sheet, np.float32) / 255


def _outline(glyph: _Placed, pen: float) -> tuple[np.ndarray, np.ndarray, float, float]:
    """The leftmost and rightmost ink of each row of the profile, and of all; infinite if empty."""
    left, right = np.full(PROFILE_ROWS, np.inf), np.full(PROFILE_ROWS, -np.inf)
    if glyph.ink is not None:
        rows, columns = np.nonzero(glyph.ink > 0.4)
        x, y = columns / IMAGE_UNIT, (rows - len(glyph.ink)) / IMAGE_UNIT
        reach = 1 / IMAGE_UNIT
    else:
        x, y = np.concatenate([_densify(stroke) for stroke in glyph.strokes]).T
        reach = pen / 2
    low, high = float(x.min() - reach), float(x.max() + reach)
    y = y + glyph.origin[1]
    step = (PROFILE_BOTTOM - PROFILE_TOP) / PROFILE_ROWS
    # The pen is round: it reaches less far to the side at its upper and lower ends.
    for offset in np.linspace(-reach, reach, 5):
        across = np.sqrt(max(reach**2 - offset**2, 0))
        row = np.clip(((y + offset - PROFILE_TOP) / step).astype(int), 0, PROFILE_ROWS - 1)
        np.minimum.at(left, row, x - across)
        np.maximum.at(right, row, x + across)
    return left, right, low, high


def _draw(glyphs: Sequence[_Placed], height: float, pen: float, turn: float) -> Row:
    """Draw the placed glyphs, turned by `turn` radians. Images rise and fall, but don't turn."""
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    strokes: list[np.ndarray] = []
    images: list[tuple[Image.Image, np.ndarray]] = []
    outlines = []
    for glyph in glyphs:
        if glyph.ink is None:
            turned = [(stroke + glyph.origin) @ rotation * height for stroke in glyph.strokes]
            strokes += turned
            points, reach = np.concatenate(turned), pen * height / 2
            outlines.append([*(points.min(axis=0) - reach), *(points.max(axis=0) + reach)])
        else:
            unit = height / IMAGE_UNIT
            tall, wide = (max(1, round(side * unit)) for side in glyph.ink.shape)
            picture = Image.fromarray(np.rint(255 * glyph.ink).astype(np.uint8))
            left, bottom = glyph.origin @ rotation * height
            outlines.append([left, bottom - tall, left + wide, bottom])
            picture = picture.resize((wide, tall), Image.Resampling.BICUBIC)
            images.append((picture, np.array([left, bottom - tall])))
    boxes = np.array(outlines)
    low, high = boxes[:, :2].min(axis=0) - 1, boxes[:, 2:].max(axis=0) + 1
    width, tall = (int(np.ceil(side)) for side in high - low)
    over = max(1, min(3, round(240 / height)))
    sheet = Image.new("L", (width * over, tall * over))
    draw = ImageDraw.Draw(sheet)
    for stroke in strokes:
        draw_stroke(draw, (stroke - low) * over, pen * height * over)
    coverage = np.asarray(sheet.reduce(over) if over > 1 else sheet, np.float32) / 255
    for picture, place in images:
        left, top = (int(value) for value in np.rint(place - low))
        part = coverage[top : top + picture.height, left : left + picture.width]
        ink = np.asarray(picture, np.float32)[: len(part), : part.shape[1]] / 255
        np.maximum(part, ink, out=part)
    boxes = np.concatenate([boxes[:, :2] - low, boxes[:, 2:] - boxes[:, :2]], axis=1)
    return Row("".join(glyph.text for glyph in glyphs), coverage, boxes, height)


def _densify(stroke: np.ndarray, spacing: float = 0.02) -> np.ndarray:
    """Points along the stroke, about every `spacing`."""
    if len(stroke) == 1:
        return np.asarray(stroke, np.float64)
    steps = np.hypot(*np.diff(stroke, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0, along[-1], max(2, round(along[-1] / spacing)))
    return np.stack([np.interp(at, along, stroke[:, axis]) for axis in range(2)], axis=1)


def choose_digits(
    hand: Hand, rng: np.random.Generator, counts: tuple[int, int] = (2, 7)
) -> list[Glyph]:
    """Choose 2-7 of a hand's digits at random; each label is about as likely as the others."""
    by_label: dict[str, list[Glyph]] = defaultdict(list)
    for glyph in hand.digits:
        by_label[glyph.text].append(glyph)
    labels = sorted(by_label)
    chosen = [
        labels[i] for i in rng.integers(len(labels), size=rng.integers(*counts, endpoint=True))
    ]
    return [by_label[label][rng.integers(len(by_label[label]))] for label in chosen]
