"""What a user can get wrong, one class each. Every message says what was wrong and what to do."""


class SketchdigitsError(Exception):
    """Base of every error that this package raises on purpose."""


class InvalidImageError(SketchdigitsError, ValueError):
    """The image can't be read: not an image, damaged, empty, of an absurd size or a wrong type."""


class BlankDrawingError(SketchdigitsError, ValueError):
    """The image is readable but holds no ink: nothing has been drawn on it."""


class ModelPackageError(SketchdigitsError):
    """The model package is missing, incomplete, damaged or not one of ours."""
