"""Distillation: labels from trained networks."""

from dataclasses import replace

import numpy as np
import pytest

from sketchdigits.architectures import ARCHITECTURES
from train.datasets.labelled_images import NON_DIGIT, LabelledImages
from train.fit.distillation import taught_by
from train.fit.loop import EpochBatches, fit_network
from train.fit.recipes import RECIPES
from train.fit.runs import describe_run

RECIPE = RECIPES["sketch-cnn"]


@pytest.fixture
def data(tiny_data):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 28, 28)).astype(np.uint8)
    noise = LabelledImages(pixels, np.full(40, NON_DIGIT))
    return replace(tiny_data, sources={**tiny_data.sources, "noise": (noise, 40)})


def test_label_is_half_the_truth_and_half_the_mean_of_the_teachers(data):
    teachers = [ARCHITECTURES["mlp-512"](), ARCHITECTURES["mlp-512"]()]
    images, truth = EpochBatches(data, RECIPE, 0, 0)[0]
    same_images, labels = taught_by(teachers, 11)(data, RECIPE, 0, 0)[0]
    np.testing.assert_array_equal(same_images, images)
    answers = 2 * labels - truth
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)
    assert (answers[:, NON_DIGIT] > 0).all()
    # Without "no digit", the teacher's probabilities are those of its own softmax.
    for teacher in teachers:
        expected = teacher.predict_on_batch(images)
        alone = 2 * taught_by([teacher], 11)(data, RECIPE, 0, 0)[0][1] - truth
        shares = alone[:, :NON_DIGIT] / alone[:, :NON_DIGIT].sum(axis=1, keepdims=True)
        np.testing.assert_allclose(shares, expected, atol=1e-5)


def test_without_teachers_the_labels_are_the_truth():
    assert taught_by([], 11) is EpochBatches


@pytest.mark.slow
def test_teachers_change_the_trained_network(data, tmp_path):
    settings = describe_run("mlp-512", RECIPE, data=["digits"], epochs=1, seed=0, command="fit")
    teacher = ARCHITECTURES["mlp-512"]()
    weights = [
        fit_network(
            tmp_path / name, data, RECIPE, settings, make_batches=batches, verbose=0
        ).get_weights()
        for name, batches in (("alone", None), ("taught", taught_by([teacher], 11)))
    ]
    assert any((alone != taught).any() for alone, taught in zip(*weights, strict=True))
