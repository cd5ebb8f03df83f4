"""A package's examples, `examples/INDEX-LABEL.png`: digits of a test split, with true labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from sketchdigits.errors import InvalidImageError
from sketchdigits.images import DECODER_FAULTS, read_image

EXAMPLES_FOLDER = "examples"
MAX_EXAMPLES = 20
MAX_EXAMPLE_BYTES = 64 * 1024
MAX_EXAMPLE_SIDE = 64
_EXAMPLE = re.compile(rf"{EXAMPLES_FOLDER}/\d{{1,6}}-[0-9]\.png")


@dataclass(frozen=True)
class Example:
    """`(h, w) uint8` as it is sent to the model, and its true label."""

    image: np.ndarray
    label: int


def read_examples(folder: Path) -> list[Example]:
    """The first examples in a package's folder; an empty list if it has none that can be read."""
    examples: list[Example] = []
    for path in sorted((folder / EXAMPLES_FOLDER).glob("*.png")):
        if not _EXAMPLE.fullmatch(f"{EXAMPLES_FOLDER}/{path.name}"):
            continue
        if path.stat().st_size > MAX_EXAMPLE_BYTES or len(examples) == MAX_EXAMPLES:
            continue
        try:
            with Image.open(path) as header:  # reads no pixels yet
                if max(header.size) > MAX_EXAMPLE_SIDE:
                    continue
            image = read_image(path)[..., 0]
        except (InvalidImageError, *DECODER_FAULTS):
            continue
        examples.append(Example(image, int(path.stem[-1])))
    return examples


def list_examples(
    repo_id: str, commit: str, *, token: str | bool | None = None, timeout: float = 20.0
) -> list[str]:
    """The paths of a package's first examples on the Hub.

    Raises:
        HubError: the Hub refuses, or has no useful answer.
    """
    from huggingface_hub import HfApi

    from sketchdigits.deadline import within
    from sketchdigits.hub_arguments import check_hub_arguments
    from sketchdigits.hub_errors import explain

    check_hub_arguments(repo_id, commit, token)

    def ask() -> list[str]:
        entries = HfApi(token=token).list_repo_tree(repo_id, recursive=True, revision=commit)
        return sorted(entry.path for entry in entries if _EXAMPLE.fullmatch(entry.path))

    try:
        return within(timeout, ask)[:MAX_EXAMPLES]
    except Exception as error:
        raise explain(error, repo_id, commit) from error


def download_examples(
    repo_id: str,
    commit: str,
    *,
    token: str | bool | None = None,
    cache_dir: str | Path | None = None,
    timeout: float = 20.0,
) -> list[Example]:
    """The first examples of a package on the Hub, from the cache where they are there.

    Raises:
        HubError: the Hub refuses, or has no useful answer.
    """
    from sketchdigits.hub_download import download_files

    names = list_examples(repo_id, commit, token=token, timeout=timeout)
    if not names:
        return []
    snapshot = download_files(
        repo_id,
        dict.fromkeys(names, MAX_EXAMPLE_BYTES),
        revision=commit,
        token=token,
        cache_dir=cache_dir,
        local_files_only=False,
        force_download=False,
        timeout=timeout,
    )
    return read_examples(snapshot.folder)
