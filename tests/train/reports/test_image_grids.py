"""Grids of images: which images they show, in which order, with which titles."""

import numpy as np
import pytest

from train.datasets.labelled_images import LabelledImages
from train.reports.image_grids import draw_first_images, draw_samples, draw_worst_mistakes


@pytest.fixture
def drawn(monkeypatch):
    """Record each grid: titles, marks, heading and the first pixel of every image."""
    shown = []

    def record(path, images, titles, marked, heading):
        shown.append((list(titles), list(marked), heading, images[:, 0, 0].tolist()))

    monkeypatch.setattr("train.reports.image_grids._draw_grid", record)
    return shown


@pytest.fixture
def answered():
    """Five images of 1 to 5, the label also in the first pixel; the last three are misread."""
    images = np.zeros((5, 28, 28), np.uint8)
    images[:, 0, 0] = [1, 2, 3, 4, 5]
    probabilities = np.full((5, 10), 0.01, np.float32)
    answers = {0: (1, 0.91), 1: (2, 0.5), 2: (8, 0.6), 3: (9, 0.9), 4: (6, 0.7)}
    for index, (answer, probability) in answers.items():
        probabilities[index, answer] = probability
    return LabelledImages(images, np.array([1, 2, 3, 4, 5])), probabilities


def test_first_images_are_drawn_in_order_with_wrong_answers_marked(drawn, answered, tmp_path):
    draw_first_images(tmp_path / "first.png", *answered)
    [(titles, marked, heading, order)] = drawn
    assert titles == ["1", "2", "8, is a 3", "9, is a 4", "6, is a 5"]
    assert marked == [False, False, True, True, True]
    assert "3 wrong" in heading
    assert order == [1, 2, 3, 4, 5]


def test_mistakes_are_drawn_by_confidence_without_the_right_answers(drawn, answered, tmp_path):
    draw_worst_mistakes(tmp_path / "worst.png", *answered)
    [(titles, marked, heading, order)] = drawn
    assert order == [4, 5, 3]
    assert titles[0] == "9, is a 4\n90% sure"
    assert all(marked)
    assert "3 mistakes in 5 images" in heading


def test_samples_show_every_digit_with_its_label(drawn, answered, tmp_path):
    draw_samples(tmp_path / "samples.png", answered[0], "All")
    [(titles, marked, *_)] = drawn
    assert titles == ["1", "2", "3", "4", "5"]
    assert not any(marked)


def test_model_without_mistakes_gives_an_empty_figure_and_no_error(tmp_path):
    dataset = LabelledImages(np.zeros((2, 28, 28), np.uint8), np.array([0, 1]))
    draw_worst_mistakes(tmp_path / "worst.png", dataset, np.eye(10)[:2])
    assert (tmp_path / "worst.png").is_file()
