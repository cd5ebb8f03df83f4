"""Photographed cells of tables and frames of forms: the digit is read as without their lines.

The pictures are drawn here: paper in uneven light, a digit, and lines at the picture's rim, which
are darker than the digit.
"""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from sketchdigits import preprocess_drawing
from sketchdigits.preprocessing.photo_or_drawing import is_photograph
from sketchdigits.preprocessing.photo_ruled_lines import erase_ruled_lines
from tests.sketchdigits.preprocessing.test_pipeline import difference
from tests.support.polylines import draw

SIDE = 96
# Drawn at a multiple of the picture's size, and averaged down.
OVER = 4
FAR = SIDE

# Lines as start and end, x and y in pixels of the picture.
Lines = list[tuple[float, float, float, float]]
CELL: Lines = [
    (9, -FAR, 9, 2 * FAR),
    (87, -FAR, 87, 2 * FAR),
    (-FAR, 8, 2 * FAR, 8),
    (-FAR, 88, 2 * FAR, 88),
]
LINES: dict[str, Lines] = {
    "cell": CELL,
    "turned cell": [(x + 3, y - 2, x2 - 3, y2 + 2) for x, y, x2, y2 in CELL],
    "two parallel lines": CELL[2:],
    "corner of a cell": [CELL[1], CELL[3]],
    "frame": [(9, 8, 87, 8), (87, 8, 87, 88), (87, 88, 9, 88), (9, 88, 9, 8)],
}


def photograph(
    digit: int,
    lines: Lines,
    *,
    line_width: float = 3.5,
    pen: float = 0.08,
    ink: float = 0.4,
    extent: float = 0.55,
) -> np.ndarray:
    """`(96, 96) uint8`: a digit of darkness `ink`, 0-1, and lines that are as dark as 0.9."""
    drawn = draw(digit, size=SIDE, width=pen, extent=extent)
    darkness = (255.0 - drawn) / 255 * ink
    sheet = Image.new("L", (SIDE * OVER, SIDE * OVER))
    for line in lines:
        scaled = [OVER * value for value in line]
        ImageDraw.Draw(sheet).line(scaled, fill=255, width=round(line_width * OVER))
    darkness = np.maximum(darkness, np.asarray(sheet.reduce(OVER)) / 255 * 0.9)
    light = np.linspace(235, 180, SIDE) + np.linspace(0, 15, SIDE)[:, None]
    soft = Image.fromarray((light * (1 - darkness)).astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(0.6)
    )
    noise = np.random.default_rng(digit).normal(0, 2, soft.size)
    return np.clip(np.asarray(soft) + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("digit", [1, 4, 7, 9])
@pytest.mark.parametrize("line_width", [2.0, 4.5])
@pytest.mark.parametrize("lines", LINES)
def test_pale_digit_between_darker_lines_looks_like_the_one_without_lines(lines, line_width, digit):
    lined = photograph(digit, LINES[lines], line_width=line_width)
    assert is_photograph(lined[..., None])
    plain = preprocess_drawing(photograph(digit, []))
    assert difference(preprocess_drawing(lined), plain) < 0.2


@pytest.mark.parametrize("digit", [2, 3, 5, 8])
def test_bold_pale_digit_that_fills_its_cell_is_not_blank(digit):
    bold = {"pen": 0.2, "extent": 0.7, "ink": 0.35}
    lined = photograph(digit, CELL, line_width=5, **bold)
    plain = preprocess_drawing(photograph(digit, [], **bold))
    assert difference(preprocess_drawing(lined), plain) < 0.25


@pytest.mark.parametrize("digit", [0, 2, 5, 8])
@pytest.mark.parametrize("lines", [[], CELL])
def test_bold_light_digit_in_a_dark_cell_is_not_read_inside_out(lines, digit):
    bold = {"pen": 0.2, "extent": 0.7, "ink": 0.7}
    dark = 255 - photograph(digit, lines, line_width=4, **bold)
    assert is_photograph(dark[..., None])
    plain = preprocess_drawing(photograph(digit, [], **bold))
    assert difference(preprocess_drawing(dark), plain) < 0.4


@pytest.mark.parametrize("digit", [0, 2, 3, 6, 8])
def test_light_digit_between_light_lines_that_the_edge_cuts_is_not_read_inside_out(digit):
    pale = {"pen": 0.14, "extent": 0.8, "ink": 0.3}
    rim = [(1, -FAR, 1, 2 * FAR), (95, -FAR, 95, 2 * FAR), (-FAR, 94, 2 * FAR, 94)]
    dark = 255 - photograph(digit, rim, line_width=4, **pale)
    assert is_photograph(dark[..., None])
    plain = preprocess_drawing(photograph(digit, [], **pale))
    assert difference(preprocess_drawing(dark), plain) < 0.4


@pytest.mark.parametrize(
    ("rows", "is_ruled"), [(range(20, 190, 40), True), ((12, 186), False), ((12, 20, 186), False)]
)
def test_paper_is_ruled_if_its_lines_repeat_and_not_at_the_edges_only(rows, is_ruled):
    darkness = np.zeros((200, 200), np.float32)
    for row in rows:
        darkness[row : row + 3] = 0.6
    darkness[70:130, 90:100] = 0.8
    paper, noise = np.full_like(darkness, 200), np.full_like(darkness, 0.06)
    for turned in (darkness, darkness.T):
        assert erase_ruled_lines(turned, paper, noise)[1] is is_ruled
