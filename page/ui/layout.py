"""The whole page, put together from its parts."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from page.corrections.store import Corrections
from page.served_model import ServedModel
from page.translations import i18n
from page.ui.api_tab import build_api_tab
from page.ui.endpoint import build_endpoint
from page.ui.model_tab import build_model_tab
from page.ui.reading_tab import build_reading_tab
from page.ui.sketchpad import LISTEN_JS

TITLE = "Sketchdigits: draw a digit"


def build_demo(served: ServedModel, corrections: Corrections | None, comparison: Path) -> gr.Blocks:
    """The page and its one public endpoint, `/predict`.

    Args:
        served: the model that answers.
        corrections: where visitors' corrections go; None where none are asked for.
        comparison: the table beside the tutorials, if it is there.
    """
    with gr.Blocks(title=TITLE, analytics_enabled=False) as demo:
        gr.Markdown(f"# Sketchdigits\n{i18n('tagline')}")
        if served.notice:
            gr.Markdown(f"*{served.notice}*", elem_id="notice")
        with gr.Tabs():
            with gr.Tab(i18n("read_tab")):
                build_reading_tab(served, corrections)
            build_model_tab(served, comparison)
            build_api_tab(served)
        build_endpoint(served.classifier)
        demo.load(None, None, None, js=LISTEN_JS)
    return demo
