"""Gradio's Sketchpad, and the scripts that send a drawing to the server in two requests.

With the Sketchpad's own `change` event, the first stroke costs 15 requests and the next one 27
(gradio 6.31, counted in Chromium), because the drawing is uploaded several times. Here one request
carries the drawing as a data URI, and a second one gets the answer. Without Gradio's queue, one
request would be enough, but the queue limits the load on a public page.

The scripts also work with the plain pad: it has the id of the Sketchpad, and its `window.editor`
has the same functions (see `page/assets/plain_pad/pad.js`).
"""

from __future__ import annotations

import base64
from pathlib import Path

import gradio as gr
from gradio.i18n import I18nData

from page import limits
from page.server.components import store_no_blobs
from page.translations import ENGLISH
from sketchdigits import InvalidImageError

CANVAS_SIZE = 400
# Width and height of the wide canvas, for a row of digits. It has no more bytes than
# `SMALL_DECODING_BYTES`.
WIDE_CANVAS_SIZE = (800, 300)
BRUSH_RADIUS = 14
_PREFIX = "data:image/png;base64,"

_IMPROVE_JS = (Path(__file__).parent.parent / "assets" / "sketchpad.js").read_text("utf-8")
# Gradio's Sketchpad ignores strokes until its Brush button is clicked, at the start and after each
# clearing, because it selects no tool by itself (gradio 6.31).
# `window.editor` is the pad's own object. It fires one `change` for each stroke, undo, redo and
# clearing. A click on the hidden button then requests an answer. While one request is running,
# Gradio keeps only the last of the next ones, and sends the drawing as it is at that time.
LISTEN_JS = (
    """
() => {
  const find = (selector) => document.querySelector('#sketchpad ' + selector);
  const brush = () => find('button[aria-label="Brush"]');
  const ready = () => window.editor?.isPlain || (brush() && find('canvas') && window.editor);
  const improve = """
    + _IMPROVE_JS
    + """;
  const start = () => {
    if (!ready()) { setTimeout(start, 50); return; }
    if (!window.editor.isPlain) { brush().click(); improve(window.editor, find); }
    const read = () => document.querySelector('#read-drawing').click();
    window.editor.on('change', read);
    // One can draw on the plain pad before Gradio runs this, when the whole page is there.
    if (window.editor.isPlain && !window.editor.isEmpty()) read();
  };
  start();
  // Screen readers read the sentence aloud when it changes.
  document.querySelector('#message').setAttribute('aria-live', 'polite');
}
"""
)
SELECT_BRUSH_JS = """
() => setTimeout(() => {
  document.querySelector('#sketchpad button[aria-label="Brush"]').click();
  window.editor.tools.get('zoom').set_zoom('fit');
}, 100)
"""
# Change between the square and the wide canvas. The Sketchpad takes the size of its canvas from
# these two attributes when it is cleared (gradio 6.31), and `canvas_size` only once, at the start.
# The style sheet makes room by the attribute `data-canvas`.
WIDEN_JS = f"""
() => {{
  const inputs = document.querySelector('#image-inputs');
  const wide = inputs.dataset.canvas !== 'wide';
  inputs.dataset.canvas = wide ? 'wide' : 'square';
  document.querySelector('#widen-canvas').setAttribute('aria-pressed', wide);
  const editor = window.editor;
  const size = wide ? {[*WIDE_CANVAS_SIZE]} : {[CANVAS_SIZE, CANVAS_SIZE]};
  if (editor.isPlain) {{ editor.resize(...size); return; }}
  [editor.original_width, editor.original_height] = size;
  document.querySelector('#sketchpad button[aria-label="Clear canvas"]').click();
}}
"""
# The drawing as a PNG in a data URI. It waits because Gradio fires the `change` of an undo shortly
# before the undo is done.
TAKE_DRAWING_JS = """
async (_, ...others) => {
  await new Promise((done) => setTimeout(done, 30));
  const { composite } = await window.editor.get_blobs();
  if (!composite) return ["", ...others];
  const reader = new FileReader();
  return new Promise((done) => {
    reader.onload = () => done([reader.result, ...others]);
    reader.readAsDataURL(composite);
  });
}
"""


def build_sketchpad(label: I18nData, *, visible: bool = True) -> gr.Sketchpad:
    """Build the square canvas: a thick black brush, an eraser, undo, redo and clear."""
    sketchpad = gr.Sketchpad(
        label=label,
        show_label=False,
        elem_id="sketchpad",
        canvas_size=(CANVAS_SIZE, CANVAS_SIZE),
        height=CANVAS_SIZE + 110,  # room for the tools, so that the canvas is not scaled down
        fixed_canvas=True,
        layers=False,
        transforms=(),
        buttons=[],
        visible=visible,
        # Without it, Gradio shows an output that is no input, as this one is, as a picture.
        interactive=True,
        brush=gr.Brush(default_size=BRUSH_RADIUS, colors=["#000000"], color_mode="fixed"),
    )
    store_no_blobs(sketchpad)
    sketchpad.clear(None, None, None, js=SELECT_BRUSH_JS)
    return sketchpad


def build_widening_button(label: I18nData) -> None:
    """Build the button that changes between the square and the wide canvas, and clears it."""
    button = gr.Button(label, size="sm", elem_id="widen-canvas")
    button.click(None, None, None, js=WIDEN_JS, api_visibility="private")


def decode_drawing(data_uri: str | None, texts: dict[str, str] = ENGLISH) -> bytes | None:
    """Return the PNG's bytes, or None if nothing was sent.

    Raises:
        InvalidImageError: the text is not a data URI of a PNG, or too long. Its message is from
            `texts`.
    """
    if not data_uri:
        return None
    if not data_uri.startswith(_PREFIX) or len(data_uri) > limits.MAX_DATA_URI_LENGTH:
        raise InvalidImageError(texts["drawing_not_png"])
    try:
        return base64.b64decode(data_uri[len(_PREFIX) :], validate=True)
    except ValueError as error:  # binascii.Error is one; others are for characters outside ASCII
        raise InvalidImageError(texts["drawing_damaged"]) from error
