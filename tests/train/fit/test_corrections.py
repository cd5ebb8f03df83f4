"""Corrections by visitors as training data: what `fit --corrections` uses and what it refuses."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from page.corrections.store import open_corrections
from sketchdigits import Prediction, preprocess_drawing
from tests.conftest import REPOSITORY
from tests.support.corrections_store import new_address
from tests.support.polylines import draw
from train.__main__ import main
from train.datasets.labelled_images import NON_DIGIT, LabelledImages
from train.errors import DatasetError
from train.fit.corrections import add_corrections, describe_corrections, load_corrections
from train.fit.loop import EpochBatches
from train.fit.training_data import TrainingData
from train.publish.card import render_model_card


@pytest.fixture
def keep(tmp_path):
    """`keep(drawing, label)` stores a visitor's correction and returns the folder."""
    folder = tmp_path / "kept"
    store = open_corrections({"FEEDBACK_DIR": str(folder)})
    assert store is not None

    def run(drawing, label):
        answer = Prediction(np.full(10, 0.1, np.float32), preprocess_drawing(drawing))
        store.save(drawing, label, answer, "owner/name", None, address=new_address())
        return folder

    return run


@pytest.fixture
def hostile(tmp_path):
    """`hostile(**row)` writes a folder with a good line and this hostile one, and returns it."""
    secret = tmp_path / "secret"
    secret.mkdir()
    Image.fromarray(draw(5)).save(secret / "x.png")

    def run(**row):
        folder = tmp_path / "hostile" / "data" / "one"
        folder.mkdir(parents=True)
        Image.fromarray(draw(2)).save(folder / "00001.png")
        (folder / "link.png").symlink_to(secret / "x.png")
        (folder / "loop.png").symlink_to("loop.png")
        (folder / "folder.png").mkdir()
        good = json.dumps({"file_name": "00001.png", "label": 2})
        bad = json.dumps({"file_name": "00001.png", "label": 5, **row})
        (folder / "metadata.jsonl").write_text(f"{good}\n{bad}\n")
        return tmp_path / "hostile"

    return run


def load(*folders, non_digits=True):
    return load_corrections(folders, non_digits=non_digits)


def fit(run, *options) -> int:
    arguments = ["fit", "--architecture", "mlp-512", "--data", "digits", "--epochs", "1"]
    return main([*arguments, "--run", str(run), *map(str, options)])


def test_corrections_are_trained_on_and_recorded(keep, tmp_path, capsys, monkeypatch):
    keep(draw(7), 7)
    keep(draw(4), 4)
    folder = keep(draw(3), None)
    epochs = []

    class WatchedBatches(EpochBatches):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            epochs.append(self._images)

    monkeypatch.setattr("train.fit.loop.EpochBatches", WatchedBatches)
    run = tmp_path / "run"
    assert fit(run, "--corrections", folder) == 0
    assert "1 left out: this run doesn't learn what is no digit" in capsys.readouterr().out
    settings = json.loads((run / "run.json").read_text())
    assert settings["corrections"] == describe_corrections(load(folder, non_digits=False))
    assert settings["corrections"]["count"] == 2
    assert settings["command"].endswith(" --corrections FOLDER")
    assert str(folder) not in (run / "run.json").read_text()
    assert (run / "sketchdigits.json").is_file()
    [epoch] = epochs
    assert len(epoch) == 1197 + 4 * 2
    for digit in (7, 4):
        shown = (epoch.images == preprocess_drawing(draw(digit))).all(axis=(1, 2))
        assert [*epoch.labels[shown]] == [digit] * 4


def test_run_is_not_resumed_with_other_corrections(keep, tmp_path, capsys):
    folder = keep(draw(7), 7)
    assert fit(tmp_path / "run", "--corrections", folder) == 0
    shutil.copytree(folder, tmp_path / "elsewhere")
    assert fit(tmp_path / "run", "--corrections", tmp_path / "elsewhere") == 0  # the same ones
    assert fit(tmp_path / "run") == 1
    assert "started with a different command, corrections" in capsys.readouterr().err
    keep(draw(4), 4)
    assert fit(tmp_path / "run", "--corrections", folder) == 1
    assert "started with a different corrections" in capsys.readouterr().err


def test_folder_without_corrections_is_refused_before_training(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "nowhere"):
        assert fit(tmp_path / "run", "--corrections", folder) == 1
        assert "expected metadata.jsonl with drawings beside it" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_as_published_refuses_corrections(keep, tmp_path, capsys):
    options = ["--data", "mnist", "--as-published"]
    assert fit(tmp_path / "run", *options, "--corrections", keep(draw(7), 7)) == 1
    assert "had no --corrections" in capsys.readouterr().err


def test_labels_and_preprocessed_drawings_are_those_of_the_visitors(keep):
    keep(draw(7), 7)
    found = load(keep(draw(3), None))
    seen = {label: image for image, label in zip(found.images, found.labels, strict=True)}
    assert {*seen} == {7, NON_DIGIT}
    assert found.labels.dtype == np.int64
    np.testing.assert_array_equal(seen[7], preprocess_drawing(draw(7)))
    np.testing.assert_array_equal(seen[NON_DIGIT], preprocess_drawing(draw(3)))


def test_drawing_counts_once_for_each_of_its_labels(keep, tmp_path):
    for label in (1, 7, 7):
        folder = keep(draw(7), label)
    shutil.copytree(folder, tmp_path / "downloaded")
    assert [*load(folder, tmp_path / "downloaded").labels] == [1, 7]


def test_download_in_the_hubs_cache_is_read(keep, tmp_path):
    """`hf download` without --local-dir makes links into the folder `blobs`."""
    folder = keep(draw(7), 7)
    cache = tmp_path / "datasets--owner--name"
    snapshot = cache / "snapshots" / "0123"
    shutil.copytree(folder, snapshot)
    (cache / "blobs").mkdir()
    for index, path in enumerate(sorted(snapshot.rglob("*.*"))):
        path.rename(cache / "blobs" / str(index))
        path.symlink_to(cache / "blobs" / str(index))
    assert [*load(snapshot).labels] == [7]


@pytest.mark.parametrize(
    "row",
    [
        {"file_name": "../../../secret/x.png"},
        {"file_name": "{absolute}"},
        {"file_name": "link.png"},
        {"file_name": "loop.png"},
        {"file_name": "folder.png"},
        {"file_name": "..\\x.png"},
        {"file_name": "x\0.png"},
        {"file_name": "metadata.jsonl"},
        {"file_name": "missing.png"},
        {"file_name": 1},
        {"label": 10},
        {"label": -1},
        {"label": True},
        {"label": 5.0},
        {"label": "5"},
    ],
)
def test_hostile_or_damaged_line_is_skipped_and_counted(row, hostile, tmp_path, capsys):
    row = {
        key: str(tmp_path / "secret" / "x.png") if value == "{absolute}" else value
        for key, value in row.items()
    }
    assert [*load(hostile(**row)).labels] == [2]
    assert "1 skipped" in capsys.readouterr().out


def test_metadata_that_links_out_of_the_folder_is_not_read(keep, tmp_path):
    folder = keep(draw(7), 7)
    [metadata] = folder.rglob("metadata.jsonl")
    metadata.rename(tmp_path / "elsewhere.jsonl")
    metadata.symlink_to(tmp_path / "elsewhere.jsonl")
    with pytest.raises(DatasetError, match="No usable correction in"):
        load(folder)


def test_damaged_lines_and_drawings_are_skipped_and_counted(keep, capsys):
    keep(draw(7), 7)
    folder = keep(draw(4), 4)
    [metadata] = folder.rglob("metadata.jsonl")
    (metadata.parent / "00002.png").write_bytes(b"no image")
    with open(metadata, "ab") as stream:
        stream.write(b"[" * 100_000 + b"\n7\n\n{}\n\xff\xfe\n" + b'{"file_name": "00001.p')
    assert [*load(folder).labels] == [7]
    assert "Corrections: 6 skipped" in capsys.readouterr().out


def test_file_too_large_for_a_drawing_is_not_read(keep, monkeypatch):
    keep(draw(7), 7)
    folder = keep(draw(4), 4)
    [_, second] = sorted(folder.rglob("*.png"))
    with open(second, "ab") as stream:
        stream.truncate(4_000_001)
    assert [*load(folder).labels] == [7]


def test_no_usable_correction_is_an_error_with_counts(keep):
    folder = keep(draw(3), None)
    with pytest.raises(DatasetError, match="0 are damaged or blank, 1 are labelled 'no digit'"):
        load(folder, non_digits=False)


@pytest.mark.parametrize(
    ("corrections", "expected", "distinct"),
    [(10, 40, 10), (30, 90, 30), (99, 99, 99), (500, 100, 500)],
)
def test_corrections_are_shown_four_times_and_are_at_most_a_twentieth_of_an_epoch(
    corrections, expected, distinct
):
    def blank(count):
        return LabelledImages(np.zeros((count, 28, 28), np.uint8), np.arange(count))

    data = TrainingData({"mnist": (blank(2500), 1900)}, {"mnist": blank(5)})
    with_them = add_corrections(data, blank(corrections))
    images, count = with_them.sources["corrections"]
    assert count == expected <= with_them.images_per_epoch / 20
    assert len({*images.labels}) == distinct
    assert with_them.validation is data.validation
    assert with_them.sources["mnist"] is data.sources["mnist"]


def test_card_tells_the_number_of_corrections():
    metrics = json.loads((REPOSITORY / "model" / "metrics.json").read_text())
    without = render_model_card(metrics)
    metrics["training"]["corrections"] = {"count": 1234, "sha256": "0"}
    said = "Corrections by the page's visitors: 1,234. "
    card = render_model_card(metrics)
    assert said in card
    assert card.replace(said, "") == without
