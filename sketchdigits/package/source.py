"""Where a classifier came from: what isn't loaded at once is read from there later.

That is the Keras model, for training, and the files of the row network, for saving.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sketchdigits.package.keras_files import load_network
from sketchdigits.package.row_network import RowFiles, read_row_files
from sketchdigits.package.row_settings import RowSettings

if TYPE_CHECKING:
    import keras


class PackageSource(Protocol):
    """A package in a folder or on the Hub."""

    def load_network(self) -> keras.Model:
        """Load the Keras model.

        Raises:
            ModelPackageError: a file is missing or damaged, or can't be downloaded.
        """
        ...

    def read_row_files(self, settings: RowSettings) -> RowFiles:
        """Read the files of the row network that has these settings.

        Raises:
            ModelPackageError: a file is missing or damaged, or can't be downloaded.
        """
        ...

    def without_token(self) -> PackageSource:
        """The same source, without a Hub token."""
        ...


@dataclass(frozen=True)
class FolderSource:
    """A package in a folder."""

    folder: Path

    def load_network(self) -> keras.Model:
        """Load the Keras model."""
        return load_network(self.folder)[0]

    def read_row_files(self, settings: RowSettings) -> RowFiles:
        """Read the files of the row network."""
        return read_row_files(self.folder, settings, str(self.folder))

    def without_token(self) -> FolderSource:
        """Return itself: it has none."""
        return self
