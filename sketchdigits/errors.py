"""What a user can get wrong, one class each. Every message says what was wrong and what to do.

SketchdigitsError
├── InvalidImageError, BlankDrawingError            the image
└── ModelPackageError                               the model package
    ├── DamagedPackageError                           its bytes are not what they should be
    ├── CacheError                                    it can't be stored here
    └── HubError                                      the Hub said no, or nothing
        ├── HubNotFoundError, HubAccessError, HubConflictError
        └── HubUnavailableError
"""


class SketchdigitsError(Exception):
    """Base of every error that this package raises on purpose."""


class InvalidImageError(SketchdigitsError, ValueError):
    """The image can't be read: not an image, damaged, empty, of an absurd size or a wrong type."""


class BlankDrawingError(SketchdigitsError, ValueError):
    """The image is readable but holds no ink: nothing has been drawn on it."""


class ModelPackageError(SketchdigitsError):
    """The model package is missing, incomplete, damaged, too new or not one of ours."""


class DamagedPackageError(ModelPackageError):
    """A file is not what it was when it was saved: cut short, altered, or another file.

    Attributes:
        file_name: which one.
    """

    def __init__(self, message: str, file_name: str = "") -> None:
        super().__init__(message)
        self.file_name = file_name


class CacheError(ModelPackageError):
    """A package can't be stored: the disk is full, or the folder may not be written."""


class HubError(ModelPackageError):
    """Base of what can go wrong between this machine and the Hub."""


class HubNotFoundError(HubError):
    """The Hub has no such repository, revision or file, or doesn't show it to you."""


class HubAccessError(HubError):
    """No permission: not logged in, a bad token, a gated or a disabled repository."""


class HubConflictError(HubError):
    """Somebody else committed meanwhile; the repository holds theirs."""


class HubUnavailableError(HubError):
    """No useful answer: offline, refused, hanging, cut short, rate limited or a server's error."""
