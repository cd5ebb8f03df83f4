"""A PIL image -> an array of pixels.

Enters: an image that Pillow has opened, decoded or not. Leaves: `(height, width, channels) uint8`,
0-255, as `decode.py` describes it, turned as its EXIF says and averaged down if it is large.
"""

from __future__ import annotations

import math
import struct

import numpy as np
from PIL import Image

from sketchdigits.errors import InvalidImageError
from sketchdigits.preprocessing.array_input import deep_grey_to_uint8
from sketchdigits.preprocessing.exif_orientation import find_transpose, turned_rows, turned_size
from sketchdigits.preprocessing.image_limits import check_size

# A decoded image with a longer side is averaged down to at most this: a digit needs far fewer.
MAX_DECODED_SIDE = 2048
# Rows of the result that are averaged at a time, to bound the memory.
_STRIP_ROWS = 64

# What Pillow raises for damaged or hostile files.
DECODER_FAULTS = (
    OSError,
    SyntaxError,  # a broken PNG chunk
    ValueError,
    EOFError,
    OverflowError,
    IndexError,
    MemoryError,
    NotImplementedError,
    TypeError,  # an EXIF value of the wrong type
    struct.error,  # the same
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


def from_pil(image: Image.Image) -> np.ndarray:
    """Return the pixels of a PIL image's first frame, turned as its EXIF says.

    Returns:
        `(h, w, 1|2|3|4) uint8`, at most `MAX_DECODED_SIDE` pixels a side.

    Raises:
        InvalidImageError: it is too small, too large, closed or damaged.
    """
    check_size(*image.size)  # Pillow has not decoded any pixel yet
    if _is_closed(image):
        raise InvalidImageError(
            "The PIL image is closed. Pass it inside its `with` block, or call `image.load()` "
            "before the block ends."
        )
    try:
        if image.tell() != 0:  # `n_frames` would read all frames of a GIF
            image.seek(0)
        image.load()  # the EXIF of a PNG may follow its pixels
        transpose = find_transpose(image)
        if image.mode in ("I", "F") or image.mode.startswith("I;16"):
            image = Image.fromarray(deep_grey_to_uint8(np.asarray(image)))
        return shrink(image, _target_mode(image), transpose)
    except InvalidImageError:
        raise
    except DECODER_FAULTS as error:
        raise InvalidImageError(
            "Can't decode the image: it is damaged or incomplete. Save it again as PNG."
        ) from error


def _is_closed(image: Image.Image) -> bool:
    """Whether `close` was called, or its file was closed before its pixels were loaded."""
    try:
        if getattr(image, "tile", None):  # some pixels are not loaded yet
            file = getattr(image, "fp", None)
            return file is None or getattr(file, "closed", False)
        _ = image.im
    except ValueError:  # what Pillow raises for any use of a closed image
        return True
    except AssertionError:  # nothing is loaded yet
        return False
    return False


def _target_mode(image: Image.Image) -> str:
    """Return the mode that keeps what `image` shows: L, LA, RGB or RGBA."""
    if "transparency" in image.info or image.mode in ("PA", "RGBa", "RGBA"):
        return "RGBA"
    if image.mode in ("LA", "La"):
        return "LA"
    return "L" if image.mode in ("1", "L") else "RGB"


def shrink(image: Image.Image, mode: str, transpose: Image.Transpose | None = None) -> np.ndarray:
    """Turn an image, convert it, and average it down to at most `MAX_DECODED_SIDE` pixels a side.

    This is done in strips, so that the memory never holds two copies of a large image.

    Args:
        image: of any size and mode.
        mode: of the result: L, LA, RGB or RGBA.
        transpose: how to turn it; None: not at all.

    Returns:
        `(h, w, channels) uint8`.
    """
    width, height = turned_size(image.size, transpose)
    factor = math.ceil(max(width, height) / MAX_DECODED_SIDE)
    if factor == 1:
        pixels = np.asarray(_convert(turned_rows(image, transpose, 0, height), mode))
        return pixels if pixels.ndim == 3 else pixels[..., None]
    shape = math.ceil(height / factor), math.ceil(width / factor), len(mode)
    pixels = np.empty(shape, np.uint8)
    for top in range(0, shape[0], _STRIP_ROWS):
        end = min(top + _STRIP_ROWS, shape[0])
        strip = turned_rows(image, transpose, top * factor, min(end * factor, height))
        reduced = np.asarray(_convert(strip, mode).reduce(factor))
        pixels[top:end] = reduced.reshape(pixels[top:end].shape)
    return pixels


def _convert(image: Image.Image, mode: str) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)
