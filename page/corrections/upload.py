"""Upload the folder of corrections to a dataset on the Hub, in the background, every five minutes.

If the Hub is down, refuses or hangs, the page goes on: the corrections stay in the folder, the log
gets a warning, and the upload is tried again.
"""

from __future__ import annotations

import atexit
import logging
import time
from pathlib import Path
from threading import Lock, Thread

from huggingface_hub import CommitInfo, CommitOperationAdd, CommitScheduler, HfApi

from page import limits
from sketchdigits.hub.arguments import check_token
from sketchdigits.hub.deadline import DeadlineError, within
from sketchdigits.hub.error_mapping import explain
from sketchdigits.package.files import CARD_FILE

# The dataset's card. It names the columns' types, because the Hub can't infer the type of `label`
# from a file in which all labels are null.
CARD = """---
pretty_name: Corrections by visitors of a Sketchdigits page
tags:
- sketchdigits
dataset_info:
  features:
  - name: image
    dtype: image
  - name: label
    dtype: int64
  - name: answer
    dtype: int64
  - name: is_digit
    dtype: bool
  - name: digit_score
    dtype: float64
  - name: probabilities
    sequence: float64
  - name: model
    dtype: string
  - name: revision
    dtype: string
  - name: date
    dtype: string
  - name: client
    dtype: string
---

# Corrections by visitors of a Sketchdigits page

A visitor sent each row by clicking Send. A row has the drawing (`image`), the correct digit
according to the visitor (`label`; null: not a digit), the model's answer (`answer`, `is_digit`,
`digit_score`, `probabilities` of the digits 0-9), the model (`model`, `revision`), the time to the
minute (`date`, UTC), and a code of the visitor's network (`client`): a hash of its address with a
secret salt, which stays on the server. Nothing else about the visitor is stored. Nobody has checked
the labels.

    hf download --repo-type dataset OWNER/NAME --local-dir corrections
    python -m train fit --corrections corrections

To drop all corrections of one client:

    python -m page.corrections corrections
    python -m page.corrections corrections --drop CODE
    hf upload --repo-type dataset OWNER/NAME corrections . --delete "data/*"
"""

_log = logging.getLogger("sketchdigits")


class CorrectionsUploader:
    """Creates the dataset on the Hub, then starts a scheduler that uploads the folder to it.

    Attributes:
        started: whether `start` was called.
        scheduler: None until the Hub has created the dataset.
    """

    def __init__(self, folder: Path, repo_id: str, lock: Lock) -> None:
        self._folder, self._repo_id, self._lock = folder, repo_id, lock
        self.started = False
        self.scheduler: CorrectionsScheduler | None = None

    def start(self) -> None:
        """Start uploading in a background thread; does nothing if it was called before."""
        with self._lock:
            started, self.started = self.started, True
        if not started:
            Thread(target=self._run, daemon=True, name="sketchdigits-corrections").start()

    def _run(self) -> None:
        pause = limits.CORRECTIONS_UPLOAD_INTERVAL
        while True:
            try:
                within(limits.CORRECTIONS_UPLOAD_TIMEOUT, lambda: _create_dataset(self._repo_id))
                self.scheduler = CorrectionsScheduler(self._folder, self._repo_id, self._lock)
            except Exception as error:  # noqa: BLE001  no error of the Hub may stop the page
                _warn(error, self._repo_id)
                time.sleep(pause * 60)
                # A request that hangs keeps its thread: start few of them.
                pause = min(2 * pause, limits.MAX_CORRECTIONS_UPLOAD_INTERVAL)
            else:
                return


class CorrectionsScheduler(CommitScheduler):
    """Uploads the files that are new or have grown.

    The base class opens all files at once, although a process may open only about a thousand, and
    opens them again while an earlier push hangs (huggingface_hub 2.4).
    """

    def __init__(self, folder: Path, repo_id: str, lock: Lock) -> None:
        self._store_lock = lock
        self._push_lock = Lock()
        super().__init__(
            repo_id=repo_id,
            repo_type="dataset",
            folder_path=folder,
            every=limits.CORRECTIONS_UPLOAD_INTERVAL,
            private=True,
        )
        # No push when the process ends: it would start threads, which Python forbids at that time,
        # and a Hub that hangs would delay the end. The next process uploads the rest.
        atexit.unregister(self._push_to_hub)

    def push_to_hub(self) -> CommitInfo | None:
        """Upload new corrections in one commit; None if there are none, or if it fails."""
        try:
            return within(limits.CORRECTIONS_UPLOAD_TIMEOUT, self._push_unless_busy)
        except Exception as error:  # noqa: BLE001  the next push tries again
            _warn(error, self.repo_id)
            return None

    def _push_unless_busy(self) -> CommitInfo | None:
        if not self._push_lock.acquire(blocking=False):
            raise DeadlineError("an earlier push is still running")
        try:
            return self._push_new_files()
        finally:
            self._push_lock.release()

    def _push_new_files(self) -> CommitInfo | None:
        operations: list[CommitOperationAdd] = []
        changed: dict[Path, float] = {}
        with self._store_lock:  # so that each line is complete and has its drawing
            for path in sorted(self.folder_path.glob("data/*/*")):
                if path.suffix not in (".png", ".jsonl"):
                    continue
                size = path.stat().st_size  # these files only grow, so a new size means new content
                if self.last_uploaded.get(path) != size:
                    changed[path] = size
                    # Drawings do not change. Metadata does: upload it as it is now.
                    content = path if path.suffix == ".png" else path.read_bytes()
                    name = path.relative_to(self.folder_path).as_posix()
                    operations.append(CommitOperationAdd(name, content))
        if not operations:
            return None
        commit = self.api.create_commit(
            self.repo_id,
            operations,
            repo_type="dataset",
            commit_message="Add corrections by visitors",
        )
        self.last_uploaded |= changed
        return commit


def _create_dataset(repo_id: str) -> None:
    """Create the private dataset and its card, unless they exist."""
    check_token(None)
    api = HfApi()
    api.create_repo(repo_id, repo_type="dataset", private=True, exist_ok=True)
    if not api.file_exists(repo_id, CARD_FILE, repo_type="dataset"):
        api.upload_file(
            repo_id=repo_id,
            repo_type="dataset",
            path_in_repo=CARD_FILE,
            path_or_fileobj=CARD.encode(),
            commit_message="Add the dataset card",
        )


def _warn(error: Exception, repo_id: str) -> None:
    explained = explain(error, repo_id, advice="The upload will be tried again.")
    _log.warning("Corrections are stored on this server, but could not be uploaded. %s", explained)
