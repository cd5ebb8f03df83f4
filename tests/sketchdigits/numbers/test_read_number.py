"""`DigitClassifier.read_number`: rows, lines, marks that are no digits, and ink that is neither."""

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from sketchdigits import BlankDrawingError, InvalidImageError, NumberReading
from tests.support.number_drawings import draw_number
from tests.support.polylines import draw


def find_wide_gaps(image: np.ndarray) -> list[tuple[int, int]]:
    """First and last column of the empty squares between digits."""
    gaps = np.flatnonzero((image >= 200).all(axis=0))
    starts = gaps[np.flatnonzero(np.diff(gaps, prepend=-9) > 1)]
    ends = gaps[np.flatnonzero(np.diff(gaps, append=10**6) > 1)]
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True) if b - a > 50]


@pytest.mark.parametrize("text", ["2026", "12", "11", "007", "36498432", "5550123467"])
def test_row_is_read_from_left_to_right(classifier, text):
    reading = classifier.read_number(draw_number(text))
    assert (reading.text, reading.is_number) == (text, True)
    assert reading.lines == (text,)
    assert [str(digit.label) for digit in reading.digits] == list(text)
    assert reading.unexplained == ()


@pytest.mark.parametrize("digit", [2, 3, 8])
def test_digit_wider_than_high_stays_one_digit(classifier, digit):
    """It is cut, although it is surely a digit; all its neighbours are sure too."""
    row = np.full((140, 330), 255, np.uint8)
    for left, width, label in ((20, 60, 4), (110, 115, digit), (255, 60, 7)):
        drawn = draw(label, size=200, extent=0.8, width=0.09)
        rows, columns = np.nonzero(drawn < 200)
        cropped = drawn[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        row[20:120, left : left + width] = np.asarray(Image.fromarray(cropped).resize((width, 100)))
    reading = classifier.read_number(row)
    assert (reading.text, reading.is_number) == (f"4{digit}7", True)
    assert reading.unexplained == ()


@pytest.mark.parametrize("text", ["22", "32", "232", "2222"])
def test_feet_of_2s_are_no_printed_line(classifier, text):
    reading = classifier.read_number(draw_number(text, size=400))
    assert (reading.text, reading.is_number) == (text, True)


def test_reading_is_frozen(classifier):
    reading = classifier.read_number(draw_number("42"))
    assert isinstance(reading, NumberReading)
    with pytest.raises(dataclasses.FrozenInstanceError):
        reading.text = "43"  # type: ignore[misc]


def test_boxes_surround_the_digits_in_the_images_pixels(classifier):
    image = draw_number("407", size=160)
    reading = classifier.read_number(image)
    assert len(reading.boxes) == 3
    lefts = [x for x, _, _, _ in reading.boxes]
    assert lefts == sorted(lefts)
    for x, y, width, height in reading.boxes:
        inside = image[y : y + height, x : x + width]
        rows = np.flatnonzero((inside < 128).any(axis=1))
        assert 100 < height < 140
        assert rows[0] <= 4
        assert rows[-1] >= height - 5


@pytest.mark.parametrize("digit", range(10))
def test_one_digit_is_a_number_of_one(classifier, digit):
    image = draw(digit)
    reading, prediction = classifier.read_number(image), classifier.predict(image)
    assert (reading.text, reading.is_number) == (str(prediction.label), prediction.is_digit)
    [only] = reading.digits
    # Some versions of LiteRT round a batch of several images in another way than one image.
    np.testing.assert_allclose(only.probabilities, prediction.probabilities, atol=1e-5)


def test_two_lines_are_read_from_top_to_bottom(classifier):
    upper, lower = draw_number("481"), draw_number("2060")
    width = max(upper.shape[1], lower.shape[1])
    padded = [
        np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values=255)
        for part in (upper, lower)
    ]
    reading = classifier.read_number(np.concatenate(padded))
    assert reading.text == "481\n2060"
    assert reading.lines == ("481", "2060")
    assert reading.is_number


def test_touching_digits_are_separated(classifier):
    left, right = draw(3, size=140, extent=0.8), draw(6, size=140, extent=0.8)
    columns = [np.flatnonzero((part < 128).any(axis=0)) for part in (left, right)]
    pair = np.full((140, 260), 255, np.uint8)
    pair[:, 20 : 20 + np.ptp(columns[0]) + 1] = left[:, columns[0][0] : columns[0][-1] + 1]
    start = 20 + np.ptp(columns[0])
    moved = right[:, columns[1][0] : columns[1][-1] + 1]
    place = pair[:, start : start + moved.shape[1]]
    np.minimum(place, moved, out=place)
    assert classifier.read_number(pair).text == "36"


def test_dots_and_dashes_between_digits_are_left_out_and_reported(classifier):
    image = draw_number("1 2 34")
    dot, dash = ((start + end) // 2 for start, end in find_wide_gaps(image))
    image[96:105, dot - 4 : dot + 5] = 0
    image[57:64, dash - 14 : dash + 15] = 0
    reading = classifier.read_number(image)
    assert (reading.text, reading.is_number) == ("1234", True)
    assert len(reading.left_out) == 2


def test_ink_that_is_no_digit_is_never_dropped_in_silence(classifier):
    image = draw_number("25  7")
    [(start, end)] = find_wide_gaps(image)
    middle = (start + end) // 2
    image[58:64, middle - 18 : middle + 18] = 0  # a plus
    image[35:90, middle - 3 : middle + 3] = 0
    reading = classifier.read_number(image)
    assert not reading.is_number
    assert any(x - 5 <= middle <= x + width + 5 for x, _, width, _ in reading.unexplained)


def test_pale_digit_beside_bold_ones_is_not_lost(classifier):
    image = draw_number("48 3")
    image[:, 150:] = 255 - (255 - image[:, 150:]) // 6
    assert classifier.read_number(image).text == "483"


def test_light_ink_on_dark_is_read(classifier):
    assert classifier.read_number(255 - draw_number("309")).text == "309"


def test_empty_image_is_blank(classifier):
    with pytest.raises(BlankDrawingError):
        classifier.read_number(np.full((100, 300), 255, np.uint8))


def test_bad_input_is_refused_as_by_predict(classifier):
    with pytest.raises(InvalidImageError):
        classifier.read_number(b"no image")
    with pytest.raises(InvalidImageError, match="read_numbers takes a list"):
        classifier.read_numbers("drawing.png")


def test_several_images_are_read_in_order_and_errors_name_the_image(classifier):
    images = [draw_number("12"), draw_number("345")]
    assert [reading.text for reading in classifier.read_numbers(images)] == ["12", "345"]
    with pytest.raises(BlankDrawingError, match="Image 1"):
        classifier.read_numbers([images[0], np.zeros((50, 50), np.uint8)])


def test_boxes_are_in_the_pixels_of_an_image_that_is_averaged_down(classifier, tmp_path):
    image = draw_number("58", size=1_800)
    image = np.pad(image, ((0, 0), (0, 4_096 - image.shape[1])), constant_values=255)
    path = tmp_path / "large.png"
    Image.fromarray(image).save(path)
    content = path.read_bytes()
    for form in (image, Image.fromarray(image), path, content, io.BytesIO(content)):
        reading = classifier.read_number(form)
        assert reading.text == "58"
        for _, _, _, height in reading.boxes:
            assert 1_250 < height < 1_500


@pytest.mark.parametrize("size", [1, 2])
def test_form_with_specks_but_no_digit_is_blank(classifier, size):
    """Before, one pixel was a ValueError, and two were read as a 0."""
    form = np.full((120, 340), 255, np.uint8)
    form[20:22, 20:322] = form[98:100, 20:322] = 0
    for left in range(20, 321, 60):
        form[20:100, left : left + 2] = 0
    form[60 : 60 + size, 50] = form[50 : 50 + size, 110] = 0
    with pytest.raises(BlankDrawingError):
        classifier.read_number(form)


@pytest.mark.parametrize("text", ["41", "202613", "944491", "2384195", "50983"])
@pytest.mark.parametrize("width", [0.13, 0.17])
def test_bold_strokes_are_read_where_digits_stand_apart(classifier, text, width):
    """The row network saw 411 and 2026113 here: it knows no strokes as bold."""
    reading = classifier.read_number(draw_number(text, width=width))
    assert (reading.text, reading.is_number) == (text, True)
