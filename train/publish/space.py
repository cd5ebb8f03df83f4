"""The folder of a Space that serves one pinned model.

    python -m train publish-space --repo-id owner/space --model owner/name

It holds the app, what the app imports, the built-in model for the day that the Hub is down, and a
card whose header has the Space's build put the pinned model into the cache.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from huggingface_hub import SpaceCard, metadata_load

from sketchdigits import DigitClassifier, HubUnavailableError
from sketchdigits.hub.extras import list_shown_files
from sketchdigits.package.files import CARD_FILE, LITERT_FILE, SETTINGS_FILE, WEIGHTS_FILE
from sketchdigits.package.report import REPORT_FILES
from train.reports.comparison import MARKDOWN_FILE

REPOSITORY = Path(__file__).parent.parent.parent
SPACE_FOLDERS = ("sketchdigits", "page", "model", "docs")
# For the day that the Hub is down.
BUILTIN_MODEL_FILES = [
    f"model/{name}" for name in (SETTINGS_FILE, WEIGHTS_FILE, LITERT_FILE, *REPORT_FILES)
]
_TEXT = """# Sketchdigits

Draw a digit: the answer follows your hand, with the three likeliest digits and how sure the model
is. It serves [{model_id}](https://huggingface.co/{model_id}) at commit `{commit}`, and reads
drawings over the network too: see "Use via API" at the foot of the page.
"""


def resolve_model(model_id: str, revision: str | None, token: str | None) -> tuple[str, list[str]]:
    """The commit to pin, once it has been loaded and tried, and the files to preload.

    Raises:
        ModelPackageError: the Hub doesn't have it, gives no answer, or it can't be trusted.
    """
    classifier = DigitClassifier.from_pretrained(model_id, revision=revision, token=token)
    if classifier.snapshot is None:
        raise HubUnavailableError(f"{model_id!r} is a folder here. Expected a model on the Hub.")
    if classifier.snapshot.unavailable:
        raise classifier.snapshot.unavailable
    commit = classifier.snapshot.commit
    shown = list_shown_files(model_id, commit, token=token)
    fast = [LITERT_FILE] if classifier.settings.litert_sha256 else []
    return commit, [SETTINGS_FILE, WEIGHTS_FILE, *fast, *shown]


def build_space(folder: Path, model_id: str, commit: str, preloaded: list[str]) -> None:
    """Write everything that the Space needs to `folder`."""
    for name in ("app.py", "requirements.txt", "LICENSE"):
        shutil.copyfile(REPOSITORY / name, folder / name)
    for name in ("sketchdigits", "page"):
        shutil.copytree(
            REPOSITORY / name,
            folder / name,
            ignore=shutil.ignore_patterns("__pycache__", "*.pyc"),
        )
    for name in (f"docs/comparison/{MARKDOWN_FILE}", *BUILTIN_MODEL_FILES):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / name, folder / name)
    card = _space_card(model_id, commit, preloaded)
    (folder / CARD_FILE).write_text(card, encoding="utf-8")


def _space_card(model_id: str, commit: str, preloaded: list[str]) -> str:
    """The header of our own README, with the model, pinned."""
    card = SpaceCard(_TEXT.format(model_id=model_id, commit=commit))
    for key, value in (metadata_load(REPOSITORY / CARD_FILE) or {}).items():
        card.data[key] = value
    card.data["models"] = [model_id]
    card.data["preload_from_hub"] = [f"{model_id} {','.join(preloaded)} {commit}"]
    return str(card)
