"""Files of one commit on the Hub -> a folder in the Hub's cache.

`transfer.py` receives each file, and `huggingface_hub` does the rest. This module adds: a time
limit for silence and one for all requests together; size limits, checked before and during the
download of a file; all files from the same commit; and a branch in the cache points to a new commit
only after all of its files were downloaded and checked.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

from huggingface_hub import (
    constants,
    get_hf_file_metadata,
    hf_hub_download,
    hf_hub_url,
    try_to_load_from_cache,
)
from huggingface_hub.constants import DEFAULT_REVISION
from huggingface_hub.errors import FileMetadataError
from huggingface_hub.file_download import HfFileMetadata, repo_folder_name

from sketchdigits.errors import CacheError, DamagedPackageError, HubUnavailableError
from sketchdigits.hub import timeouts
from sketchdigits.hub.arguments import COMMIT, check_hub_arguments, check_timeout, check_token
from sketchdigits.hub.deadline import Progress, within_silence
from sketchdigits.hub.error_mapping import explain, watch_refusals
from sketchdigits.hub.transfer import receive_file

_log = logging.getLogger("sketchdigits")
# The ETag names a file in the cache; a stranger's Hub sends it.
_ETAG = re.compile(r"[\w-][\w.-]{0,127}", re.ASCII)


@dataclass(frozen=True)
class Snapshot:
    """Files of one commit, in the cache.

    Attributes:
        folder: holds the files under their names in the repository.
        repo_id: "owner/name".
        commit: 40 hexadecimal digits.
        unavailable: why the Hub could not be used, if these files are a fallback from the cache;
            else None.
    """

    folder: Path
    repo_id: str
    commit: str
    unavailable: HubUnavailableError | CacheError | None = None


def download_files(
    repo_id: str,
    size_limits: Mapping[str, int],
    *,
    revision: str | None,
    token: str | bool | None,
    cache_dir: str | Path | None,
    local_files_only: bool,
    force_download: bool,
    timeout: float,
    total: float | None = None,
) -> Snapshot:
    """Download files of one commit into the cache, unless they are there.

    A cached commit needs no request. For a branch or tag, a request asks for its commit; if that
    fails, or there is no room for new files, the commit cached last is used and a warning is
    logged.

    Args:
        repo_id: "owner/name".
        size_limits: `{file name: size limit in bytes}`.
        revision, token, cache_dir, local_files_only, force_download, timeout: as in
            `DigitClassifier.from_pretrained`.
        total: seconds for everything; default: `MAX_SLOWNESS` times `timeout`.

    Raises:
        HubError: the Hub refuses, or can't be reached and nothing is cached.
        CacheError: the files can't be stored, and nothing is cached.
        DamagedPackageError: a file is larger than its limit.
    """
    revision = revision or None
    check_timeout(timeout)
    check_hub_arguments(repo_id, revision)
    total = timeouts.MAX_SLOWNESS * timeout if total is None else total
    request_timeout = min(timeouts.REQUEST_TIMEOUT, timeout, total)
    names = list(size_limits)
    cached = None if force_download else _cached(repo_id, names, revision, cache_dir)
    if cached and COMMIT.fullmatch(revision or ""):
        return cached

    def download(progress: Progress) -> Snapshot:
        check_token(token)
        commit = None
        found = {}
        for name, limit in size_limits.items():
            url = hf_hub_url(repo_id, name, revision=commit or revision)
            metadata = get_hf_file_metadata(url, token=token, timeout=request_timeout)
            progress.note()
            if not COMMIT.fullmatch(metadata.commit_hash or ""):
                raise FileMetadataError("no commit in the response")
            commit = metadata.commit_hash
            if metadata.size is not None and metadata.size > limit:
                raise _too_large(name, repo_id, metadata.size, limit)
            if not force_download and (snapshot := _cached(repo_id, names, commit, cache_dir)):
                return snapshot
            found[name] = metadata
        paths = []
        for name, limit in size_limits.items():
            place = _place(repo_id, found[name], cache_dir)
            if force_download or not place.exists():
                receive_file(
                    hf_hub_url(repo_id, name, revision=commit),
                    place,
                    size=found[name].size,
                    check_size=partial(_check_size, name, repo_id, limit),
                    token=token,
                    request_timeout=request_timeout,
                    progress=progress,
                )
            if force_download:  # a copy, on a system without links
                (place.parents[1] / "snapshots" / str(commit) / name).unlink(missing_ok=True)
            # The client adds the file to the commit's folder, and downloads nothing.
            path = hf_hub_download(
                repo_id,
                name,
                revision=commit,
                token=token,
                cache_dir=cache_dir,
                etag_timeout=request_timeout,
            )
            progress.note()
            paths.append(path)
        return Snapshot(_snapshot_folder(paths[0], names[0]), repo_id, str(commit))

    if local_files_only:
        if cached:
            return cached
        raise HubUnavailableError(
            f"{repo_id!r} at revision {revision or DEFAULT_REVISION!r} is not in the cache, and "
            "local_files_only forbids a request. Load it once without local_files_only, or pass a "
            "local folder."
        )
    with watch_refusals() as refusals:
        try:
            return within_silence(timeout, total, download)
        except Exception as error:
            reason = explain(error, repo_id, revision, refusals=refusals)
            if cached and isinstance(reason, (HubUnavailableError, CacheError)):
                _log.warning("%s Using the cached copy, commit %s.", reason, cached.commit)
                return Snapshot(cached.folder, repo_id, cached.commit, reason)
            raise reason from error


def remember_revision(snapshot: Snapshot, revision: str | None) -> None:
    """Note in the cache which commit a branch or tag is: the fallback if the Hub is down."""
    if COMMIT.fullmatch(revision or ""):
        return
    storage = snapshot.folder.parents[1]
    path = storage / "refs" / (revision or DEFAULT_REVISION)
    scratch = storage / f".ref-{uuid4().hex}"
    try:
        if path.is_file() and path.read_bytes() == snapshot.commit.encode():
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(snapshot.commit)
        scratch.replace(path)
    except OSError:  # a read-only cache still works
        _log.info("Can't note in the cache which commit %r is.", revision)


def discard_file(snapshot: Snapshot, name: str) -> bool:
    """Remove a file from the cache, so that the next load downloads it again.

    A snapshot's file is a link to its content, and the content may be a link into a store that
    several repositories share. The links and the content are removed.

    Returns:
        False if the file can't be removed.
    """
    cache = snapshot.folder.parents[2]
    path = snapshot.folder / name
    try:
        while cache in path.parents:
            target = path.parent / os.readlink(path) if path.is_symlink() else Path()
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            path.unlink(missing_ok=True)
            path = Path(os.path.normpath(target))
    except OSError:
        return False
    return True


def _cached(
    repo_id: str, names: list[str], revision: str | None, cache_dir: str | Path | None
) -> Snapshot | None:
    """The cached snapshot for a revision; None unless all of the files are cached."""
    try:
        paths = [
            try_to_load_from_cache(repo_id, name, cache_dir=cache_dir, revision=revision)
            for name in names
        ]
    except UnicodeDecodeError:  # the cache's note of the branch's commit is damaged
        return None
    except Exception as error:
        raise explain(error, repo_id, revision) from error
    folders = {
        _snapshot_folder(path, name) if isinstance(path, str) else None
        for path, name in zip(paths, names, strict=True)
    }
    folder = folders.pop()
    if folders or folder is None:  # a file is missing, or the branch moved between two look-ups
        return None
    return Snapshot(folder, repo_id, folder.name)


def _snapshot_folder(path: str, name: str) -> Path:
    """The snapshot's folder, given the path of a file in it, such as `.../examples/00000-7.png`."""
    return Path(path).parents[name.count("/")]


def _place(repo_id: str, metadata: HfFileMetadata, cache_dir: str | Path | None) -> Path:
    """Where the cache stores a file's content."""
    etag = metadata.etag or ""
    if not _ETAG.fullmatch(etag):
        raise FileMetadataError("no usable ETag in the response")
    cache = Path(cache_dir or constants.HF_HUB_CACHE).expanduser().resolve()
    return cache / repo_folder_name(repo_id=repo_id, repo_type="model") / "blobs" / etag


def _check_size(name: str, repo_id: str, limit: int, size: int) -> None:
    if size > limit:
        raise _too_large(name, repo_id, size, limit)


def _too_large(name: str, repo_id: str, size: int, limit: int) -> DamagedPackageError:
    return DamagedPackageError(
        f"{name} of {repo_id!r} is too large: it has at least {size:,} bytes; the limit is "
        f"{limit:,}. It was not downloaded. Check where the model comes from.",
        name,
    )
