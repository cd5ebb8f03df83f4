"""The token of `--token`: read from a file or typed, never shown and never on the command line."""

from __future__ import annotations

import getpass
from pathlib import Path

from train.errors import PublishError

ASK_FOR_TOKEN = "-"


def read_token(option: str | None) -> str | None:
    """Return the token that the value of `--token` leads to.

    Args:
        option: the name of a file that contains the token; `ASK_FOR_TOKEN` to ask for it without
            showing it; None for the token of `hf auth login` or HF_TOKEN.

    Returns:
        the token, or None: huggingface_hub then finds the token itself.

    Raises:
        PublishError: the file can't be read or is empty, there is no terminal to ask on, or the
            option is a token instead of a file's name.
    """
    if option is None:
        return None
    if option == ASK_FOR_TOKEN:
        try:
            return getpass.getpass("Token with write access (not shown): ").strip()
        except EOFError as error:
            raise PublishError(
                "Can't ask for a token: the input is not a terminal. Run `hf auth login`, set "
                "HF_TOKEN, or give a file with --token."
            ) from error
    if option.startswith("hf_"):
        raise PublishError(
            "--token takes the name of a file, never the token itself, because the shell's history "
            "would keep it. Run `hf auth login`, or use --token without a value."
        )
    try:
        token = Path(option).read_text().strip()
    except (OSError, ValueError) as error:
        raise PublishError("Can't read a token from the file given with --token.") from error
    if not token:
        raise PublishError("The file given with --token is empty. Expected a token.")
    return token
