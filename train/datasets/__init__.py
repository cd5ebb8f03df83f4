"""The datasets: reading their files and splitting them, by whole writers or alphabets if possible.

dataset.py          `Dataset`: a name, a file and a loader; `DatasetPaths`: where the files are
labelled_images.py  images with labels, and splitting off a validation part
mnist.py            MNIST
sklearn_digits.py   scikit-learn's 8x8 digits, which need no file
pendigits.py        UCI's pen strokes
omniglot.py         Omniglot's characters, which are not digits
unipen.py           UNIPEN's digits, letters and signs, by the same hands
turned.py           letters and signs turned and mirrored: more shapes that are not digits

To add a dataset, write a file that defines a `Dataset`, and add a line to `DATASETS`. The option
that names its file, its environment variable, `show-data` and training then work with it. Its
loader must return one of the four kinds of parts: `Splits`, `PenSplits`, `CharacterSplits` or
`PenCharacterSplits`.
"""

from train.datasets.dataset import Dataset, DatasetPaths
from train.datasets.mnist import MNIST
from train.datasets.omniglot import OMNIGLOT
from train.datasets.pendigits import PENDIGITS
from train.datasets.sklearn_digits import SKLEARN_DIGITS
from train.datasets.unipen import UNIPEN

# Training uses the datasets in this order.
DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        MNIST,
        SKLEARN_DIGITS,
        PENDIGITS,
        UNIPEN,
        OMNIGLOT,
    )
}

# Training data that a program draws: it needs no file.
DRAWN_DIGITS = "drawn-digits"
DRAWN_NON_DIGITS = "drawn-non-digits"


def data_names() -> list[str]:
    """The names that `fit --data` accepts."""
    return [*DATASETS, DRAWN_DIGITS, DRAWN_NON_DIGITS]


__all__ = [
    "DATASETS",
    "DRAWN_DIGITS",
    "DRAWN_NON_DIGITS",
    "MNIST",
    "OMNIGLOT",
    "PENDIGITS",
    "SKLEARN_DIGITS",
    "UNIPEN",
    "Dataset",
    "DatasetPaths",
    "data_names",
]
