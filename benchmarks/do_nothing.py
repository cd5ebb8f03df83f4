"""A Gradio endpoint that takes the same upload and does nothing: the cost of the framework.

It has Gradio's default settings, except for the queue, which is set as in app.py.
"""

from __future__ import annotations

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr


def predict(image: str | None) -> dict[str, str]:
    """Return at once."""
    return {"label": "0"}


with gr.Blocks(analytics_enabled=False) as demo:
    image_file = gr.File(visible=False, type="filepath")
    answer = gr.JSON(visible=False)
    gr.Button(visible=False).click(predict, image_file, answer, api_name="predict")

if __name__ == "__main__":
    demo.queue(max_size=64, default_concurrency_limit=2).launch(ssr_mode=False, quiet=True)
