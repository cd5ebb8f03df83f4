"""Printed frames and cell lines are removed; the digit's own bars, stems and sides stay."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from sketchdigits import preprocess_drawing
from sketchdigits.preprocessing.frame_plausibility import are_printed
from sketchdigits.preprocessing.frame_sides import as_side
from sketchdigits.preprocessing.line_removal import line_band, remove_lines
from sketchdigits.preprocessing.printed_frame import (
    clear_printed_frame,
    may_have_lines,
    remove_printed_frames,
)
from sketchdigits.preprocessing.straight_lines import StraightLine
from tests.support.polylines import DIGITS

DIGIT_BOX = (0.3, 0.22, 0.4, 0.56)  # left, top, width, height, as shares of the picture

# Polylines on the unit square, x to the right and y downwards.
FRAME = [[(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9), (0.1, 0.1)]]
PRINTS = {
    "frame": FRAME,
    "three sides": [[(0.1, 0.1), (0.1, 0.9), (0.9, 0.9), (0.9, 0.1)]],
    "corner": [[(0.12, 0.1), (0.12, 0.9), (0.92, 0.9)]],
    "double frame": [
        *FRAME,
        [(0.05, 0.05), (0.95, 0.05), (0.95, 0.95), (0.05, 0.95), (0.05, 0.05)],
    ],
    "row of boxes": [
        [(0, 0.1), (1, 0.1)],
        [(0, 0.9), (1, 0.9)],
        [(0.12, 0.1), (0.12, 0.9)],
        [(0.88, 0.1), (0.88, 0.9)],
    ],
    "cell": [
        [(0.08, 0), (0.08, 1)],
        [(0.92, 0), (0.92, 1)],
        [(0, 0.07), (1, 0.07)],
        [(0, 0.93), (1, 0.93)],
    ],
    "one line": [[(0, 0.9), (1, 0.9)]],
    "two lines": [[(0, 0.08), (1, 0.08)], [(0, 0.92), (1, 0.92)]],
    "comb": [[(0, 0.9), (1, 0.9)], [(0.1, 0.9), (0.1, 0.55)], [(0.9, 0.9), (0.9, 0.55)]],
}


def draw(lines, size: int, width: float, turn: float = 0.0) -> np.ndarray:
    """Draw polylines on the unit square, turned by `turn` degrees: `(size, size) bool`."""
    image = Image.new("L", (size, size))
    pen = ImageDraw.Draw(image)
    angle = np.deg2rad(turn)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    for line in lines:
        points = ((np.array(line) - 0.5) @ rotation.T + 0.5) * (size - 1)
        pen.line([tuple(point) for point in points], fill=255, width=max(1, round(width * size)))
    return np.asarray(image) > 0


def digit_lines(digit: int, box=DIGIT_BOX):
    left, top, width, height = box
    return [[(left + x * width, top + y * height) for x, y in line] for line in DIGITS[digit]]


def changed(cleared: np.ndarray, digit: np.ndarray) -> int:
    return int(np.count_nonzero(cleared != digit))


@pytest.mark.parametrize("turn", [0, 5, -3])
@pytest.mark.parametrize("size", [40, 100, 240])
@pytest.mark.parametrize("name", PRINTS)
def test_lines_are_removed_and_the_digit_is_not(name, size, turn):
    digit = draw(digit_lines(3), size, 0.06, turn)
    lines = draw(PRINTS[name], size, 0.02, turn)
    assert changed(clear_printed_frame(digit | lines), digit) == 0


@pytest.mark.parametrize("width", [0.004, 0.05])
def test_hairlines_and_thick_lines_are_removed(width):
    digit = draw(digit_lines(8), 200, 0.06)
    frame = draw(FRAME, 200, width, 2)
    assert changed(clear_printed_frame(digit | frame), digit) == 0


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("ticks", [0.1, 0.2, 0.3])
def test_comb_with_lines_as_wide_as_the_strokes_is_removed(digit, ticks):
    top = 0.9 - ticks
    comb = [[(0, 0.9), (1, 0.9)], [(0.09, 0.9), (0.09, top)], [(0.91, 0.9), (0.91, top)]]
    strokes = draw(digit_lines(digit), 120, 0.04)
    assert changed(clear_printed_frame(strokes | draw(comb, 120, 0.035)), strokes) == 0


def test_dashed_frame_is_removed():
    digit = draw(digit_lines(6), 120, 0.06)
    frame = draw(FRAME, 120, 0.02)
    rows, columns = np.indices(frame.shape)
    frame &= (rows + columns) % 12 < 7
    assert changed(clear_printed_frame(digit | frame), digit) == 0


def test_ink_of_the_next_boxes_is_removed():
    digit = draw(digit_lines(5), 160, 0.05)
    cell = draw(PRINTS["cell"], 160, 0.015)
    cell[60:90, :8] = cell[-6:, 40:60] = True
    assert changed(clear_printed_frame(digit | cell), digit) == 0


@pytest.mark.parametrize(("name", "height"), [("frame", 0.72), ("cell", 0.76)])
def test_stroke_that_crosses_a_line_stays_whole(name, height):
    digit = draw(digit_lines(1, (0.3, 0.3, 0.4, height)), 200, 0.06)
    lines = draw(PRINTS[name], 200, 0.02)
    cleared = clear_printed_frame(digit | lines)
    assert changed(cleared, digit) < 0.03 * np.count_nonzero(digit)


@pytest.mark.parametrize("size", [40, 100, 240])
@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([[(0.2, 0.1), (0.8, 0.1), (0.8, 0.9), (0.2, 0.9), (0.2, 0.1)]], id="square 0"),
        pytest.param([[(0.05, 0.05), (0.95, 0.05), (0.4, 0.95)]], id="7"),
        pytest.param([[(0.0, 0.02), (1, 0.02), (0.4, 1)]], id="7 cropped tightly"),
        pytest.param([[(1, 0.02), (0.02, 0.02), (0.02, 0.5)], *digit_lines(5)[1:]], id="corner"),
        pytest.param([[(0.2, 0), (0.03, 0.6), (1, 0.6)], [(0.7, 0.2), (0.7, 1)]], id="4"),
        pytest.param([[(0.2, 0.1), (0.2, 0.6), (0.9, 0.6)], [(0.7, 0.2), (0.7, 0.9)]], id="open 4"),
        pytest.param([[(0, 0.1), (0.9, 0.2), (0.02, 0.98), (1, 0.98)]], id="2 cropped tightly"),
        pytest.param([[(0.1, 0.02), (0.1, 0.98)], [(0.9, 0.02), (0.9, 0.98)]], id="11"),
        pytest.param([[(0.1, 0), (0.1, 1)], [(0.5, 0), (0.5, 1)], [(0.9, 0), (0.9, 1)]], id="111"),
        pytest.param(
            [[(0.3, 0.2), (0.5, 0), (0.5, 1)], [(0, 0.98), (1, 0.98)]], id="1 with a foot"
        ),
        pytest.param(
            [
                [(0.1, 0.05), (0.9, 0.05), (0.9, 0.95), (0.1, 0.95), (0.1, 0.05)],
                [(0.1, 0.5), (0.9, 0.5)],
            ],
            id="square 8",
        ),
    ],
)
def test_digits_own_straight_strokes_stay(lines, size):
    digit = draw(lines, size, 0.08)
    assert changed(clear_printed_frame(digit), digit) == 0


def test_square_zero_in_a_frame_stays():
    zero = draw([[(0.3, 0.25), (0.7, 0.25), (0.7, 0.75), (0.3, 0.75), (0.3, 0.25)]], 160, 0.06)
    assert changed(clear_printed_frame(zero | draw(FRAME, 160, 0.02)), zero) == 0


def test_stack_gives_the_same_as_single_masks_and_keeps_its_input():
    digit = draw(digit_lines(2), 60, 0.07)
    masks = np.stack([digit, digit | draw(FRAME, 60, 0.03), digit | draw(PRINTS["cell"], 60, 0.03)])
    before = masks.copy()
    cleared = remove_printed_frames(masks)
    np.testing.assert_array_equal(masks, before)
    for single, together in zip(masks, cleared, strict=True):
        np.testing.assert_array_equal(remove_printed_frames(single[None])[0], together)
    assert changed(cleared[1], digit) == 0
    assert remove_printed_frames(masks[:1]) is not None
    assert np.shares_memory(remove_printed_frames(masks[:1]), masks)


@pytest.mark.parametrize("digit", [2, 7])
def test_masks_without_printed_lines_are_returned_themselves(digit):
    masks = draw(digit_lines(digit, (0.1, 0.1, 0.8, 0.8)), 120, 0.05)[None]
    assert may_have_lines(masks).all()
    assert remove_printed_frames(masks) is masks


def test_lines_may_be_on_any_side_of_any_mask_of_a_stack():
    side = draw([[(0.1, 0.15), (0.9, 0.15)]], 120, 0.03) | draw(digit_lines(6), 120, 0.07)
    plain = draw([[(0.5, 0.4), (0.5, 0.6)]], 120, 0.07)
    turned = [np.rot90(side, turns) for turns in range(4)]
    masks = np.stack([plain, *turned, plain, side.T])
    assert may_have_lines(masks).tolist() == [False, True, True, True, True, False, True]


@pytest.mark.parametrize("size", [28, 64, 400])
def test_framed_drawing_becomes_the_same_image_as_without_its_frame(size):
    digit = draw(digit_lines(4), size, 0.07)
    frame = draw(FRAME, size, 0.02, 3)
    plain, framed = (np.where(ink, 40, 250).astype(np.uint8) for ink in (digit, digit | frame))
    framed[frame & ~digit] = 120  # a grey frame
    difference = preprocess_drawing(plain).astype(int) - preprocess_drawing(framed)
    assert np.abs(difference).mean() < 1


def test_line_is_whole_where_ink_of_the_next_box_touches_it():
    digit = draw(digit_lines(5), 160, 0.05)
    framed = digit | draw(FRAME, 160, 0.02)
    framed[45:108, :14] = framed[45:108, 146:] = True
    assert changed(clear_printed_frame(framed), digit) == 0


def test_line_of_a_cell_is_completed_where_it_is_too_pale():
    digit = draw(digit_lines(3, (0.5, 0.22, 0.4, 0.56)), 200, 0.06)
    lines = [[(0.06, 0), (0.06, 1)], [(0, 0.08), (0.6, 0.08)], [(0, 0.93), (1, 0.93)]]
    assert changed(clear_printed_frame(digit | draw(lines, 200, 0.015)), digit) == 0


def test_digit_of_a_next_box_beyond_a_missing_line_does_not_hide_a_frame():
    digit = draw(digit_lines(7), 160, 0.05)
    lines = draw([[(0.1, 0.14), (0.1, 0.86)], [(0.9, 0.14), (0.9, 0.86)]], 160, 0.02)
    lines[:7, 60:100] = True
    assert changed(clear_printed_frame(digit | lines), digit) == 0


@pytest.mark.parametrize("size", [40, 100, 160, 240])
def test_stem_in_the_middle_of_a_cell_is_no_side_of_it(size):
    bowl = [(0.5, 0.25), (0.3, 0.2), (0.25, 0.35), (0.4, 0.45), (0.5, 0.35)]
    nine = draw([bowl, [(0.5, 0.25), (0.5, 0.85)]], size, 0.05)
    # Below the stem there is ink of the next cell.
    lines = [[(0.08, 0), (0.08, 1)], [(0, 0.93), (1, 0.93)], [(0.5, 0.95), (0.5, 1)]]
    assert changed(clear_printed_frame(nine | draw(lines, size, 0.04)), nine) == 0


@pytest.mark.parametrize("digit", [3, 8])
@pytest.mark.parametrize("size", [100, 240])
def test_digit_of_the_next_cell_that_touches_the_digit_is_removed(size, digit):
    strokes = draw(digit_lines(digit, (0.2, 0.15, 0.6, 0.78)), size, 0.1)
    cell = draw([[(0, 0.9), (1, 0.9)], [(0.06, 0), (0.06, 1)], [(0, 0.05), (1, 0.05)]], size, 0.04)
    cell[round(0.9 * size) :, round(0.3 * size) : round(0.7 * size)] = True
    cleared = clear_printed_frame(strokes | cell)
    assert not cleared[round(0.94 * size) :].any()
    assert changed(cleared, strokes) < 0.05 * np.count_nonzero(strokes)


@pytest.mark.parametrize("size", [100, 160, 240])
def test_lines_that_cross_each_other_are_a_tables_if_they_are_far_longer_than_the_digit(size):
    digit = draw(digit_lines(5, (0.3, 0.08, 0.25, 0.4)), size, 0.04)
    lines = draw([[(0, 0.1), (1, 0.1)], [(0.9, 0), (0.9, 1)]], size, 0.05)
    # The bar of the 5 lies on the line.
    assert changed(clear_printed_frame(digit | lines), digit) < 0.2 * np.count_nonzero(digit)


@pytest.mark.parametrize("is_inked", [False, True])
def test_bar_of_a_7_is_no_side_of_a_frame_unless_the_line_goes_on(is_inked):
    side = 160
    middle, shape = (side / 2, side / 2), (side, side)
    lines = [
        StraightLine(is_vertical, row, 0.0, 7.0, 0, side)
        for is_vertical in (False, True)
        for row in (12.0, 150.0)
    ]
    sides = [as_side(line, middle, shape, is_nested=False) for line in lines]
    bands = [line_band(line, shape) for line in lines]
    mask = np.logical_or.reduce(bands if is_inked else bands[1:])
    mask |= draw([[(0.4, 12 / side), (0.65, 12 / side), (0.5, 0.6)]], side, 0.045)
    digit, inside = remove_lines(mask, sides, bands)
    assert digit is not None
    assert are_printed(sides, mask, digit, inside) is is_inked


@pytest.mark.parametrize("size", [40, 100])
def test_foot_of_a_2_along_the_line_of_a_cell_is_no_double_line(size):
    two = [(0.12, 0.3), (0.4, 0.12), (0.6, 0.3), (0.22, 0.82), (0.93, 0.82)]
    digit = draw([two], size, 0.05)
    lines = draw([[(0, 0.92), (1, 0.92)], [(0.97, 0), (0.97, 1)]], size, 0.04)
    assert changed(clear_printed_frame(digit | lines), digit) < 0.05 * np.count_nonzero(digit)


@pytest.mark.parametrize("size", [160, 240])
def test_bar_that_meets_no_line_of_the_cell_is_no_side_of_it(size):
    two = [(0.12, 0.2), (0.6, 0.2), (0.2, 0.82), (0.93, 0.82)]
    digit = draw([two], size, 0.05)
    lines = draw([[(0, 0.92), (1, 0.92)], [(0.97, 0), (0.97, 1)]], size, 0.04)
    assert changed(clear_printed_frame(digit | lines), digit) == 0


@pytest.mark.parametrize("size", [160, 240])
def test_straight_1_is_the_digit_also_if_a_digit_of_the_next_cell_is_larger(size):
    digit = draw([[(0.55, 0.3), (0.55, 0.72)]], size, 0.06)
    cell = draw(PRINTS["cell"], size, 0.05)
    cell[-(size // 16) :, round(0.1 * size) : round(0.55 * size)] = True
    assert changed(clear_printed_frame(digit | cell), digit) == 0


@pytest.mark.parametrize("size", [100, 240])
def test_0_that_leaves_its_cell_at_the_pictures_edge_stays_whole(size):
    zero = draw(digit_lines(0, (0.1, 0.3, 0.8, 0.8)), size, 0.06)
    lines = [[(0, 0.95), (1, 0.95)], [(0.06, 0), (0.06, 1)], [(0, 0.05), (1, 0.05)]]
    # The edge cuts the foot of the 0.
    zero[-2:, round(0.4 * size) : round(0.6 * size)] = True
    cleared = clear_printed_frame(zero | draw(lines, size, 0.02))
    assert changed(cleared, zero) < 0.05 * np.count_nonzero(zero)


@pytest.mark.parametrize("size", [100, 240])
def test_double_frame_of_which_the_picture_shows_the_outer_lines_to_the_edge_is_removed(size):
    outer = [[(0, 0.04), (1, 0.04)], [(0, 0.96), (1, 0.96)], [(0.04, 0), (0.04, 1)]]
    outer += [[(0.96, 0), (0.96, 1)]]
    inner = [[(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9), (0.1, 0.1)]]
    digit = draw(digit_lines(2, (0.4, 0.2, 0.4, 0.5)), size, 0.03)
    lines = draw([*outer, *inner], size, 0.012)
    assert changed(clear_printed_frame(digit | lines), digit) == 0


@pytest.mark.parametrize("size", [60, 100, 240])
def test_line_that_the_pictures_edge_cuts_is_like_a_thicker_one(size):
    digit = draw([[(0.25, 0.55), (0.55, 0.13), (0.45, 0.9)]], size, 0.05)
    lines = draw([[(0, 0.05), (1, 0.05)]], size, 0.09)
    lines[:, -max(2, round(0.03 * size)) :] = True
    assert changed(clear_printed_frame(digit | lines), digit) == 0


def as_pixels(digit, lines, line_levels, digit_level: int = 255):
    """A soft picture of ink on white, `(H, W) uint8`; the levels are those of ink."""
    ink = np.where(digit, digit_level, np.where(lines, line_levels, 0))
    image = Image.fromarray((255 - ink).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(len(ink) / 80)))


@pytest.mark.parametrize("name", ["frame", "three sides", "cell", "two lines"])
def test_line_as_pale_as_the_threshold_of_strokes_leaves_no_pieces(name):
    digit = draw(digit_lines(9), 150, 0.06)
    lines = draw(PRINTS[name], 150, 0.03, 2)
    # Some pieces of the line are above the threshold.
    levels = np.where(np.indices(lines.shape).sum(axis=0) % 80 < 30, 110, 60)
    with_lines = preprocess_drawing(as_pixels(digit, lines, levels)).astype(int)
    without = preprocess_drawing(as_pixels(digit, lines, 0))
    assert np.abs(with_lines - without).mean() < 1


def test_pale_digit_in_a_black_frame_has_no_thinner_strokes():
    digit, frame = draw(digit_lines(2), 120, 0.04), draw(FRAME, 120, 0.03)
    framed = preprocess_drawing(as_pixels(digit, frame, 255, digit_level=90)).astype(int)
    plain = preprocess_drawing(as_pixels(digit, frame, 0, digit_level=90))
    assert np.abs(framed - plain).mean() < 1
