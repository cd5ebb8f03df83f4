"""An array in any of the usual forms -> uint8 in 0-255, or an error that says what to change.

Enters: a NumPy array, or an object that NumPy can convert, such as a tensor. Leaves: the same shape
in `uint8, 0-255`.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from sketchdigits.errors import InvalidImageError

# A float this far outside 0-1 would be rounded to 0 or 255 anyway: half a grey level. Resizing and
# arithmetic in float32 overshoot by less.
ROUNDING = 0.5 / 255
# Sharper ways of resizing, such as Pillow's BICUBIC, give values outside 0-1 by up to this.
_OVERSHOOT = 0.25
# Rows that are converted at a time, to bound the memory.
_STRIP_ROWS = 64


class SupportsArray(Protocol):
    """An object that NumPy can convert: a tensor of PyTorch or TensorFlow, for example."""

    def __array__(self) -> np.ndarray:
        """Return the content as an array."""
        ...


def to_plain_array(array: SupportsArray) -> np.ndarray:
    """Convert to a plain `np.ndarray`: no subclass such as `np.matrix`, and no mask.

    Raises:
        InvalidImageError: NumPy can't convert it, or it has masked elements.
    """
    if np.ma.is_masked(array):
        raise InvalidImageError(
            "The array has masked pixels. Give them the background's value, for example with "
            "`array.filled(255)`."
        )
    try:
        return np.asarray(array)
    except Exception as error:  # whatever the other library raises
        reason = str(error)[:200].rstrip(".")
        raise InvalidImageError(
            f"NumPy can't convert this {type(array).__name__}: {reason}. Convert it to a NumPy "
            "array first; for PyTorch: `tensor.detach().cpu().numpy()`."
        ) from error


def check_image_shape(array: np.ndarray) -> np.ndarray:
    """Return the array as `(H, W, channels)`.

    Raises:
        InvalidImageError: the shape is not (H, W) or (H, W, 1|2|3|4).
    """
    if array.ndim == 2:
        return array[..., None]
    if array.ndim == 3 and array.shape[2] in (1, 2, 3, 4):
        return array
    advice = ""
    if array.ndim == 3 and array.shape[0] in (1, 2, 3, 4):
        advice = " Move the channels to the end: `np.moveaxis(array, 0, -1)`."
    elif array.ndim == 4:
        advice = " For several images, use `predict_batch`."
    raise InvalidImageError(
        f"Expected an array of shape (H, W) or (H, W, 1|2|3|4). Received: shape={array.shape}."
        + advice
    )


def to_uint8(array: np.ndarray) -> np.ndarray:
    """`(H, W, channels)` of any supported dtype -> the same shape, uint8 in 0-255.

    Supported are uint8, bool, float in 0-1, and uint16 in 0-65535; uint16 without a value above 255
    is taken to be in 0-255.

    Raises:
        InvalidImageError: another dtype, or values outside the range.
    """
    if array.dtype == np.uint8:
        return array
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:  # in either byte order
        return _scale(array, 65535 if array.max() > 255 else 255)
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            raise InvalidImageError(
                "The array holds NaN or infinite values. Replace them before predicting."
            )
        low, high = float(array.min()), float(array.max())
        if low < -ROUNDING or high > 1 + ROUNDING:
            advice = "divide 0-255 values by 255 or pass them as uint8"
            if low >= -_OVERSHOOT and high <= 1 + _OVERSHOOT:
                advice = "cut off what resizing added, with `np.clip(array, 0, 1)`"
            raise InvalidImageError(
                f"A float array must be in 0-1; {advice}. Received: {low:g} to {high:g}"
            )
        return _scale(array, 1)
    raise InvalidImageError(
        "Expected uint8, uint16, bool, or float in 0-1. Convert 0-255 values with "
        f"`array.astype('uint8')`. Received: dtype={array.dtype}"
    )


def deep_grey_to_uint8(grey: np.ndarray) -> np.ndarray:
    """`(H, W)` of 16-bit, 32-bit or float grey -> `(H, W) uint8`.

    Full white is taken to be 1 for floats up to 1, 255 for other values up to 255, else 65535.

    Raises:
        InvalidImageError: a value is not in 0-65535.
    """
    low, high = grey.min(), grey.max()
    if not (np.isfinite(low) and np.isfinite(high) and low >= -ROUNDING and high <= 65535):
        raise InvalidImageError(
            "The image's grey values must be in 0-65535. Save it as an 8 or 16-bit PNG. "
            f"Received: {low:g} to {high:g}"
        )
    if grey.dtype.kind == "f" and high <= 1 + ROUNDING:
        return _scale(grey, 1)
    return _scale(grey, 65535 if high > 255 else 255)


def _scale(values: np.ndarray, full_scale: float) -> np.ndarray:
    """Values in 0-`full_scale` -> the same shape, uint8 in 0-255; slight overshoot is cut off."""
    levels = np.empty(values.shape, np.uint8)
    for top in range(0, len(values), _STRIP_ROWS):
        rows = slice(top, top + _STRIP_ROWS)
        scaled = np.rint(values[rows].astype(np.float64) * (255 / full_scale))
        levels[rows] = np.clip(scaled, 0, 255)
    return levels
