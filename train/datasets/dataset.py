"""A dataset as the commands use it: its name, its file and its loader."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

Parts = TypeVar("Parts")


@dataclass(frozen=True)
class DatasetFile:
    """Describes the file that a dataset is read from.

    Attributes:
        metavar: the kind of file, as `--help` shows it.
        variable: the environment variable with the file's path, used if no option gives one.
        description: help text of the option; `{variable}` is replaced by the variable's name.
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
    """The paths of the datasets' files, from options or from environment variables.

    Attributes:
        given: paths from options, by dataset name, such as `{"mnist": "mnist.npz"}`. They win over
            the environment. None and an empty string count as not given.
    """

    given: Mapping[str, str | os.PathLike[str] | None] = field(default_factory=dict)

    def find(self, dataset: Dataset) -> Path | None:
        """The path of a dataset's file, or None if no option and no variable gives one."""
        path = self.given.get(dataset.name)
        if not path and dataset.file:
            path = os.environ.get(dataset.file.variable)
        return Path(path) if path else None


@dataclass
class Dataset(Generic[Parts]):
    """A dataset that `--data` accepts.

    Attributes:
        name: its name for `--data`. The option `--NAME` gives the path of its file.
        load_file: takes the file's path, or None if none is given; returns `Splits`, `PenSplits`,
            `CharacterSplits` or `PenCharacterSplits`.
        file: None if the dataset needs no file.
    """

    name: str
    load_file: Callable[[Path | None], Parts]
    file: DatasetFile | None = None

    def load(self, paths: DatasetPaths) -> Parts:
        """Load the training, validation and test parts.

        Raises:
            DatasetError: the file is missing or damaged, or is not this dataset.
        """
        return self.load_file(paths.find(self))
