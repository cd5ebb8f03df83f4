"""What the page says and shows about a number; which images are read as one."""

import html
import re
from dataclasses import replace

import numpy as np
import pytest

from page import limits
from page.translations import CHINESE, ENGLISH, LANGUAGES
from page.ui.image_answer import answer_image
from page.ui.number_answer import describe_number, may_be_several, show_number
from sketchdigits import DigitClassifier, NumberReading
from sketchdigits.preprocessing.pipeline import read_opaque
from tests.support.number_drawings import draw_number
from tests.support.polylines import draw

NUMBER = read_opaque(draw_number("2026"))


@pytest.fixture(scope="module")
def reading(classifier) -> NumberReading:
    """Of `NUMBER`; sure."""
    return replace(classifier.read_number(NUMBER), confidence=0.9731)


def ink_of(drawing: np.ndarray) -> np.ndarray:
    return 255 - drawing.reshape(drawing.shape[:2])


def test_number_is_named_and_shown_instead_of_a_digit(classifier):
    prediction, sentence, number = answer_image(NUMBER, classifier, ENGLISH)
    assert prediction is None
    assert "**2026**" in sentence
    assert "<div>2026</div>" in number


def test_one_digit_is_not_read_as_a_number(classifier, monkeypatch):
    """It is answered as fast as ever."""
    monkeypatch.setattr(DigitClassifier, "read_number", None)
    for digit in range(10):
        prediction, _, number = answer_image(draw(digit), classifier, ENGLISH)
        assert prediction
        assert prediction.label == digit
        assert number == ""


@pytest.mark.parametrize("text", ["12", "10", "71", "404"])
def test_drawing_with_several_parts_is_read_as_a_number(classifier, text):
    assert f"**{text}**" in answer_image(draw_number(text), classifier, ENGLISH).sentence


def test_only_parts_of_a_digits_height_count_as_several():
    seven = draw(7, size=200)
    dot = np.full((200, 60), 255, np.uint8)
    dot[150:175, 20:45] = 0
    assert not may_be_several(ink_of(seven))
    assert not may_be_several(ink_of(np.concatenate([seven, dot], axis=1)))
    assert may_be_several(ink_of(np.concatenate([seven, seven], axis=1)))
    bar = np.zeros((200, 300), np.uint8)
    bar[50:150, 20:280] = 255
    assert may_be_several(bar)  # digits that touch
    assert not may_be_several(bar.T.copy())


@pytest.mark.parametrize(
    ("texts", "said"),
    [(ENGLISH, "This is **2026**. 97.3 % sure."), (CHINESE, "这是 **2026**。把握 97.3 %。")],
)
def test_sentence_names_the_number_and_how_sure_it_is(reading, texts, said):
    assert describe_number(reading, texts) == said


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=[tags[0] for tags in LANGUAGES])
def test_doubtful_number_is_not_stated(reading, texts):
    doubtful = replace(reading, confidence=0.4)
    unsure = texts["number_unsure"].format(number="**2026**", sure=40.0)
    assert describe_number(doubtful, texts) == unsure
    assert describe_number(replace(reading, is_number=False), texts) != describe_number(
        reading, texts
    )


@pytest.mark.parametrize("texts", LANGUAGES.values(), ids=[tags[0] for tags in LANGUAGES])
def test_unexplained_ink_is_said_and_marked(reading, texts):
    box = (20, 20, 30, 60)
    one = replace(reading, is_number=False, unexplained=(box,))
    assert describe_number(one, texts) == texts["number_unexplained"].format(number="**2026**")
    two = replace(one, unexplained=(box, box))
    assert "2 " in describe_number(two, texts)
    shown = show_number(two, NUMBER, texts)
    assert shown.count('<button type="button" class="unexplained"') == 2
    assert shown.count(f'aria-label="{html.escape(texts["number_unknown"])}"') == 2
    assert shown.count(">?</span>") == 2
    assert "doubtful" in shown
    assert "doubtful" not in show_number(reading, NUMBER, texts)


def test_marks_that_are_left_out_are_said_and_marked(reading):
    dotted = replace(reading, left_out=((20, 80, 5, 5),))
    assert describe_number(dotted, ENGLISH).endswith("such as dots, are left out.")
    assert show_number(dotted, NUMBER, ENGLISH).count('class="left-out"') == 1


def test_lines_are_listed(reading):
    two = replace(reading, text="20\n26", lines=("20", "26"))
    assert "**20**, **26**" in describe_number(two, ENGLISH)
    assert "<div>20</div><div>26</div>" in show_number(two, NUMBER, ENGLISH)


def test_each_box_is_a_button_on_its_digit_that_names_the_three_likeliest(reading):
    shown = show_number(reading, NUMBER, ENGLISH)
    found = re.findall(
        r'style="left:([\d.]+)%;top:([\d.]+)%;width:([\d.]+)%;height:([\d.]+)%" '
        r'aria-label="([^"]*)"',
        shown,
    )
    width, height = map(int, re.findall(r'<img alt="" width="(\d+)" height="(\d+)"', shown)[0])
    # The picture starts where the margin does: one digit's height from the first box, or at 0.
    margin = int(np.median([box[3] for box in reading.boxes]))
    left = max(0, min(box[0] for box in reading.boxes) - margin)
    top = max(0, min(box[1] for box in reading.boxes) - margin)
    for sides, digit, box in zip(found, reading.digits, reading.boxes, strict=True):
        x, y, box_width, box_height = (float(side) / 100 for side in sides[:4])
        placed = (left + x * width, top + y * height, box_width * width, box_height * height)
        assert placed == pytest.approx(box, abs=0.5)
        assert [part.split(":")[0] for part in sides[4].split(", ")] == [
            str(label) for label, _ in digit.top(3)
        ]
        assert "100 %" not in sides[4]


def test_picture_of_noise_is_small_enough_for_a_sessions_messages(reading):
    noise = np.random.default_rng(0).integers(0, 256, (1500, 1500, 3), np.uint8)
    everywhere = replace(reading, unexplained=((0, 0, 1500, 1500),))
    assert len(show_number(everywhere, noise, ENGLISH)) < limits.MAX_UNREAD_BYTES_PER_SESSION / 2


def test_most_digits_fit_in_a_sessions_messages(reading):
    digits, boxes = reading.digits * 16, reading.boxes * 16
    many = replace(reading, digits=digits, boxes=boxes, text="2026" * 16, lines=("2026" * 16,))
    assert len(show_number(many, NUMBER, CHINESE)) < limits.MAX_UNREAD_BYTES_PER_SESSION / 2


@pytest.mark.parametrize(
    ("clear", "unexplained", "is_shown"), [(2, 1, True), (2, 2, True), (1, 1, False), (0, 1, False)]
)
def test_scribble_with_some_parts_like_digits_is_no_number(
    classifier, reading, monkeypatch, *, clear, unexplained, is_shown
):
    digits = tuple(
        replace(digit, verdict="digit" if index < clear else "unusual")
        for index, digit in enumerate(reading.digits[:2])
    )
    doubtful = replace(
        reading,
        digits=digits,
        boxes=reading.boxes[:2],
        is_number=False,
        unexplained=((0, 0, 9, 9),) * unexplained,
    )
    monkeypatch.setattr(DigitClassifier, "read_number", lambda *_: doubtful)
    prediction, sentence, number = answer_image(NUMBER, classifier, ENGLISH)
    assert bool(number) == is_shown
    assert (prediction is None) == is_shown
    assert (sentence == ENGLISH["not_one_digit"]) == (not is_shown)
