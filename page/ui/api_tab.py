"""The tab for programs: what to copy and paste, with this page's own address in it."""

from __future__ import annotations

import json
import os

import gradio as gr

from page.served_model import ServedModel
from page.translations import i18n

LOCAL_ADDRESS = "http://127.0.0.1:7860"

CLIENT = """```python
from gradio_client import Client, handle_file

client = Client("{address}")
print(client.predict(handle_file("drawing.png"), api_name="/predict"))
# {{'label': '7', 'confidences': [{{'label': '7', 'confidence': 0.98}}, ...], ...}}
```"""

CURL = """```sh
FILE=$(curl -s -F files=@drawing.png {address}/gradio_api/upload | tr -d '[]"')
EVENT=$(curl -s {address}/gradio_api/call/predict -H 'Content-Type: application/json' \\
  -d '{{"data": [{{"path": "'"$FILE"'", "meta": {{"_type": "gradio.FileData"}}}}]}}' \\
  | cut -d'"' -f4)
curl -sN {address}/gradio_api/call/predict/$EVENT
```"""

JAVASCRIPT = """```js
import {{ Client, handle_file }} from "@gradio/client";

const client = await Client.connect("{address}");
const answer = await client.predict("/predict", [handle_file("drawing.png")]);
console.log(answer.data[0].label);
```"""

PYTHON = """```python
from sketchdigits import DigitClassifier

classifier = DigitClassifier.from_pretrained({model})
prediction = classifier.predict("drawing.png")
print(prediction.label, prediction.top(3), prediction.is_digit)
```"""


MCP = """```json
{{"mcpServers": {{"sketchdigits": {{"url": "{address}/gradio_api/mcp/"}}}}}}
```"""


def snippets(address: str, served: ServedModel) -> str:
    """Markdown: the same question in several ways, asked at `address`."""
    model = f'"{served.model_id}"'
    if served.revision:
        model += f', revision="{served.revision}"'
    parts = {
        "Python, `gradio_client`": CLIENT,
        "curl: upload, ask, listen": CURL,
        "JavaScript, `@gradio/client`": JAVASCRIPT,
        "Python, without this page: `pip install .` in the source": PYTHON,
    }
    # Gradio's own switch; it needs `pip install 'gradio[mcp]'`.
    if os.environ.get("GRADIO_MCP_SERVER", "").lower() in ("1", "true"):
        parts["MCP, for a language model's tools"] = MCP
    return "\n\n".join(
        f"#### {title}\n{code.format(address=address, model=model)}"
        for title, code in parts.items()
    )


def build_api_tab(served: ServedModel) -> None:
    """The tab. Its address is the one that the visitor's browser has, which no server knows."""
    with gr.Tab(i18n("api_tab")) as tab:
        gr.Markdown(i18n("api_help"))
        shown = gr.Markdown(snippets(LOCAL_ADDRESS, served), elem_id="snippets")
    placeholder = "ADDRESS-OF-THIS-PAGE"
    tab.select(
        None,
        None,
        shown,
        js=f"""() => {json.dumps(snippets(placeholder, served))}.replaceAll("{placeholder}",
          location.origin + location.pathname.replace(/[/]$/, ""))""",
    )
