"""The networks that can be trained by name: ours and the tutorials'."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from sketchdigits import DigitClassifier
from sketchdigits.architectures import ARCHITECTURES, DEFAULT_ARCHITECTURE
from sketchdigits.package.known_answer import known_image
from tests.conftest import REPOSITORY, run_python
from tests.support.polylines import draw
from train.__main__ import main
from train.fit.calibration import end_at_logits
from train.fit.loop import EpochBatches, fit_network
from train.fit.recipes import RECIPES
from train.fit.tutorials import TUTORIALS
from train.reports.formatting import duration, percent

PARAMETERS = {
    "sketch-cnn": 438_490,
    "askpython-cnn": 607_394,
    "mlp-256-128": 235_146,
    "mlp-512": 407_050,
    "joy2469-cnn": 159_254,
    "tf-cnn": 93_322,
}
COMPARISON = REPOSITORY / "docs" / "comparison" / "comparison.json"


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


@pytest.mark.parametrize("name", PARAMETERS)
def test_training_lowers_the_loss(name, tiny_data):
    keras.utils.set_random_seed(0)
    recipe = RECIPES[name]
    model = ARCHITECTURES[name]()
    if recipe.from_logits:
        model = end_at_logits(model)
    recipe.compile(model, epochs=1, steps_per_epoch=16)
    images, labels = EpochBatches(tiny_data, recipe, seed=0, epoch=0)[0]
    losses = [float(model.train_on_batch(images, labels)[0]) for _ in range(16)]
    assert losses[-1] < 0.7 * losses[0]


def test_recipes_match_the_sources(tiny_data):
    """Optimizer, loss, labels, epochs and batch size are those of the tutorials."""
    found = {}
    for name in TUTORIALS:
        recipe, model = RECIPES[name], ARCHITECTURES[name]()
        recipe.compile(model, epochs=1, steps_per_epoch=1)
        _, labels = EpochBatches(tiny_data, recipe, seed=0, epoch=0)[0]
        assert float(model.optimizer.learning_rate) == pytest.approx(1e-3)
        loss = type(model.loss).__name__.removesuffix("Crossentropy"), labels.ndim
        found[name] = (type(model.optimizer).__name__, *loss, recipe.epochs, recipe.batch_size)
    assert found == {
        "askpython-cnn": ("Adam", "SparseCategorical", 1, 10, 32),
        "mlp-256-128": ("Adam", "Categorical", 2, 10, 32),
        "mlp-512": ("RMSprop", "SparseCategorical", 1, 5, 128),
        "joy2469-cnn": ("Adam", "Categorical", 2, 10, 200),
        "tf-cnn": ("RMSprop", "SparseCategorical", 1, 5, 32),
    }
    assert [name for name in TUTORIALS if RECIPES[name].from_logits] == ["tf-cnn"]


def test_tutorials_train_on_unchanged_images(tiny_data):
    images, _ = EpochBatches(tiny_data, RECIPES["mlp-512"], seed=0, epoch=0)[0]
    originals = {image.tobytes() for image in tiny_data.sources["digits"][0].images}
    assert {image.tobytes() for image in images} <= originals


@pytest.mark.parametrize("name", TUTORIALS)
def test_finished_run_can_be_loaded_in_three_ways(name, tiny_data, tmp_path):
    """As our package, as architecture JSON with weights, and as one file."""
    run = tmp_path / name
    settings = {"architecture": name, "epochs": 1, "seed": 0}
    fit_network(run, tiny_data, RECIPES[name], settings, verbose=0)
    seen = known_image()[None, ..., None]

    classifier = DigitClassifier.from_pretrained(run)
    expected = classifier.network.predict_on_batch(seen)
    rebuilt = keras.models.model_from_json((run / "config.json").read_text())
    rebuilt.load_weights(run / "model.weights.h5")
    for model in (rebuilt, keras.saving.load_model(run / "model.keras")):
        np.testing.assert_array_equal(model.predict_on_batch(seen), expected)
    classifier.save_pretrained(tmp_path / "again")
    again = DigitClassifier.from_pretrained(tmp_path / "again")
    drawing = draw(3)
    np.testing.assert_allclose(  # LiteRT is the runtime now
        again.predict(drawing).probabilities, classifier.predict(drawing).probabilities, atol=1e-6
    )
    assert Path(run / "run.json").is_file()


def test_list_shows_all_with_parameters_and_accuracy(capsys):
    assert main(["architectures"]) == 0
    printed = capsys.readouterr().out
    measured = json.loads(COMPARISON.read_text())["models"]
    for name, parameters in PARAMETERS.items():
        (line,) = [line for line in printed.splitlines() if line.startswith(f"{name} ")]
        assert f"{parameters:,}" in line
        assert percent(measured[name]["mnist"]["accuracy"]) in line


def test_layers_of_an_architecture_are_shown(capsys):
    assert main(["architectures", "tf-cnn"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("(Conv2D)") == 3
    assert "93,322" in printed
    assert main(["architectures", "vgg"]) == 1
    assert "Choose from: sketch-cnn, askpython-cnn" in capsys.readouterr().err
