"""The token that `--token` asks for: never on the command line, never shown."""

from __future__ import annotations

import getpass
from pathlib import Path

from train.errors import PublishError

ASK_FOR_TOKEN = "-"


def read_token(option: str | None) -> str | None:
    """The token that `--token` asks for: out of a file, or typed unseen; None leaves it to `hf`.

    Raises:
        PublishError: the file can't be read, is empty, or is the token itself.
    """
    if option is None:
        return None
    if option == ASK_FOR_TOKEN:
        try:
            return getpass.getpass("Token with write access (not shown): ").strip()
        except EOFError as error:
            raise PublishError(
                "There is nobody here to ask for a token. Run `hf auth login`, set HF_TOKEN, or "
                "name a file with --token."
            ) from error
    if option.startswith("hf_"):
        raise PublishError(
            "--token takes the name of a file, never the token, which others could read in your "
            "shell's history. Run `hf auth login`, or use --token without a value."
        )
    try:
        token = Path(option).read_text().strip()
    except (OSError, ValueError) as error:
        raise PublishError("Can't read a token from the file that --token names.") from error
    if not token:
        raise PublishError("The file that --token names is empty. Expected a token.")
    return token
