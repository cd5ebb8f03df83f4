"""`python -m train predict`: files, folders and globs, good and bad."""

import csv
import io
import json
import os

import numpy as np
import pytest
from PIL import Image

from sketchdigits.predict_files import find_files
from tests.conftest import REPOSITORY
from tests.support.polylines import draw
from train.__main__ import main


@pytest.fixture
def drawings(tmp_path):
    """A folder with a 3, a 7 one folder deeper, a text, a blank and a damaged image."""
    (tmp_path / "deeper").mkdir()
    Image.fromarray(draw(3)).save(tmp_path / "three.png")
    Image.fromarray(draw(7)).save(tmp_path / "deeper" / "seven.JPG")
    Image.fromarray(np.full((50, 50), 255, np.uint8)).save(tmp_path / "blank.png")
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


@pytest.fixture
def predict(capsys, monkeypatch):
    """Run the command in the repository; its exit status and what it printed."""
    monkeypatch.chdir(REPOSITORY)

    def run(*arguments) -> tuple[int, str, str]:
        status = main(["predict", *map(str, arguments)])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_good_files_are_read_in_the_order_given(drawings, predict):
    status, printed, _ = predict(drawings / "three.png", drawings / "deeper" / "seven.JPG")
    assert status == 0
    first, second = printed.splitlines()
    assert first.split()[:2] == [str(drawings / "three.png"), "3"]
    assert second.split()[1] == "7"


def test_bad_files_are_reported_and_the_others_read(drawings, predict):
    status, printed, errors = predict(drawings, "--format", "json")
    assert status == 1
    answers = {answer["file"]: answer for answer in json.loads(printed)}
    assert {file.removeprefix(f"{drawings}/") for file in answers} == {
        "blank.png",
        "damaged.png",
        "deeper/seven.JPG",
        "three.png",
    }
    three = answers[str(drawings / "three.png")]
    assert three["digits"][0]["digit"] == 3
    assert len(three["digits"]) == 3
    assert three["error"] is None
    for name in ("blank.png", "damaged.png"):
        bad = answers[str(drawings / name)]
        assert bad["digits"] == []
        assert bad["error"]
    assert "2 of 4 files could not be read" in errors


def test_answers_are_those_of_the_classifier(drawings, predict, classifier):
    _, printed, _ = predict(drawings / "three.png", "--format", "json", "--top", "10")
    [answer] = json.loads(printed)
    expected = classifier.predict(drawings / "three.png").top(10)
    found = {each["digit"]: each["probability"] for each in answer["digits"]}
    assert found == pytest.approx(dict(expected), abs=1e-6)


def test_csv_has_a_row_a_file_and_a_column_a_value(drawings, predict):
    _, printed, _ = predict(drawings, "--format", "csv", "--top", "2")
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert len(rows) == 4
    columns = ["file", "digit_1", "probability_1", "digit_2", "probability_2"]
    assert list(rows[0]) == [*columns, "digit_score", "is_digit", "error"]
    [three] = [row for row in rows if row["file"].endswith("three.png")]
    assert three["digit_1"] == "3"
    assert 0.5 < float(three["probability_1"]) <= 1
    assert three["error"] == ""
    assert three["is_digit"] == "True"
    assert 0.5 < float(three["digit_score"]) <= 1
    [blank] = [row for row in rows if row["file"].endswith("blank.png")]
    assert blank["digit_1"] == ""
    assert (blank["digit_score"], blank["is_digit"]) == ("", "")
    assert blank["error"]


def test_file_that_shows_no_digit_is_said_so(tmp_path, predict):
    plus = np.full((200, 200), 255, np.uint8)
    plus[90:110, 30:170] = plus[30:170, 90:110] = 0
    Image.fromarray(plus).save(tmp_path / "plus.png")
    status, printed, _ = predict(tmp_path / "plus.png")
    assert status == 0
    assert printed.rstrip().endswith("doesn't look like a digit")
    [answer] = json.loads(predict(tmp_path / "plus.png", "--format", "json")[1])
    assert answer["is_digit"] is False


def test_globs_are_matched_where_the_shell_did_not(drawings):
    assert find_files([f"{drawings}/*.png"]) == [
        f"{drawings}/{name}.png" for name in ("blank", "damaged", "three")
    ]
    assert find_files([f"{drawings}/**/*.JPG"]) == [f"{drawings}/deeper/seven.JPG"]


def test_folders_that_a_glob_matches_are_searched(drawings):
    found = {file.removeprefix(f"{drawings}/") for file in find_files([f"{drawings}/*"])}
    assert found == {"blank.png", "damaged.png", "deeper/seven.JPG", "notes.txt", "three.png"}
    assert find_files([""]) == [""]


def test_names_of_any_length_and_bytes_are_answered(drawings, predict):
    strange = os.fsdecode(bytes(drawings) + b"/bad\xff.png")
    Image.fromarray(draw(5)).save(strange)
    status, printed, _ = predict("x" * 300, strange, "", "--format", "csv")
    assert status == 1
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert [row["digit_1"] for row in rows] == ["", "5", ""]
    printed.encode("utf-8")  # a strict terminal takes it


def test_file_named_twice_is_read_once(drawings):
    three = str(drawings / "three.png")
    assert find_files([three, three, str(drawings)]).count(three) == 1


@pytest.mark.parametrize("missing", ["nowhere.png", "nothing-*.png", "empty"])
def test_what_is_not_there_is_an_error_of_its_own(drawings, predict, missing):
    (drawings / "empty").mkdir()
    status, printed, _ = predict(drawings / missing, drawings / "three.png")
    assert status == 1
    first, second = printed.splitlines()
    assert missing in first
    assert " -  " in first
    assert second.split()[1] == "3"


def test_file_of_another_kind_is_tried_when_it_is_named(drawings, predict):
    status, printed, _ = predict(drawings / "notes.txt")
    assert status == 1
    assert "PNG" in printed


def test_model_may_be_another_and_a_wrong_one_is_said(drawings, predict):
    assert predict(drawings / "three.png", "--model", REPOSITORY / "model")[0] == 0
    status, _, errors = predict(drawings / "three.png", "--model", "./nowhere")
    assert status == 1
    assert "No folder at './nowhere'" in errors
