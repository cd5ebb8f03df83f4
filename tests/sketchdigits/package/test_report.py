"""Reading a package's report, which a stranger may have written."""

import json
import os
import shutil
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from sketchdigits.package.report import FIGURES, MAX_METRICS_BYTES, read_report
from tests.conftest import REPOSITORY
from tests.support.png_writer import chunk
from tests.support.try_hostile_images import png_with, tags_of_one_value


@pytest.fixture
def folder(tmp_path):
    """A copy of the default package's report."""
    shutil.copytree(REPOSITORY / "model" / "figures", tmp_path / "figures")
    shutil.copyfile(REPOSITORY / "model" / "metrics.json", tmp_path / "metrics.json")
    return tmp_path


def rewrite(folder, change) -> None:
    metrics = json.loads((folder / "metrics.json").read_text())
    change(metrics)
    (folder / "metrics.json").write_text(json.dumps(metrics))


def test_default_package_has_a_complete_report(folder):
    report = read_report(folder)
    assert report
    metrics = json.loads((folder / "metrics.json").read_text())
    assert [score.name for score in report.scores] == list(metrics["test"])
    [mnist] = [score for score in report.scores if score.name == "MNIST test"]
    assert mnist.n == 10_000
    assert mnist.accuracy == metrics["test"]["MNIST test"]["accuracy"]
    assert report.trained_at == metrics["training"]["commit"]
    assert set(report.figures) == set(FIGURES)
    assert report.parameters == metrics["parameters"]


@pytest.mark.parametrize("parameters", [None, "438490", 0, -1, 1.5, True, 10**15])
def test_impossible_number_of_parameters_counts_as_unknown(folder, parameters):
    rewrite(folder, lambda metrics: metrics.update(parameters=parameters))
    report = read_report(folder)
    assert report
    assert report.parameters is None


def test_folder_without_a_report_has_none(tmp_path):
    assert read_report(tmp_path) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda metrics: metrics.pop("test"),
        lambda metrics: metrics.update(test=[1]),
        lambda metrics: metrics["test"]["MNIST test"].update(accuracy="<b>all</b>"),
        lambda metrics: metrics["test"]["MNIST test"].update(accuracy=float("nan")),
        lambda metrics: metrics["test"]["MNIST test"].update(accuracy=7),
        lambda metrics: metrics["test"]["MNIST test"].update(per_digit=[1.0] * 9),
        lambda metrics: metrics["test"]["MNIST test"].update(interval_95=[0.1, 0.2, 0.3]),
        lambda metrics: metrics["test"].update({"<script>alert(1)</script>": {}}),
        lambda metrics: metrics["test"].update({"[x](javascript:alert(1))": {}}),
        lambda metrics: metrics["test"]["MNIST test"].update(n=float("inf")),
        lambda metrics: metrics.update(training=3),
    ],
)
def test_report_of_another_form_is_ignored(folder, change):
    rewrite(folder, change)
    assert read_report(folder) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"null"])
def test_metrics_that_are_not_a_json_object_are_ignored(folder, content):
    (folder / "metrics.json").write_bytes(content)
    assert read_report(folder) is None


def test_huge_metrics_are_not_read(folder):
    (folder / "metrics.json").write_bytes(
        (folder / "metrics.json").read_bytes() + b" " * MAX_METRICS_BYTES
    )
    assert read_report(folder) is None


def test_licence_comes_from_the_cards_header(folder):
    report = read_report(folder)
    assert report
    assert report.licence == ""
    for card, licence in (
        ("---\nlicense: cc-by-4.0\n---\nlicense: mit\n", "cc-by-4.0"),
        ("---\nlanguage: en\n---\nlicense: mit\n", ""),
        ("---\nlicense: <b>\n---\n", ""),
    ):
        (folder / "README.md").write_text(card)
        report = read_report(folder)
        assert report
        assert report.licence == licence


@pytest.mark.parametrize("name", ["metrics.json", "README.md", "figures/accuracy.png"])
def test_reading_does_not_wait_for_a_pipe(folder, name):
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    read_report(folder)


def test_malformed_commit_is_not_shown(folder):
    rewrite(folder, lambda metrics: metrics["training"].update(commit="<img src=x>"))
    report = read_report(folder)
    assert report
    assert report.trained_at == ""


def test_figures_that_are_damaged_or_too_large_are_left_out(folder):
    (folder / "figures" / "reliability.png").write_bytes(b"no picture")
    Image.fromarray(np.zeros((2, 5000), np.uint8)).save(folder / "figures" / "accuracy.png")
    (folder / "figures" / "rejection.png").unlink()
    report = read_report(folder)
    assert report
    assert set(report.figures) == {"confusion_matrix"}


def test_figure_whose_exif_names_one_value_thousands_of_times_takes_little_memory(folder):
    """Pillow copies the value for each of the tags: 2.4 GB for a figure of 0.56 MB."""
    tags = chunk(b"eXIf", tags_of_one_value(5_000, 500_000))
    (folder / "figures" / "accuracy.png").write_bytes(png_with(tags))
    tracemalloc.start()
    report = read_report(folder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report
    assert {"confusion_matrix", "reliability", "rejection"} <= set(report.figures)
    assert peak < 100e6
