"""The whole page, built from its tabs and panels."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from page.corrections.store import Corrections
from page.pad_setting import PadChoice
from page.served_model import ServedModel
from page.translations import ENGLISH_ONLY, i18n
from page.ui.api_tab import build_api_tab
from page.ui.endpoint import build_endpoints
from page.ui.model_tab import build_model_tab
from page.ui.pad_choice import let_browser_choose
from page.ui.reading_tab import build_reading_tab
from page.ui.sketchpad import LISTEN_JS


def build_demo(
    served: ServedModel,
    corrections: Corrections | None,
    comparison: Path,
    pad: PadChoice = "auto",
) -> gr.Blocks:
    """Build the page and its public endpoints, `/predict` and `/read_number`.

    Args:
        served: the model, its examples and its report.
        corrections: stores visitors' corrections; None hides the panel for corrections.
        comparison: the Markdown file of `python -m train compare`; it need not exist.
        pad: what visitors draw on; "auto": their browsers decide.
    """
    with gr.Blocks(title=ENGLISH_ONLY["page_title"], analytics_enabled=False) as demo:
        gr.Markdown(f"# Sketchdigits\n{i18n('tagline')}")
        if served.notice:
            # Two components, because Gradio translates only one key in a string (gradio 6.31).
            cause = f"{served.notice.model_id}: {i18n(served.notice.cause)}"
            gr.Markdown(f"*{cause}*", elem_id="notice")
            gr.Markdown(f"*{i18n(served.notice.substitute)}*")
        with gr.Tabs():
            with gr.Tab(i18n("read_tab")):
                pads = build_reading_tab(served, corrections, pad)
            build_model_tab(served, comparison)
            build_api_tab(served)
        build_endpoints(served.classifier)
        let_browser_choose(demo, pads)
        demo.load(None, None, None, js=LISTEN_JS)
    return demo
