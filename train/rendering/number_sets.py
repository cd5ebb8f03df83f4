"""Sets of rows for choosing and scoring: numbers, and pictures that are no numbers, by style.

Enters: the hands of one split's writers. Leaves: pictures, `(H, W, 3) uint8`, with their texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from train.datasets.labelled_images import LabelledImages
from train.datasets.pendigits import PenDigit
from train.datasets.unipen import PenCharacters
from train.rendering.canvas import CanvasStyle, draw_on_canvas
from train.rendering.non_digit_strokes import draw_scribble
from train.rendering.row_pictures import FORMS, draw_form, draw_row, photograph_row
from train.rendering.rows import (
    COMPOSING_STYLES,
    UNSEEN_COMPOSING_STYLE,
    ComposingStyle,
    Glyph,
    Hand,
    choose_digits,
    compose_row,
    hand_of_images,
    hands_of_pen_characters,
    hands_of_pen_digits,
)

PLAIN, PHOTOGRAPHED = "plain rows", "photographed rows"
UNSEEN = "rows in a style of composing kept out"
LETTERS, WORDS, SCRIBBLES = "rows with a letter", "words", "scribbles"
# How often a row is written by a hand of each source: images, pen writers, UNIPEN's writers.
SHARES = (0.25, 0.3, 0.45)
MIN_LETTERS = 3


@dataclass(frozen=True)
class Hands:
    """The hands of one split, by source; at least one source has some."""

    sources: Sequence[Sequence[Hand]]

    def choose(self, rng: np.random.Generator) -> Hand:
        """A hand of a random source."""
        shares = np.array([share * bool(s) for share, s in zip(SHARES, self.sources, strict=True)])
        source = self.sources[int(rng.choice(len(shares), p=shares / shares.sum()))]
        return source[int(rng.integers(len(source)))]

    def with_letters(self) -> list[Hand]:
        """The hands that wrote a few letters too."""
        return [
            hand
            for source in self.sources
            for hand in source
            if len(letters_of(hand)) >= MIN_LETTERS
        ]


def find_hands(
    images: LabelledImages | None,
    pen: Sequence[PenDigit] | None,
    characters: PenCharacters | None,
) -> Hands:
    """The hands of one split of MNIST, pendigits and UNIPEN; None: without this dataset."""
    return Hands(
        (
            [] if images is None else [hand_of_images(images)],
            [] if pen is None else hands_of_pen_digits(pen),
            []
            if characters is None
            else hands_of_pen_characters(characters.digits, characters.others),
        )
    )


def letters_of(hand: Hand) -> list[Glyph]:
    """The letters of a hand: signs may be part of a number."""
    return [glyph for glyph in hand.others if glyph.text.isalpha()]


def draw_numbers(
    hands: Hands, name: str, count: int, seed: int
) -> Iterator[tuple[np.ndarray, str]]:
    """Draw `count` pictures of numbers of 2-7 digits, each with its text; seeded.

    `name` is `PLAIN`, `PHOTOGRAPHED`, `UNSEEN` or one of `FORMS`.
    """
    for index in range(count):
        rng = np.random.default_rng((seed, index))
        glyphs = choose_digits(hands.choose(rng), rng)
        yield _draw(glyphs, name, rng), "".join(glyph.text for glyph in glyphs)


def _draw(glyphs: Sequence[Glyph], name: str, rng: np.random.Generator) -> np.ndarray:
    if name in FORMS:
        return draw_form(glyphs, name, rng)
    style = UNSEEN_COMPOSING_STYLE if name == UNSEEN else random_style(rng)
    row = compose_row(glyphs, style, rng)
    return photograph_row(row, rng) if name == PHOTOGRAPHED else draw_row(row, rng)


def draw_non_numbers(hands: Hands, name: str, count: int, seed: int) -> Iterator[np.ndarray]:
    """Draw `count` pictures that are no numbers: `LETTERS`, `WORDS` or `SCRIBBLES`; seeded.

    Letters that look like a digit are left out. Without a hand that wrote letters, there are only
    scribbles.
    """
    writers = hands.with_letters()
    for index in range(count if writers or name == SCRIBBLES else 0):
        rng = np.random.default_rng((seed, index))
        if name == SCRIBBLES:
            yield draw_on_canvas(draw_scribble(rng), CanvasStyle())
            continue
        hand = writers[rng.integers(len(writers))]
        letters = letters_of(hand)
        if name == WORDS:
            glyphs = [letters[i] for i in rng.integers(len(letters), size=rng.integers(2, 7))]
        else:
            glyphs = choose_digits(hand, rng, (1, 5))
            letter = letters[rng.integers(len(letters))]
            glyphs.insert(int(rng.integers(len(glyphs) + 1)), letter)
        yield draw_row(compose_row(glyphs, random_style(rng), rng), rng)


def random_style(rng: np.random.Generator) -> ComposingStyle:
    """One of `COMPOSING_STYLES`."""
    styles = list(COMPOSING_STYLES.values())
    return styles[rng.integers(len(styles))]
