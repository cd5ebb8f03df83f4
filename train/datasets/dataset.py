"""What a dataset is to the commands: its name, its file and how it is loaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

Parts = TypeVar("Parts")


@dataclass(frozen=True)
class DatasetFile:
    """The file that a dataset is read from.

    Attributes:
        metavar: the kind of file, as `--help` shows it.
        variable: the environment variable that names the file, where no option does.
        description: the help of the option; `{variable}` becomes the variable's name.
    """

    metavar: str
    variable: str
    description: str

    @property
    def help(self) -> str:
        """The help text of the option."""
        return self.description.format(variable=self.variable)


@dataclass(frozen=True)
class DatasetPaths:
    """Where the files of the datasets are: as given on the command line, or in the environment.

    Attributes:
        given: paths by the name of the dataset, such as `{"mnist": "mnist.npz"}`.
    """

    given: Mapping[str, str | os.PathLike[str] | None] = field(default_factory=dict)

    def find(self, dataset: Dataset) -> Path | None:
        """The path of a dataset's file; None if neither an option nor the environment has it."""
        path = self.given.get(dataset.name)
        if not path and dataset.file:
            path = os.environ.get(dataset.file.variable)
        return Path(path) if path else None


@dataclass
class Dataset(Generic[Parts]):
    """A dataset that `--data` can name.

    Attributes:
        name: as `--data` names it; its file is given by `--NAME`.
        load_file: loads its training, validation and test parts from a path, or from None.
        file: None if the dataset needs no file.
    """

    name: str
    load_file: Callable[[Path | None], Parts]
    file: DatasetFile | None = None

    def load(self, paths: DatasetPaths) -> Parts:
        """Load the training, validation and test parts.

        Raises:
            DatasetError: the file is missing, damaged, or holds something else.
        """
        return self.load_file(paths.find(self))
