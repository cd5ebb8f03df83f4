"""The public class: loads a model package and reads digits with it.

>>> from sketchdigits import DigitClassifier
>>> classifier = DigitClassifier.from_pretrained()
>>> prediction = classifier.predict("drawing.png")
>>> prediction.label, prediction.is_digit
(2, True)
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sketchdigits.errors import (
    BlankDrawingError,
    InvalidImageError,
    ModelPackageError,
    SketchdigitsError,
)
from sketchdigits.hub import timeouts
from sketchdigits.hub.arguments import HUB_ID
from sketchdigits.numbers.number_reading import NumberReading
from sketchdigits.numbers.reader import read_number
from sketchdigits.package.default import DEFAULT_PACKAGE
from sketchdigits.package.keras_files import save_network
from sketchdigits.package.load import RuntimeName, check_runtime, load_package
from sketchdigits.package.row_network import RowFiles, write_row_files
from sketchdigits.package.settings import PackageSettings, read_settings
from sketchdigits.package.source import FolderSource, PackageSource
from sketchdigits.prediction import Prediction, check_finite, softmax
from sketchdigits.preprocessing.batch import with_index
from sketchdigits.preprocessing.decode import ImageInput
from sketchdigits.preprocessing.pipeline import preprocess_drawing
from sketchdigits.preprocessing.preprocessed import check_preprocessed
from sketchdigits.read_many import check_many, read_in_batches
from sketchdigits.runtime.keras_runtime import KerasRuntime
from sketchdigits.runtime.litert import LiteRTRuntime
from sketchdigits.runtime.protocol import RowRuntime, Runtime

if TYPE_CHECKING:
    import keras
    from huggingface_hub import CommitInfo

    from sketchdigits.hub.download import Snapshot


def is_hub_id(name: str) -> bool:
    """Whether `from_pretrained` looks for `name` on the Hub: "owner/name", and no such folder."""
    return not os.path.isdir(name) and HUB_ID.fullmatch(name) is not None


class DigitClassifier:
    """Reads one drawn digit per image, or a whole number.

    Create it with `DigitClassifier.from_pretrained`. It may be shared between threads, copied, and
    pickled: a pickle holds the whole model, 5 MB, so worker processes need no files.
    """

    def __init__(
        self,
        network: keras.Model | Runtime,
        settings: PackageSettings,
        snapshot: Snapshot | None = None,
        folder: Path | None = None,
        row_runtime: RowRuntime | None = None,
    ) -> None:
        """Wrap a network that maps `(batch, 28, 28, 1)` 0-255 to `(batch, 10)` probabilities.

        Args:
            network: a Keras model, a `KerasRuntime` or a `LiteRTRuntime`.
            settings: the settings that belong to its weights.
            snapshot: the Hub commit that it was loaded from; None if it was loaded from a folder.
            folder: the package's folder, from which `network` loads the Keras model if the network
                is a `LiteRTRuntime`, and `save_pretrained` the row network.
            row_runtime: reads whole lines, for `read_number`; None: a number is read digit by
                digit.

        Raises:
            ModelPackageError: a Keras model's output is not the softmax of a layer "logits".
        """
        self.settings = settings
        self.snapshot = snapshot
        """The Hub commit that it was loaded from; None if it was loaded from a folder."""
        self.row_runtime = row_runtime
        """Runs the row network, which reads whole lines; None if the package has none."""
        self._source: PackageSource | None = None if folder is None else FolderSource(folder)
        self._runtime: Runtime = (
            network if isinstance(network, (KerasRuntime, LiteRTRuntime)) else KerasRuntime(network)
        )

    def __getstate__(self) -> dict[str, object]:
        """What a pickle or a copy holds: everything but a Hub token, which is nobody else's."""
        source = self._source and self._source.without_token()
        return {**vars(self), "_source": source}

    @property
    def runtime(self) -> Literal["litert", "keras"]:
        """The runtime that computes predictions now."""
        return self._runtime.name

    @property
    def network(self) -> keras.Model:
        """The Keras model, for fine-tuning: train it, then save or push this classifier.

        It reads digits. The row network is another one, and stays as it is.
        If LiteRT is the runtime, the first access loads the Keras model and makes Keras the
        runtime, so that predictions follow the training. For a model from the Hub, it downloads
        the weights.

        Raises:
            ModelPackageError: the Keras model can't be loaded.
        """
        if not isinstance(self._runtime, KerasRuntime):
            assert self._source is not None  # only a package has a LiteRT file
            self._runtime = KerasRuntime(self._source.load_network())
        return self._runtime.model

    @classmethod
    def from_pretrained(
        cls,
        pretrained_model_name_or_path: str | os.PathLike[str] | None = None,
        *,
        revision: str | None = None,
        weights_sha256: str | None = None,
        token: str | bool | None = None,
        cache_dir: str | os.PathLike[str] | None = None,
        local_files_only: bool = False,
        force_download: bool = False,
        timeout: float = timeouts.DOWNLOAD_TIMEOUT,
        runtime: RuntimeName = "auto",
    ) -> DigitClassifier:
        """Load a model package. Code inside a package is never run.

        If the Hub can't be reached or the disk is full, the commit in the cache is loaded instead.
        Then the log has a warning, and `snapshot.unavailable` the reason.

        Args:
            pretrained_model_name_or_path: a folder, or a Hub id such as "owner/name"; default: the
                model that is installed with this package. It needs no network.
            revision: a Hub branch, tag or commit; default: the main branch. A cached commit is
                loaded without a request to the Hub.
            weights_sha256: the expected sha256 in hexadecimal, of `model.tflite` or of
                `model.weights.h5`; other weights are refused. The sha256 of `model.weights.h5`
                selects Keras. Files of the row network are not pinned by it: they must have the
                sha256s in `sketchdigits.json`. A commit as `revision` pins everything.
            token: a Hub token; default: the one from `hf auth login` or `HF_TOKEN`.
            cache_dir: the folder for downloads; default: the Hub's own cache.
            local_files_only: send no request; load what is cached.
            force_download: download even cached files.
            timeout: seconds to wait while nothing arrives from the Hub. A slow download that goes
                on may take 15 times as long; what has arrived by then is kept for the next try.
            runtime: "litert"; "keras", which takes seconds and 600 MB to start; or "auto": LiteRT
                if the package has a file for it and it is installed, else Keras.

        Raises:
            ModelPackageError: the package can't be found, downloaded or trusted. Subclasses:
                HubNotFoundError, HubAccessError, HubUnavailableError, CacheError,
                DamagedPackageError.
            ValueError: `timeout` or `runtime` is not a valid one, or both `force_download` and
                `local_files_only` are set.
        """
        check_runtime(runtime)
        if force_download and local_files_only:
            raise ValueError("force_download and local_files_only contradict each other.")
        if pretrained_model_name_or_path is None:
            pretrained_model_name_or_path = DEFAULT_PACKAGE
        name = os.fsdecode(pretrained_model_name_or_path)
        if os.path.isdir(name):
            folder = Path(name)
            settings = read_settings(folder, name)
            loaded = load_package(
                folder, settings, name, runtime=runtime, weights_sha256=weights_sha256
            )
            return cls(loaded.digits, settings, folder=folder, row_runtime=loaded.rows)
        if not is_hub_id(name):
            raise ModelPackageError(
                f"No folder at {name!r}, and it is not a Hub id. "
                'Pass the folder of a model package, or a Hub id such as "owner/name".'
            )

        from sketchdigits.hub import load  # heavy: huggingface_hub

        cache = None if cache_dir is None else Path(cache_dir)
        loaded, settings, snapshot = load.load_from_hub(
            name,
            revision=revision,
            weights_sha256=weights_sha256,
            token=token,
            cache_dir=cache,
            local_files_only=local_files_only,
            force_download=force_download,
            timeout=timeout,
            runtime=runtime,
        )
        classifier = cls(loaded.digits, settings, snapshot, row_runtime=loaded.rows)
        classifier._source = load.HubSource(
            snapshot, settings, token, cache, local_files_only, timeout
        )
        return classifier

    def save_pretrained(
        self,
        save_directory: str | os.PathLike[str],
        *,
        repo_id: str | None = None,
        push_to_hub: bool = False,
        **push_to_hub_kwargs: Any,
    ) -> CommitInfo | None:
        """Write the package's Keras files, LiteRT file and settings to a folder.

        A row network is copied from where this classifier was loaded from. The folder is created if
        it doesn't exist. The arguments have the names that they have in huggingface_hub's
        `ModelHubMixin`.

        Args:
            save_directory: the folder.
            repo_id: "owner/name"; only used if `push_to_hub` is true.
            push_to_hub: whether to publish the classifier too, as the method of this name does.
            push_to_hub_kwargs: that method's other arguments.

        Returns:
            None, or what `push_to_hub` returns.

        Raises:
            CacheError: the folder, or a temporary one, can't be written.
            ModelPackageError: the weights are not finite, or the files of the row network are
                missing or damaged, or can't be downloaded.
            ValueError: `push_to_hub` is true, and there is no `repo_id`.
            TypeError: an unknown argument, or one of `push_to_hub` although that is false.
        """
        if push_to_hub_kwargs and not push_to_hub:
            raise TypeError(f"{min(push_to_hub_kwargs)!r} is only used with push_to_hub=True.")
        if push_to_hub and not repo_id:
            raise ValueError('push_to_hub=True needs the repository: repo_id="owner/name".')
        network = self.network
        rows = self._read_row_files()  # before the folder, which may hold them, is written
        save_network(Path(save_directory), network, self.settings)
        if rows:
            write_row_files(Path(save_directory), rows)
        if push_to_hub and repo_id:
            return self.push_to_hub(repo_id, **push_to_hub_kwargs)
        return None

    def _read_row_files(self) -> RowFiles | None:
        settings = self.settings.row_network
        if self.row_runtime is None or settings is None:
            return None
        if self._source is None:
            raise ModelPackageError(
                "The row network can't be saved: this classifier was not loaded from a package. "
                "Pass folder=... to DigitClassifier, or no row_runtime."
            )
        return self._source.read_row_files(settings)

    def push_to_hub(
        self,
        repo_id: str,
        *,
        private: bool | None = None,
        revision: str | None = None,
        branch: str | None = None,
        create_pr: bool | None = None,
        commit_message: str = "Upload a Sketchdigits model",
        token: str | None = None,
        timeout: float | None = None,
    ) -> CommitInfo:
        """Publish this classifier, such as a fine-tuned copy, in one commit.

        The repository is created if it doesn't exist. Its card, metrics and figures are kept. If
        it has no card, a short one is added that says how to load the model. Pushing the same
        model twice is harmless.

        Args:
            repo_id: "owner/name".
            private: whether a new repository is private; default: no.
            revision: a branch, created if it doesn't exist; default: main.
            branch: another name for `revision`, the one in huggingface_hub's `ModelHubMixin`.
            create_pr: open a pull request against main instead, also in a repository that you may
                only read.
            commit_message: the first line of the commit's message.
            token: a Hub token; default: the one from `hf auth login` or `HF_TOKEN`.
            timeout: seconds for everything; default: enough for an upload at 200 kB/s.

        Returns:
            huggingface_hub's `CommitInfo`: `oid` is the commit to pin, `commit_url` its page,
            `pr_url` that of the pull request.

        Raises:
            HubError: the Hub refuses or can't be reached. The repository then holds the old
                package or the new one, never a mixture.
            CacheError: there is no room for a temporary copy.
            ModelPackageError: the weights are not finite, or `repo_id` is not valid.
            ValueError: `timeout` is not a valid one; `branch` and `revision` differ; or there is a
                branch with `create_pr`.
        """
        from sketchdigits.hub import upload  # heavy: huggingface_hub

        if branch and revision and branch != revision:
            raise ValueError(f"branch={branch!r} and revision={revision!r} differ. Pass one.")
        with tempfile.TemporaryDirectory() as folder:
            self.save_pretrained(folder)
            return upload.upload_folder(
                Path(folder),
                repo_id,
                default_card=upload.short_card(repo_id),
                private=bool(private),
                revision=revision or branch,
                create_pr=bool(create_pr),
                commit_message=commit_message,
                token=token,
                timeout=timeout,
            )

    def predict(self, image: ImageInput) -> Prediction:
        """Read one image: a PIL image, a NumPy array, a tensor, a path, or an encoded file.

        Args:
            image: an encoded file may be its bytes or an open file. `read_image` in
                `preprocessing/decode.py` says which dtypes and ranges an array may have.

        Raises:
            InvalidImageError: the image can't be read.
            BlankDrawingError: there is no ink on it.
            ModelPackageError: the model gives NaN or an infinite number for it.
        """
        return self.predict_preprocessed(preprocess_drawing(image)[None])[0]

    def predict_batch(self, images: Iterable[ImageInput]) -> list[Prediction]:
        """Read many images, faster than one by one, with the same answers as `predict`.

        Raises:
            InvalidImageError, BlankDrawingError: as `predict`; the message names the image's index.
            ModelPackageError: as `predict`.
        """
        check_many(images, "predict_batch")
        predictions = []
        with closing(read_in_batches(images, self.predict_preprocessed)) as answers:
            for index, answer in enumerate(answers):
                if isinstance(answer, SketchdigitsError):
                    raise with_index(answer, index)
                predictions.append(answer)
        return predictions

    def read_many(
        self, images: Iterable[ImageInput]
    ) -> Generator[Prediction | SketchdigitsError, None, None]:
        """Read any number of images, in their order, as fast as `predict_batch`.

        An image that can't be read gives an error, and the others are still read:

        >>> from sketchdigits import DigitClassifier, SketchdigitsError
        >>> classifier = DigitClassifier.from_pretrained()
        >>> paths = ["drawing.png", "blank.png", "drawing.png"]
        >>> for path, answer in zip(paths, classifier.read_many(paths)):
        ...     if isinstance(answer, SketchdigitsError):
        ...         print(path, "can't be read:", type(answer).__name__)
        ...     else:
        ...         print(path, "shows a", answer.label)
        drawing.png shows a 2
        blank.png can't be read: BlankDrawingError
        drawing.png shows a 2

        Images are taken from `images` while the answers are consumed, and at most a few hundred
        ahead of them. So it may be endless, and not all images need to be in memory.

        Args:
            images: any iterable. What it raises itself ends the answers.

        Returns:
            an iterator: for each image a `Prediction`, or the error that `predict` raises for it,
            `InvalidImageError` or `BlankDrawingError`. `close()` ends it early.

        Raises:
            InvalidImageError: `images` is a single image.
            ModelPackageError: as `predict`, while iterating; the answers end.
        """
        check_many(images, "read_many")
        return read_in_batches(images, self.predict_preprocessed)

    def read_number(self, image: ImageInput) -> NumberReading:
        """Read a whole number, such as "2026": digits side by side, on one or several lines.

        Digits may touch and overlap. One digit is a number of one. Dots, commas and dashes are
        left out. Ink that is neither is reported, and then `is_number` is false. A number has at
        most 64 digits. With an older package, which has no row network, digits that touch are read
        less well.

        >>> from sketchdigits import DigitClassifier
        >>> reading = DigitClassifier.from_pretrained().read_number("drawing.png")
        >>> reading.text, len(reading.digits), reading.is_number
        ('2', 1, True)

        Args:
            image: as for `predict`.

        Raises:
            InvalidImageError, BlankDrawingError, ModelPackageError: as `predict`.
        """
        read_line = self.row_runtime.logits if self.row_runtime else None
        return read_number(image, self.predict_preprocessed, read_line)

    def read_numbers(self, images: Iterable[ImageInput]) -> list[NumberReading]:
        """Read the number on each image, with the same answers as `read_number`.

        Raises:
            InvalidImageError, BlankDrawingError: as `predict`; the message names the image's index.
            ModelPackageError: as `predict`.
        """
        check_many(images, "read_numbers")
        readings = []
        for index, image in enumerate(images):
            try:
                readings.append(self.read_number(image))
            except (InvalidImageError, BlankDrawingError) as error:
                raise with_index(error, index) from error
        return readings

    def predict_preprocessed(self, images: np.ndarray) -> list[Prediction]:
        """Read preprocessed images, `(n, 28, 28) uint8, 0-255, ink bright`; n may be 0.

        Raises:
            InvalidImageError: `images` has another shape or dtype.
            ModelPackageError: the model gives NaN or an infinite number for an image.
        """
        images = check_preprocessed(images)
        if not len(images):
            return []
        logits = self._runtime.logits(images)
        check_finite(logits)
        probabilities = softmax(logits)
        digit_score = self.settings.digit_score
        if digit_score is None:
            return [Prediction(*pair) for pair in zip(probabilities, images, strict=True)]
        scores = digit_score.score(logits)
        return [
            Prediction(row, image, float(score), digit_score.verdict(score))
            for row, image, score in zip(probabilities, images, scores, strict=True)
        ]
