"""A `NumberReading` -> what the page shows: a sentence, the number, and its digits in boxes.

    find_number      which images are read as a number, and not as one digit
    describe_number  the sentence
    show_number      HTML: the number large, and a picture with a box around each digit

Each box is a button, so that a finger and the keyboard reach it: it shows its three likeliest
digits. The picture is a data URI, which needs no request of its own.
"""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Iterable

import numpy as np
from PIL import Image

from page import limits
from page.ui.answer import TOP_K, sure_percent
from sketchdigits import DigitClassifier, NumberReading, Prediction, SketchdigitsError
from sketchdigits.numbers.number_reading import Box
from sketchdigits.preprocessing.crop import is_stroke


def find_number(
    pixels: np.ndarray, ink: np.ndarray, prediction: Prediction, classifier: DigitClassifier
) -> NumberReading | None:
    """Read an image as a number, if it may be one; None if it shows one digit, or no number.

    A number is read only if the image is not clearly one digit, which is answered as fast as ever.

    Args:
        pixels: `(H, W, 1|3) uint8`, from `read_opaque`.
        ink: `(h, w) uint8`, 0-255, the image's from `to_inks`.
        prediction: the answer for one digit.
        classifier: reads the number.
    """
    if prediction.is_digit and not may_be_several(ink):
        return None
    try:
        reading = classifier.read_number(pixels)
    except SketchdigitsError:  # the answer for one digit stays
        return None
    count = len(reading.digits)
    if count < 2 and (prediction.is_digit or not (count and reading.unexplained)):
        return None
    # Some parts of a scribble look like digits.
    clear = sum(digit.is_digit for digit in reading.digits)
    is_scribble = not reading.is_number and 2 * clear < count + len(reading.unexplained)
    return None if is_scribble else reading


def may_be_several(ink: np.ndarray) -> bool:
    """Whether ink, `(h, w) uint8`, has high parts side by side, or one as wide as a row."""
    [strokes] = is_stroke(ink[None], np.array([ink.max()]))
    columns, rows = np.flatnonzero(strokes.any(axis=0)), np.flatnonzero(strokes.any(axis=1))
    if not len(columns):
        return False
    height = int(rows[-1] - rows[0]) + 1
    parts = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
    if any(len(part) > limits.MIN_ROW_WIDTH * height for part in parts):
        return True
    if len(parts) == 1:
        return False
    high = 0
    for part in parts:
        inked = np.flatnonzero(strokes[:, part[0] : part[-1] + 1].any(axis=1))
        high += int(inked[-1] - inked[0]) + 1 >= limits.MIN_PART_HEIGHT * height
    return high > 1


def describe_number(reading: NumberReading, texts: dict[str, str]) -> str:
    """One or two sentences: the number and how sure it is, or what can't be explained."""
    number = texts["list_comma"].join(f"**{line}**" for line in reading.lines)
    count = len(reading.unexplained)
    if count:
        key = "number_unexplained" if count == 1 else "number_unexplained_many"
        sentence = texts[key].format(number=number, count=count)
    else:
        is_sure = reading.is_number and reading.confidence >= limits.MIN_SURE_PROBABILITY
        key = "number_sure" if is_sure else "number_unsure"
        sentence = texts[key].format(number=number, sure=sure_percent(reading.confidence))
    return sentence + (texts["number_left_out"] if reading.left_out else "")


def show_number(reading: NumberReading, pixels: np.ndarray, texts: dict[str, str]) -> str:
    """HTML: the number, and the part of the image that it is on, with a box around each digit.

    Args:
        reading: of the image.
        pixels: `(H, W, 1|3) uint8`, from `read_opaque`.
        texts: the sentences in the visitor's language.
    """
    boxes = [*reading.boxes, *reading.left_out, *reading.unexplained]
    part = _shown_part(boxes, pixels.shape[:2])
    shown: list[str] = []
    for digit, box in zip(reading.digits, reading.boxes, strict=True):
        is_sure = digit.is_digit and digit.top(1)[0][1] >= limits.MIN_SURE_PROBABILITY
        kind = "read" if is_sure else "read unsure"
        shown.append(_button(kind, str(digit.label), box, part, _name_likeliest(digit, texts)))
    for kind, mark, group in (
        ("left-out", "", reading.left_out),
        ("unexplained", "?", reading.unexplained),
    ):
        sentence = texts["number_mark" if kind == "left-out" else "number_unknown"]
        shown += [_button(kind, mark, box, part, sentence) for box in group]
    x, y, width, height = part
    lines = "".join(f"<div>{html.escape(line)}</div>" for line in reading.lines)
    doubtful = "" if reading.is_number else " doubtful"
    pixelated = " pixelated" if width < limits.MIN_SMOOTH_WIDTH else ""
    widest = max(1, round(limits.MAX_NUMBER_PICTURE_HEIGHT * width / height))
    picture = _encode_picture(pixels[y : y + height, x : x + width])
    alt, hint = (html.escape(texts[key]) for key in ("number_picture", "number_hint"))
    return (
        f'<div class="number"><div class="text{doubtful}">{lines}</div>'
        f'<div class="picture{pixelated}" role="group" aria-label="{alt}">'
        f'<div class="drawing" style="max-width: {widest}px">'
        f'<img alt="" width="{width}" height="{height}" src="{picture}">{"".join(shown)}</div>'
        f'<p class="hint">{hint}</p></div></div>'
    )


def _shown_part(boxes: Iterable[Box], shape: tuple[int, int]) -> Box:
    """The part of an image of `shape`, (height, width), around all boxes, with a margin.

    The margin is as wide as a digit is high: a digit that was not found beside the row is seen.
    """
    sides = np.array([(x, y, x + width, y + height) for x, y, width, height in boxes])
    margin = int(np.median(sides[:, 3] - sides[:, 1]))
    left, top = (int(side) for side in np.maximum(sides[:, :2].min(axis=0) - margin, 0))
    right = min(shape[1], int(sides[:, 2].max()) + margin)
    bottom = min(shape[0], int(sides[:, 3].max()) + margin)
    return left, top, max(1, right - left), max(1, bottom - top)


def _button(kind: str, mark: str, box: Box, part: Box, told: str) -> str:
    """A box as a button, and what is told about it, which the style sheet shows on demand."""
    x, y = (100 * (box[side] - part[side]) / part[side + 2] for side in (0, 1))
    width, height = (100 * box[side] / part[side] for side in (2, 3))
    place = f"left:{x:.2f}%;top:{y:.2f}%;width:{width:.2f}%;height:{height:.2f}%"
    text = html.escape(told)
    return (
        f'<button type="button" class="{kind}" style="{place}" aria-label="{text}">'
        f'<span aria-hidden="true">{html.escape(mark)}</span></button>'
        f'<span class="told" aria-hidden="true">{text}</span>'
    )


def _name_likeliest(digit: Prediction, texts: dict[str, str]) -> str:
    """The three likeliest digits: "2: 97 %, 3: 2 %, 7: < 1 %"."""
    return texts["list_comma"].join(
        f"{label}: {_percent(share)}" for label, share in digit.top(TOP_K)
    )


def _percent(share: float) -> str:
    percent = math.floor(100 * min(share, limits.MAX_BAR))
    return f"{percent} %" if percent else "< 1 %"


def _encode_picture(pixels: np.ndarray) -> str:
    """A data URI of a small JPEG of `(H, W, 1|3) uint8`."""
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    encoded = b""
    for side in limits.NUMBER_PICTURE_SIDES:
        image.thumbnail((side, side), Image.Resampling.BILINEAR)
        stream = io.BytesIO()
        image.save(stream, "JPEG", quality=80)
        encoded = stream.getvalue()
        if len(encoded) <= limits.MAX_NUMBER_PICTURE_BYTES:
            break
    return f"data:image/jpeg;base64,{base64.b64encode(encoded).decode()}"
