"""Load the model that the page serves: from the Hub, from its cache, or the built-in one.

The page must start even if the Hub fails, and must tell visitors which model answers.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from page import limits
from sketchdigits.classifier import DigitClassifier, is_hub_id
from sketchdigits.errors import (
    CacheError,
    DamagedPackageError,
    HubAccessError,
    HubNotFoundError,
    HubUnavailableError,
    ModelPackageError,
)
from sketchdigits.hub.arguments import check_timeout
from sketchdigits.hub.extras import download_shown_files
from sketchdigits.hub.timeouts import DOWNLOAD_TIMEOUT
from sketchdigits.package.examples import MAX_EXAMPLES, Example, read_examples
from sketchdigits.package.report import Report, read_report

# A short cause for visitors, as a key of `page/translations.py`. The log has the full message.
_CAUSES: tuple[tuple[type[ModelPackageError], str], ...] = (
    (HubUnavailableError, "hub_unavailable"),
    (HubNotFoundError, "hub_not_found"),
    (HubAccessError, "hub_no_access"),
    (CacheError, "cache_failed"),
    (ModelPackageError, "package_damaged"),
)
_log = logging.getLogger("sketchdigits")


@dataclass(frozen=True)
class Notice:
    """Tells visitors that the page does not use the current model of the Hub.

    Attributes:
        model_id: the model that was chosen, "owner/name".
        cause: why it could not be used, a key of `page/translations.py`.
        substitute: which model is used instead, a key of `page/translations.py`.
    """

    model_id: str
    cause: str
    substitute: str


@dataclass(frozen=True)
class ServedModel:
    """The model of a page, and what the page shows about it.

    Attributes:
        classifier: reads the digits.
        notice: why a cached copy or another model is used; None if the chosen model is used.
        examples: the package's examples; may be empty.
        report: the package's report of its quality; None if it has none.
        model_id: the name for visitors: "owner/name", or the folder's name.
    """

    classifier: DigitClassifier
    notice: Notice | None
    examples: list[Example]
    report: Report | None
    model_id: str

    @property
    def revision(self) -> str | None:
        """The commit on the Hub; None if the model was loaded from a folder."""
        return self.classifier.snapshot.commit if self.classifier.snapshot else None


def chosen_model(
    environment: Mapping[str, str], space_card: Path, builtin: Path
) -> tuple[str, str | None]:
    """The id or folder of the model to serve, and its revision (None: the latest).

    In this order: `MODEL_ID` and `MODEL_REVISION`; the model that the Space's card preloads
    (`preload_from_hub: ["owner/name file,file commit"]`); the built-in model.
    """
    if environment.get("MODEL_ID"):
        return environment["MODEL_ID"], environment.get("MODEL_REVISION") or None
    if space_card.is_file():
        from huggingface_hub import metadata_load

        preloaded = (metadata_load(space_card) or {}).get("preload_from_hub") or []
        if preloaded:
            repo_id, *rest = str(preloaded[0]).split()
            return repo_id, rest[1] if len(rest) > 1 else None
    return str(builtin), None


def hub_timeout(environment: Mapping[str, str]) -> float:
    """How long to wait while nothing arrives from the Hub: `HUB_TIMEOUT` seconds, by default 20.

    Raises:
        ValueError: `HUB_TIMEOUT` is not a number above 0, or is more than a day.
    """
    text = environment.get("HUB_TIMEOUT")
    if not text:
        return DOWNLOAD_TIMEOUT
    try:
        seconds = float(text)
        check_timeout(seconds)
    except ValueError as error:
        raise ValueError(
            f"HUB_TIMEOUT must be a number of seconds above 0, at most a day. Received: {text!r}"
        ) from error
    return seconds


def load_served_model(
    model_id: str, revision: str | None, builtin: Path, *, timeout: float = DOWNLOAD_TIMEOUT
) -> ServedModel:
    """Load the chosen model; if that fails, its cached copy, then the built-in model.

    Waits `timeout` seconds if nothing arrives from the Hub, and at most `MAX_SLOWNESS` times as
    long for the whole model; twice if the download is damaged. Then it waits at most
    `SHOWN_FILES_TIMEOUT` seconds for the model's examples and report.

    Raises:
        ModelPackageError: `model_id` is a folder, and its model can't be loaded.
    """
    if not is_hub_id(model_id):
        return _load_folder(model_id, notice=None)
    try:
        classifier = _load_twice_if_damaged(model_id, revision, timeout)
    except ModelPackageError as error:
        _log.warning("%s", error)
        return _load_without_hub(model_id, revision, builtin, error)
    snapshot = classifier.snapshot
    assert snapshot is not None  # only a model from a folder has none
    if snapshot.unavailable:
        return _serve_cached_copy(classifier, model_id, snapshot.unavailable)
    if revision != snapshot.commit:
        pin = f"MODEL_REVISION={snapshot.commit}"
        _log.warning("%s: serving its latest commit. To pin this commit, set %s", model_id, pin)
    examples, report = read_examples(snapshot.folder), read_report(snapshot.folder)
    if len(examples) < MAX_EXAMPLES or report is None:  # not yet downloaded, or not all
        try:
            wait = min(timeout, limits.SHOWN_FILES_TIMEOUT)
            shown = download_shown_files(model_id, snapshot.commit, timeout=wait)
        except ModelPackageError as error:  # the page starts without them
            _log.warning("%s: examples and report could not be loaded. %s", model_id, error)
        else:
            if shown:
                examples, report = read_examples(shown), read_report(shown)
    return ServedModel(classifier, None, examples, report, model_id)


def _load_folder(name: str, notice: Notice | None) -> ServedModel:
    classifier, folder = DigitClassifier.from_pretrained(name), Path(name)
    examples, report = read_examples(folder), read_report(folder)
    return ServedModel(classifier, notice, examples, report, folder.resolve().name)


def _serve_cached_copy(
    classifier: DigitClassifier, model_id: str, error: ModelPackageError
) -> ServedModel:
    assert classifier.snapshot is not None  # only a model from a folder has none
    folder = classifier.snapshot.folder
    notice = Notice(model_id, _cause(error), "using_cached_copy")
    return ServedModel(classifier, notice, read_examples(folder), read_report(folder), model_id)


def _load_twice_if_damaged(model_id: str, revision: str | None, timeout: float) -> DigitClassifier:
    try:
        return DigitClassifier.from_pretrained(model_id, revision=revision, timeout=timeout)
    except DamagedPackageError:  # the failed call removed a damaged copy from the cache
        return DigitClassifier.from_pretrained(model_id, revision=revision, timeout=timeout)


def _load_without_hub(
    model_id: str, revision: str | None, builtin: Path, error: ModelPackageError
) -> ServedModel:
    try:
        classifier = DigitClassifier.from_pretrained(
            model_id, revision=revision, local_files_only=True
        )
    except ModelPackageError:
        notice = Notice(model_id, _cause(error), "using_builtin_model")
        return _load_folder(os.fspath(builtin), notice)
    return _serve_cached_copy(classifier, model_id, error)


def _cause(error: ModelPackageError) -> str:
    return next(cause for kind, cause in _CAUSES if isinstance(error, kind))
