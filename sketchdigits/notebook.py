"""A prediction as HTML, for notebooks: the 28x28 image that the model saw, and ten bars."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from sketchdigits.prediction import Prediction

# CSS pixels: the side of the image, and the length of a bar of 100 %.
IMAGE_SIDE = 140
BAR_LENGTH = 160
# What is said below the image, by verdict.
_REMARKS = {"digit": "", "unusual": "looks unusual", "no digit": "doesn't look like a digit"}


def render_prediction(prediction: Prediction) -> str:
    """Return HTML that needs no other files, no script, and no more than the page's own colours."""
    stream = io.BytesIO()
    Image.fromarray(prediction.image).save(stream, "PNG")
    source = "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
    rows = "".join(
        _row(digit, float(share), is_likeliest=digit == prediction.label)
        for digit, share in enumerate(prediction.probabilities)
    )
    score = "" if prediction.digit_score is None else f"digit score {prediction.digit_score:.3f}"
    remark = ", ".join(filter(None, [score, _REMARKS[prediction.verdict]]))
    return (
        '<div style="display:flex;gap:1em;align-items:center">'
        f'<figure style="margin:0"><img src="{source}" alt="what the model saw" '
        f'width="{IMAGE_SIDE}" height="{IMAGE_SIDE}" style="image-rendering:pixelated">'
        f"<figcaption>{remark}</figcaption></figure>"
        f'<table style="font-variant-numeric:tabular-nums">{rows}</table></div>'
    )


def _row(digit: int, share: float, *, is_likeliest: bool) -> str:
    weight = "bold" if is_likeliest else "normal"
    bar = (
        f'<div style="background:currentColor;height:0.7em;width:{share * BAR_LENGTH:.1f}px"></div>'
    )
    return (
        f'<tr style="font-weight:{weight}"><td>{digit}</td>'
        f'<td style="text-align:left;width:{BAR_LENGTH}px">{bar}</td><td>{share:.1%}</td></tr>'
    )
