"""Reading the files of MNIST and of the pen digits, and splitting them."""

import gzip

import numpy as np
import pytest

from train.datasets.labelled_images import LabelledImages, split_validation
from train.datasets.mnist import load_mnist
from train.datasets.pendigits import (
    TEST_WRITERS,
    VALIDATION_WRITERS,
    load_pendigits,
    read_pendigits,
)
from train.datasets.sklearn_digits import load_sklearn_digits
from train.errors import DatasetError

UNIPEN = """\
.INCLUDE dene.doc
.SEGMENT DIGIT 0 ? "7"
.COMMENT 7 3 1
.PEN_DOWN
 10 90
 50 90
.PEN_UP
.PEN_DOWN
 50 90
 20 10
.PEN_UP
.DT 100
.SEGMENT DIGIT 1 ? "1"
.COMMENT 1 17 2
.PEN_DOWN
 30 90
 30 10
.PEN_UP
"""


def test_pen_file_gives_strokes_label_and_writer(tmp_path):
    plain = tmp_path / "pen.tra"
    plain.write_text(UNIPEN)
    packed = tmp_path / "pen.tra.gz"
    packed.write_bytes(gzip.compress(UNIPEN.encode()))
    for path in (plain, packed):
        seven, one = read_pendigits(path)
        assert (seven.label, seven.writer, len(seven.strokes)) == (7, 3, 2)
        assert (one.label, one.writer, len(one.strokes)) == (1, 17, 1)
        # y grows upwards on the tablet and downwards on a canvas.
        np.testing.assert_array_equal(one.strokes[0], [[30, -90], [30, -10]])


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"\x1f\x8bbroken", UNIPEN.replace("10 90", "10 x").encode(), b"\xff\xfe\x00"],
)
def test_error_for_a_damaged_pen_file_names_it_and_its_source(tmp_path, content):
    path = tmp_path / "pen.tra"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"pen\.tra(?s:.*)archive\.ics\.uci\.edu"):
        read_pendigits(path)


def test_error_for_a_missing_pen_file_names_the_option(tmp_path, monkeypatch):
    monkeypatch.delenv("SKETCHDIGITS_PENDIGITS", raising=False)
    with pytest.raises(DatasetError, match="--pendigits or SKETCHDIGITS_PENDIGITS"):
        load_pendigits()
    with pytest.raises(DatasetError, match="No pen strokes at"):
        load_pendigits(tmp_path / "nowhere.tra")


def test_writers_of_the_parts_do_not_overlap():
    assert len(set(TEST_WRITERS)) == 6
    assert len(set(VALIDATION_WRITERS)) == 3
    assert not set(TEST_WRITERS) & set(VALIDATION_WRITERS)
    assert {*TEST_WRITERS, *VALIDATION_WRITERS} <= set(range(1, 31))


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut short"])
def test_error_for_a_damaged_mnist_file_names_it_and_its_source(tmp_path, content):
    path = tmp_path / "mnist.npz"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"mnist\.npz(?s:.*)storage\.googleapis\.com"):
        load_mnist(path)


def test_error_for_another_archive_says_what_was_expected(tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, x_train=np.zeros((3, 8, 8)), y_train=[0], x_test=[0], y_test=[0])
    with pytest.raises(DatasetError, match=r"expected x_train of shape \(60000, 28, 28\)"):
        load_mnist(path)


def test_error_for_a_missing_mnist_file_names_its_path(tmp_path):
    with pytest.raises(DatasetError, match="No MNIST file at"):
        load_mnist(tmp_path / "nowhere.npz")


def test_sklearn_digits_need_no_file_and_have_three_parts():
    splits = load_sklearn_digits()
    assert [len(s) for s in (splits.train, splits.validation, splits.test)] == [1197, 300, 300]
    assert splits.train.images.dtype == np.uint8
    assert splits.train.images.max() == 255


def test_validation_split_is_stratified_repeatable_and_loses_nothing():
    labels = np.repeat(np.arange(10), 20)
    dataset = LabelledImages(np.arange(200).reshape(200, 1, 1), labels)
    train, validation = split_validation(dataset, 50)
    assert (np.bincount(validation.labels) == 5).all()
    both = np.concatenate([train.images, validation.images]).ravel()
    assert sorted(both) == list(range(200))
    np.testing.assert_array_equal(split_validation(dataset, 50)[1].images, validation.images)
