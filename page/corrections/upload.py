"""The folder of corrections -> a dataset on the Hub, in the background, every five minutes.

A Hub that is down, refuses or hangs stops nothing: the corrections stay in the folder, a warning
goes to the log, and it is tried again.
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

# The columns are named, because a file whose labels are all null would leave their type open.
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
---

# Corrections by visitors of a Sketchdigits page

Each row was sent by an explicit click: a drawing (`image`), the right digit as the visitor says
(`label`; null: no digit), what the model said (`answer`, `is_digit`, `digit_score`,
`probabilities` of the digits 0-9), which model it was (`model`, `revision`), and the time to the
minute (`date`, UTC). Nothing about the visitor is kept. Nobody has checked the labels.

    hf download --repo-type dataset OWNER/NAME --local-dir corrections
    python -m train fit --corrections corrections
"""

_log = logging.getLogger("sketchdigits")


class CorrectionsSender:
    """Opens the dataset as soon as the Hub lets it, and has a scheduler send the folder to it.

    Attributes:
        started: whether there has been something to send.
        scheduler: None as long as the dataset isn't open.
    """

    def __init__(self, folder: Path, repo_id: str, lock: Lock) -> None:
        self._folder, self._repo_id, self._lock = folder, repo_id, lock
        self.started = False
        self.scheduler: CorrectionsScheduler | None = None

    def start(self) -> None:
        """Begin, in a thread of its own; once is enough."""
        with self._lock:
            started, self.started = self.started, True
        if not started:
            Thread(target=self._open, daemon=True, name="sketchdigits-corrections").start()

    def _open(self) -> None:
        pause = limits.CORRECTIONS_UPLOAD_INTERVAL
        while True:
            try:
                within(limits.CORRECTIONS_UPLOAD_TIMEOUT, lambda: _open_dataset(self._repo_id))
                self.scheduler = CorrectionsScheduler(self._folder, self._repo_id, self._lock)
            except Exception as error:  # noqa: BLE001  a page goes on, whatever the Hub does
                _warn(error, self._repo_id)
                time.sleep(pause * 60)
                # A request that hangs is never given back: don't gather many.
                pause = min(2 * pause, limits.MAX_CORRECTIONS_UPLOAD_INTERVAL)
            else:
                return


class CorrectionsScheduler(CommitScheduler):
    """Sends what is new.

    It differs from its base in what a push does with files: that one holds all of them open at
    once, of which a process has but a thousand, and opens them again while an earlier push hangs.
    """

    def __init__(self, folder: Path, repo_id: str, lock: Lock) -> None:
        self._store_lock = lock
        self._one_at_a_time = Lock()
        super().__init__(
            repo_id=repo_id,
            repo_type="dataset",
            folder_path=folder,
            every=limits.CORRECTIONS_UPLOAD_INTERVAL,
            private=True,
        )
        # Python lets nothing start threads at a process's end, as sending several drawings does;
        # and a Hub that hangs would hold the end. What is left is for the next process.
        atexit.unregister(self._push_to_hub)

    def push_to_hub(self) -> CommitInfo | None:
        """Send new corrections in one commit; None where there are none, or it can't be done."""
        try:
            return within(limits.CORRECTIONS_UPLOAD_TIMEOUT, self._push_alone)
        except Exception as error:  # noqa: BLE001  they stay here, for the next time
            _warn(error, self.repo_id)
            return None

    def _push_alone(self) -> CommitInfo | None:
        if not self._one_at_a_time.acquire(blocking=False):
            raise DeadlineError("an earlier push is under way")
        try:
            return self._push_new_files()
        finally:
            self._one_at_a_time.release()

    def _push_new_files(self) -> CommitInfo | None:
        operations: list[CommitOperationAdd] = []
        changed: dict[Path, float] = {}
        with self._store_lock:  # no line is half written, and each has its drawing
            for path in sorted(self.folder_path.glob("data/*/*")):
                if path.suffix not in (".png", ".jsonl"):
                    continue
                size = path.stat().st_size  # these files grow, or stay as they are
                if self.last_uploaded.get(path) != size:
                    changed[path] = size
                    # A drawing stays as it is; the lines go as they are now.
                    content = path if path.suffix == ".png" else path.read_bytes()
                    name = path.relative_to(self.folder_path).as_posix()
                    operations.append(CommitOperationAdd(name, content))
        if not operations:
            return None
        commit = self.api.create_commit(
            self.repo_id,
            operations,
            repo_type="dataset",
            commit_message="Corrections by the page's visitors",
        )
        self.last_uploaded |= changed
        return commit


def _open_dataset(repo_id: str) -> None:
    """Create the dataset, private, with a card that says what it holds, where they are missing."""
    check_token(None)
    api = HfApi()
    api.create_repo(repo_id, repo_type="dataset", private=True, exist_ok=True)
    if not api.file_exists(repo_id, CARD_FILE, repo_type="dataset"):
        api.upload_file(
            repo_id=repo_id,
            repo_type="dataset",
            path_in_repo=CARD_FILE,
            path_or_fileobj=CARD.encode(),
            commit_message="What this dataset holds",
        )


def _warn(error: Exception, repo_id: str) -> None:
    explained = explain(error, repo_id, advice="It will be tried again.")
    _log.warning("Corrections are kept here, but not sent. %s", explained)
