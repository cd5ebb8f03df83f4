"""The canvas, and how a drawing comes from the browser with the fewest requests.

Attached to the Sketchpad's own `change`, a stroke cost 15 requests, and the next one 27 (gradio
6.31, counted in Chromium): three blobs of the drawing, the same three as uploads, several times
over, and those of the answer. Here the drawing travels inside the one request for its answer, and
the answer comes back in a second. (Without Gradio's queue it would be one; but the queue is what
bounds the work of a public page.)
"""

from __future__ import annotations

import base64
import binascii

import gradio as gr
from gradio.i18n import I18nData

from page import limits
from page.server.components import store_no_blobs
from sketchdigits import InvalidImageError

CANVAS_SIZE = 400
BRUSH_RADIUS = 14
_PREFIX = "data:image/png;base64,"

# Gradio's Sketchpad ignores strokes until its Brush button is clicked, at the start and again after
# each clearing: it selects no tool by itself (gradio 6.31).
# `window.editor` is the Sketchpad's own object: it tells of each stroke, undo, redo and clearing,
# once. A click on the hidden button asks for the answer; Gradio keeps one question on its way and,
# of those that follow meanwhile, asks the last one, with the drawing as it is then.
LISTEN_JS = """
() => {
  const pad = document.querySelector('#sketchpad');
  const brush = () => document.querySelector('#sketchpad button[aria-label="Brush"]');
  const ready = () => brush() && pad.querySelector('canvas') && window.editor;
  const start = () => {
    if (!ready()) { setTimeout(start, 50); return; }
    brush().click();
    window.editor.on('change', () => document.querySelector('#read-drawing').click());
  };
  start();
  // A screen reader says the sentence when it changes.
  document.querySelector('#message').setAttribute('aria-live', 'polite');
}
"""
SELECT_BRUSH_JS = """
() => setTimeout(() => document.querySelector('#sketchpad button[aria-label="Brush"]').click(), 100)
"""
# The drawing as a PNG in a data URI. Gradio tells of an undo a moment before it is done.
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


def build_sketchpad(label: I18nData) -> gr.Sketchpad:
    """The square canvas with a marker-like black brush, undo, redo, clear and brush sizes."""
    sketchpad = gr.Sketchpad(
        label=label,
        show_label=False,
        elem_id="sketchpad",
        canvas_size=(CANVAS_SIZE, CANVAS_SIZE),
        height=CANVAS_SIZE + 110,  # room for the tools, so that it isn't scaled down
        fixed_canvas=True,
        layers=False,
        transforms=(),
        buttons=[],
        brush=gr.Brush(default_size=BRUSH_RADIUS, colors=["#000000"], color_mode="fixed"),
    )
    store_no_blobs(sketchpad)
    return sketchpad


def decode_drawing(data_uri: str | None) -> bytes | None:
    """The PNG's bytes, or None where nothing was sent.

    Raises:
        InvalidImageError: it is no data URI of a PNG, or too large.
    """
    if not data_uri:
        return None
    if not data_uri.startswith(_PREFIX) or len(data_uri) > limits.MAX_DATA_URI_LENGTH:
        raise InvalidImageError("Expected the canvas's drawing as a PNG in a data URI. Draw again.")
    try:
        return base64.b64decode(data_uri[len(_PREFIX) :], validate=True)
    except binascii.Error as error:
        raise InvalidImageError("The drawing came damaged. Draw again.") from error
