"""Training of the row network: on drawn rows, seeded, resumed after an epoch."""

import json
from dataclasses import replace

import numpy as np
import pytest

from sketchdigits.architectures.row_cnn import OTHER, build_row_cnn
from sketchdigits.numbers.line_image import WIDTH_STEP
from sketchdigits.package.files import ROW_WEIGHTS_FILE
from sketchdigits.package.settings import read_settings
from tests.support.drawn_hands import draw_hands
from tests.support.package_copies import change_settings
from tests.support.row_networks import make_row_package
from train.__main__ import main
from train.datasets import DatasetPaths
from train.distortions.lines import distort_lines
from train.errors import RunError
from train.fit.row_loop import (
    CONTINUED_RECIPE,
    LineBatches,
    RowRecipe,
    fit_row_network,
    stack_lines,
    stack_symbols,
)
from train.fit.row_runs import fit_row_run
from train.fit.run_folder import HISTORY_FILE
from train.rendering import line_images
from train.rendering.line_images import render_lines

LINES = render_lines(draw_hands(), 48, 3, show_progress=False)
RECIPE = RowRecipe(rows=48, epochs=2, batch_size=16)


def test_lines_are_seeded_and_say_what_is_written():
    again = render_lines(draw_hands(), 48, 3, show_progress=False)
    for line, other in zip(LINES, again, strict=True):
        np.testing.assert_array_equal(line.pixels, other.pixels)
        np.testing.assert_array_equal(line.symbols, other.symbols)
        assert line.pixels.shape[0] == 32
        assert line.pixels.shape[1] % WIDTH_STEP == 0
    symbols = np.concatenate([line.symbols for line in LINES])
    assert {*symbols} == {*range(OTHER + 1)}  # every digit, and letters


@pytest.mark.slow
def test_processes_render_the_same_lines_as_one(monkeypatch):
    monkeypatch.setattr(line_images, "CHUNK", 16)
    lines = render_lines(draw_hands(), 40, 3, show_progress=False)
    alone = [
        line
        for start, count in ((0, 16), (16, 16), (32, 8))
        for line in line_images._render_chunk(draw_hands(), count, (3, start))
    ]
    assert len(lines) == len(alone) > 30
    for line, other in zip(lines, alone, strict=True):
        np.testing.assert_array_equal(line.pixels, other.pixels)


def test_epoch_has_every_line_once_in_batches_of_about_one_width():
    batches = LineBatches(LINES, 16, (0, 0))
    counts = sorted(len(batches[index][0]) for index in range(len(batches)))
    assert sum(counts) == len(LINES)
    images, symbols = batches[0]
    assert images.dtype == np.uint8
    assert len(images) == len(symbols)


@pytest.mark.parametrize("epoch", range(8))
def test_first_two_batches_differ_in_width_and_symbols(epoch):
    """Keras would take what they have in common for the size of all batches."""
    batches = LineBatches(LINES, 4, (0, epoch))
    (images, symbols), (others, other_symbols) = batches[0], batches[1]
    assert images.shape[2] != others.shape[2]
    assert symbols.shape[1] != other_symbols.shape[1]


def test_narrow_lines_are_padded_with_paper_and_blanks():
    two = sorted(LINES, key=lambda line: line.pixels.shape[1])[:: len(LINES) - 1]
    stack, symbols = stack_lines(two), stack_symbols(two)
    narrow = two[0].pixels.shape[1]
    np.testing.assert_array_equal(stack[0, :, :narrow], two[0].pixels)
    assert not stack[0, :, narrow:].any()
    np.testing.assert_array_equal(symbols[0, : len(two[0].symbols)], two[0].symbols)


def test_distorted_line_keeps_its_ink_within_the_image():
    lines = stack_lines(LINES)
    distorted = distort_lines(lines, np.random.default_rng(0))
    assert distorted.shape == lines.shape
    assert distorted.dtype == np.uint8
    changed = np.abs(distorted.astype(int) - lines).max(axis=(1, 2))
    assert (changed > 50).all()
    ink, before = (images.astype(float).sum(axis=(1, 2)) for images in (distorted, lines))
    assert (ink > 0.4 * before).all()


@pytest.mark.slow
def test_resumed_run_gives_the_same_weights_and_lowers_the_loss(tmp_path, monkeypatch):
    start = build_row_cnn().get_weights()
    settings = {"seed": 0}
    whole = fit_row_network(
        tmp_path / "whole", LINES, LINES[:5], RECIPE, start, settings=settings, verbose=0
    )
    history = json.loads((tmp_path / "whole" / HISTORY_FILE).read_text())
    assert history[1]["loss"] < history[0]["loss"]
    assert 0 <= history[1]["numbers_right"] <= 1

    def stop(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("train.fit.row_loop.measure_lines", fail_at_second_call(stop))
        with pytest.raises(KeyboardInterrupt):
            fit_row_network(
                tmp_path / "part", LINES, LINES[:5], RECIPE, start, settings=settings, verbose=0
            )
    resumed = fit_row_network(
        tmp_path / "part", LINES, LINES[:5], RECIPE, start, settings=settings, verbose=0
    )
    for one, other in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert (tmp_path / "part" / ROW_WEIGHTS_FILE).is_file()


def fail_at_second_call(stop):
    """`measure_lines` that works once, and then calls `stop`."""
    calls = []

    def measure(network, lines):
        calls.append(1)
        if len(calls) == 2:
            stop()
        return {"numbers_right": 0.0, "others_right": 0.0}

    return measure


def test_run_of_other_options_is_refused(tmp_path):
    (tmp_path / "run.json").write_text('{"seed": 1}')
    (tmp_path / HISTORY_FILE).write_text("[]")
    with pytest.raises(RunError, match="different seed"):
        fit_row_network(tmp_path, LINES, LINES, RECIPE, [], settings={"seed": 0})


@pytest.fixture
def start(tmp_path, monkeypatch):
    """The folder of a package with a row network, to go on from; drawn hands write the lines."""
    monkeypatch.setattr("train.fit.row_runs.load_hands", lambda paths: (draw_hands(),) * 2)
    monkeypatch.setattr("train.fit.row_runs.VALIDATION_ROWS", 5)
    return make_row_package(tmp_path / "start")


@pytest.mark.slow
def test_continued_run_goes_on_from_the_whole_row_network_and_records_its_training(start, tmp_path):
    earlier = {"command": "python -m train fit-rows", "commit": "c0ffee", "epochs": 9}
    metrics = {"row_network": {**earlier, "validation": {"n": 3}}}
    (start / "metrics.json").write_text(json.dumps(metrics))
    recipe = replace(CONTINUED_RECIPE, rows=16, epochs=2, peak_learning_rate=1e-6)
    run = tmp_path / "run"
    fit_row_run(run, start, recipe, 0, DatasetPaths({}), is_continued=True)
    rows = read_settings(start).row_network
    assert rows
    before, after = build_row_cnn(), build_row_cnn()
    before.load_weights(start / ROW_WEIGHTS_FILE)
    after.load_weights(run / ROW_WEIGHTS_FILE)
    pairs = list(zip(before.get_weights(), after.get_weights(), strict=True))
    for one, other in pairs[:20]:  # four convolutions and their normalisations
        np.testing.assert_array_equal(one, other)
    assert not np.array_equal(*pairs[20])
    for one, other in zip(before.trainable_weights, after.trainable_weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
    recorded = json.loads((run / "run.json").read_text())
    assert "--continue" in recorded["command"]
    assert recorded["start"]["row_network"] == {"weights_sha256": rows.weights_sha256, **earlier}


def test_package_without_row_network_is_refused_as_a_start_to_go_on_from(start, tmp_path):
    change_settings(start, row_network=None)
    with pytest.raises(RunError, match="no row network, so --continue"):
        fit_row_run(
            tmp_path / "run", start, CONTINUED_RECIPE, 0, DatasetPaths({}), is_continued=True
        )


def test_missing_dataset_is_named_before_the_long_work(tmp_path, capsys, monkeypatch):
    for name in ("MNIST", "PENDIGITS", "UNIPEN"):
        monkeypatch.delenv(f"SKETCHDIGITS_{name}", raising=False)
    assert main(["fit-rows", "--run", str(tmp_path / "run")]) == 1
    assert "MNIST" in capsys.readouterr().err
