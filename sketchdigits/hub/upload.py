"""A folder -> one commit on the Hub, so that readers see the old package or the new, never half.

The uploading is `huggingface_hub`'s. What is added: a time limit, the parent commit, so that two
who publish at once don't overwrite each other, and the removal of what the folder has no longer.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from string import Template
from typing import TypeAlias

from huggingface_hub import (
    CommitInfo,
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
)
from huggingface_hub.constants import DEFAULT_REVISION
from huggingface_hub.errors import RevisionNotFoundError

from sketchdigits.errors import HubAccessError, HubError, HubNotFoundError
from sketchdigits.hub.arguments import COMMIT, check_hub_arguments, check_timeout, check_token
from sketchdigits.hub.deadline import DeadlineError, within
from sketchdigits.hub.error_mapping import explain, watch_refusals
from sketchdigits.package.files import CARD_FILE

_Operation: TypeAlias = CommitOperationAdd | CommitOperationDelete

# Seconds for all the Hub's answers, and then for the bytes over the slowest line.
ASK_TIMEOUT = 12.0
SLOWEST_BYTES_PER_SECOND = 200_000
AGAIN = (
    "It holds the old package or the whole new one, never half. Publish again: doing so twice is "
    "harmless."
)

_SHORT_CARD = Template("""---
library_name: keras
pipeline_tag: image-classification
tags:
- sketchdigits
---

# A reader of drawn digits

```python
from sketchdigits import DigitClassifier

classifier = DigitClassifier.from_pretrained("$repo_id")
print(classifier.predict("drawing.png").top())
```

With stock Keras alone, for 28x28 images, ink bright on 0:

```python
import keras

model = keras.saving.load_model("hf://$repo_id")
```

Nobody has written here yet what it was trained on, and how well it reads.
""")


def short_card(repo_id: str) -> str:
    """A card for a repository without one: how to load the model, and nothing that isn't known."""
    return _SHORT_CARD.substitute(repo_id=repo_id)


def upload_folder(
    folder: Path,
    repo_id: str,
    *,
    commit_message: str,
    replaced_folders: tuple[str, ...] = (),
    default_card: str | None = None,
    repo_type: str = "model",
    private: bool = False,
    revision: str | None = None,
    token: str | None = None,
    timeout: float | None = None,
) -> CommitInfo:
    """Commit every file of a folder, hidden ones apart; create the repository if need be.

    Args:
        folder: what is sent.
        repo_id: "owner/name".
        commit_message: its first line.
        replaced_folders: `("figures",)`: what the repository has in these is removed, if the
            folder has them too.
        default_card: README.md for a repository that has none.
        repo_type: "model" or "space" (a Gradio one).
        private: create the repository as a private one.
        revision: a branch, created if need be; default: main.
        token: default: the one that `hf auth login` or `HF_TOKEN` left.
        timeout: seconds for everything; default: by size, 20 for a package.

    Returns:
        The commit. If nothing has changed, the one that the branch already has.

    Raises:
        HubError: nothing was published, or, if the connection broke off, all of it or nothing.
        ModelPackageError: `repo_id` can't be one.
        ValueError: `timeout` is no time.
    """
    check_hub_arguments(repo_id, revision)
    if COMMIT.fullmatch(revision or ""):
        raise HubNotFoundError(f"{revision!r} is a commit. Name a branch to publish to.")
    branch = revision or DEFAULT_REVISION
    files = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
    size = sum(path.stat().st_size for path in files.values())
    limit = ASK_TIMEOUT + size / SLOWEST_BYTES_PER_SECOND if timeout is None else timeout
    check_timeout(limit)
    replaced = {name for name in replaced_folders if (folder / name).is_dir()}
    api = HfApi(token=token)
    deadline = time.monotonic() + limit

    def send(parent: str | None, operations: list[_Operation]) -> CommitInfo:
        additions = [each for each in operations if isinstance(each, CommitOperationAdd)]
        api.preupload_lfs_files(
            repo_id, additions, repo_type=repo_type, revision=branch, free_memory=False
        )
        # The client goes on trying after it was given up: nothing may appear hours later.
        if time.monotonic() > deadline:
            raise DeadlineError("given up")
        return api.create_commit(
            repo_id,
            operations,
            commit_message=commit_message,
            repo_type=repo_type,
            revision=branch,
            parent_commit=parent,
        )

    # "No files have been modified": no warning, but what publishing twice is about.
    logging.getLogger("huggingface_hub.hf_api").addFilter(_is_no_empty_commit)
    with watch_refusals() as refusals:
        try:
            parent, present = within(
                min(ASK_TIMEOUT, limit),
                lambda: _open_branch(api, repo_id, repo_type, branch, private=private, token=token),
            )
            operations: list[_Operation] = [
                CommitOperationDelete(path_in_repo=name)
                for name in present
                if name not in files and name.split("/")[0] in replaced
            ]
            operations += [
                CommitOperationAdd(path_in_repo=name, path_or_fileobj=path)
                for name, path in files.items()
            ]
            if default_card and CARD_FILE not in present and CARD_FILE not in files:
                card = default_card.encode()
                operations.append(CommitOperationAdd(path_in_repo=CARD_FILE, path_or_fileobj=card))
            return within(deadline - time.monotonic(), lambda: send(parent, operations))
        except Exception as error:
            if isinstance(error, ValueError) and "Invalid metadata in README.md" in str(error):
                raise HubError(
                    f"The Hub refuses the card. {error} Nothing was published."
                ) from error
            raise explain(error, repo_id, revision, advice=AGAIN, refusals=refusals) from error


def _open_branch(
    api: HfApi, repo_id: str, repo_type: str, branch: str, *, private: bool, token: str | None
) -> tuple[str | None, list[str]]:
    """Create what is missing; the branch's commit, None where there is none yet, and its files."""
    check_token(token)
    api.create_repo(
        repo_id,
        repo_type=repo_type,
        private=private or None,
        exist_ok=True,
        space_sdk="gradio" if repo_type == "space" else None,
    )
    try:
        info = api.repo_info(repo_id, repo_type=repo_type, revision=branch)
    except RevisionNotFoundError:
        if branch == DEFAULT_REVISION:
            return None, []
        api.create_branch(repo_id, branch=branch, repo_type=repo_type, exist_ok=True)
        info = api.repo_info(repo_id, repo_type=repo_type, revision=branch)
    if private and info.private is False:
        raise HubAccessError(
            f"{repo_id!r} exists and is public: nothing was published. Make it private in its "
            "settings on the Hub, or publish without asking for a private one."
        )
    if not COMMIT.fullmatch(info.sha or ""):
        return None, []
    return info.sha, api.list_repo_files(repo_id, repo_type=repo_type, revision=info.sha)


def _is_no_empty_commit(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("No files have been modified")
