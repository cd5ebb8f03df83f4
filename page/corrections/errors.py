"""Why a correction can't be stored."""

from __future__ import annotations

from enum import Enum

from sketchdigits import SketchdigitsError


class CorrectionsError(SketchdigitsError):
    """A correction can't be stored: a wrong setting, a wrong label, a full or read-only disk."""


class CorrectionsFullError(CorrectionsError):
    """The limit on the number or the size of all corrections is reached."""


class Quota(Enum):
    """The limits on the corrections of one client."""

    MINUTE = "a minute"
    DAY = "a day"
    STORE = "the store"


class CorrectionsQuotaError(CorrectionsError):
    """One client has sent as many corrections as it may.

    Attributes:
        quota: the limit that is reached.
    """

    def __init__(self, quota: Quota) -> None:
        super().__init__(f"The limit on the corrections of one client in {quota.value} is reached.")
        self.quota = quota


class CorrectionsDiskError(CorrectionsError):
    """A correction can't be written to the disk.

    Attributes:
        disk_full: whether the disk is full; otherwise the folder is not writable.
    """

    def __init__(self, *, disk_full: bool) -> None:
        cause = "full" if disk_full else "not writable"
        super().__init__(f"A correction could not be stored: the disk is {cause}.")
        self.disk_full = disk_full
