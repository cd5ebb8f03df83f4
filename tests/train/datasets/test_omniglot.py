"""Reading Omniglot's archive, and splitting it by alphabets."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.conftest import dataset_file
from train.datasets.omniglot import (
    DIGIT_LIKE,
    OMNIGLOT,
    TEST_ALPHABETS,
    TRAINING_ALPHABETS,
    VALIDATION_ALPHABETS,
    load_omniglot,
)
from train.errors import DatasetError

ALPHABETS = (*TRAINING_ALPHABETS, *VALIDATION_ALPHABETS, *TEST_ALPHABETS)


def png(side=105) -> bytes:
    stream = io.BytesIO()
    Image.new("1", (side, side), 1).save(stream, "PNG")
    return stream.getvalue()


def write_zip(path, names, content=None):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(f"images_background_small1/{name}", content or png())
    return path


@pytest.fixture
def omniglot_zip(tmp_path):
    """Three characters of each alphabet, two drawings of each."""
    names = [
        f"{alphabet}/character{number:02d}/{number:04d}_{drawing:02d}.png"
        for alphabet in ALPHABETS
        for number in (1, 2, 11)
        for drawing in (1, 2)
    ]
    return write_zip(tmp_path / "omniglot.zip", names)


def test_alphabets_of_the_parts_do_not_overlap(omniglot_zip):
    splits = load_omniglot(omniglot_zip)
    found = [
        {name.split("/")[0] for name in split.names}
        for split in (splits.train, splits.validation, splits.test)
    ]
    assert found == [set(TRAINING_ALPHABETS), set(VALIDATION_ALPHABETS), set(TEST_ALPHABETS)]
    assert len(set.union(*found)) == 5
    assert splits.test.images.shape == (10, 105, 105)
    assert splits.test.images.max() == 255


def test_characters_that_look_like_digits_are_left_out_and_those_of_the_test_are_apart(
    omniglot_zip,
):
    splits = load_omniglot(omniglot_zip)
    assert 2 in DIGIT_LIKE["Latin"]
    assert "Latin/character02" not in splits.train.names
    assert "Latin/character01" in splits.train.names
    assert "Greek/character02" in splits.test.names
    assert "Greek/character11" not in splits.test.names
    assert splits.look_alikes
    assert set(splits.look_alikes.names) == {"Greek/character11"}


def test_error_for_a_missing_file_names_the_option_and_the_path(monkeypatch, tmp_path):
    monkeypatch.delenv("SKETCHDIGITS_OMNIGLOT", raising=False)
    with pytest.raises(DatasetError, match="--omniglot or SKETCHDIGITS_OMNIGLOT"):
        load_omniglot()
    with pytest.raises(DatasetError, match="No Omniglot file at"):
        load_omniglot(tmp_path / "nowhere.zip")


@pytest.mark.parametrize(("content", "message"), [(b"no zip", "is damaged"), (b"", "is damaged")])
def test_damaged_archive_is_refused(tmp_path, content, message):
    path = tmp_path / "omniglot.zip"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=message):
        load_omniglot(path)


def test_archive_of_something_else_is_refused(tmp_path):
    names = [f"{alphabet}/character01/0001_01.png" for alphabet in ALPHABETS]
    with pytest.raises(DatasetError, match="holds no PNG"):
        load_omniglot(write_zip(tmp_path / "a.zip", ["readme.txt"]))
    with pytest.raises(DatasetError, match="lacks one of"):
        load_omniglot(write_zip(tmp_path / "b.zip", names[1:]))
    with pytest.raises(DatasetError, match=r"\(28, 28\)"):
        load_omniglot(write_zip(tmp_path / "c.zip", names, png(28)))
    with pytest.raises(DatasetError, match="is damaged"):
        load_omniglot(write_zip(tmp_path / "d.zip", names, b"no image"))


@pytest.mark.data
def test_real_archive_has_2720_drawings_minus_those_left_out():
    splits = load_omniglot(dataset_file(OMNIGLOT))
    left_out = 20 * sum(map(len, DIGIT_LIKE.values()))
    assert len(splits.train) + len(splits.validation) + len(splits.test) == 2720 - left_out
    assert (len(splits.validation), len(splits.test)) == (720, 840)
    assert splits.look_alikes
    assert len(splits.look_alikes) == 120
    assert np.isin(splits.train.images, [0, 255]).all()
