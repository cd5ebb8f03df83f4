"""The reader of drawn digits: a model package in, predictions out.

from sketchdigits import DigitClassifier

classifier = DigitClassifier.from_pretrained("model")
classifier.predict("drawing.png").top()  # [(7, 0.98), (1, 0.01), (9, 0.01)]
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sketchdigits.errors import InvalidImageError, ModelPackageError
from sketchdigits.hub.arguments import HUB_ID
from sketchdigits.package.keras_files import load_network, save_network
from sketchdigits.package.load import Runtime, check_runtime, load_package
from sketchdigits.package.settings import PackageSettings
from sketchdigits.prediction import Prediction, softmax
from sketchdigits.preprocessing.batch import DrawingBatch, preprocess_batch, read_batches
from sketchdigits.preprocessing.decode import ImageInput
from sketchdigits.preprocessing.pipeline import preprocess_drawing

if TYPE_CHECKING:
    import keras
    from huggingface_hub import CommitInfo

    from sketchdigits.hub.download import Snapshot
    from sketchdigits.runtime.litert import LiteRTNetwork

DOWNLOAD_TIMEOUT = 20.0


def is_hub_id(name: str) -> bool:
    """Whether `from_pretrained` would ask the Hub for it: "owner/name", and no folder here."""
    return not os.path.isdir(name) and HUB_ID.fullmatch(name) is not None


class DigitClassifier:
    """Reads one drawn digit per image.

    Get one with `DigitClassifier.from_pretrained`. It may be shared between threads.
    """

    def __init__(
        self,
        network: keras.Model | LiteRTNetwork,
        settings: PackageSettings,
        snapshot: Snapshot | None = None,
        folder: Path | None = None,
    ) -> None:
        """Wrap a network that maps `(batch, 28, 28, 1)` 0-255 to `(batch, 10)` probabilities.

        Args:
            network: Keras's, or LiteRT's.
            settings: what goes with its weights.
            snapshot: the commit on the Hub that it was loaded from; None where it was a folder.
            folder: of the package; needed for LiteRT's, of which no other can be made.

        Raises:
            ModelPackageError: it doesn't do that.
        """
        self.settings = settings
        self.snapshot = snapshot
        """The commit on the Hub that it was loaded from; None where it was a folder."""
        self._folder = folder
        self._network: keras.Model | None = None
        if hasattr(network, "logits"):
            self._logits = network.logits
        else:
            self._read_with(network)

    @property
    def network(self) -> keras.Model:
        """Keras's, for fine-tuning: train it as any Keras model, then save or push this classifier.

        Where LiteRT reads, Keras's is loaded when it is first asked for, and reads from then on.

        Raises:
            ModelPackageError: it can't be loaded.
        """
        if self._network is None:
            assert self._folder is not None  # LiteRT's came from a package
            self._read_with(load_network(self._folder)[0])
        assert self._network is not None
        return self._network

    def _read_with(self, network: keras.Model) -> None:
        from sketchdigits.runtime.keras_runtime import keras_logits  # heavy: Keras

        self._logits = keras_logits(network)
        self._network = network

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
        runtime: Runtime = "auto",
    ) -> DigitClassifier:
        """Load a model package. No code that it may bring is run.

        If the Hub can't be reached, or the disk is full, the commit that it named last time is
        loaded from the cache, with a warning in the log and the reason in `snapshot.unavailable`.

        Args:
            pretrained_model_name_or_path: a folder, or a Hub id such as "owner/name".
            revision: a Hub branch, tag or commit; default: the main branch. A commit is pinned:
                once it is in the cache the Hub isn't asked.
            weights_sha256: refuse weights that have another one, in hexadecimal: that of
                `model.tflite` or of `model.weights.h5`, which Keras reads.
            token: a Hub token; default: the one that `hf auth login` or `HF_TOKEN` left.
            cache_dir: where downloads are kept; default: the Hub's own cache.
            local_files_only: never ask the network; use what is cached.
            force_download: download even what is cached.
            timeout: seconds for the whole download.
            runtime: what runs the network: "litert", "keras", which takes seconds and 600 MB to
                start, or "auto": LiteRT, unless the package or this Python has none.

        Raises:
            ModelPackageError: the package can't be found, downloaded, or trusted; of the class
                HubNotFoundError, HubAccessError, HubUnavailableError, CacheError or
                DamagedPackageError where it is one of these.
            ValueError: `timeout` is no time, there is no such `runtime`, or both `force_download`
                and `local_files_only` were asked for.
        """
        check_runtime(runtime)
        if force_download and local_files_only:
            raise ValueError("force_download and local_files_only contradict each other.")
        name = os.fsdecode(pretrained_model_name_or_path)
        if os.path.isdir(name):
            folder = Path(name)
            loaded = load_package(folder, name, runtime=runtime, weights_sha256=weights_sha256)
            return cls(*loaded, folder=folder)
        if not is_hub_id(name):
            raise ModelPackageError(
                f"No folder at {name!r}, and it is no Hub id. "
                'Pass the folder of a model package, or a Hub id such as "owner/name".'
            )

        from sketchdigits.hub.load import load_from_hub  # heavy: huggingface_hub

        network, settings, snapshot = load_from_hub(
            name,
            revision=revision,
            weights_sha256=weights_sha256,
            token=token,
            cache_dir=None if cache_dir is None else Path(cache_dir),
            local_files_only=local_files_only,
            force_download=force_download,
            timeout=timeout,
            runtime=runtime,
        )
        return cls(network, settings, snapshot, snapshot.folder)

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
        from sketchdigits.hub import upload  # heavy: huggingface_hub

        with tempfile.TemporaryDirectory() as folder:
            self.save_pretrained(folder)
            return upload.upload_folder(
                Path(folder),
                repo_id,
                default_card=upload.short_card(repo_id),
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

        def read(batch: DrawingBatch) -> list[Prediction]:
            return self.predict_preprocessed(preprocess_batch(batch))

        with ThreadPoolExecutor(os.cpu_count()) as readers:
            try:
                reading = [readers.submit(read, batch) for batch in read_batches(images)]
                return [prediction for some in reading for prediction in some.result()]
            except BaseException:
                readers.shutdown(wait=False, cancel_futures=True)
                raise

    def predict_preprocessed(self, images: np.ndarray) -> list[Prediction]:
        """`(n, 28, 28) uint8, 0-255`, preprocessed."""
        logits = self._logits(images)
        probabilities = softmax(logits)
        digit_score = self.settings.digit_score
        if digit_score is None:
            return [Prediction(*answer) for answer in zip(probabilities, images, strict=True)]
        scores = digit_score.score(logits)
        return [
            Prediction(shares, image, float(score), bool(score >= digit_score.threshold))
            for shares, image, score in zip(probabilities, images, scores, strict=True)
        ]
