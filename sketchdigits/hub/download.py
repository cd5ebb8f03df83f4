"""Named files of one commit on the Hub -> a folder in the Hub's cache, bounded in time and size.

The downloading is `huggingface_hub`'s. What is added: a time limit for everything together, sizes
checked before and while a file comes, all files of one commit, and a branch's name in the cache
moves to a commit only when all of its files have come and proved good.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from huggingface_hub import (
    get_hf_file_metadata,
    hf_hub_download,
    hf_hub_url,
    try_to_load_from_cache,
)
from huggingface_hub.constants import DEFAULT_REVISION
from huggingface_hub.errors import FileMetadataError
from huggingface_hub.utils import tqdm

from sketchdigits.errors import CacheError, DamagedPackageError, HubUnavailableError
from sketchdigits.hub.arguments import COMMIT, check_hub_arguments, check_timeout, check_token
from sketchdigits.hub.deadline import within
from sketchdigits.hub.error_mapping import explain, watch_refusals

# Seconds for one answer of the Hub. The client's own default.
REQUEST_TIMEOUT = 10.0
_log = logging.getLogger("sketchdigits")


@dataclass(frozen=True)
class Snapshot:
    """Files of one commit, in the cache.

    Attributes:
        folder: holds the files under their own names.
        repo_id: "owner/name".
        commit: 40 hexadecimal digits.
        unavailable: why the Hub's own copy wasn't had, where the cached one stands in for it.
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
) -> Snapshot:
    """Get `{file name: most bytes that it may have}` of one commit into the cache.

    A commit that is cached is not asked for. For a branch or tag the Hub is asked which commit it
    is; if the Hub has no useful answer, or there is no room for a new commit, the one that it was
    last time serves, and a warning is logged.

    Raises:
        HubError: the Hub refuses, or has no useful answer and nothing is cached.
        CacheError: the files can't be stored, and nothing is cached.
        DamagedPackageError: a file is larger than allowed or than the Hub says.
    """
    revision = revision or None
    check_timeout(timeout)
    check_hub_arguments(repo_id, revision)
    names = list(size_limits)
    known = None if force_download else _cached(repo_id, names, revision, cache_dir)
    if known and COMMIT.fullmatch(revision or ""):
        return known

    def download() -> Snapshot:
        check_token(token)
        commit = None
        for name, limit in size_limits.items():
            url = hf_hub_url(repo_id, name, revision=commit or revision)
            promised = get_hf_file_metadata(url, token=token, timeout=min(REQUEST_TIMEOUT, timeout))
            if not COMMIT.fullmatch(promised.commit_hash or ""):
                raise FileMetadataError("no commit in the answer")
            commit = promised.commit_hash
            if promised.size is not None and promised.size > limit:
                raise _too_large(name, repo_id, promised.size, limit)
            if not force_download and (snapshot := _cached(repo_id, names, commit, cache_dir)):
                return snapshot
        paths = [
            hf_hub_download(
                repo_id,
                name,
                revision=commit,
                token=token,
                cache_dir=cache_dir,
                force_download=force_download,
                etag_timeout=min(REQUEST_TIMEOUT, timeout),
                tqdm_class=_bounded_bar(name, repo_id, limit),
            )
            for name, limit in size_limits.items()
        ]
        return Snapshot(_snapshot_folder(paths[0], names[0]), repo_id, str(commit))

    if local_files_only:
        if known:
            return known
        raise HubUnavailableError(
            f"{repo_id!r} at revision {revision or DEFAULT_REVISION!r} is not in the cache, and "
            "the Hub may not be asked. Load it once with a connection, or pass a local folder."
        )
    with watch_refusals() as refusals:
        try:
            return within(timeout, download)
        except Exception as error:
            reason = explain(error, repo_id, revision, refusals=refusals)
            if known and isinstance(reason, (HubUnavailableError, CacheError)):
                _log.warning("%s Using the cached copy, commit %s.", reason, known.commit)
                return Snapshot(known.folder, repo_id, known.commit, reason)
            raise reason from error


def remember_revision(snapshot: Snapshot, revision: str | None) -> None:
    """Let a branch or tag mean this commit in the cache: what is loaded when the Hub is silent."""
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
    except OSError:  # a cache that may only be read works all the same
        _log.info("Can't note in the cache which commit %r is.", revision)


def discard_file(snapshot: Snapshot, name: str) -> bool:
    """Remove a snapshot's file from the cache, so that the next load fetches it anew.

    The file is a link to its content, which may be a link into a store that repositories share.

    Returns:
        False if that can't be done.
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
    """The snapshot that the cache holds for a revision, if it holds all of the files."""
    try:
        paths = [
            try_to_load_from_cache(repo_id, name, cache_dir=cache_dir, revision=revision)
            for name in names
        ]
    except UnicodeDecodeError:  # what the cache notes of the branch is damaged
        return None
    except Exception as error:
        raise explain(error, repo_id, revision) from error
    folders = {
        _snapshot_folder(path, name) if isinstance(path, str) else None
        for path, name in zip(paths, names, strict=True)
    }
    folder = folders.pop()
    if folders or folder is None:  # a file is missing, or the branch moved meanwhile
        return None
    return Snapshot(folder, repo_id, folder.name)


def _snapshot_folder(path: str, name: str) -> Path:
    """The folder that holds a file under its whole name, `examples/00000-7.png` too."""
    return Path(path).parents[name.count("/")]


def _bounded_bar(name: str, repo_id: str, limit: int) -> type[tqdm]:
    """A progress bar that ends the download which it shows when that grows too large.

    The client tells its bar of every chunk before it writes it: the one place to stop it from.
    """

    class BoundedBar(tqdm):
        received = 0

        def update(self, n: float | None = 1) -> bool | None:
            self.received += int(n or 0)
            if self.received > limit:
                raise _too_large(name, repo_id, self.received, limit)
            return super().update(n)

    return BoundedBar


def _too_large(name: str, repo_id: str, size: int, limit: int) -> DamagedPackageError:
    return DamagedPackageError(
        f"{name} of {repo_id!r} has {size:,} bytes or more; at most {limit:,} are expected. "
        "It is not downloaded. Check where the model comes from.",
        name,
    )
