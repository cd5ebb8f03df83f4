"""`preprocess_drawing`: every kind of drawing becomes the same image in MNIST's format."""

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from sketchdigits import BlankDrawingError, SketchdigitsError, preprocess_drawing
from sketchdigits.preprocessing.cleanup import MIN_DIGIT_DIAGONAL
from sketchdigits.preprocessing.pipeline import IMAGE_SIZE
from sketchdigits.preprocessing.resize import DIGIT_BOX_SIZE, STROKE_THRESHOLD
from tests.support.golden_cases import GOLDEN, golden_drawings
from tests.support.polylines import draw

CASES = sorted(golden_drawings())


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Sum of absolute differences as a share of the ink, at the best shift of up to one pixel."""
    one, other = one.astype(float), other.astype(float)
    return min(
        np.abs(np.roll(one, (dy, dx), (0, 1)) - other).sum() / other.sum()
        for dy in (-1, 0, 1)
        for dx in (-1, 0, 1)
    )


@pytest.mark.parametrize("name", CASES)
def test_golden_drawing_becomes_its_golden_image(name):
    drawing = np.asarray(Image.open(GOLDEN / f"{name}.drawing.png"))
    golden = np.asarray(Image.open(GOLDEN / f"{name}.seen.png"))
    seen = preprocess_drawing(drawing)
    # Two grey levels: other processors may round differently.
    assert np.abs(seen.astype(int) - golden).max() <= 2


def test_stored_golden_files_are_those_of_the_golden_cases():
    assert {path.name.split(".")[0] for path in GOLDEN.iterdir()} == set(CASES)


@pytest.mark.parametrize("digit", range(10))
def test_result_has_mnists_format(digit):
    seen = preprocess_drawing(draw(digit))
    assert seen.shape == (IMAGE_SIZE, IMAGE_SIZE)
    assert seen.dtype == np.uint8
    assert seen.max() == 255
    rows, columns = np.nonzero(seen > STROKE_THRESHOLD * 255)
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == pytest.approx(DIGIT_BOX_SIZE, abs=1)
    for axis in (0, 1):
        mass = seen.sum(axis=1 - axis, dtype=float)
        off_centre = mass @ np.arange(IMAGE_SIZE) / mass.sum() - 14
        # A digit with most of its mass at one end touches the edge instead of leaving the image.
        assert abs(off_centre) <= 0.5 or (mass[-1] if off_centre < 0 else mass[0]) > 0


@pytest.mark.parametrize("position", [(0, 0), (1, 0), (0, 1), (1, 1), (0.37, 0.81)])
def test_position_does_not_change_the_image(position):
    reference = preprocess_drawing(draw(5, extent=0.4))
    assert difference(preprocess_drawing(draw(5, extent=0.4, position=position)), reference) < 0.1


@pytest.mark.parametrize("size", [28, 64, 100, 280, 1000, 4096])
def test_canvas_size_hardly_changes_the_image(size):
    reference = preprocess_drawing(draw(3, extent=0.8))
    oversampling = 1 if size > 1000 else 4
    seen = preprocess_drawing(draw(3, size=size, extent=0.8, oversampling=oversampling))
    # At 28 pixels it is the canvas, and not the preprocessing, that limits where edges can be.
    assert difference(seen, reference) < (0.5 if size == 28 else 0.3)


@pytest.mark.parametrize(
    ("ink", "background"),
    [
        ((255,), (0,)),
        ((200,), (225,)),
        ((0, 0, 255), (255, 255, 0)),
        ((200, 0, 0), (0, 150, 0)),
        ((0, 0, 0, 255), (255, 255, 255, 0)),
        ((255, 255, 255, 255), (0, 0, 0, 0)),
        ((255, 0, 0, 255), (0, 0, 0, 0)),
    ],
)
def test_colour_and_polarity_do_not_change_the_image(ink, background):
    reference = preprocess_drawing(draw(4))
    assert difference(preprocess_drawing(draw(4, ink=ink, background=background)), reference) < 0.05


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("width", [0.05, 0.26])
def test_drawing_cropped_to_its_ink_keeps_its_polarity(digit, width):
    drawing = draw(digit, width=width)
    rows, columns = np.nonzero(drawing < 128)
    tight = drawing[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    reference = preprocess_drawing(drawing)
    assert difference(preprocess_drawing(tight), reference) < 0.1
    assert difference(preprocess_drawing(255 - tight), reference) < 0.1


@pytest.mark.parametrize("inset", [0, 4])
def test_thin_frame_does_not_change_the_crop(inset):
    drawing = draw(2, extent=0.5)
    reference = preprocess_drawing(drawing)
    far = drawing.shape[0] - inset
    for line in (slice(inset, inset + 3), slice(far - 3, far)):
        drawing[line, inset:far] = 0
        drawing[inset:far, line] = 0
    assert difference(preprocess_drawing(drawing), reference) < 0.1


@pytest.mark.parametrize("turns", range(4))
def test_bar_along_one_edge_does_not_change_the_crop(turns):
    drawing = draw(6, extent=0.5)
    reference = preprocess_drawing(drawing)
    np.rot90(drawing, turns)[:8] = 0
    assert difference(preprocess_drawing(drawing), reference) < 0.1


def test_top_bar_of_a_tightly_cropped_seven_is_not_removed_as_a_frame():
    drawing = draw(7, width=0.03)
    rows, columns = np.nonzero(drawing < 128)
    tight = drawing[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert difference(preprocess_drawing(tight), preprocess_drawing(drawing)) < 0.1


def test_faint_digit_is_found_beside_darker_dust_and_frame():
    drawing = draw(4, extent=0.5, ink=(225,))
    reference = preprocess_drawing(drawing)
    drawing[20:23, 300:303] = 0
    drawing[:3] = drawing[-3:] = 0
    drawing[:, :3] = drawing[:, -3:] = 0
    assert difference(preprocess_drawing(drawing), reference) < 0.1


@pytest.mark.parametrize("pixels", [20, 40, 75, 100, 140, 200])
def test_tiny_digit_on_the_largest_canvas_is_found_or_counts_as_a_speck(pixels):
    canvas = np.full((4096, 4096), 255, np.uint8)
    small = draw(2, size=256, extent=pixels / 256, width=0.12)
    canvas[1000:1256, 3000:3256] = small
    try:
        seen = preprocess_drawing(canvas)
    except BlankDrawingError:
        assert pixels < MIN_DIGIT_DIAGONAL * 4096
    else:
        assert difference(seen, preprocess_drawing(small)) < 0.3


@pytest.mark.parametrize("seed", range(60))
def test_any_image_gives_a_28x28_image_or_one_of_our_errors(seed):
    rng = np.random.default_rng(seed)
    height, width = (int(side) for side in np.exp(rng.uniform(0, np.log(600), 2)))
    channels = rng.integers(1, 5)
    image = rng.integers(0, 256, (height, width, channels)).astype(np.uint8)
    kind = seed % 4
    if kind == 1:  # sparse marks on a plain background
        image[rng.random((height, width)) < 0.97] = 255
    elif kind == 2:  # a few grey blocks
        image[:] = 255
        for _ in range(3):
            y, x = rng.integers(0, height), rng.integers(0, width)
            image[y : y + height // 3 + 1, x : x + width // 5 + 1] = rng.integers(0, 256)
    elif kind == 3:  # soft gradients
        image[:] = np.linspace(0, 255, width)[None, :, None]
    try:
        seen = preprocess_drawing(image)
    except SketchdigitsError:
        return
    assert seen.shape == (28, 28)
    assert seen.max() == 255


def test_specks_of_dust_do_not_change_the_crop():
    drawing = draw(8, extent=0.4)
    reference = preprocess_drawing(drawing)
    for y, x in np.random.default_rng(0).integers(0, 397, (12, 2)):
        drawing[y : y + 3, x : x + 3] = 0
    assert difference(preprocess_drawing(drawing), reference) < 0.1


def test_noise_blur_and_jpeg_hardly_change_the_image():
    drawing = draw(9)
    reference = preprocess_drawing(drawing)
    noise = np.random.default_rng(0).normal(0, 6, drawing.shape)
    noisy = np.clip(drawing + noise, 0, 255).astype(np.uint8)
    assert difference(preprocess_drawing(noisy), reference) < 0.1
    blurred = Image.fromarray(drawing).filter(ImageFilter.GaussianBlur(3))
    assert difference(preprocess_drawing(blurred), reference) < 0.25
    jpeg = io.BytesIO()
    Image.fromarray(drawing).save(jpeg, "JPEG", quality=30)
    assert difference(preprocess_drawing(jpeg.getvalue()), reference) < 0.1


def test_detached_parts_of_a_digit_are_kept():
    drawing = draw(1, extent=0.6)
    drawing[200:212] = 255  # a gap cuts the stroke into two pieces
    pieces = preprocess_drawing(drawing)
    assert difference(pieces, preprocess_drawing(draw(1, extent=0.6))) < 0.25


def test_image_in_mnists_format_comes_out_unchanged():
    seen = preprocess_drawing(draw(2))
    assert difference(preprocess_drawing(seen), seen) < 0.02


def bar(length: int) -> np.ndarray:
    """A vertical bar with one soft side, on 28x28."""
    image = np.zeros((28, 28), np.uint8)
    image[4 : 4 + length, 14:16] = 255
    image[4 : 4 + length, 13] = 130
    return image


@pytest.mark.parametrize("length", [18, 19, 20])
def test_digit_in_mnists_format_is_not_resampled(length):
    image = np.roll(bar(length), 20 - length, axis=0)
    assert difference(preprocess_drawing(image), image) == 0


@pytest.mark.parametrize("length", [17, 21, 24])
def test_digit_of_another_length_is_scaled_to_20_pixels(length):
    inked = np.flatnonzero(preprocess_drawing(bar(length)).max(axis=1) > 64)
    assert inked[-1] + 1 - inked[0] in (20, 21)


@pytest.mark.parametrize("corner", [(0, 0), (2, 6), (8, 0)])
def test_sharp_pixels_of_a_small_canvas_are_softened(corner):
    """Sharp pixels would look like MNIST's, whose 1s have no flag: a 1 with a flag would be a 7."""
    image = np.zeros((28, 28), np.uint8)
    image[corner[0] : corner[0] + 20, corner[1] + 6 : corner[1] + 8] = 255
    seen = preprocess_drawing(image)
    assert np.unique(seen[14]).size > 2


@pytest.mark.parametrize(
    "blank",
    [
        np.full((400, 400), 255, np.uint8),
        np.zeros((28, 28), np.uint8),
        np.full((50, 50, 3), (10, 200, 30), np.uint8),
        np.zeros((64, 64, 4), np.uint8),
        np.uint8(np.random.default_rng(0).integers(250, 256, (100, 100))),
    ],
    ids=["white", "black", "green", "transparent", "noise"],
)
def test_blank_drawing_raises_an_error_with_advice(blank):
    with pytest.raises(BlankDrawingError, match=r"Draw one digit"):
        preprocess_drawing(blank)


def test_image_with_only_a_frame_or_specks_is_blank():
    frame = np.full((200, 200), 255, np.uint8)
    frame[:2] = frame[-2:] = 0
    frame[:, :2] = frame[:, -2:] = 0
    specks = np.full((400, 400), 255, np.uint8)
    specks[100:102, 100:102] = specks[300, 300] = 0
    for image in (frame, specks):
        with pytest.raises(BlankDrawingError):
            preprocess_drawing(image)
