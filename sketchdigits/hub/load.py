"""A model package on the Hub -> its network, by way of the Hub's cache."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from sketchdigits.errors import DamagedPackageError, ModelPackageError
from sketchdigits.hub import download
from sketchdigits.hub.download import Snapshot
from sketchdigits.package.files import LITERT_FILE, MAX_WEIGHTS_BYTES, SIZE_LIMITS
from sketchdigits.package.load import Runtime, chosen_runtime, load_package, log
from sketchdigits.package.settings import PackageSettings, read_settings

if TYPE_CHECKING:
    import keras

    from sketchdigits.runtime.litert import LiteRTNetwork

# Seconds for LiteRT's file, however much of the time the others took: the line has proved good.
MIN_LITERT_TIMEOUT = 2.0


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
    runtime: Runtime,
) -> tuple[LiteRTNetwork | keras.Model, PackageSettings, Snapshot]:
    """Download what loading needs and load it; the arguments are `from_pretrained`'s.

    Raises:
        ModelPackageError: as `from_pretrained`.
        ValueError: `timeout` is no time.
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
        if chosen_runtime(runtime, settings, weights_sha256) == "litert":
            try:
                download.download_files(
                    repo_id,
                    {LITERT_FILE: MAX_WEIGHTS_BYTES},
                    revision=snapshot.commit,
                    token=token,
                    cache_dir=cache_dir,
                    local_files_only=local_files_only or snapshot.unavailable is not None,
                    force_download=force_download,
                    timeout=max(timeout + started - time.monotonic(), MIN_LITERT_TIMEOUT),
                )
            except ModelPackageError as error:
                if runtime != "auto":
                    raise
                log.warning("%s is not had: Keras reads. %s", LITERT_FILE, error)
                runtime = "keras"
        network, settings = load_package(
            snapshot.folder, repo_id, runtime=runtime, weights_sha256=weights_sha256
        )
    except DamagedPackageError as error:
        # The client keeps a body with wrong bytes for good: a later load must not meet it.
        advice = (
            "The copy in the cache is removed: load once more to fetch it anew."
            if download.discard_file(snapshot, error.file_name)
            else "The copy in the cache can't be removed: name another cache_dir."
        )
        raise DamagedPackageError(f"{error} {advice}", error.file_name) from error
    download.remember_revision(snapshot, revision)
    return network, settings, snapshot
