"""A folder -> one commit on the Hub: readers see the old package or the new one, never a mixture.

`huggingface_hub` uploads. This module adds: a time limit; the parent commit, so that two people
who publish at the same time don't overwrite each other; and the removal of files that the folder
no longer has.
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
from sketchdigits.hub import timeouts
from sketchdigits.hub.arguments import COMMIT, check_hub_arguments, check_timeout, check_token
from sketchdigits.hub.deadline import DeadlineError, within
from sketchdigits.hub.error_mapping import explain, watch_refusals
from sketchdigits.package.files import CARD_FILE

_Operation: TypeAlias = CommitOperationAdd | CommitOperationDelete

PUBLISH_AGAIN = (
    "The repository holds the old package or the whole new one, never half. Publish again: "
    "publishing twice is harmless."
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

What it was trained on, and how well it reads digits, is not documented yet.
""")


def short_card(repo_id: str) -> str:
    """A card for a repository without one. It says how to load the model, and claims nothing."""
    return _SHORT_CARD.substitute(repo_id=repo_id)


def check_destination(repo_id: str, revision: str | None = None) -> None:
    """Refuse a repository or branch that nothing can be published to. Sends no request.

    Raises:
        ModelPackageError: `repo_id` is not a Hub id.
        HubNotFoundError: `revision` is a commit, or can't be the name of a branch.
    """
    check_hub_arguments(repo_id, revision)
    if COMMIT.fullmatch(revision or ""):
        raise HubNotFoundError(f"{revision!r} is a commit. Name a branch to publish to.")


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
    create_pr: bool = False,
    token: str | None = None,
    timeout: float | None = None,
) -> CommitInfo:
    """Commit all files of a folder except hidden ones; create the repository if it doesn't exist.

    Args:
        folder: the files to upload.
        repo_id: "owner/name".
        commit_message: the first line of the commit's message.
        replaced_folders: subfolders such as `("figures",)`: if `folder` has one of them, the
            repository's other files in it are deleted.
        default_card: the text of README.md for a repository that has none.
        repo_type: "model" or "space" (a Gradio Space).
        private: whether a new repository is private.
        revision: a branch, created if it doesn't exist; default: main.
        create_pr: open a pull request against main, instead of a commit to a branch.
        token: a Hub token; default: the one from `hf auth login` or `HF_TOKEN`.
        timeout: seconds for everything; default: by size, about 30 for a package.

    Returns:
        the commit; if nothing has changed, the branch's last one.

    Raises:
        HubError: the upload failed and nothing was published; if the connection was lost at the
            end, everything may have been published.
        ModelPackageError: `repo_id` is not valid.
        ValueError: `timeout` is not valid, or there is a branch with `create_pr`.
    """
    check_destination(repo_id, revision)
    branch = revision or DEFAULT_REVISION
    if create_pr and branch != DEFAULT_REVISION:
        raise ValueError(
            f"create_pr opens a pull request against {DEFAULT_REVISION}. Leave out {branch!r}."
        )
    files = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
    size = sum(path.stat().st_size for path in files.values())
    if timeout is None:
        timeout = timeouts.UPLOAD_REQUESTS_TIMEOUT + size / timeouts.MIN_UPLOAD_BYTES_PER_SECOND
    check_timeout(timeout)
    replaced = {name for name in replaced_folders if (folder / name).is_dir()}
    api = HfApi(token=token)
    deadline = time.monotonic() + timeout

    def send(parent: str | None, operations: list[_Operation]) -> CommitInfo:
        additions = [each for each in operations if isinstance(each, CommitOperationAdd)]
        api.preupload_lfs_files(
            repo_id,
            additions,
            repo_type=repo_type,
            revision=branch,
            create_pr=create_pr,
            free_memory=False,
        )
        # After the time limit the client keeps trying in its thread: it must not commit later.
        if time.monotonic() > deadline:
            raise DeadlineError("time is up")
        return api.create_commit(
            repo_id,
            operations,
            commit_message=commit_message,
            repo_type=repo_type,
            revision=branch,
            create_pr=create_pr,
            parent_commit=parent,
        )

    # Publishing twice is allowed: hide the warning "No files have been modified".
    logging.getLogger("huggingface_hub.hf_api").addFilter(_is_not_about_empty_commit)
    with watch_refusals() as refusals:
        try:
            parent, present = within(
                min(timeouts.UPLOAD_REQUESTS_TIMEOUT, timeout),
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
            raise explain(
                error, repo_id, revision, advice=PUBLISH_AGAIN, refusals=refusals
            ) from error


def _open_branch(
    api: HfApi, repo_id: str, repo_type: str, branch: str, *, private: bool, token: str | None
) -> tuple[str | None, list[str]]:
    """Create repository and branch if missing; return the commit (None: empty) and its files."""
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
            "settings on the Hub, or publish without the option for a private one."
        )
    if not COMMIT.fullmatch(info.sha or ""):
        return None, []
    return info.sha, api.list_repo_files(repo_id, repo_type=repo_type, revision=info.sha)


def _is_not_about_empty_commit(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("No files have been modified")
