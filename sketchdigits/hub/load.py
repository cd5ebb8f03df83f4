"""A model package on the Hub -> runtimes, by way of the Hub's cache.

Only what a runtime needs is downloaded: the settings, which say what that is, and one file of each
network: `model.tflite` and `row.tflite`, or `model.weights.h5` and `row.weights.h5`.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from huggingface_hub import get_hf_file_metadata, hf_hub_url

from sketchdigits.errors import (
    CacheError,
    DamagedPackageError,
    HubUnavailableError,
    ModelPackageError,
)
from sketchdigits.hub import download, timeouts
from sketchdigits.hub.arguments import COMMIT, check_timeout
from sketchdigits.hub.deadline import within
from sketchdigits.hub.download import Snapshot
from sketchdigits.package.files import (
    KERAS_CONFIG_FILE,
    LITERT_FILE,
    ROW_LITERT_FILE,
    ROW_WEIGHTS_FILE,
    SETTINGS_FILE,
    SIZE_LIMITS,
    WEIGHTS_FILE,
    read_pinned,
)
from sketchdigits.package.keras_files import load_keras_model
from sketchdigits.package.litert_layout import UnknownLayoutError
from sketchdigits.package.load import RuntimeName, Runtimes, choose_runtime, load_package
from sketchdigits.package.row_network import RowFiles, read_row_files
from sketchdigits.package.row_settings import RowSettings
from sketchdigits.package.settings import PackageSettings, read_settings

if TYPE_CHECKING:
    import keras

_log = logging.getLogger("sketchdigits")


@dataclass(frozen=True)
class _Access:
    """How to download the files of one repository; the first five as in `from_pretrained`.

    Attributes:
        end: when the time for all files together is over, as `time.monotonic` counts it.
    """

    repo_id: str
    token: str | bool | None
    cache_dir: Path | None
    force_download: bool
    timeout: float
    end: float

    def fetch(self, name: str, revision: str | None, *, is_offline: bool) -> Snapshot:
        return download.download_files(
            self.repo_id,
            {name: SIZE_LIMITS[name]},
            revision=revision,
            token=self.token,
            cache_dir=self.cache_dir,
            local_files_only=is_offline,
            force_download=self.force_download,
            timeout=self.timeout,
            total=max(self.end - time.monotonic(), timeouts.MIN_FILE_TIMEOUT),
        )

    def fetch_network(self, name: str, snapshot: Snapshot, *, is_offline: bool) -> None:
        """Download the file with the network, unless it is cached, and let the Hub count that.

        For models with `library_name: keras`, the Hub counts requests for `config.json`, which we
        don't need (huggingface.js, `model-libraries.ts`).
        """
        is_cached = (snapshot.folder / name).exists() and not self.force_download
        self.fetch(name, snapshot.commit, is_offline=is_offline)
        if is_cached or is_offline:
            return
        url = hf_hub_url(self.repo_id, KERAS_CONFIG_FILE, revision=snapshot.commit)
        wait = min(timeouts.COUNT_TIMEOUT, self.timeout)
        with suppress(Exception):  # everything that is needed has arrived
            within(wait, lambda: get_hf_file_metadata(url, token=self.token, timeout=wait))


def load_from_hub(
    repo_id: str,
    *,
    revision: str | None,
    weights_sha256: str | None,
    token: str | bool | None,
    cache_dir: Path | None,
    local_files_only: bool,
    force_download: bool,
    timeout: float,
    runtime: RuntimeName,
) -> tuple[Runtimes, PackageSettings, Snapshot]:
    """Download a package's files and load them. Arguments as in `DigitClassifier.from_pretrained`.

    Raises:
        ModelPackageError: as `from_pretrained`.
        ValueError: `timeout` is not valid.
    """
    check_timeout(timeout)
    end = time.monotonic() + timeouts.MAX_SLOWNESS * timeout
    access = _Access(repo_id, token, cache_dir, force_download, timeout, end)
    snapshot = access.fetch(SETTINGS_FILE, revision, is_offline=local_files_only)
    is_offline = local_files_only or snapshot.unavailable is not None
    try:
        loaded, settings = _load(access, snapshot, runtime, weights_sha256, is_offline=is_offline)
    except (HubUnavailableError, CacheError) as error:
        if is_offline or COMMIT.fullmatch(revision or ""):
            raise
        # The settings of a new commit are here, but not its network: use the commit before it.
        access = replace(access, force_download=False)
        try:
            cached = access.fetch(SETTINGS_FILE, revision, is_offline=True)
            loaded, settings = _load(access, cached, runtime, weights_sha256, is_offline=True)
        except ModelPackageError:
            raise error from None
        _log.warning("%s Using the cached copy, commit %s.", error, cached.commit)
        return loaded, settings, replace(cached, unavailable=error)
    download.remember_revision(snapshot, revision)
    return loaded, settings, snapshot


@dataclass(frozen=True)
class HubSource:
    """A package that `load_from_hub` loaded: a `PackageSource`.

    Attributes:
        snapshot: its commit.
        settings: its settings.
        token, cache_dir, local_files_only, timeout: as in `DigitClassifier.from_pretrained`.
    """

    snapshot: Snapshot
    settings: PackageSettings
    token: str | bool | None
    cache_dir: Path | None
    local_files_only: bool
    timeout: float

    def load_network(self) -> keras.Model:
        """Load the Keras model; download its weights if they are missing.

        Raises:
            ModelPackageError: as `load_from_hub`.
        """
        snapshot = self.snapshot
        try:
            self._fetch_missing(WEIGHTS_FILE)
            return load_keras_model(snapshot.folder, self.settings, snapshot.repo_id)
        except DamagedPackageError as error:
            raise _discard_damaged(snapshot, error) from error

    def read_row_files(self, settings: RowSettings) -> RowFiles:
        """Read the files of the row network; download those that are missing.

        Raises:
            ModelPackageError: as `load_from_hub`.
        """
        snapshot = self.snapshot
        try:
            self._fetch_missing(ROW_LITERT_FILE, ROW_WEIGHTS_FILE)
            return read_row_files(snapshot.folder, settings, snapshot.repo_id)
        except DamagedPackageError as error:
            raise _discard_damaged(snapshot, error) from error

    def without_token(self) -> HubSource:
        """The same source, without a token that belongs to one person."""
        return replace(self, token=None) if isinstance(self.token, str) else self

    def _fetch_missing(self, *names: str) -> None:
        snapshot = self.snapshot
        end = time.monotonic() + timeouts.MAX_SLOWNESS * self.timeout
        access = _Access(snapshot.repo_id, self.token, self.cache_dir, False, self.timeout, end)
        for name in names:
            if not (snapshot.folder / name).exists():
                access.fetch(name, snapshot.commit, is_offline=self.local_files_only)


def _load(
    access: _Access,
    snapshot: Snapshot,
    runtime: RuntimeName,
    weights_sha256: str | None,
    *,
    is_offline: bool,
) -> tuple[Runtimes, PackageSettings]:
    """Load the commit whose settings are in the cache."""
    folder, name = snapshot.folder, access.repo_id
    try:
        settings = read_settings(folder, name)
        chosen = choose_runtime(runtime, settings, weights_sha256)
        # `load_package` explains that there is no such file.
        if chosen == "litert" and settings.litert_sha256 is not None:
            chosen = _fetch_litert(access, snapshot, settings, runtime, is_offline=is_offline)
        if chosen == "litert":
            try:
                loaded = load_package(
                    folder, settings, name, runtime=chosen, weights_sha256=weights_sha256
                )
                return loaded, settings
            except UnknownLayoutError as error:
                if runtime != "auto":
                    raise
                _log.warning("%s Falling back to Keras.", error)
        access.fetch_network(WEIGHTS_FILE, snapshot, is_offline=is_offline)
        if settings.row_network is not None:
            access.fetch(ROW_WEIGHTS_FILE, snapshot.commit, is_offline=is_offline)
        loaded = load_package(
            folder, settings, name, runtime="keras", weights_sha256=weights_sha256
        )
    except DamagedPackageError as error:
        raise _discard_damaged(snapshot, error) from error
    return loaded, settings


def _fetch_litert(
    access: _Access,
    snapshot: Snapshot,
    settings: PackageSettings,
    runtime: RuntimeName,
    *,
    is_offline: bool,
) -> Literal["litert", "keras"]:
    """Download LiteRT's files; return "keras" if that fails and Keras's files may do instead."""
    name = LITERT_FILE
    try:
        access.fetch_network(name, snapshot, is_offline=is_offline)
        if settings.row_network is not None:
            name = ROW_LITERT_FILE
            access.fetch(name, snapshot.commit, is_offline=is_offline)
    except ModelPackageError as error:
        # If the Hub doesn't respond, it won't send the weights either.
        is_vain = isinstance(error, (HubUnavailableError, CacheError))
        if runtime != "auto" or (is_vain and not (snapshot.folder / WEIGHTS_FILE).exists()):
            raise
        _log.warning("%s could not be downloaded; falling back to Keras. %s", name, error)
        return "keras"
    return "litert"


def _discard_damaged(snapshot: Snapshot, error: DamagedPackageError) -> DamagedPackageError:
    """Remove the damaged file from the cache, if it is there; return the error to raise.

    The client never checks a cached file again: without removal, each later load would fail. What
    damaged one file may have damaged those of the row network too, which are checked last: they
    are removed with it.
    """
    for name in _find_damaged_row_files(snapshot):
        if name != error.file_name:
            download.discard_file(snapshot, name)
    if not (snapshot.folder / error.file_name).exists():
        return DamagedPackageError(str(error), error.file_name)  # it was not downloaded
    advice = (
        "The copy in the cache was removed: load again to download a new one."
        if download.discard_file(snapshot, error.file_name)
        else "The copy in the cache can't be removed: pass another cache_dir."
    )
    return DamagedPackageError(f"{error} {advice}", error.file_name)


def _find_damaged_row_files(snapshot: Snapshot) -> list[str]:
    try:
        rows = read_settings(snapshot.folder).row_network
    except ModelPackageError:
        return []
    if rows is None:
        return []
    damaged = []
    sha256s = {ROW_LITERT_FILE: rows.litert_sha256, ROW_WEIGHTS_FILE: rows.weights_sha256}
    for name, sha256 in sha256s.items():
        try:
            read_pinned(snapshot.folder / name, snapshot.repo_id, SIZE_LIMITS[name], sha256)
        except DamagedPackageError:
            damaged.append(name)
        except ModelPackageError:  # it was not downloaded
            continue
    return damaged
