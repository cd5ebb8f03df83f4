"""The image of a line: level, 32 pixels high, each mark as bright as the others."""

import numpy as np
import pytest

from sketchdigits.numbers.line_image import MARGIN, WIDTH_STEP, draw_line_image
from sketchdigits.numbers.row_ink import find_row_ink
from sketchdigits.numbers.text_lines import find_text_lines


def line_image(ink):
    row = find_row_ink(ink)
    lines = find_text_lines(row.marks.boxes)
    assert len(lines) == 1
    return draw_line_image(row, lines[0])


def bars(tops=(20, 20, 20), levels=(255, 255, 255), height=60):
    """Three bars side by side."""
    ink = np.zeros((200, 200), np.uint8)
    for index, (top, level) in enumerate(zip(tops, levels, strict=True)):
        ink[top : top + height, 20 + 50 * index : 32 + 50 * index] = level
    return ink


def middles(pixels):
    """The middle row of each bar."""
    columns = np.flatnonzero((pixels > 128).any(axis=0))
    groups = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
    return [np.flatnonzero((pixels[:, group] > 128).any(axis=1)).mean() for group in groups]


def test_digits_are_20_pixels_high_in_the_middle_with_paper_around():
    pixels = line_image(bars()).pixels
    assert pixels.shape[0] == 32
    assert pixels.shape[1] % WIDTH_STEP == 0
    rows = np.flatnonzero((pixels > 128).any(axis=1))
    assert len(rows) == pytest.approx(20, abs=1)
    assert rows.mean() == pytest.approx(15.5, abs=1)
    assert not pixels[:, : MARGIN - 2].any()
    assert not pixels[:, 1 - MARGIN :].any()


def test_rising_line_is_made_level():
    assert np.ptp(middles(line_image(bars(tops=(60, 40, 20))).pixels)) <= 1


def test_pale_mark_is_as_bright_as_the_others():
    pixels = line_image(bars(levels=(255, 70, 255))).pixels
    assert len(middles(pixels)) == 3
    assert line_image(bars()).pixels.max() == pixels.max()


def test_ink_of_another_line_is_left_out():
    ink = bars(height=40)
    ink[120:160, 20:32] = 255
    row = find_row_ink(ink)
    upper, lower = find_text_lines(row.marks.boxes)
    images = [draw_line_image(row, line) for line in (upper, lower)]
    assert [len(middles(image.pixels)) for image in images if image] == [3, 1]


def test_line_too_long_for_a_number_has_no_image():
    ink = np.zeros((40, 6000), np.uint8)
    ink[10:30, 5::60] = 255
    row = find_row_ink(ink)
    [line] = find_text_lines(row.marks.boxes)
    assert draw_line_image(row, line) is None
