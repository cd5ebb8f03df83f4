"""Reading UNIPEN's characters, and splitting them by donors."""

import numpy as np
import pytest

from tests.conftest import dataset_file
from train.datasets.labelled_images import NON_DIGIT
from train.datasets.unipen import (
    INCOMPLETE_DIGITS,
    INCOMPLETE_DONOR,
    LOOK_ALIKES,
    TEST_DONORS,
    UNIPEN,
    VALIDATION_DONORS,
    load_unipen,
    read_unipen,
)
from train.errors import DatasetError

TRAINING_DONOR = "apa"
CHARACTERS = "7ao"  # a digit, a letter, and a letter that looks like a digit


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    """Three characters of each of five donors; each has two strokes, of two points and one."""
    donors = [TRAINING_DONOR, *VALIDATION_DONORS, *TEST_DONORS, INCOMPLETE_DONOR]
    rows = len(donors) * len(CHARACTERS)
    return {
        "label": np.array(list(CHARACTERS) * len(donors)),
        "donor": np.repeat(donors, len(CHARACTERS)),
        "writer": np.array([f"file {row}" for row in range(rows)]),
        "strokes": np.full(rows, 2, np.int16),
        "points": np.array([2, 1] * rows, np.int32),
        "xy": np.array([(0, 0), (10, 30), (5, 5)] * rows, np.int16),
    }


def write(path, arrays):
    np.savez(path, **arrays)
    return path


def test_whole_donors_are_kept_out(arrays, tmp_path):
    splits = load_unipen(write(tmp_path / "unipen.npz", arrays))
    donors = [
        {digit.donor for digit in part.digits}
        for part in (splits.train, splits.validation, splits.test)
    ]
    assert donors == [{TRAINING_DONOR, INCOMPLETE_DONOR}, {*VALIDATION_DONORS}, {*TEST_DONORS}]


def test_letters_are_no_digits_and_look_alikes_are_apart(arrays, tmp_path):
    assert "o" in LOOK_ALIKES
    assert "a" not in LOOK_ALIKES
    train = load_unipen(write(tmp_path / "unipen.npz", arrays)).train
    assert {digit.label for digit in train.digits} == {7}
    assert [sign.character for sign in train.others] == ["a"]
    assert [sign.character for sign in train.look_alikes] == ["o"]
    assert train.others[0].label == train.look_alikes[0].label == NON_DIGIT


def test_y_grows_downwards_in_the_strokes(arrays, tmp_path):
    first = read_unipen(write(tmp_path / "unipen.npz", arrays))[0]
    assert [stroke.tolist() for stroke in first.strokes] == [[[0, 0], [10, -30]], [[5, -5]]]
    assert {stroke.dtype for stroke in first.strokes} == {np.dtype(np.float32)}


def test_letters_of_the_donor_with_cut_ink_are_left_out(arrays, tmp_path):
    found = read_unipen(write(tmp_path / "unipen.npz", arrays))
    cut = [character.character for character in found if character.donor == INCOMPLETE_DONOR]
    assert cut == ["7"]


def test_error_for_a_missing_file_names_the_option_and_the_path(monkeypatch, tmp_path):
    with pytest.raises(DatasetError, match="--unipen or SKETCHDIGITS_UNIPEN"):
        load_unipen()
    with pytest.raises(DatasetError, match="No UNIPEN characters at"):
        load_unipen(tmp_path / "nowhere.npz")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"strokes": np.zeros(15, np.int16)}, "empty character"),
        ({"points": np.full(29, 1, np.int32)}, "don't fit"),
        ({"xy": np.zeros((7, 2), np.int16)}, "don't fit"),
        ({"donor": np.array(["apa"])}, "differ"),
        ({"xy": np.zeros((45, 2), np.float32)}, "xy is float32"),
        ({"label": np.arange(15)}, "label is int64"),
    ],
)
def test_archive_whose_arrays_do_not_fit_is_refused(arrays, tmp_path, changes, message):
    with pytest.raises(DatasetError, match=message):
        load_unipen(write(tmp_path / "unipen.npz", {**arrays, **changes}))


def test_damaged_and_foreign_files_are_refused(arrays, tmp_path):
    path = tmp_path / "unipen.npz"
    path.write_bytes(b"no archive")
    with pytest.raises(DatasetError, match="is damaged"):
        load_unipen(path)
    with pytest.raises(DatasetError, match="is damaged"):
        load_unipen(write(path, {"x_train": np.zeros(3)}))
    one_donor = {**arrays, "donor": np.full(15, "apa")}
    with pytest.raises(DatasetError, match="lacks the donor"):
        load_unipen(write(path, one_donor))


@pytest.mark.data
def test_real_archive_has_all_characters_but_the_incomplete_ones():
    found = read_unipen(dataset_file(UNIPEN))
    signs_left_out = 12_055 - 1_571  # ibm's letters and signs
    assert len(found) == 78_119 - signs_left_out - len(INCOMPLETE_DIGITS)
    assert sum(sign.label != NON_DIGIT for sign in found) == 12_815 - len(INCOMPLETE_DIGITS)
