"""Turned letters and signs: which turns are used, and that strokes and images turn alike."""

import numpy as np
import pytest

from train.datasets.labelled_images import NON_DIGIT
from train.datasets.omniglot import Characters
from train.datasets.turned import (
    DIGIT_LIKE_TURNS,
    TURNS,
    turn_characters,
    turn_image,
    turn_pen_characters,
    turn_stroke,
)
from train.datasets.unipen import PenCharacter

L_STROKE = np.array([[0, 0], [0, 3], [2, 3]], np.float32)


@pytest.mark.parametrize("turn", TURNS)
def test_strokes_and_images_are_turned_alike(turn):
    image = np.zeros((4, 4), np.uint8)
    for brightness, (x, y) in enumerate(L_STROKE.astype(int), start=1):
        image[y, x] = brightness
    turned = turn_image(image, turn)
    corners = turn_stroke(L_STROKE - 1.5, turn) + 1.5
    assert corners.dtype == np.float32
    assert [turned[int(y), int(x)] for x, y in corners] == [1, 2, 3]


def test_no_two_turns_are_the_same():
    image = np.arange(9).reshape(3, 3)
    assert len({turn_image(image, turn).tobytes() for turn in (0, *TURNS)}) == 8


def test_letters_are_turned_but_never_to_a_form_that_looks_like_a_digit():
    letters = [
        PenCharacter((L_STROKE,), NON_DIGIT, writer=1, character="L", donor="apa")
        for _ in range(400)
    ]
    turned = turn_pen_characters(letters, seed=0)
    allowed = [turn for turn in TURNS if turn not in DIGIT_LIKE_TURNS["L"]]
    expected = {turn_stroke(L_STROKE, turn).tobytes() for turn in allowed}
    assert {sign.strokes[0].tobytes() for sign in turned} == expected
    assert 0.4 < len(turned) / len(letters) < 0.75  # 4 of 7 turns are allowed
    again = turn_pen_characters(letters, seed=0)
    assert [s.strokes[0].tobytes() for s in turned] == [s.strokes[0].tobytes() for s in again]


def test_drawings_of_characters_are_turned_in_every_way_that_is_no_digit():
    image = np.arange(105 * 105).reshape(105, 105).astype(np.uint8)
    characters = Characters(np.stack([image, image]), ("Latin/character24", "Latin/character23"))
    turned = turn_characters(characters)
    assert turned.names.count("Latin/character24") == 7
    assert turned.names.count("Latin/character23") == 5
    assert len(turned.images) == 12
    assert len({image.tobytes() for image in turned.images}) == 7
