"""What a caller may pass as a Hub id, a revision and a token: checked before the Hub is asked."""

from __future__ import annotations

import re

from sketchdigits.errors import HubAccessError, HubNotFoundError, ModelPackageError

HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*")
COMMIT = re.compile(r"[0-9a-f]{40}")
# What git allows in a name, roughly.
_REVISION = re.compile(r"(?!.*\.\.)(?![/.-])[^\s\x00-\x20\x7f~^:?*\[\\]+")
A_DAY = 86_400.0
_TOKEN = re.compile(r"[!-~]+")


def check_hub_arguments(repo_id: str, revision: str | None) -> None:
    """Refuse what the Hub's client would trip over.

    Raises:
        ModelPackageError: `repo_id` is not like "owner/name".
        HubNotFoundError: there can't be such a revision.
    """
    if not HUB_ID.fullmatch(repo_id):
        raise ModelPackageError(f"{repo_id!r} is no Hub id. Expected one such as 'owner/name'.")
    if revision is not None and not (isinstance(revision, str) and _REVISION.fullmatch(revision)):
        raise HubNotFoundError(
            f"{revision!r} is no revision of {repo_id!r}. Expected a branch, a tag or a commit."
        )


def check_token(token: str | bool | None) -> None:
    """Refuse a token that can be none, which the HTTP client would quote in a complaint of its own.

    Looks at the one of `hf auth login` or HF_TOKEN where none is given, which may ask the network.

    Raises:
        HubAccessError: it can't be read, or holds what no token has.
    """
    from huggingface_hub import get_token

    try:
        used = token if isinstance(token, str) else get_token() if token is not False else None
    except Exception as error:  # a file that can't be read, a service that refuses
        raise HubAccessError(
            f"The token can't be read ({type(error).__name__}). Run `hf auth login` again."
        ) from error
    if used is not None and not _TOKEN.fullmatch(used):
        raise HubAccessError(
            "The token is empty, or holds a blank or a character that no token has. "
            "Check where it comes from, or run `hf auth login`."
        )


def check_timeout(seconds: float) -> None:
    """Refuse a time limit that is none.

    Raises:
        ValueError: it is not a positive number of seconds, or more than a day.
    """
    if not isinstance(seconds, (int, float)) or not 0 < seconds <= A_DAY:
        raise ValueError(
            f"timeout must be a number of seconds above 0, at most a day. Received: {seconds!r}"
        )
