"""The plain pad: a canvas of our own, which needs no WebGL. It takes the Sketchpad's place.

Its HTML, CSS and JavaScript are in `page/assets/plain_pad/`; Gradio puts them on the page. Nothing
but the drawing leaves the browser, on the same way as the Sketchpad's (see `sketchpad.py`): no
event has the component as an input, so that the server never reads its value.
"""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from page.translations import LANGUAGES

_FOLDER = Path(__file__).parent.parent / "assets" / "plain_pad"
# The sentences that the pad shows or says.
TEXTS = (
    "canvas_label",
    "pad_tools",
    "pad_undo",
    "pad_redo",
    "pad_draw",
    "pad_erase",
    "pad_size",
    "pad_clear",
    "pad_keys",
    "pad_pen_down",
    "pad_pen_up",
)


def build_plain_pad(size: tuple[int, int], radius: int, *, visible: bool = True) -> gr.HTML:
    """Build the pad, with the id that the Sketchpad has; only one of them is ever on the page.

    Args:
        size: width and height of the paper at the start, in pixels of the drawing.
        radius: of the brush at the start.
        visible: whether the pad is there from the start.
    """
    return gr.HTML(
        html_template=_read("pad.html"),
        css_template=_read("pad.css"),
        js_on_load=_read("ink.js") + _read("pad.js"),
        apply_default_css=False,
        elem_id="sketchpad",
        elem_classes="plain-pad",
        visible=visible,
        paper=[*size],
        radius=radius,
        texts={tags[0]: {key: texts[key] for key in TEXTS} for tags, texts in LANGUAGES.items()},
    )


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
