"""Letters and signs turned by quarters and mirrored: more shapes that are not digits.

A network that learns to refuse a few dozen letters learns these letters by heart: run e13edf0 took
only 1 % of its training letters for digits, but 15 % of those of an alphabet that it never saw.
Turning characters gives new ones, as is usual with Omniglot (Vinyals et al. 2016, "Matching
Networks for One Shot Learning", arXiv 1606.04080, turn by quarters).

A turn is a number from 0 to 7: the quarters, counted anticlockwise; 4 more for a mirror image,
which is mirrored left to right and then turned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from train.datasets.omniglot import Characters
from train.datasets.unipen import PenCharacter

TURNS = range(1, 8)
# These turned characters may look like a digit. Nothing may teach that such shapes are not digits.
# Of each, a quarter or more of 20 or 40 drawings by training writers was taken for a digit by the
# network of run e13edf0, which never saw turned characters. Some more were added by their form: a
# roof is a 1 with a long up-stroke, a hook a 1 with a foot, an arch a 0 that is not closed.
DIGIT_LIKE_TURNS: dict[str, tuple[int, ...]] = {
    "&": (2, 6),
    "-": (1, 3, 5, 7),
    "<": (1, 2, 3, 5, 7),
    ">": (1, 3, 5, 7),
    "@": (2, 4, 6, 7),
    "A": (7,),
    "C": (1, 2, 3, 4, 5, 7),
    "E": (2, 4),
    "F": (2, 4),
    "J": (2, 3, 4, 6),
    "L": (2, 4, 5),
    "M": (3, 7),
    "N": (1, 3, 5, 7),
    "P": (3, 4, 5, 6, 7),
    "Q": (1, 2, 3, 4, 5, 6, 7),
    "R": (4, 6, 7),
    "T": (2, 3, 6, 7),
    "U": (1, 2, 5, 6),
    "V": (2, 5, 6),
    "W": (1, 5),
    "^": (7,),
    "_": (1, 3, 5, 7),
    "a": (1, 2, 3, 4, 5, 7),
    "c": (1, 2, 3, 4, 5, 7),
    "d": (1, 4, 5, 6, 7),
    "e": (2, 4, 5, 6, 7),
    "f": (1, 4),
    "h": (1, 2, 3, 7),
    "j": (1, 2, 4, 6),
    "k": (2,),
    "m": (3, 7),
    "n": (1, 3, 5, 7),
    "p": (3, 4, 5, 6, 7),
    "r": (2, 4, 5, 7),
    "t": (2,),
    "u": (1, 2, 5, 6),
    "v": (2, 5, 6),
    "w": (1, 5),
    "{": (2, 4),
    "~": (1, 3, 5, 7),
    "Early_Aramaic/character01": (2, 5),
    "Early_Aramaic/character05": (6,),
    "Early_Aramaic/character08": (5, 7),
    "Early_Aramaic/character10": (5, 7),
    "Early_Aramaic/character11": (2, 3, 5, 6),
    "Early_Aramaic/character13": (5, 6),
    "Early_Aramaic/character18": (2, 4, 5, 7),
    "Early_Aramaic/character19": (3, 7),
    "Early_Aramaic/character21": (1, 5),
    "Latin/character01": (1, 2, 3, 4, 5, 7),
    "Latin/character03": (1, 2, 3, 4),
    "Latin/character04": (1, 3, 4, 5, 6),
    "Latin/character05": (2, 4, 6, 7),
    "Latin/character06": (1, 4),
    "Latin/character08": (1, 2, 7),
    "Latin/character10": (1, 2, 4, 5, 6),
    "Latin/character13": (3, 7),
    "Latin/character14": (3, 7),
    "Latin/character16": (3, 4, 6, 7),
    "Latin/character18": (2, 3, 4, 7),
    "Latin/character21": (1, 2, 5, 6),
    "Latin/character22": (2, 6),
    "Latin/character23": (1, 5),
}


def turn_pen_characters(characters: Sequence[PenCharacter], seed: int) -> list[PenCharacter]:
    """Return each character in one random turn; a turn that may look like a digit is left out."""
    turns = np.random.default_rng(seed).choice(TURNS, len(characters))
    return [
        replace(sign, strokes=tuple(turn_stroke(stroke, turn) for stroke in sign.strokes))
        for sign, turn in zip(characters, turns, strict=True)
        if turn not in DIGIT_LIKE_TURNS.get(sign.character, ())
    ]


def turn_characters(characters: Characters) -> Characters:
    """Return every drawing in every turn, except those that may look like a digit."""
    images, names = [], []
    for image, name in zip(characters.images, characters.names, strict=True):
        for turn in TURNS:
            if turn not in DIGIT_LIKE_TURNS.get(name, ()):
                images.append(turn_image(image, turn))
                names.append(name)
    return Characters(np.stack(images), tuple(names))


def turn_image(image: np.ndarray, turn: int) -> np.ndarray:
    """Turn a square image `(side, side)`; the dtype stays."""
    return np.rot90(image[:, ::-1] if turn >= 4 else image, turn % 4)


def turn_stroke(stroke: np.ndarray, turn: int) -> np.ndarray:
    """Turn points `(n, 2)`, x to the right and y downwards, around 0, 0; the dtype stays."""
    turned = stroke * np.array([-1, 1], stroke.dtype) if turn >= 4 else stroke
    for _ in range(turn % 4):  # x, y -> y, -x: anticlockwise, because y points downwards
        turned = turned[:, ::-1] * np.array([1, -1], stroke.dtype)
    return turned
