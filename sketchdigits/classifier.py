"""The reader of drawn digits: a model package in, predictions out.

from sketchdigits import DigitClassifier

classifier = DigitClassifier.from_pretrained("model")
classifier.predict("drawing.png").top()  # [(7, 0.98), (1, 0.01), (9, 0.01)]
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sketchdigits.errors import InvalidImageError, ModelPackageError, SketchdigitsError
from sketchdigits.images import ImageInput
from sketchdigits.package import (
    SETTINGS_FILE,
    WEIGHTS_FILE,
    PackageSettings,
    load_network,
    save_network,
)
from sketchdigits.prediction import Prediction
from sketchdigits.preprocessing import IMAGE_SIZE, preprocess_drawing

if TYPE_CHECKING:
    import keras

BATCH_SIZE = 256
_HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*")


class DigitClassifier:
    """Reads one drawn digit per image.

    Get one with `DigitClassifier.from_pretrained`. It may be shared between threads.
    """

    def __init__(self, network: keras.Model, settings: PackageSettings) -> None:
        """Wrap a network that maps `(batch, 28, 28, 1)` 0-255 to `(batch, 10)` probabilities.

        Raises:
            ModelPackageError: it doesn't do that.
        """
        self.settings = settings
        self._network = network
        # XLA would compile anew for every batch size; on a CPU it gains nothing.
        network.jit_compile = False
        # The first call traces the graph: here, not under the first user's drawing.
        answer = self._probabilities(np.zeros((1, IMAGE_SIZE, IMAGE_SIZE), np.uint8))
        if answer.shape != (1, 10) or not np.isclose(answer.sum(), 1, atol=1e-4):
            raise ModelPackageError(
                "The network doesn't answer with ten probabilities. "
                f"Received: shape={answer.shape}, sum={answer.sum():g}"
            )

    @classmethod
    def from_pretrained(
        cls,
        pretrained_model_name_or_path: str | os.PathLike[str],
        *,
        revision: str | None = None,
        token: str | bool | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        local_files_only: bool = False,
        force_download: bool = False,
    ) -> DigitClassifier:
        """Load a model package.

        Args:
            pretrained_model_name_or_path: a folder, or a Hub id such as "owner/name".
            revision: a Hub branch, tag or commit; default: the main branch.
            token: a Hub token; default: the one that `hf auth login` or `HF_TOKEN` left.
            cache_dir: where downloads are kept; default: the Hub's own cache.
            local_files_only: never ask the network; use what is cached.
            force_download: download even what is cached.

        Raises:
            ModelPackageError: the package can't be found, downloaded, or trusted.
        """
        name = os.fspath(pretrained_model_name_or_path)
        if os.path.isdir(name):
            folder = Path(name)
        elif _HUB_ID.fullmatch(name):
            folder = _download(
                name,
                revision=revision,
                token=token,
                cache_dir=cache_dir,
                local_files_only=local_files_only,
                force_download=force_download,
            )
        else:
            raise ModelPackageError(
                f"No folder at {name!r}, and it is no Hub id. "
                'Pass the folder of a model package, or a Hub id such as "owner/name".'
            )
        return cls(*load_network(folder))

    def save_pretrained(self, save_directory: str | os.PathLike[str]) -> None:
        """Write the package's Keras files and settings to a folder, creating it if need be."""
        save_network(Path(save_directory), self._network, self.settings)

    def predict(self, image: ImageInput) -> Prediction:
        """Read one image: a PIL image, a NumPy array, a path, or the bytes of an encoded file.

        Raises:
            InvalidImageError: the image can't be read.
            BlankDrawingError: there is no ink on it.
        """
        seen = preprocess_drawing(image)
        return Prediction(self._probabilities(seen[None])[0], seen)

    def predict_batch(self, images: Iterable[ImageInput]) -> list[Prediction]:
        """Read many images, faster than one by one; the answers are those of `predict`.

        Raises:
            InvalidImageError, BlankDrawingError: as `predict`; the message names the image's index.
        """
        if isinstance(images, (str, bytes, os.PathLike)):
            raise InvalidImageError(
                "predict_batch takes a list of images. For a single one use predict, or [image]."
            )
        seen = []
        for index, image in enumerate(images):
            try:
                seen.append(preprocess_drawing(image))
            except SketchdigitsError as error:
                raise type(error)(f"Image {index}: {error}") from error
        if not seen:
            return []
        probabilities = self._probabilities(np.stack(seen))
        return [Prediction(*answer) for answer in zip(probabilities, seen, strict=True)]

    def _probabilities(self, images: np.ndarray) -> np.ndarray:
        """`(n, 28, 28) uint8, 0-255` -> `(n, 10) float32`."""
        batches = [
            self._network.predict_on_batch(images[start : start + BATCH_SIZE, ..., None])
            for start in range(0, len(images), BATCH_SIZE)
        ]
        return np.concatenate([np.asarray(batch, np.float32) for batch in batches])


def _download(repo_id: str, *, revision: str | None, **options) -> Path:
    """Fetch the two files that loading needs from the Hub; return their folder."""
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(
                repo_id,
                revision=revision,
                allow_patterns=[SETTINGS_FILE, WEIGHTS_FILE],
                **options,
            )
        )
    except Exception as error:  # HTTP, network, disk and validation errors share no base class
        at = f" at revision {revision!r}" if revision else ""
        raise ModelPackageError(
            f"Can't get {repo_id!r}{at} from the Hub ({type(error).__name__}). Check the name, "
            "the revision, your access (`hf auth login`) and the connection; or pass a local "
            "folder."
        ) from error
