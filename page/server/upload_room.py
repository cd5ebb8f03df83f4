"""Room for visitors' files: each upload reserves its bytes before the server accepts it.

So uploads never exceed the limit, however many come at once. If there is no room, files that
nobody needs any more are deleted, the oldest first; then files of the address that has the most:
a flood from one address deletes its own files, and not a visitor's photo that waits in the queue.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from contextlib import suppress
from enum import Enum
from pathlib import Path

from page import limits
from page.server.stored_files import StoredFile, complete_files, delete_file


class Admission(Enum):
    """Whether an upload is accepted: yes, or why not."""

    ACCEPTED = 0
    TOO_MANY_AT_ONCE = 1
    NO_ROOM = 2


class UploadRoom:
    """The room in one folder. All methods may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        """Count the files that are already there. Creates the folder if it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.resolve()
        self._keep: frozenset[Path] | None = None
        self._lock = threading.Lock()
        self._owners: dict[Path, str] = {}  # address
        self._uploading: Counter[str] = Counter()  # address -> reserved bytes
        self._uploads = 0
        self.bytes = self.files = 0
        self.recount()

    def keep(self, paths: frozenset[Path]) -> None:
        """Name the files that are never deleted: those of the page itself.

        Before that, no file is deleted.
        """
        self._keep = paths
        self.recount()

    def recount(self) -> None:
        """Count the files in the folder: others delete some, and the same file may come twice."""
        with self._lock:
            self._count()

    def reserve(self, address: str, size: int) -> Admission:
        """Reserve `size` bytes for an upload from an address. Call `release` when it has ended."""
        with self._lock:
            if self._uploading[address] + size > self._most_at_once():
                admission = Admission.TOO_MANY_AT_ONCE
            elif self._fits(size) or self._make_room(size):
                admission = Admission.ACCEPTED
                self._uploading[address] += size
                self._uploads += 1
            else:
                admission = Admission.NO_ROOM
            if not self._uploading[address]:
                del self._uploading[address]
            return admission

    def release(self, address: str, size: int, stored: Path | None) -> None:
        """End a reservation.

        Args:
            address: the same as for `reserve`.
            size: the same as for `reserve`.
            stored: the uploaded file; None if the upload failed.
        """
        with self._lock:
            self._uploads -= 1
            self._uploading[address] -= size
            if not self._uploading[address]:
                del self._uploading[address]
            with suppress(OSError):  # deleted already
                if stored:
                    self.bytes += stored.stat().st_size
                    self.files += 1
                    self._owners[stored.resolve()] = address

    def _capacity(self) -> int:
        """The most bytes that may be stored; less than the limit if the disk is nearly full."""
        free = shutil.disk_usage(self.folder).free
        return min(limits.MAX_FILES_BYTES, self.bytes + free - limits.MIN_FREE_BYTES)

    def _most_at_once(self) -> int:
        """The most bytes that one address may upload at the same time."""
        half = max(self._capacity() // 2, limits.MAX_UPLOAD_BYTES + limits.MAX_FORM_BYTES)
        return min(limits.MAX_UPLOADING_BYTES_PER_ADDRESS, half)

    def _fits(self, size: int) -> bool:
        needed = self.bytes + self._uploading.total() + size
        return needed <= self._capacity() and self.files + self._uploads < limits.MAX_FILES

    def _count(self) -> list[StoredFile]:
        """Count the complete files; returns them, the newest first."""
        found = list(complete_files(self.folder, self._keep or frozenset()))
        self.bytes, self.files = sum(file.size for file in found), len(found)
        paths = {file.path for file in found}
        self._owners = {path: owner for path, owner in self._owners.items() if path in paths}
        return found

    def _make_room(self, size: int) -> bool:
        """Delete files until `size` more bytes fit; False if that is not possible."""
        found = self._count()
        if self._keep is None or self._fits(size):
            return self._fits(size)
        idle_since = time.time() - limits.MIN_IDLE_AGE
        # Idle files: a tenth more than needed, so that not every upload has to list the files.
        wanted = size + limits.MAX_FILES_BYTES // 10
        while found and found[-1].modified < idle_since and not self._fits(wanted):
            self._delete(found.pop())
        held: Counter[str] = Counter()
        for file in found:
            held[self._owner(file)] += max(file.size, 1)
        while found and not self._fits(size):
            heaviest = held.most_common(1)[0][0]
            index = max(i for i, file in enumerate(found) if self._owner(file) == heaviest)
            file = found.pop(index)
            held[heaviest] -= max(file.size, 1)
            if held[heaviest] <= 0:
                del held[heaviest]
            self._delete(file)
        return self._fits(size)

    def _owner(self, file: StoredFile) -> str:
        return self._owners.get(file.path, "")

    def _delete(self, file: StoredFile) -> None:
        if delete_file(file.path):
            self.bytes -= file.size
            self.files -= 1
