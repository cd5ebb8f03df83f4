"""The reader of drawn digits: a model package in, predictions out.

from sketchdigits import DigitClassifier

classifier = DigitClassifier.from_pretrained("model")
classifier.predict("drawing.png").top()  # [(7, 0.98), (1, 0.01), (9, 0.01)]
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sketchdigits.errors import (
    DamagedPackageError,
    InvalidImageError,
    ModelPackageError,
    SketchdigitsError,
)
from sketchdigits.hub_arguments import HUB_ID
from sketchdigits.images import ImageInput
from sketchdigits.package import load_network, save_network
from sketchdigits.package_files import SIZE_LIMITS
from sketchdigits.package_settings import PackageSettings
from sketchdigits.prediction import Prediction
from sketchdigits.preprocessing import IMAGE_SIZE, preprocess_drawing

if TYPE_CHECKING:
    import keras
    from huggingface_hub import CommitInfo

    from sketchdigits.hub_download import Snapshot

BATCH_SIZE = 256
DOWNLOAD_TIMEOUT = 20.0


def is_hub_id(name: str) -> bool:
    """Whether `from_pretrained` would ask the Hub for it: "owner/name", and no folder here."""
    return not os.path.isdir(name) and HUB_ID.fullmatch(name) is not None


class DigitClassifier:
    """Reads one drawn digit per image.

    Get one with `DigitClassifier.from_pretrained`. It may be shared between threads.
    """

    def __init__(
        self, network: keras.Model, settings: PackageSettings, snapshot: Snapshot | None = None
    ) -> None:
        """Wrap a network that maps `(batch, 28, 28, 1)` 0-255 to `(batch, 10)` probabilities.

        Raises:
            ModelPackageError: it doesn't do that.
        """
        self.network = network
        """For fine-tuning. Train it as any Keras model, then save or push this classifier."""
        self.settings = settings
        self.snapshot = snapshot
        """The commit on the Hub that it was loaded from; None where it was a folder."""
        self._reader = _with_logits(network)
        # The first call traces the graph: here, not under the first user's drawing.
        _, answer = self._read(np.zeros((1, IMAGE_SIZE, IMAGE_SIZE), np.uint8))
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
        weights_sha256: str | None = None,
        token: str | bool | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        local_files_only: bool = False,
        force_download: bool = False,
        timeout: float = DOWNLOAD_TIMEOUT,
    ) -> DigitClassifier:
        """Load a model package. No code that it may bring is run.

        If the Hub can't be reached, or the disk is full, the commit that it named last time is
        loaded from the cache, with a warning in the log and the reason in `snapshot.unavailable`.

        Args:
            pretrained_model_name_or_path: a folder, or a Hub id such as "owner/name".
            revision: a Hub branch, tag or commit; default: the main branch. A commit is pinned:
                once it is in the cache the Hub isn't asked.
            weights_sha256: refuse weights that have another one, in hexadecimal.
            token: a Hub token; default: the one that `hf auth login` or `HF_TOKEN` left.
            cache_dir: where downloads are kept; default: the Hub's own cache.
            local_files_only: never ask the network; use what is cached.
            force_download: download even what is cached.
            timeout: seconds for the whole download.

        Raises:
            ModelPackageError: the package can't be found, downloaded, or trusted; of the class
                HubNotFoundError, HubAccessError, HubUnavailableError, CacheError or
                DamagedPackageError where it is one of these.
            ValueError: `timeout` is no time, or both `force_download` and `local_files_only` were
                asked for.
        """
        if force_download and local_files_only:
            raise ValueError("force_download and local_files_only contradict each other.")
        name = os.fsdecode(pretrained_model_name_or_path)
        if os.path.isdir(name):
            return cls(*load_network(Path(name), name, weights_sha256=weights_sha256))
        if not is_hub_id(name):
            raise ModelPackageError(
                f"No folder at {name!r}, and it is no Hub id. "
                'Pass the folder of a model package, or a Hub id such as "owner/name".'
            )

        from sketchdigits import hub_download  # heavy: huggingface_hub

        snapshot = hub_download.download_files(
            name,
            SIZE_LIMITS,
            revision=revision,
            token=token,
            cache_dir=None if cache_dir is None else Path(cache_dir),
            local_files_only=local_files_only,
            force_download=force_download,
            timeout=timeout,
        )
        try:
            network, settings = load_network(snapshot.folder, name, weights_sha256=weights_sha256)
        except DamagedPackageError as error:
            # The client keeps a body with wrong bytes for good: a later load must not meet it.
            advice = (
                "The copy in the cache is removed: load once more to fetch it anew."
                if hub_download.discard_file(snapshot, error.file_name)
                else "The copy in the cache can't be removed: name another cache_dir."
            )
            raise DamagedPackageError(f"{error} {advice}", error.file_name) from error
        hub_download.remember_revision(snapshot, revision)
        return cls(network, settings, snapshot)

    def save_pretrained(self, save_directory: str | os.PathLike[str]) -> None:
        """Write the package's Keras files and settings to a folder, creating it if need be."""
        save_network(Path(save_directory), self.network, self.settings)

    def push_to_hub(
        self,
        repo_id: str,
        *,
        private: bool = False,
        revision: str | None = None,
        commit_message: str = "Upload a Sketchdigits model",
        token: str | None = None,
        timeout: float | None = None,
    ) -> CommitInfo:
        """Publish this classifier, such as a fine-tuned copy, in one commit.

        The repository is created if need be. A card that it has is kept, and so are metrics and
        figures; where there is none, a short one is written, that says how to load the model.
        Doing it twice is harmless.

        Args:
            repo_id: "owner/name".
            private: create the repository as a private one.
            revision: a branch, created if need be; default: main.
            commit_message: its first line.
            token: a Hub token; default: the one that `hf auth login` or `HF_TOKEN` left.
            timeout: seconds for everything; default: enough for a line of 200 kB/s.

        Returns:
            huggingface_hub's `CommitInfo`: `oid` is the commit to pin, `commit_url` its page.

        Raises:
            HubError: the Hub refuses or can't be reached; it holds the old or the new package,
                never half.
            CacheError: there is no room for a temporary copy.
            ModelPackageError: the weights are not finite, or `repo_id` can't be one.
            ValueError: `timeout` is no time.
        """
        from sketchdigits import hub_upload  # heavy: huggingface_hub

        with tempfile.TemporaryDirectory() as folder:
            self.save_pretrained(folder)
            return hub_upload.upload_folder(
                Path(folder),
                repo_id,
                default_card=hub_upload.short_card(repo_id),
                private=private,
                revision=revision,
                commit_message=commit_message,
                token=token,
                timeout=timeout,
            )

    def predict(self, image: ImageInput) -> Prediction:
        """Read one image: a PIL image, a NumPy array, a path, or the bytes of an encoded file.

        Raises:
            InvalidImageError: the image can't be read.
            BlankDrawingError: there is no ink on it.
        """
        return self.predict_preprocessed(preprocess_drawing(image)[None])[0]

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
        return self.predict_preprocessed(np.stack(seen)) if seen else []

    def predict_preprocessed(self, images: np.ndarray) -> list[Prediction]:
        """`(n, 28, 28) uint8, 0-255`, preprocessed."""
        logits, probabilities = self._read(images)
        digit_score = self.settings.digit_score
        if digit_score is None:
            return [Prediction(*answer) for answer in zip(probabilities, images, strict=True)]
        scores = digit_score.score(logits)
        return [
            Prediction(shares, image, float(score), bool(score >= digit_score.threshold))
            for shares, image, score in zip(probabilities, images, scores, strict=True)
        ]

    def _read(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`(n, 28, 28) uint8, 0-255` -> logits and probabilities, both `(n, 10) float32`."""
        batches = [
            self._reader.predict_on_batch(images[start : start + BATCH_SIZE, ..., None])
            for start in range(0, len(images), BATCH_SIZE)
        ]
        logits, probabilities = (
            np.concatenate([np.asarray(batch, np.float32) for batch in output])
            for output in zip(*batches, strict=True)
        )
        return logits, probabilities


def _with_logits(network: keras.Model) -> keras.Model:
    """`network`'s own layers, answering with the logits as well as the probabilities."""
    import keras

    try:
        logits = network.get_layer("logits").output
    except ValueError as error:
        raise ModelPackageError(
            'The network has no layer "logits", which its softmax follows. Name its last dense '
            "layer so."
        ) from error
    reader = keras.Model(network.inputs, [logits, *network.outputs])
    # XLA would compile anew for every batch size; on a CPU it gains nothing.
    reader.jit_compile = False
    return reader
