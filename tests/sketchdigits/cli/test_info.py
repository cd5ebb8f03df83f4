"""`sketchdigits info`: the description of a model package."""

import json

import pytest

from sketchdigits.cli import main
from sketchdigits.package.settings import read_settings
from tests.conftest import REPOSITORY
from tests.support.package_copies import change_settings, copy_package
from tests.support.row_networks import make_row_package

MODEL = REPOSITORY / "model"


@pytest.fixture
def info(capsys):
    """Run the command on a model; return its lines."""

    def run(model) -> list[str]:
        assert main(["info", "--model", str(model)]) == 0
        return capsys.readouterr().out.splitlines()

    return run


def value(lines, key) -> str:
    """The value in the line "key  value"."""
    [found] = [line.removeprefix(key).strip() for line in lines if line.startswith(f"{key} ")]
    return found


def test_default_package_is_described(info):
    lines = info(MODEL)
    metrics = json.loads((MODEL / "metrics.json").read_text())
    assert value(lines, "architecture") == "sketch-cnn"
    assert value(lines, "parameters") == "438,490"
    assert value(lines, "runtime") == "LiteRT"
    assert value(lines, "package format") == str(read_settings(MODEL).format_version)
    assert value(lines, "can refuse").startswith("yes")
    assert metrics["training"]["commit"] in value(lines, "trained at")
    for name, score in metrics["test"].items():
        [line] = [line for line in lines if line.endswith(f"  {name}")]
        assert f"{score['accuracy']:.2%}" in line
        assert f"{score['n']:,}" in line


def test_both_thresholds_are_named_if_they_differ(info, tmp_path):
    package = copy_package(tmp_path / "package", "litert")
    thresholds = {"threshold": 0.4, "refusal_threshold": 0.1}
    change_settings(package, digit_score={"scale": 1.0, "bias": -6.0, **thresholds})
    assert value(info(package), "can refuse") == (
        "yes, drawings with a digit score below 0.100; below 0.400, they are unusual"
    )


def test_package_without_a_report_is_described(info, tmp_path):
    lines = info(copy_package(tmp_path / "package", "litert"))
    assert value(lines, "architecture") == "sketch-cnn"
    assert "no report" in lines[-1]


def test_package_with_a_row_network_reads_whole_lines(info, tmp_path):
    package = make_row_package(tmp_path / "package")
    assert value(info(package), "reads numbers") == "whole lines at once, with row-cnn"


def test_older_package_reads_digit_by_digit_which_is_said(info, tmp_path):
    package = copy_package(tmp_path / "package")
    change_settings(package, row_network=None, format_version=4)
    lines = info(package)
    assert value(lines, "package format") == "4"
    assert value(lines, "reads numbers") == (
        "digit by digit: rows of touching digits are read less well"
    )


def test_package_on_the_hub_is_described_with_its_commit_and_report(info, published):
    lines = info("owner/name")
    assert value(lines, "commit") == published.main.sha
    assert value(lines, "parameters") == "438,490"


def test_package_on_the_hub_is_described_if_its_report_cannot_be_downloaded(info, hub, published):
    hub.misbehave(500, at="/tree/")
    hub.pause_scale = 0.02
    lines = info("owner/name")
    assert value(lines, "architecture") == "sketch-cnn"
    assert "no report" in lines[-1]
