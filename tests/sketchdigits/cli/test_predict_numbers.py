"""`sketchdigits predict --numbers`: the number on each file, in all formats."""

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

from sketchdigits.cli import main
from tests.conftest import REPOSITORY
from tests.support.number_drawings import draw_number


@pytest.fixture
def numbers(tmp_path):
    """A folder with a year, a blank image, and a large plus, which is no number."""
    Image.fromarray(draw_number("2026")).save(tmp_path / "year.png")
    Image.fromarray(np.full((50, 50), 255, np.uint8)).save(tmp_path / "blank.png")
    plus = np.full((200, 200), 255, np.uint8)
    plus[90:110, 30:170] = plus[30:170, 90:110] = 0
    Image.fromarray(plus).save(tmp_path / "plus.png")
    return tmp_path


@pytest.fixture
def predict(capsys, monkeypatch):
    """Run the command in the repository; return exit status, stdout and stderr."""
    monkeypatch.chdir(REPOSITORY)

    def run(*arguments) -> tuple[int, str, str]:
        status = main(["predict", "--numbers", *map(str, arguments)])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_table_shows_the_number_and_what_is_none(numbers, predict):
    status, printed, errors = predict(numbers)
    blank, plus, year = printed.splitlines()
    assert status == 1
    assert "1 of 3 files could not be read" in errors
    assert blank.split()[1] == "-"
    assert plus.endswith("doesn't look like a number")
    assert year.split()[1] == "2026"


def test_json_has_a_box_for_each_digit(numbers, predict):
    status, printed, _ = predict(numbers / "year.png", "--format", "json", "--top", "2")
    [answer] = json.loads(printed)
    assert status == 0
    assert (answer["text"], answer["is_number"], answer["lines"]) == ("2026", True, ["2026"])
    assert [digit["digit"] for digit in answer["digits"]] == [2, 0, 2, 6]
    assert all(len(digit["box"]) == 4 and len(digit["top"]) == 2 for digit in answer["digits"])
    assert 0 <= answer["confidence"] <= 1
    assert answer["error"] is None


def test_csv_has_one_row_for_each_file(numbers, predict):
    _, printed, _ = predict(numbers, "--format", "csv")
    rows = {row["file"].rsplit("/", 1)[-1]: row for row in csv.DictReader(io.StringIO(printed))}
    assert rows["year.png"]["text"] == "2026"
    assert rows["plus.png"]["is_number"] == "False"
    assert rows["plus.png"]["unexplained"]
    assert rows["blank.png"]["error"]
