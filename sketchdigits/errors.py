"""The errors that users can meet. Each message says what was wrong and what to do.

SketchdigitsError
├── InvalidImageError, BlankDrawingError            the image
└── ModelPackageError                               the model package
    ├── DamagedPackageError                           a file is damaged
    ├── CacheError                                    files can't be written here
    └── HubError                                      a request to the Hub failed
        ├── HubNotFoundError, HubAccessError, HubConflictError
        └── HubUnavailableError
"""

import errno


class SketchdigitsError(Exception):
    """Base class of all errors that this package raises on purpose."""


class InvalidImageError(SketchdigitsError, ValueError):
    """The image can't be read: not an image, damaged, empty, too large, or of a wrong type.

    Attributes:
        file_format: the name of the file's format, such as "HEIC", if it is one that is not read.
    """

    def __init__(self, message: str, file_format: str | None = None) -> None:
        super().__init__(message)
        self.file_format = file_format


class BlankDrawingError(SketchdigitsError, ValueError):
    """The image is valid but holds no ink."""


class ModelPackageError(SketchdigitsError):
    """The model package is missing, incomplete, damaged, too new, or not a Sketchdigits one."""


class DamagedPackageError(ModelPackageError):
    """A file differs from the one that was saved: cut short, altered, or another file.

    Attributes:
        file_name: the name of the file.
    """

    def __init__(self, message: str, file_name: str = "") -> None:
        super().__init__(message)
        self.file_name = file_name


class CacheError(ModelPackageError):
    """The package can't be stored: the disk is full, or the folder can't be written."""


class HubError(ModelPackageError):
    """Base class of all errors in requests to the Hub."""


class HubNotFoundError(HubError):
    """The Hub has no such repository, revision or file, or hides it from this account."""


class HubAccessError(HubError):
    """Permission denied: not logged in, an invalid token, a gated or a disabled repository."""


class HubConflictError(HubError):
    """Somebody else committed at the same time; the repository holds their commit."""


class HubUnavailableError(HubError):
    """No useful response: offline, refused, hanging, cut short, rate limited or a server error."""


def is_disk_full(error: OSError) -> bool:
    """Whether a write failed for lack of space: a full disk or quota, or a limit on file size."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
