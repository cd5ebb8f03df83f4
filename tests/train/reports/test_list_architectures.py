"""`python -m train architectures`: the table of all networks, and the layers of one."""

import json

from sketchdigits.architectures import ARCHITECTURES
from train.__main__ import main
from train.reports.formatting import percent
from train.reports.list_architectures import COMPARISON


def test_list_shows_all_with_parameters_and_accuracy(capsys):
    assert main(["architectures"]) == 0
    printed = capsys.readouterr().out
    measured = json.loads(COMPARISON.read_text())["models"]
    for name, build in ARCHITECTURES.items():
        (line,) = [line for line in printed.splitlines() if line.startswith(f"{name} ")]
        assert f"{build().count_params():,}" in line
        assert percent(measured[name]["mnist"]["accuracy"]) in line


def test_layers_of_an_architecture_are_shown(capsys):
    assert main(["architectures", "tf-cnn"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("(Conv2D)") == 3
    assert "93,322" in printed
    assert main(["architectures", "vgg"]) == 1
    assert "Choose from: sketch-cnn, askpython-cnn" in capsys.readouterr().err
