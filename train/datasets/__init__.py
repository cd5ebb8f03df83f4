"""The datasets: each is read and split here, by whole writers or alphabets where it has them.

dataset.py          what every dataset has: a name, a file, a loader; the paths of the files
labelled_images.py  images with labels, and their splits
mnist.py            MNIST
sklearn_digits.py   scikit-learn's 8x8 digits, which need no file
pendigits.py        UCI's pen strokes
omniglot.py         characters of other alphabets: no digits

To add a dataset, write a file that defines a `Dataset`, and add a line to `DATASETS`. Its option,
its environment variable and `show-data` follow from that, and so does training, if its parts are
one of the three kinds that exist: `Splits`, `PenSplits` or `CharacterSplits`.
"""

from train.datasets.dataset import Dataset, DatasetPaths
from train.datasets.mnist import MNIST
from train.datasets.omniglot import OMNIGLOT
from train.datasets.pendigits import PENDIGITS
from train.datasets.sklearn_digits import SKLEARN_DIGITS

# In this order, training puts them together.
DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        MNIST,
        SKLEARN_DIGITS,
        PENDIGITS,
        OMNIGLOT,
    )
}

# These need no file: a program draws them.
DRAWN_DIGITS = "drawn-digits"
DRAWN_NON_DIGITS = "drawn-non-digits"
# The names that `fit --data` takes.
DATA_NAMES = (*DATASETS, DRAWN_DIGITS, DRAWN_NON_DIGITS)

__all__ = [
    "DATASETS",
    "DATA_NAMES",
    "DRAWN_DIGITS",
    "DRAWN_NON_DIGITS",
    "MNIST",
    "OMNIGLOT",
    "PENDIGITS",
    "SKLEARN_DIGITS",
    "Dataset",
    "DatasetPaths",
]
