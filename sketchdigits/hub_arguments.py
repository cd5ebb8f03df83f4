"""What a caller may pass as a Hub id, a revision and a token: checked before the Hub is asked."""

from __future__ import annotations

import math
import re

from sketchdigits.errors import HubAccessError, HubNotFoundError, ModelPackageError

HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*")
COMMIT = re.compile(r"[0-9a-f]{40}")
_REVISION = re.compile(r"(?!.*\.\.)\w[\w./+@#=,-]*")
_TOKEN = re.compile(r"[!-~]+")


def check_hub_arguments(repo_id: str, revision: str | None, token: str | bool | None) -> None:
    """Refuse what the Hub's client would trip over, or quote in a complaint of its own.

    Raises:
        ModelPackageError: `repo_id` is not like "owner/name".
        HubNotFoundError: there can't be such a revision.
        HubAccessError: there can't be such a token, given or left by `hf auth login` or HF_TOKEN.
    """
    from huggingface_hub import get_token

    if not HUB_ID.fullmatch(repo_id):
        raise ModelPackageError(f"{repo_id!r} is no Hub id. Expected one such as 'owner/name'.")
    if revision is not None and not (isinstance(revision, str) and _REVISION.fullmatch(revision)):
        raise HubNotFoundError(
            f"{revision!r} is no revision of {repo_id!r}. Expected a branch, a tag or a commit."
        )
    used = token if isinstance(token, str) else get_token() if token is not False else None
    if used is not None and not _TOKEN.fullmatch(used):
        raise HubAccessError(
            "The token is empty, or holds a blank or a character that no token has. "
            "Check where it comes from, or run `hf auth login`."
        )


def check_timeout(seconds: float) -> None:
    """Refuse a time limit that is none.

    Raises:
        ValueError: it is not a positive, finite number.
    """
    if not isinstance(seconds, (int, float)) or not 0 < seconds < math.inf:
        raise ValueError(f"timeout must be a number of seconds above 0. Received: {seconds!r}")
