"""Starts the page: chooses the model, builds the page and its endpoint, launches the server.

`python app.py` serves the model in `model/` on http://127.0.0.1:7860, and
`MODEL_ID=owner/name MODEL_REVISION=... python app.py` a model from the Hub. A Space serves the
model that its card preloads. `FEEDBACK=off` turns corrections off; `RATE_LIMIT=600/minute`
limits the requests of one client. `PAD=plain` draws without WebGL.
"""

from __future__ import annotations

import os
from pathlib import Path

from page.server.shutdown import end_at_signal

if __name__ == "__main__":
    end_at_signal()

from page.server.environment import prepare_environment
from page.server.gradio_version import check_gradio
from page.server.own_requests import hidden_proxies

prepare_environment()
with hidden_proxies():
    check_gradio()

from page.api.routes import api_routes
from page.corrections.store import open_corrections
from page.pad_setting import open_pad_choice
from page.served_model import chosen_model, hub_timeout, load_served_model
from page.server.launch import serve
from page.server.rate_limit import open_rate_limit
from page.server.root_path import open_root_path
from page.ui.layout import build_demo
from page.ui.theme import CSS, FAVICON, ROUTES, THEME, head
from sketchdigits import ModelPackageError, SketchdigitsError
from sketchdigits.package.default import DEFAULT_PACKAGE

HERE = Path(__file__).parent
COMPARISON = HERE / "docs" / "comparison" / "comparison.md"

try:
    root_path = open_root_path(os.environ)
    model_id, revision = chosen_model(os.environ, HERE / "README.md", DEFAULT_PACKAGE)
    try:
        timeout = hub_timeout(os.environ)
        served = load_served_model(model_id, revision, DEFAULT_PACKAGE, timeout=timeout)
    except ModelPackageError as error:
        raise SystemExit(f"app.py: {error}\nSet MODEL_ID to choose another model.") from error
    demo = build_demo(served, open_corrections(os.environ), COMPARISON, open_pad_choice(os.environ))
    rate_limit = open_rate_limit(os.environ)
except (SketchdigitsError, ValueError) as error:
    raise SystemExit(f"app.py: {error}") from error

if __name__ == "__main__":
    serve(
        demo,
        served.classifier,
        rate_limit=rate_limit,
        root_path=root_path,
        uploads=Path(os.environ["GRADIO_TEMP_DIR"]),
        routes=lambda direct: [
            *ROUTES,
            *api_routes(
                served.classifier,
                direct,
                root_path=root_path,
                rate_limit=rate_limit.text if rate_limit else "",
            ),
        ],
        look={
            "theme": THEME,
            "css": CSS,
            "head": head(os.environ, root_path),
            "favicon_path": FAVICON,
        },
    )
