"""The API tab: code to copy, with the address of this page in it."""

from __future__ import annotations

import json
import os

import gradio as gr

from page.served_model import ServedModel
from page.translations import ENGLISH, LANGUAGES, i18n

LOCAL_ADDRESS = "http://127.0.0.1:7860"
_ADDRESS_PLACEHOLDER = "ADDRESS-OF-THIS-PAGE"

REQUEST_CURL = """```sh
curl --data-binary @drawing.png {address}/api/predict
```"""

NUMBER_CURL = """```sh
curl --data-binary @number.png {address}/api/read_number
```"""

FETCH_JS = """```js
const canvas = document.querySelector("canvas"); // or a file: const image = input.files[0]
const image = await new Promise((done) => canvas.toBlob(done));
const response = await fetch("{address}/api/predict", {{ method: "POST", body: image }});
const answer = await response.json();
console.log(response.ok ? answer.label : answer.detail);
```"""

REQUEST_PYTHON = """```python
import json, urllib.request

image = open("drawing.png", "rb").read()
with urllib.request.urlopen("{address}/api/predict", image) as response:
    print(json.load(response)["label"])
```"""

# The title of each, a key of `page/translations.py`, and the code.
ONE_REQUEST_SNIPPETS = {
    "snippet_one_request": REQUEST_CURL,
    "snippet_fetch": FETCH_JS,
    "snippet_urllib": REQUEST_PYTHON,
}

CLIENT = """```python
from gradio_client import Client, handle_file

client = Client("{address}")
print(client.predict(handle_file("drawing.png"), api_name="/predict"))
# {{'label': '7', 'confidences': [{{'label': '7', 'confidence': 0.98}}, ...], ...}}
```"""

CURL = """```sh
IMAGE=drawing.png
FILE=$(curl -s -F 'files=@-;filename=image' {address}/gradio_api/upload < "$IMAGE" | tr -d '[]"')
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


# It runs in the browser, because the server builds this tab before it knows a visitor's language or
# the address that the visitor uses.
_SHOW_SNIPPETS_JS = """() => {{
  const snippets = {snippets};
  const language = navigator.language.toLowerCase().split(/[^a-z]/)[0];
  const address = location.origin + location.pathname.replace(/[/]$/, "");
  return (snippets[language] ?? snippets.en).replaceAll("{placeholder}", address);
}}"""


def snippets(address: str, served: ServedModel, texts: dict[str, str] = ENGLISH) -> str:
    """Markdown: code that reads an image, for several clients of the page at `address`."""
    model = f'"{served.model_id}"'
    if served.revision:
        model += f', revision="{served.revision}"'
    parts = {
        **ONE_REQUEST_SNIPPETS,
        "snippet_number": NUMBER_CURL,
        "snippet_python_client": CLIENT,
        "snippet_curl": CURL,
        "snippet_javascript": JAVASCRIPT,
        "snippet_python": PYTHON,
    }
    # This variable switches on Gradio's MCP server, which needs `pip install 'gradio[mcp]'`.
    if os.environ.get("GRADIO_MCP_SERVER", "").lower() in ("1", "true"):
        parts["snippet_mcp"] = MCP
    code = "\n\n".join(
        f"#### {texts[title]}\n{code.format(address=address, model=model)}"
        for title, code in parts.items()
    )
    return f"{texts['api_docs_link'].format(link=f'{address}/api/docs')}\n\n{code}"


def build_api_tab(served: ServedModel) -> None:
    """Build the tab. When it is selected, the browser fills in the page's address."""
    with gr.Tab(i18n("api_tab")) as tab:
        gr.Markdown(i18n("api_help"))
        shown = gr.Markdown(snippets(LOCAL_ADDRESS, served), elem_id="snippets")
    in_each_language = {
        tags[0]: snippets(_ADDRESS_PLACEHOLDER, served, texts) for tags, texts in LANGUAGES.items()
    }
    script = _SHOW_SNIPPETS_JS.format(
        snippets=json.dumps(in_each_language), placeholder=_ADDRESS_PLACEHOLDER
    )
    tab.select(None, None, shown, js=script)
