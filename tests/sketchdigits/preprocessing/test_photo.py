"""Photographs of digits on paper: what is read from them, and which images count as photographs."""

import io
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sketchdigits import BlankDrawingError, preprocess_drawing
from sketchdigits.preprocessing.photo import MAX_BOARD_BRIGHTNESS, extract_photo_ink
from sketchdigits.preprocessing.photo_or_drawing import MAX_PHOTO_SIDE, is_photograph
from tests.sketchdigits.preprocessing.test_pipeline import difference
from tests.support.golden_cases import golden_drawings
from tests.support.photograph_styles import random_photograph_style
from tests.support.photographs import PhotographStyle, take_photograph
from tests.support.polylines import DIGITS, draw
from train.distortions.canvas_damage import DAMAGES

PAPERS: dict[str, dict[str, Any]] = {
    "shadowed": {"shadow": 0.5, "light": 0.4},
    "ruled": {"ruling": "ruled", "spacing": 0.12, "turn": 2.0, "convergence": 0.05},
    "squared": {"ruling": "squared", "spacing": 0.1, "turn": -1.5, "shadow": 0.4},
}
DRAWN = [preprocess_drawing(draw(digit, width=0.06)) for digit in range(10)]


def photograph(digit: int | None, seed: int = 0, **style) -> np.ndarray:
    """A photograph of one of our digits on paper, or of empty paper."""
    strokes = (
        [np.array(stroke, np.float32) for stroke in DIGITS[digit]] if digit is not None else []
    )
    return take_photograph(strokes, PhotographStyle(**style), np.random.default_rng(seed))


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize(
    ("size", "quality"),
    [((400, 300), 85), pytest.param((480, 640), 65, marks=pytest.mark.slow)],
)
def test_digit_on_paper_looks_like_the_one_drawn(digit, paper, size, quality):
    seen = preprocess_drawing(photograph(digit, size=size, quality=quality, **PAPERS[paper]))
    differences = [difference(seen, DRAWN[other]) for other in range(10)]
    assert np.argmin(differences) == digit
    assert differences[digit] < 0.5


@pytest.mark.parametrize("paper", [(0.95, 0.95, 0.95), (0.6, 0.6, 0.6), (0.9, 0.7, 0.55)])
@pytest.mark.parametrize("ink", [(0.1, 0.1, 0.1), (0.1, 0.15, 0.5), (0.6, 0.1, 0.1)])
def test_colour_of_paper_and_pen_does_not_change_the_image(paper, ink):
    seen = preprocess_drawing(photograph(2, paper=paper, ink=ink))
    assert difference(seen, DRAWN[2]) < 0.35


@pytest.mark.parametrize("paper", PAPERS)
def test_pencil_is_read(paper):
    style = {**PAPERS[paper], "ink": (0.3, 0.3, 0.3), "texture": 0.3}
    seen = preprocess_drawing(photograph(3, **style))
    assert difference(seen, DRAWN[3]) < 0.5


def test_marker_is_read_beside_the_table():
    seen = preprocess_drawing(photograph(8, pen=0.16, table=0.07, extent=0.7, shadow=0.4))
    assert difference(seen, preprocess_drawing(draw(8, width=0.16))) < 0.35


def test_chalk_on_a_board_is_read():
    board = photograph(None, paper=(0.12, 0.16, 0.13), light=0.4)
    # `take_photograph` draws only ink that is darker than the paper. Invert it to get chalk.
    chalk = photograph(5, paper=(1, 1, 1), ink=(0, 0, 0), light=0, vignette=0, grain=0, noise=0)
    lit = np.clip(board + 0.5 * (255.0 - chalk), 0, 255).astype(np.uint8)
    assert is_photograph(lit)
    assert difference(preprocess_drawing(lit), DRAWN[5]) < 0.4


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("width", [0.06, 0.12])
@pytest.mark.parametrize("ink", [255, 150])
def test_light_digit_on_noisy_black_is_read(digit, width, ink):
    drawn = (255.0 - draw(digit, width=width)) * (ink / 255)
    light = np.linspace(2, 24, drawn.shape[1])
    noise = np.random.default_rng(digit).normal(0, 8, drawn.shape)
    photo = np.clip(drawn + light + noise, 0, 255).astype(np.uint8)
    assert is_photograph(photo[..., None])
    assert difference(preprocess_drawing(photo), preprocess_drawing(draw(digit, width=width))) < 0.4


@pytest.mark.parametrize("shade", [{"table": 0.08}, {"shadow": 0.6, "penumbra": 0.01}])
@pytest.mark.parametrize("pen", [0.05, 0.14])
@pytest.mark.parametrize("digit", [1, 4, 8])
def test_dark_digit_in_a_dim_photograph_is_not_read_inside_out(digit, pen, shade):
    photo = photograph(digit, pen=pen, extent=0.7, exposure=0.35, noise=1.5, **shade)
    assert np.median(photo) < MAX_BOARD_BRIGHTNESS
    drawn = preprocess_drawing(draw(digit, width=pen))
    assert difference(preprocess_drawing(photo), drawn) < 0.5


@pytest.mark.parametrize("paper", ["plain", *PAPERS])
@pytest.mark.parametrize("seed", range(3))
def test_empty_paper_is_blank(paper, seed):
    photo = photograph(None, seed=seed, table=0.05 * (seed == 1), **PAPERS.get(paper, {}))
    assert is_photograph(photo)
    with pytest.raises(BlankDrawingError, match="Draw one digit"):
        preprocess_drawing(photo)


def test_two_digits_on_paper_are_read_as_a_number(classifier):
    rng = np.random.default_rng(0)
    strokes = [
        np.array(stroke, np.float32) + np.array((offset, 0), np.float32)
        for digit, offset in ((4, 0), (2, 1))
        for stroke in DIGITS[digit]
    ]
    photo = take_photograph(strokes, PhotographStyle(pen=0.04, shadow=0.4), rng)
    assert classifier.read_number(photo).text == "42"


def plain_drawings() -> dict[str, np.ndarray]:
    """Drawings of 64 pixels and more which are not photographs."""
    rng = np.random.default_rng(0)
    drawings = {
        name: drawing for name, drawing in golden_drawings().items() if min(drawing.shape[:2]) >= 64
    }
    canvas = draw(6, extent=0.8)
    drawings |= {way: damage(canvas, rng) for way, damage in DAMAGES.items()}
    drawings |= {
        "soft brush": draw(3, width=0.12, blur=0.7),
        "soft marker": draw(3, width=0.2, blur=0.45, extent=0.9),
        "soft marker, coloured": draw(
            3, width=0.2, blur=0.45, ink=(200, 0, 0), background=(9, 99, 9)
        ),
        "enlarged MNIST": np.asarray(
            Image.fromarray(preprocess_drawing(draw(9))).resize(
                (280, 280), Image.Resampling.BICUBIC
            )
        ),
    }
    return drawings


@pytest.mark.parametrize("name", plain_drawings())
def test_drawing_does_not_count_as_a_photograph(name):
    drawing = plain_drawings()[name]
    pixels = drawing if drawing.ndim == 3 else drawing[..., None]
    assert not is_photograph(pixels[..., :3])
    stream = io.BytesIO()
    Image.fromarray(drawing).convert("RGB").save(stream, "JPEG", quality=40)
    assert not is_photograph(np.asarray(Image.open(stream)))


def test_small_or_narrow_image_does_not_count_as_a_photograph():
    noise = np.random.default_rng(0).integers(0, 256, (28, 28, 1)).astype(np.uint8)
    strip = np.linspace(0, 255, 8000).astype(np.uint8)[None, :, None].repeat(80, axis=0)
    assert not is_photograph(noise)
    assert not is_photograph(strip)


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("side", [32, 48])
def test_small_photograph_in_uneven_light_looks_like_the_drawn_digit(digit, side):
    style: dict[str, Any] = {"size": (240, 240), "extent": 0.7, "shadow": 0.45, "light": 0.4}
    large = Image.fromarray(photograph(digit, pen=0.09, penumbra=0.2, **style))
    small = np.asarray(large.resize((side, side), Image.Resampling.BOX))
    assert is_photograph(small)
    seen = preprocess_drawing(small)
    drawn = preprocess_drawing(draw(digit, width=0.09))
    assert difference(seen, drawn) < 0.6


def test_photograph_of_any_content_gives_a_28x28_image_or_a_blank_drawing_error():
    rng = np.random.default_rng(0)
    for _ in range(12):
        height, width = rng.integers(64, 700, 2)
        coarse = rng.integers(0, 256, rng.integers(2, 40, 2)).astype(np.uint8)
        image = np.asarray(Image.fromarray(coarse).resize((width, height)))
        try:
            assert preprocess_drawing(image).shape == (28, 28)
        except BlankDrawingError:
            continue


@pytest.mark.parametrize("size", [(640, 480), (3000, 4000)])
def test_size_of_a_photographs_ink_is_bounded(size):
    small = photograph(7, size=(600, 800))
    large = np.asarray(Image.fromarray(small).resize(size))
    assert max(extract_photo_ink(large).shape) <= MAX_PHOTO_SIDE


def test_preprocessing_12_megapixels_takes_less_than_12_times_as_long_as_decoding():
    large = Image.fromarray(photograph(7, size=(600, 800))).resize((3000, 4000))
    stream = io.BytesIO()
    large.save(stream, "JPEG")
    start = time.perf_counter()
    pixels = np.asarray(Image.open(stream))
    decoding = time.perf_counter() - start
    start = time.perf_counter()
    preprocess_drawing(pixels)
    assert time.perf_counter() - start < 12 * decoding


def test_same_seed_gives_the_same_photograph():
    style = replace(random_photograph_style(np.random.default_rng(4), "squared"), size=(300, 300))
    strokes = [np.array(stroke, np.float32) for stroke in DIGITS[4]]
    one, other = (take_photograph(strokes, style, np.random.default_rng(1)) for _ in range(2))
    assert np.array_equal(one, other)
