"""`sketchdigits predict`: files, folders and globs, readable or not."""

import csv
import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sketchdigits.cli import main
from sketchdigits.predict_files import find_files
from tests.conftest import REPOSITORY, run_python
from tests.support.package_copies import copy_package, expect_unusual
from tests.support.polylines import draw


@pytest.fixture
def drawings(tmp_path):
    """A folder with a 3, a 7 in a subfolder, a text file, a blank image and a damaged one."""
    (tmp_path / "deeper").mkdir()
    Image.fromarray(draw(3)).save(tmp_path / "three.png")
    Image.fromarray(draw(7)).save(tmp_path / "deeper" / "seven.JPG")
    Image.fromarray(np.full((50, 50), 255, np.uint8)).save(tmp_path / "blank.png")
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


@pytest.fixture
def predict(capsys, monkeypatch):
    """Run the command in the repository; return exit status, stdout and stderr."""
    monkeypatch.chdir(REPOSITORY)

    def run(*arguments) -> tuple[int, str, str]:
        status = main(["predict", *map(str, arguments)])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_files_are_read_in_the_given_order(drawings, predict):
    status, printed, _ = predict(drawings / "three.png", drawings / "deeper" / "seven.JPG")
    assert status == 0
    first, second = printed.splitlines()
    assert first.split()[:2] == [str(drawings / "three.png"), "3"]
    assert second.split()[1] == "7"


def test_unreadable_files_are_reported_and_the_others_read(drawings, predict):
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


def test_answers_are_the_classifiers(drawings, predict, classifier):
    _, printed, _ = predict(drawings / "three.png", "--format", "json", "--top", "10")
    [answer] = json.loads(printed)
    expected = classifier.predict(drawings / "three.png").top(10)
    found = {each["digit"]: each["probability"] for each in answer["digits"]}
    assert found == pytest.approx(dict(expected), abs=1e-6)


def test_csv_has_one_row_for_each_file(drawings, predict):
    _, printed, _ = predict(drawings, "--format", "csv", "--top", "2")
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert len(rows) == 4
    columns = ["file", "digit_1", "probability_1", "digit_2", "probability_2"]
    assert list(rows[0]) == [*columns, "digit_score", "is_digit", "verdict", "error"]
    [three] = [row for row in rows if row["file"].endswith("three.png")]
    assert three["digit_1"] == "3"
    assert 0.5 < float(three["probability_1"]) <= 1
    assert three["error"] == ""
    assert (three["is_digit"], three["verdict"]) == ("True", "digit")
    assert 0.5 < float(three["digit_score"]) <= 1
    [blank] = [row for row in rows if row["file"].endswith("blank.png")]
    assert blank["digit_1"] == ""
    assert (blank["digit_score"], blank["is_digit"], blank["verdict"]) == ("", "", "")
    assert blank["error"]


def test_drawing_that_is_not_a_digit_is_marked(tmp_path, predict):
    plus = np.full((200, 200), 255, np.uint8)
    plus[90:110, 30:170] = plus[30:170, 90:110] = 0
    Image.fromarray(plus).save(tmp_path / "plus.png")
    status, printed, _ = predict(tmp_path / "plus.png")
    assert status == 0
    assert printed.rstrip().endswith("doesn't look like a digit")
    [answer] = json.loads(predict(tmp_path / "plus.png", "--format", "json")[1])
    assert (answer["is_digit"], answer["verdict"]) == (False, "no digit")


def test_unusual_digit_is_marked(drawings, predict, tmp_path):
    package = copy_package(tmp_path / "strict")
    expect_unusual(package)
    three = drawings / "three.png"
    assert predict(three, "--model", package)[1].rstrip().endswith("%   looks unusual")
    [answer] = json.loads(predict(three, "--model", package, "--format", "json")[1])
    assert (answer["is_digit"], answer["verdict"]) == (False, "unusual")


def test_globs_are_matched(drawings):
    assert find_files([f"{drawings}/*.png"]) == [
        f"{drawings}/{name}.png" for name in ("blank", "damaged", "three")
    ]
    assert find_files([f"{drawings}/**/*.JPG"]) == [f"{drawings}/deeper/seven.JPG"]


def test_folders_that_a_glob_matches_are_searched(drawings):
    found = {file.removeprefix(f"{drawings}/") for file in find_files([f"{drawings}/*"])}
    assert found == {"blank.png", "damaged.png", "deeper/seven.JPG", "notes.txt", "three.png"}
    assert find_files([""]) == [""]


def test_file_names_may_be_long_or_not_utf_8(drawings, predict):
    strange = os.fsdecode(bytes(drawings) + b"/bad\xff.png")
    Image.fromarray(draw(5)).save(strange)
    status, printed, _ = predict("x" * 300, strange, "", "--format", "csv")
    assert status == 1
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert [row["digit_1"] for row in rows] == ["", "5", ""]
    printed.encode("utf-8")  # can be printed


def test_file_named_twice_is_read_once(drawings):
    three = str(drawings / "three.png")
    assert find_files([three, three, str(drawings)]).count(three) == 1


@pytest.mark.parametrize("missing", ["nowhere.png", "nothing-*.png", "empty"])
def test_missing_files_are_reported_and_the_others_read(drawings, predict, missing):
    (drawings / "empty").mkdir()
    status, printed, _ = predict(drawings / missing, drawings / "three.png")
    assert status == 1
    first, second = printed.splitlines()
    assert missing in first
    assert " -  " in first
    assert second.split()[1] == "3"


def test_named_file_is_tried_whatever_its_suffix(drawings, predict):
    status, printed, _ = predict(drawings / "notes.txt")
    assert status == 1
    assert "PNG" in printed


def test_model_option_names_a_folder(drawings, predict):
    assert predict(drawings / "three.png", "--model", REPOSITORY / "model")[0] == 0
    status, _, errors = predict(drawings / "three.png", "--model", "./nowhere")
    assert status == 1
    assert "No folder at './nowhere'" in errors


def test_images_in_formats_that_are_not_read_are_named(drawings, predict):
    (drawings / "IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    Image.fromarray(draw(1)).save(drawings / "scan.tif")
    Image.fromarray(draw(4)).save(drawings / "four.jfif", "JPEG")
    status, printed, errors = predict(drawings, "--format", "json")
    assert status == 1
    answers = {Path(answer["file"]).name: answer for answer in json.loads(printed)}
    assert "HEIC" in answers["IMG_1.HEIC"]["error"]
    assert answers["scan.tif"]["digits"][0]["digit"] == 1
    assert answers["four.jfif"]["digits"][0]["digit"] == 4
    assert "3 of 7 files could not be read" in errors


class Reader:
    """A classifier that notes how much was printed when it was asked."""

    def __init__(self, classifier, capsys):
        self.classifier, self.capsys = classifier, capsys
        self.printed, self.before = "", []

    def predict(self, file):
        self.printed += self.capsys.readouterr().out
        self.before.append(self.printed)
        return self.classifier.predict(file)


@pytest.mark.parametrize("style", ["table", "json", "csv"])
def test_each_answer_is_printed_before_the_next_file_is_read(
    drawings, classifier, capsys, monkeypatch, style
):
    reader = Reader(classifier, capsys)
    monkeypatch.setattr("sketchdigits.cli.predict.load_model", lambda options: reader)
    files = [drawings / "three.png", drawings / "blank.png", drawings / "deeper" / "seven.JPG"]
    main(["predict", *map(str, files), "--format", style])
    for count, printed in enumerate(reader.before):
        assert [str(file) in printed for file in files] == [number < count for number in range(3)]
    whole = reader.printed + capsys.readouterr().out
    if style == "json":
        assert [answer["file"] for answer in json.loads(whole)] == [*map(str, files)]


@pytest.mark.parametrize("style", ["table", "json", "csv"])
@pytest.mark.parametrize("program", ["sketchdigits", "train"])
def test_name_that_the_console_cannot_show_loses_no_answer(drawings, style, program):
    name = drawings / "\u4e2d\u6587.png"
    Image.fromarray(draw(6)).save(name)
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    command = ["-m", program, "predict", name, drawings / "three.png", "--format", style]
    done = run_python(*command, env=environment, encoding="cp1252")
    assert done.returncode == 0, done.stderr
    assert "\\u4e2d\\u6587.png" in done.stdout
    assert "three.png" in done.stdout


@pytest.mark.parametrize("count", ["0", "11", "many"])
def test_top_must_be_from_1_to_10(drawings, predict, capsys, count):
    with pytest.raises(SystemExit):
        predict(drawings / "three.png", "--top", count)
    assert "--top" in capsys.readouterr().err


def test_model_is_loaded_from_the_hub_at_a_revision(drawings, predict, published):
    old = published.main.sha
    published.commit({"sketchdigits.json": b"{}"})
    three = drawings / "three.png"
    status, printed, _ = predict(three, "--model", "owner/name", "--revision", old)
    assert status == 0
    assert printed.split()[1] == "3"
    status, _, errors = predict(three, "--model", "owner/name")
    assert status == 1
    assert "sketchdigits.json of 'owner/name'" in errors


def test_train_has_the_same_command(drawings, predict, capsys):
    from train.__main__ import main as train

    for options in ([], ["--format", "csv", "--top", "2"]):
        expected = predict(drawings, *options)
        status = train(["predict", str(drawings), *options])
        printed = capsys.readouterr()
        assert (status, printed.out, printed.err) == expected
