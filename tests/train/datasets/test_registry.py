"""A new dataset is one file and one line: everything else follows from the registry `DATASETS`."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from train.__main__ import build_parser, main
from train.cli.options import dataset_paths
from train.datasets import DATASETS, MNIST, SKLEARN_DIGITS, DatasetPaths, data_names
from train.datasets.dataset import Dataset, DatasetFile
from train.datasets.labelled_images import NON_DIGIT, LabelledImages, Splits
from train.datasets.omniglot import SIDE, Characters, CharacterSplits
from train.datasets.pendigits import PenDigit, PenSplits
from train.datasets.unipen import PenCharacter, PenCharacters, PenCharacterSplits
from train.errors import DatasetError
from train.fit.recipes import RECIPES
from train.fit.training_data import load_training_data

VARIABLE = "SKETCHDIGITS_NEW_DATA"
TINY_RECIPE = replace(
    RECIPES["sketch-cnn"],
    degraded_per_epoch=0,
    pen_copies=2,
    pen_drawings_per_epoch=15,
    character_copies=2,
    characters_per_epoch=5,
    unipen_copies=2,
    unipen_drawings_per_epoch=15,
    framed_per_epoch=0,
)


def images_with_a_bar() -> Splits:
    images = np.zeros((10, 28, 28), np.uint8)
    images[:, 4:24, 12:16] = 255
    part = LabelledImages(images, np.arange(10))
    return Splits(part, part, part)


def pen_strokes() -> PenSplits:
    stroke = np.array([[30, -90], [30, -10], [60, -10]], np.float32)
    digits = [PenDigit((stroke,), digit, writer=1) for digit in range(10)]
    return PenSplits(digits, digits, digits)


def characters() -> CharacterSplits:
    images = np.full((3, SIDE, SIDE), 255, np.uint8)
    images[:, 20:80, 50:55] = 0
    part = Characters(images, ("New/character01", "New/character02", "New/character03"))
    return CharacterSplits(part, part, part)


def pen_characters() -> PenCharacterSplits:
    stroke = np.array([[30, -90], [30, -10], [60, -10]], np.float32)
    digits = [PenCharacter((stroke,), digit, 1, str(digit), "new") for digit in range(10)]
    letters = [PenCharacter((stroke,), NON_DIGIT, 1, "L", "new")] * 4
    part = PenCharacters(digits, letters, [])
    return PenCharacterSplits(part, part, part)


def read_path(path: Path | None) -> Path:
    if not path or not path.is_file():
        raise DatasetError(f"No new data at {path}.")
    return path


KINDS = {
    "images": images_with_a_bar,
    "pen": pen_strokes,
    "characters": characters,
    "pen characters": pen_characters,
}
# Per kind: the number of training images, and of those that an epoch takes.
EXPECTED = {"images": (10, 10), "pen": (20, 15), "characters": (6, 5), "pen characters": (20, 15)}


@pytest.fixture(params=KINDS)
def new_dataset(request, monkeypatch):
    """A dataset of each kind, added to the registry; its file may hold anything."""
    make_parts = KINDS[request.param]

    def load(path: Path | None):
        read_path(path)
        return make_parts()

    file = DatasetFile("BIN", VARIABLE, "the new data; default: ${variable}")
    dataset = Dataset("new-data", load, file)
    monkeypatch.setitem(DATASETS, dataset.name, dataset)
    monkeypatch.delenv(VARIABLE, raising=False)
    return request.param


@pytest.fixture
def new_file(tmp_path):
    path = tmp_path / "new.bin"
    path.write_bytes(b"new")
    return path


def test_new_dataset_has_an_option_for_its_file(new_dataset, new_file, capsys):
    assert "new-data" in data_names()
    for command in ("fit", "calibrate", "evaluate", "show-data"):
        options = build_parser().parse_args([command, "--new-data", str(new_file)])
        assert dataset_paths(options).find(DATASETS["new-data"]) == new_file
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    printed = capsys.readouterr().out
    assert f"the new data; default: ${VARIABLE}" in " ".join(printed.split())
    assert "new-data, drawn-digits" in " ".join(printed.split())


def test_new_dataset_can_be_shown(new_dataset, new_file, tmp_path, monkeypatch, capsys):
    arguments = ["show-data", "--data", "new-data", "--output", str(tmp_path)]
    assert main(arguments) == 1
    assert "No new data" in capsys.readouterr().err
    monkeypatch.setenv(VARIABLE, str(new_file))
    assert main(arguments) == 0
    assert "training: " in capsys.readouterr().out
    assert (tmp_path / "new-data.png").stat().st_size > 5000


def test_new_dataset_can_be_trained_on(new_dataset, new_file):
    names = ("digits", "new-data")
    paths = DatasetPaths({"new-data": str(new_file)})
    data = load_training_data(names, TINY_RECIPE, paths)
    sources = ["digits", "new-data"]
    if new_dataset == "pen characters":
        sources += ["letters and signs of new-data"]
    if new_dataset in ("pen characters", "characters"):
        sources += ["turned letters and signs of new-data"]
    assert list(data.sources) == sources
    images, per_epoch = data.sources["new-data"]
    assert (len(images), per_epoch) == EXPECTED[new_dataset]
    assert images.images.shape[1:] == (28, 28)
    assert images.images.dtype == np.uint8
    if new_dataset == "pen characters":
        signs, _ = data.sources["letters and signs of new-data"]
        assert set(signs.labels) == {NON_DIGIT}
        assert len(data.non_digits["letters and signs of new-data"]) == 1
    if new_dataset == "characters":
        assert set(images.labels) == {NON_DIGIT}
        assert len(data.non_digits["new-data"]) == 3
    else:
        assert set(images.labels) == set(range(10))
        assert len(data.validation["new-data"]) == 10


def test_path_from_an_option_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("SKETCHDIGITS_MNIST", "from-environment.npz")
    assert DatasetPaths({"mnist": "from-option.npz"}).find(MNIST) == Path("from-option.npz")
    assert DatasetPaths().find(MNIST) == Path("from-environment.npz")


@pytest.mark.parametrize("nothing", ["", None])
def test_empty_paths_count_as_not_given(monkeypatch, nothing):
    monkeypatch.setenv("SKETCHDIGITS_MNIST", "from-environment.npz")
    assert DatasetPaths({"mnist": nothing}).find(MNIST) == Path("from-environment.npz")
    monkeypatch.setenv("SKETCHDIGITS_MNIST", "")
    assert DatasetPaths({"mnist": nothing}).find(MNIST) is None


def test_path_of_a_dataset_without_a_file_is_none():
    assert DatasetPaths().find(SKLEARN_DIGITS) is None
