"""The folder of a finished run: the three ways of loading its model."""

from pathlib import Path

import keras
import numpy as np
import pytest

from sketchdigits import DigitClassifier
from sketchdigits.package.known_answer import known_image
from tests.support.polylines import draw
from train.fit.loop import fit_network
from train.fit.recipes import RECIPES
from train.fit.tutorials import TUTORIALS

# In the default tests; `test_loop.py` goes the whole way with our network, which has convolutions.
QUICK = ("mlp-512",)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in TUTORIALS],
)
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
