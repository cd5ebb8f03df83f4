"""Checks of Hub ids, revisions, tokens and time limits, before any request is sent."""

from __future__ import annotations

import re

from sketchdigits.errors import HubAccessError, HubNotFoundError, ModelPackageError
from sketchdigits.hub import timeouts

# The rules of the Hub and its client: ASCII only, at most 96 characters on each side, and more.
HUB_ID = re.compile(
    r"(?!.*(?:--|\.\.|\.git$))\w(?:[\w.-]{0,94}\w)?/\w(?:[\w.-]{0,94}\w)?", re.ASCII
)
COMMIT = re.compile(r"[0-9a-f]{40}")
# Roughly the names that git allows.
_REVISION = re.compile(r"(?!.*\.\.)(?![/.-])[^\s\x00-\x20\x7f~^:?*\[\\]+")
_TOKEN = re.compile(r"[!-~]+")


def check_hub_arguments(repo_id: str, revision: str | None) -> None:
    """Refuse arguments that would make the Hub's client fail in odd ways.

    Raises:
        ModelPackageError: `repo_id` is not "owner/name", or the Hub allows no such name.
        HubNotFoundError: `revision` can't be the name of a branch, tag or commit.
    """
    if not HUB_ID.fullmatch(repo_id):
        raise ModelPackageError(
            f"{repo_id!r} is not a Hub id. Expected 'owner/name': letters, digits, '-', '_' and "
            "'.', at most 96 each; no '--', no '..', no '-' or '.' at an end, and no '.git'."
        )
    if revision is not None and not (isinstance(revision, str) and _REVISION.fullmatch(revision)):
        raise HubNotFoundError(
            f"{revision!r} is not a revision of {repo_id!r}. Expected a branch, a tag or a commit."
        )


def check_token(token: str | bool | None) -> None:
    """Refuse a malformed token: the HTTP client would quote it in its error message.

    None checks the token from `hf auth login` or HF_TOKEN, which may send a request; False means
    no token.

    Raises:
        HubAccessError: the token can't be read, is empty, or holds an invalid character.
    """
    from huggingface_hub import get_token

    try:
        used = token if isinstance(token, str) else get_token() if token is not False else None
    except Exception as error:  # an unreadable file, a service that refuses
        raise HubAccessError(
            f"The token can't be read ({type(error).__name__}). Run `hf auth login` again."
        ) from error
    if used is not None and not _TOKEN.fullmatch(used):
        raise HubAccessError(
            "The token is empty, or holds a space or another character that no token has. "
            "Check where it comes from, or run `hf auth login`."
        )


def check_timeout(seconds: float) -> None:
    """Refuse an invalid time limit.

    Raises:
        ValueError: `seconds` is not a number above 0, or is more than a day.
    """
    if not isinstance(seconds, (int, float)) or not 0 < seconds <= timeouts.MAX_TIMEOUT:
        raise ValueError(
            f"timeout must be a number of seconds above 0, at most a day. Received: {seconds!r}"
        )
