"""The sizes of images that are read, and the errors for files beyond a limit."""

from __future__ import annotations

from sketchdigits.errors import InvalidImageError

# Limits in pixels. They are checked before anything is decoded.
MAX_SIDE = 8192
MAX_PIXELS = 4096 * 4096
# An image whose longer side has fewer pixels is refused.
MIN_LONGEST_SIDE = 8
# Bytes that belong to nothing, in the header of a JPEG or GIF.
MAX_STRAY_BYTES = 65_536


def check_size(width: int, height: int) -> None:
    """Check the size of an image in pixels.

    Raises:
        InvalidImageError: it is empty, too small or too large.
    """
    if width < 1 or height < 1:
        raise InvalidImageError(
            f"The image is empty ({width}x{height} pixels). Send one from 8x8 to 4096x4096 pixels."
        )
    if max(width, height) < MIN_LONGEST_SIDE:
        raise InvalidImageError(
            f"The image is too small to hold a digit ({width}x{height} pixels). "
            "Send one from 8x8 to 4096x4096 pixels."
        )
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise InvalidImageError(
            f"The image is too large ({width}x{height} pixels). Scale it to 4096x4096 or less."
        )


def refuse_parts(what: str) -> InvalidImageError:
    """The error for a file that has "more chunks", or more of something else, than it may have."""
    return InvalidImageError(
        f"The image file has {what} than any real one. Save it again as PNG, or draw again."
    )
