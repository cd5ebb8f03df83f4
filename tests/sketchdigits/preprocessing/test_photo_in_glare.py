"""Photographs with blown-out light: paper that is pure white in part, with shade in the rest.

The shade's edge isn't ink: such a picture is read as the digit on it, or refused.
"""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from sketchdigits import BlankDrawingError, preprocess_drawing
from sketchdigits.preprocessing.photo_or_drawing import is_photograph
from tests.support.glare import LIGHTS, Glare, photograph_in_glare, random_glare
from tests.support.polylines import DIGITS, draw

SIZES = {"small": (200, 150), "medium": (450, 600), "large": (1600, 1200)}


def photograph(digit: int | None, style: Glare, seed: int = 0) -> np.ndarray:
    """A photograph of one of our digits on overexposed paper, or of that paper alone."""
    strokes = DIGITS[digit] if digit is not None else []
    arrays = [np.array(stroke, np.float32) for stroke in strokes]
    return photograph_in_glare(arrays, style, np.random.default_rng(seed))


def white_share(picture: np.ndarray) -> float:
    return float((picture[..., 1] == 255).mean())


@pytest.mark.parametrize(
    "softness",
    [pytest.param(0.015, marks=pytest.mark.slow), 0.05, pytest.param(0.2, marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("angle", [0, 90, 200, 315])
@pytest.mark.parametrize("kind", ["edge", "hand", "slope"])
def test_digit_beside_the_shades_edge_is_read(classifier, kind, angle, softness):
    style = Glare(kind=kind, angle=angle, softness=softness)
    digit = (angle // 45 + round(softness * 100)) % 10
    picture = photograph(digit, style)
    assert white_share(picture) > 0.5
    prediction = classifier.predict(picture)
    assert (prediction.label, prediction.verdict) == (digit, "digit")


@pytest.mark.parametrize("size", ["small", "medium", pytest.param("large", marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", LIGHTS)
def test_digit_in_any_light_is_read_at_any_size(classifier, kind, size):
    picture = photograph(0, Glare(kind=kind, size=SIZES[size], angle=75))
    prediction = classifier.predict(picture)
    assert (prediction.label, prediction.verdict) == (0, "digit")


@pytest.mark.parametrize("digit", range(10))
def test_digit_on_which_the_shades_edge_lies_is_read(classifier, digit):
    style = Glare(kind="edge", angle=20 + 36 * digit, place=0.05, softness=0.06, shade=0.55)
    prediction = classifier.predict(photograph(digit, style))
    assert (prediction.label, prediction.verdict) == (digit, "digit")


@pytest.mark.parametrize("kind", LIGHTS)
def test_random_light_is_read_right_or_refused(classifier, kind):
    """Nearly all are read, and none is taken for another digit.

    The shade of an arm has two edges close to each other, so some of these are refused.
    """
    read = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        digit, style = int(rng.integers(10)), random_glare(rng, kind)
        scale = min(1, 600 / max(style.size))
        size = (round(style.size[0] * scale), round(style.size[1] * scale))
        prediction = classifier.predict(photograph(digit, replace(style, size=size), seed))
        assert prediction.label == digit or not prediction.is_digit, (seed, style)
        read += prediction.is_digit
    assert read >= (5 if kind == "arm" else 7)


@pytest.mark.parametrize("kind", LIGHTS)
def test_overexposed_paper_without_a_digit_is_blank(kind):
    with pytest.raises(BlankDrawingError, match="Draw one digit"):
        preprocess_drawing(photograph(None, Glare(kind=kind, angle=160)))


@pytest.mark.parametrize("level", [60, 120, 180, 220])
@pytest.mark.parametrize("thickness", [0.06, 0.15, 0.3])
@pytest.mark.parametrize("quality", [None, 30, 85])
def test_grey_bar_in_a_drawing_is_not_shade(level, thickness, quality):
    drawing = draw(4, size=300, extent=0.5)
    drawing[:, : round(300 * thickness)] = level
    if quality:
        stream = io.BytesIO()
        Image.fromarray(drawing).save(stream, "JPEG", quality=quality)
        drawing = np.asarray(Image.open(stream))
    assert not is_photograph(drawing[..., None])


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("blur", [0.0, 0.1, 0.2])
@pytest.mark.parametrize("ink", [0, 120, 170])
def test_bold_soft_ink_that_the_edge_cuts_is_not_shade(digit, blur, ink):
    drawing = draw(digit, size=280, width=0.2, extent=1.06, blur=blur, ink=(ink,))
    assert not is_photograph(drawing[..., None])
