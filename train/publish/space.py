"""Build the folder of a Space that serves one pinned model.

    python -m train publish-space --repo-id owner/space --model owner/name

The folder contains what `shipped_files.py` lists, requirements and a card: the page, the packages
that it imports, and the built-in model as a fallback. The card's header tells the Space's build to
download the pinned model into the cache. LiteRT runs the model: a Space installs no TensorFlow.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from huggingface_hub import SpaceCard, metadata_load

from sketchdigits import DigitClassifier
from sketchdigits.hub.extras import list_shown_files
from sketchdigits.package.files import CARD_FILE, LITERT_FILE, ROW_LITERT_FILE, SETTINGS_FILE
from train import REPOSITORY
from train.errors import PublishError
from train.publish.shipped_files import SHIPPED, list_shipped_files

SPACE_FOLDERS = ("sketchdigits", "page", "model", "docs")
REQUIREMENTS = "requirements.txt"
_CARD_TEXT = """# Sketchdigits

Draw a digit, and the page shows the three likeliest digits with their probabilities while you draw.
It serves [{model_id}](https://huggingface.co/{model_id}) at commit `{commit}`. Programs can send
drawings too: see "Use via API" at the bottom of the page.
"""


def resolve_model(model_id: str, revision: str | None, token: str | None) -> tuple[str, list[str]]:
    """Load a model from the Hub, and return its commit and the files to preload.

    Raises:
        PublishError: `model_id` is a local folder.
        ModelPackageError: the Hub doesn't have the model or doesn't answer; or the package is
            damaged, or has no file for LiteRT.
    """
    classifier = DigitClassifier.from_pretrained(
        model_id, revision=revision, token=token, runtime="litert"
    )
    if classifier.snapshot is None:
        raise PublishError(f"{model_id!r} is a local folder. Expected a model on the Hub.")
    if classifier.snapshot.unavailable:
        raise classifier.snapshot.unavailable
    commit = classifier.snapshot.commit
    shown = list_shown_files(model_id, commit, token=token)
    rows = [ROW_LITERT_FILE] if classifier.settings.row_network else []
    return commit, [SETTINGS_FILE, LITERT_FILE, *rows, *shown]


def build_space(folder: Path, model_id: str, commit: str, preloaded: list[str]) -> None:
    """Write all files of the Space to `folder`.

    Args:
        folder: an empty folder.
        model_id: "owner/name" of the model.
        commit: the model's commit.
        preloaded: the model's files that the Space's build downloads.

    Raises:
        PublishError: a file is missing, or is a link.
    """
    for name in list_shipped_files(REPOSITORY, (REQUIREMENTS, *SHIPPED)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / name, folder / name)
    card = _space_card(model_id, commit, preloaded)
    (folder / CARD_FILE).write_text(card, encoding="utf-8")


def _space_card(model_id: str, commit: str, preloaded: list[str]) -> str:
    """A short text under the header of our README, with the pinned model added to the header."""
    card = SpaceCard(_CARD_TEXT.format(model_id=model_id, commit=commit))
    for key, value in (metadata_load(REPOSITORY / CARD_FILE) or {}).items():
        card.data[key] = value
    card.data["models"] = [model_id]
    card.data["preload_from_hub"] = [f"{model_id} {','.join(preloaded)} {commit}"]
    return str(card)
