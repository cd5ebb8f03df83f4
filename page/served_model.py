"""Which model a server answers with: the chosen one, its cached copy, or the one it brings along.

A page must come up whatever the Hub does, and must say which model answers.
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
from sketchdigits.hub.extras import download_shown_files
from sketchdigits.hub.timeouts import DOWNLOAD_TIMEOUT
from sketchdigits.package.examples import MAX_EXAMPLES, Example, read_examples
from sketchdigits.package.report import Report, read_report

# For visitors, who can't do anything about it; the log has the whole message.
_CAUSES: tuple[tuple[type[ModelPackageError], str], ...] = (
    (HubUnavailableError, "the Hugging Face Hub gives no answer"),
    (HubNotFoundError, "the Hugging Face Hub doesn't have it"),
    (HubAccessError, "the Hugging Face Hub doesn't give it out"),
    (CacheError, "it can't be stored here"),
    (ModelPackageError, "what the Hugging Face Hub has is damaged, or no model of this kind"),
)
_log = logging.getLogger("sketchdigits")


@dataclass(frozen=True)
class ServedModel:
    """What a page needs at its start.

    Attributes:
        classifier: answers.
        notice: for visitors, why it isn't the chosen one or a fresh one; empty where it is.
        examples: the package's own; may be empty.
        report: what the package tells of its quality, if it does.
        model_id: for visitors: "owner/name", or the folder's own name.
    """

    classifier: DigitClassifier
    notice: str
    examples: list[Example]
    report: Report | None
    model_id: str

    @property
    def revision(self) -> str | None:
        """The commit on the Hub; None where the model came from a folder."""
        return self.classifier.snapshot.commit if self.classifier.snapshot else None


def chosen_model(
    environment: Mapping[str, str], space_card: Path, builtin: Path
) -> tuple[str, str | None]:
    """The model's id or folder, and its revision.

    `MODEL_ID` and `MODEL_REVISION` come first; then what the card of a Space preloads
    (`preload_from_hub: ["owner/name file,file commit"]`); then the built-in model.
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


def load_served_model(
    model_id: str, revision: str | None, builtin: Path, *, timeout: float = DOWNLOAD_TIMEOUT
) -> ServedModel:
    """The chosen model, or the nearest that can be had, with a notice that says so.

    The Hub is given `timeout` seconds for the model, twice if it comes damaged, and some for its
    examples.

    Raises:
        ModelPackageError: the model was chosen by its folder, and can't be loaded.
    """
    if not is_hub_id(model_id):
        return _from_folder(model_id, "")
    try:
        classifier = _load_twice_if_damaged(model_id, revision, timeout)
    except ModelPackageError as error:
        _log.warning("%s", error)
        return _without_the_hub(model_id, revision, builtin, error)
    snapshot = classifier.snapshot
    assert snapshot is not None  # it isn't a folder
    if snapshot.unavailable:
        return _from_cache(classifier, model_id, snapshot.unavailable)
    if revision != snapshot.commit:
        pin = f"MODEL_REVISION={snapshot.commit}"
        _log.warning("%s is served as it is now. To serve just this commit: %s", model_id, pin)
    examples, report = read_examples(snapshot.folder), read_report(snapshot.folder)
    if len(examples) < MAX_EXAMPLES or report is None:  # none yet, or a start that was cut short
        try:
            wait = min(timeout, limits.SHOWN_FILES_TIMEOUT)
            shown = download_shown_files(model_id, snapshot.commit, timeout=wait)
        except ModelPackageError as error:  # a gallery is no reason not to start
            _log.warning("No examples and no report of %s. %s", model_id, error)
        else:
            if shown:
                examples, report = read_examples(shown), read_report(shown)
    return ServedModel(classifier, "", examples, report, model_id)


def _from_folder(name: str, notice: str) -> ServedModel:
    classifier, folder = DigitClassifier.from_pretrained(name), Path(name)
    examples, report = read_examples(folder), read_report(folder)
    return ServedModel(classifier, notice, examples, report, folder.resolve().name)


def _from_cache(
    classifier: DigitClassifier, model_id: str, error: ModelPackageError
) -> ServedModel:
    assert classifier.snapshot is not None  # it isn't a folder
    folder = classifier.snapshot.folder
    notice = f"You are using a cached copy of {model_id}, because {_cause(error)}."
    return ServedModel(classifier, notice, read_examples(folder), read_report(folder), model_id)


def _load_twice_if_damaged(model_id: str, revision: str | None, timeout: float) -> DigitClassifier:
    try:
        return DigitClassifier.from_pretrained(model_id, revision=revision, timeout=timeout)
    except DamagedPackageError:  # the damaged copy is out of the cache now
        return DigitClassifier.from_pretrained(model_id, revision=revision, timeout=timeout)


def _without_the_hub(
    model_id: str, revision: str | None, builtin: Path, error: ModelPackageError
) -> ServedModel:
    try:
        classifier = DigitClassifier.from_pretrained(
            model_id, revision=revision, local_files_only=True
        )
    except ModelPackageError:
        notice = (
            f"{model_id} can't be had: {_cause(error)}. "
            "You are using the model that comes with this page."
        )
        return _from_folder(os.fspath(builtin), notice)
    return _from_cache(classifier, model_id, error)


def _cause(error: ModelPackageError) -> str:
    return next(cause for kind, cause in _CAUSES if isinstance(error, kind))
