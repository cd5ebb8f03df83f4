"""A model package on the Hub -> a runtime, by way of the Hub's cache."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from sketchdigits.errors import DamagedPackageError, ModelPackageError
from sketchdigits.hub import download, timeouts
from sketchdigits.hub.download import Snapshot
from sketchdigits.package.files import LITERT_FILE, MAX_WEIGHTS_BYTES, SIZE_LIMITS
from sketchdigits.package.load import RuntimeName, choose_runtime, load_package
from sketchdigits.package.settings import PackageSettings, read_settings
from sketchdigits.runtime.protocol import Runtime

_log = logging.getLogger("sketchdigits")


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
) -> tuple[Runtime, PackageSettings, Snapshot]:
    """Download a package's files and load them. Arguments as in `DigitClassifier.from_pretrained`.

    Raises:
        ModelPackageError: as `from_pretrained`.
        ValueError: `timeout` is not valid.
    """
    started = time.monotonic()
    snapshot = download.download_files(
        repo_id,
        SIZE_LIMITS,
        revision=revision,
        token=token,
        cache_dir=cache_dir,
        local_files_only=local_files_only,
        force_download=force_download,
        timeout=timeout,
    )
    try:
        settings = read_settings(snapshot.folder, repo_id)
        wants_litert = choose_runtime(runtime, settings, weights_sha256) == "litert"
        if wants_litert and settings.litert_sha256 is not None:  # else `load_package` explains
            time_left = timeout + started - time.monotonic()
            try:
                download.download_files(
                    repo_id,
                    {LITERT_FILE: MAX_WEIGHTS_BYTES},
                    revision=snapshot.commit,
                    token=token,
                    cache_dir=cache_dir,
                    local_files_only=local_files_only or snapshot.unavailable is not None,
                    force_download=force_download,
                    timeout=max(time_left, timeouts.MIN_LITERT_TIMEOUT),
                )
            except ModelPackageError as error:
                if runtime != "auto":
                    raise
                _log.warning(
                    "%s could not be downloaded; falling back to Keras. %s", LITERT_FILE, error
                )
                runtime = "keras"
        loaded = load_package(
            snapshot.folder, settings, repo_id, runtime=runtime, weights_sha256=weights_sha256
        )
    except DamagedPackageError as error:
        # The client never checks a cached file again: without removal, each later load would fail.
        advice = (
            "The copy in the cache was removed: load again to download a new one."
            if download.discard_file(snapshot, error.file_name)
            else "The copy in the cache can't be removed: pass another cache_dir."
        )
        raise DamagedPackageError(f"{error} {advice}", error.file_name) from error
    download.remember_revision(snapshot, revision)
    return loaded, settings, snapshot
