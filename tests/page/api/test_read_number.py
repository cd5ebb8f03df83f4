"""One request to `/api/read_number` of the running app: the digits of a number and their boxes."""

import io

import numpy as np
import pytest
from PIL import Image

from sketchdigits.numbers.reader import MAX_DIGITS
from sketchdigits.preprocessing.decode import MAX_DECODED_SIDE
from tests.support.api_requests import FORM, JSON, ask_api, data_uri, in_json, part
from tests.support.number_drawings import draw_number
from tests.support.polylines import draw


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


NUMBER = png(draw_number("2026"))


@pytest.fixture(scope="module")
def answer(app_url):
    """The answer for 2026."""
    response = ask_api(app_url, NUMBER, "image/png", path="read_number")
    assert response.status == 200
    return response.content


def test_number_is_read_with_its_lines_and_confidence(answer):
    assert (answer["text"], answer["lines"], answer["is_number"]) == ("2026", ["2026"], True)
    assert 0 < answer["confidence"] <= 1
    assert answer["left_out"] == answer["unexplained"] == []


def test_each_digit_has_its_three_likeliest_labels(answer):
    for digit, label in zip(answer["digits"], "2026", strict=True):
        assert digit["label"] == digit["confidences"][0]["label"] == label
        confidences = [each["confidence"] for each in digit["confidences"]]
        assert len(confidences) == 3
        assert confidences == sorted(confidences, reverse=True)


def test_boxes_hold_all_ink_from_left_to_right(answer):
    ink = draw_number("2026") < 128
    before = 0
    for digit in answer["digits"]:
        x, y, width, height = digit["box"]
        assert x >= before
        before = x + width
        ink[max(0, y - 1) : y + height + 1, max(0, x - 1) : before + 1] = False
    assert not ink.any()


@pytest.mark.parametrize(
    ("body", "kind"),
    [(part(NUMBER), FORM), (in_json(data_uri(NUMBER)), JSON), (NUMBER, None)],
    ids=["form", "JSON", "body"],
)
def test_each_form_of_an_image_gets_the_same_answer(app_url, answer, body, kind):
    assert ask_api(app_url, body, kind, path="read_number").content == answer


def test_one_digit_is_a_number_with_the_answer_of_predict(app_url):
    drawing = png(draw(7))
    number = ask_api(app_url, drawing, "image/png", path="read_number").content
    [digit] = number["digits"]
    assert (number["text"], number["is_number"]) == ("7", True)
    alone = ask_api(app_url, drawing, "image/png").content
    assert digit["confidences"] == alone["confidences"]


def test_boxes_are_in_pixels_of_the_image_also_if_it_is_shrunk_while_it_is_decoded(app_url, answer):
    large = draw_number("2026").repeat(8, axis=0).repeat(8, axis=1)
    found = ask_api(app_url, png(large), "image/png", path="read_number").content
    assert found["text"] == "2026"
    assert max(large.shape) > MAX_DECODED_SIDE
    for digit, small in zip(found["digits"], answer["digits"], strict=True):
        assert digit["box"] == pytest.approx([8 * side for side in small["box"]], abs=16)


def test_page_full_of_strokes_gets_at_most_64_digits_and_is_no_number(app_url):
    strokes = np.full((600, 1200), 255, np.uint8)
    for row in range(4):
        for column in range(38):
            strokes[150 * row + 30 : 150 * row + 120, 30 * column + 30 : 30 * column + 36] = 0
    answer = ask_api(app_url, png(strokes), "image/png", path="read_number").content
    assert len(answer["digits"]) <= MAX_DIGITS
    assert not answer["is_number"]
    assert answer["unexplained"]
