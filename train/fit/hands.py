"""The hands that write rows for training and for choices: whole writers of each dataset."""

from __future__ import annotations

from train.datasets import MNIST, PENDIGITS, UNIPEN, DatasetPaths
from train.rendering.number_sets import Hands, find_hands


def load_hands(paths: DatasetPaths) -> tuple[Hands, Hands]:
    """The hands of the training and the validation writers of MNIST, pendigits and UNIPEN.

    Raises:
        DatasetError: a file is missing or damaged.
    """
    mnist, pen, unipen = MNIST.load(paths), PENDIGITS.load(paths), UNIPEN.load(paths)
    return (
        find_hands(mnist.train, pen.train, unipen.train),
        find_hands(mnist.validation, pen.validation, unipen.validation),
    )
