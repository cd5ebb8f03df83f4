"""The demo and its API: draw a digit, get the three likeliest answers.

`python app.py` serves the model in `model/` on http://127.0.0.1:7860, and
`MODEL_ID=owner/name MODEL_REVISION=... python app.py` one from the Hub. A Space serves the model
that its card preloads. `FEEDBACK=off` asks for no corrections.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from page.corrections import open_corrections
from page.demo import build_demo
from page.look import CSS, FAVICON, ROUTES, THEME, head
from page.texts import i18n
from sketchdigits import ModelPackageError, SketchdigitsError
from sketchdigits.serving import chosen_model, load_served_model

HERE = Path(__file__).parent
BUILTIN_MODEL = HERE / "model"
COMPARISON = HERE / "docs" / "comparison" / "comparison.md"

try:
    model_id, revision = chosen_model(os.environ, HERE / "README.md", BUILTIN_MODEL)
    try:
        served = load_served_model(model_id, revision, BUILTIN_MODEL)
    except ModelPackageError as error:
        raise SystemExit(f"app.py: {error}\nThe model is chosen with MODEL_ID.") from error
    demo = build_demo(served, open_corrections(os.environ), COMPARISON)
except SketchdigitsError as error:
    raise SystemExit(f"app.py: {error}") from error

if __name__ == "__main__":
    demo.queue(max_size=64, default_concurrency_limit=2).launch(
        enable_monitoring=False,
        run_history=False,
        max_file_size="20mb",
        ssr_mode=False,
        state_session_capacity=500,
        i18n=i18n,
        theme=THEME,
        css=CSS,
        head=head(os.environ),
        favicon_path=FAVICON,
        app_kwargs={"routes": ROUTES},
        footer_links=["api", "gradio"],
    )
