"""The networks, by name: ours and the tutorials'."""

import json

import numpy as np
import pytest

from sketchdigits.architectures import ARCHITECTURES, DEFAULT_ARCHITECTURE
from tests.conftest import run_python
from train.fit.recipes import RECIPES
from train.fit.tutorials import TUTORIALS
from train.reports.formatting import duration, percent
from train.reports.list_architectures import COMPARISON

PARAMETERS = {
    "sketch-cnn": 438_490,
    "askpython-cnn": 607_394,
    "mlp-256-128": 235_146,
    "mlp-512": 407_050,
    "joy2469-cnn": 159_254,
    "tf-cnn": 93_322,
}


def test_every_architecture_has_a_recipe_and_a_size():
    assert list(ARCHITECTURES) == list(RECIPES) == list(PARAMETERS)
    assert [DEFAULT_ARCHITECTURE, *TUTORIALS] == list(ARCHITECTURES)


def test_listing_the_names_does_not_import_keras():
    code = "import sys, sketchdigits.architectures; print('keras' in sys.modules)"
    assert run_python("-c", code).stdout == "False\n"


@pytest.mark.parametrize("name", PARAMETERS)
def test_architecture_has_the_documented_shapes_and_size(name):
    model = ARCHITECTURES[name]()
    assert model.name == name
    assert model.input_shape == (None, 28, 28, 1)
    assert model.output_shape == (None, 10)
    assert model.count_params() == PARAMETERS[name]
    probabilities = model.predict_on_batch(np.zeros((2, 28, 28, 1), np.uint8))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", TUTORIALS)
def test_docstring_has_source_parameters_and_measured_accuracy(name):
    text = " ".join((ARCHITECTURES[name].__doc__ or "").split())
    model = json.loads(COMPARISON.read_text())["models"][name]
    assert f"{PARAMETERS[name]:,} parameters" in text
    assert f"{percent(model['mnist']['accuracy'])} on MNIST's test split" in text
    assert f"after {duration(model['training']['seconds'])} of training" in text
    assert TUTORIALS[name].source in text
