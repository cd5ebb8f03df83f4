"""Exceptions of `huggingface_hub` and its HTTP client -> our errors, with the cause and advice.

Messages name the repository, and never a host, a path or a token.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx2
from huggingface_hub.errors import (
    DisabledRepoError,
    EntryNotFoundError,
    FileMetadataError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    LocalTokenNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from sketchdigits.errors import (
    CacheError,
    HubAccessError,
    HubConflictError,
    HubNotFoundError,
    HubUnavailableError,
    ModelPackageError,
    is_disk_full,
)
from sketchdigits.hub.deadline import THREAD_NAME, DeadlineError, TooSlowError
from sketchdigits.hub.environment import find_wrong_variable, proxy_in_use

_RETRIED = re.compile(r"HTTP Error (\d{3}) thrown")
TRY_AGAIN = "Try again later, or pass a local folder."


def explain(
    error: BaseException,
    repo_id: str,
    revision: str | None = None,
    *,
    advice: str = TRY_AGAIN,
    refusals: Sequence[int] = (),
) -> ModelPackageError:
    """Return the error to raise in place of `error`.

    Args:
        error: what a call of `huggingface_hub` raised.
        repo_id: the repository of the call.
        revision: the revision of the call, if it named one.
        advice: what to do if the Hub gives no useful response.
        refusals: HTTP statuses after which the client tried again, from `watch_refusals`.
    """
    if isinstance(error, ModelPackageError):
        return error
    what = f"{repo_id!r} at revision {revision!r}" if revision else repr(repo_id)
    if isinstance(error, LocalEntryNotFoundError) and error.__cause__ is not None:
        # The client raises this for any failed request; its cause is the actual failure.
        return explain(error.__cause__, repo_id, revision, advice=advice, refusals=refusals)
    if isinstance(error, RuntimeError) and error.__cause__ is not None:
        # The client raises this if sending a file fails.
        return explain(error.__cause__, repo_id, revision, advice=advice, refusals=refusals)
    if wrong := find_wrong_variable(error):
        return HubUnavailableError(f"No request about {what} reached the Hub: {wrong}. {advice}")
    if isinstance(error, DeadlineError) and refusals:
        return _explain_status(refusals[-1], what, advice)
    if isinstance(error, HfHubHTTPError):
        return _explain_response(error, repo_id, what, revision, advice)
    if isinstance(error, HFValidationError):
        return ModelPackageError(
            f"{repo_id!r} is not a Hub id. Expected a folder, or a Hub id such as 'owner/name'."
        )
    if isinstance(error, OfflineModeIsEnabled):
        return HubUnavailableError(
            f"Offline mode is on: no request about {what} was sent. "
            "Unset HF_HUB_OFFLINE, or pass a local folder."
        )
    if isinstance(error, LocalTokenNotFoundError):
        return HubAccessError("You are not logged in. Run `hf auth login`, or set HF_TOKEN.")
    if isinstance(error, OSError) and is_disk_full(error):
        return CacheError(
            f"The disk is full: can't store {what}. Free some space, or name another folder with "
            "cache_dir or HF_HOME."
        )
    if (
        isinstance(error, OSError)
        and error.errno
        and not isinstance(error, (ConnectionError, TimeoutError))
    ):
        return CacheError(
            f"The cache folder can't be written ({error.strerror}): can't store {what}. "
            "Name another folder with cache_dir or HF_HOME."
        )
    proxy = proxy_in_use()
    through = f", through the proxy in {proxy}" if proxy else ""
    return HubUnavailableError(
        f"The Hub gave no useful response about {what}: {_describe_missing_response(error)}"
        f"{through}. Check the connection. {advice}"
    )


def _explain_response(
    error: HfHubHTTPError, repo_id: str, what: str, revision: str | None, advice: str
) -> ModelPackageError:
    """The error for a response with an error status."""
    if isinstance(error, GatedRepoError):
        return HubAccessError(
            f"{what} is gated. Accept its conditions on its page on the Hub, then run "
            "`hf auth login` with an account that has access."
        )
    if isinstance(error, DisabledRepoError):
        return HubAccessError(f"{what} has been disabled on the Hub. Choose another model.")
    if isinstance(error, RevisionNotFoundError):
        return HubNotFoundError(
            f"{repo_id!r} has no revision {revision or 'main'!r}. "
            "Check the branch, tag or commit on its page on the Hub."
        )
    if isinstance(error, EntryNotFoundError):
        return HubNotFoundError(
            f"{what} is on the Hub but is not a Sketchdigits package: it lacks sketchdigits.json "
            "or model.weights.h5. Choose another model or revision."
        )
    if isinstance(error, RepositoryNotFoundError) or error.response.status_code == 404:
        return HubNotFoundError(
            f"There is no {repo_id!r} on the Hub, and no folder of that name here; or it is "
            "private and hidden from you. Check the name, or run `hf auth login`."
        )
    return _explain_status(error.response.status_code, what, advice)


def _explain_status(status: int, what: str, advice: str) -> ModelPackageError:
    if status in (401, 403):
        return HubAccessError(
            f"The Hub refuses access to {what}. Your token may be wrong, expired or without "
            "permission: run `hf auth login`, or change the token's rights in the Hub's settings."
        )
    if status in (409, 412):
        return HubConflictError(
            f"Somebody else changed {what} at the same time. It holds their commit, and nothing of "
            "yours was written. Look at it, then publish again."
        )
    if status == 429:
        return HubUnavailableError(
            f"The Hub's rate limit is reached, in a request about {what}. Wait some minutes, or "
            f"run `hf auth login`: accounts have a higher limit. {advice}"
        )
    if status >= 500:
        return HubUnavailableError(
            f"The Hub has a server error ({status}), in a request about {what}. {advice}"
        )
    return HubUnavailableError(f"The Hub refuses the request about {what} ({status}). {advice}")


@contextmanager
def watch_refusals() -> Iterator[list[int]]:
    """Collect the HTTP statuses after which the client tries again in this block, newest last.

    The client only logs them, and waits as long as Retry-After says: it seems to hang.
    """
    refusals: list[int] = []

    class Watch(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            match = _RETRIED.search(record.getMessage())
            if match and record.threadName == THREAD_NAME:
                refusals.append(int(match[1]))

    watch = Watch()
    logger = logging.getLogger("huggingface_hub")
    logger.addHandler(watch)
    try:
        yield refusals
    finally:
        logger.removeHandler(watch)


def _describe_missing_response(error: BaseException) -> str:
    """The reason why there is no useful response, in a few words."""
    if isinstance(error, TooSlowError):
        return f"it is slow ({error}; the next try goes on from there)"
    if isinstance(error, DeadlineError):
        return f"it hangs ({error})"
    if isinstance(error, httpx2.TimeoutException):
        return "it hangs (no response in time)"
    if isinstance(error, httpx2.ConnectError):
        return "no connection (refused, or the name isn't known)"
    if isinstance(error, (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)):
        return "the connection broke off"
    if isinstance(error, (FileMetadataError, json.JSONDecodeError)):
        return "the response is not from a Hub (a proxy or a login page may have answered)"
    if isinstance(error, OSError) and "Consistency check" in str(error):
        return "the file was cut short"
    return f"unexpected {type(error).__name__}"
