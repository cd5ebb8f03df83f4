"""Which pad a visitor draws on: Gradio's Sketchpad; the plain pad where WebGL is missing or slow.

The Sketchpad draws with WebGL. Without it nothing can be drawn (gradio 6.31); where the processor
does the work of a graphics card, a stroke takes seconds. The browser decides, before either of the
two is on the page.
"""

from __future__ import annotations

import gradio as gr
from gradio.components import Component

from page.pad_setting import PadChoice
from page.translations import i18n
from page.ui.plain_pad import build_plain_pad
from page.ui.sketchpad import BRUSH_RADIUS, CANVAS_SIZE, build_sketchpad

# Show the first pad or the second one. Some browsers give a WebGL context although it is drawn by
# the processor: the renderer's name tells.
_CHOOSE_JS = """
() => {
  const options = { failIfMajorPerformanceCaveat: true };
  const canvas = document.createElement('canvas');
  const webgl = canvas.getContext('webgl2', options) || canvas.getContext('webgl', options);
  const names = webgl?.getExtension('WEBGL_debug_renderer_info');
  const renderer = names ? webgl.getParameter(names.UNMASKED_RENDERER_WEBGL) : '';
  const isFast = webgl && !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
  webgl?.getExtension('WEBGL_lose_context')?.loseContext();
  const shown = (visible) => ({ __type__: 'update', visible });
  return [shown(Boolean(isFast)), shown(!isFast)];
}
"""


def build_pads(choice: PadChoice) -> list[Component]:
    """Build the pad, or both, hidden, if the browser decides; then call `let_browser_choose`."""
    visible = choice != "auto"
    pads: list[Component] = []
    with gr.Column(elem_id="pad"):
        if choice != "plain":
            pads.append(build_sketchpad(i18n("canvas_label"), visible=visible))
        if choice != "sketchpad":
            size = (CANVAS_SIZE, CANVAS_SIZE)
            pads.append(build_plain_pad(size, BRUSH_RADIUS, visible=visible))
    return pads


def let_browser_choose(demo: gr.Blocks, pads: list[Component]) -> None:
    """Show one of two pads when the page is loaded. If there is only one, it is there already."""
    if len(pads) > 1:
        demo.load(None, None, pads, js=_CHOOSE_JS, api_visibility="private")
