"""The recipes: each trains its network, and the tutorials' are those of their sources."""

import keras
import pytest

from sketchdigits.architectures import ARCHITECTURES
from train.fit.loop import EpochBatches
from train.fit.recipes import RECIPES
from train.fit.temperature import end_at_logits
from train.fit.tutorials import TUTORIALS


@pytest.mark.parametrize("name", RECIPES)
def test_training_lowers_the_loss(name, tiny_data):
    keras.utils.set_random_seed(0)
    recipe = RECIPES[name]
    model = ARCHITECTURES[name]()
    if recipe.from_logits:
        model = end_at_logits(model)
    recipe.compile(model, epochs=1, steps_per_epoch=16)
    images, labels = EpochBatches(tiny_data, recipe, seed=0, epoch=0)[0]
    images, labels = images[:64], labels[:64]
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
