"""The demo and its API: draw a digit, get the three likeliest answers.

`python app.py` serves the model in `model/` on http://127.0.0.1:7860, and
`MODEL_ID=owner/name MODEL_REVISION=... python app.py` one from the Hub. A Space serves the model
that its card preloads. `FEEDBACK=off` asks for no corrections, `RATE_LIMIT=600/minute` bounds what
one client may ask.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import threading
from pathlib import Path

# Visitors' files get a folder of their own, which is kept small: nobody else's files may be in it.
if "GRADIO_TEMP_DIR" in os.environ:
    os.environ["GRADIO_TEMP_DIR"] = os.path.join(os.environ["GRADIO_TEMP_DIR"], "sketchdigits")
else:
    os.environ["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="sketchdigits-")
    atexit.register(shutil.rmtree, os.environ["GRADIO_TEMP_DIR"], ignore_errors=True)
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Two questions are read at a time, on a core each: more threads would only wait, and busily.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# At each answer Gradio 6.31 reckons up the last 10,000, for a page that is closed here.
os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(sys.maxsize)

from starlette.middleware import Middleware

from page.corrections.store import open_corrections
from page.served_model import chosen_model, load_served_model
from page.server.cleanup import start_housekeeping
from page.server.error_responses import EXCEPTION_HANDLERS, explain_every_error
from page.server.health import health_routes
from page.server.rate_limit import open_rate_limit
from page.server.request_limits import MAX_UPLOAD, Gatekeeper
from page.server.sessions import bound_sessions, keep_sessions_small
from page.server.shutdown import serve_until_told_to_end
from page.translations import i18n
from page.ui.layout import build_demo
from page.ui.theme import CSS, FAVICON, ROUTES, THEME, head
from sketchdigits import ModelPackageError, SketchdigitsError

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
    rate_limit = open_rate_limit(os.environ)
except (SketchdigitsError, ValueError) as error:
    raise SystemExit(f"app.py: {error}") from error

if __name__ == "__main__":
    keep_sessions_small()
    explain_every_error()
    closing = threading.Event()
    gatekeeper = Middleware(Gatekeeper, closing=closing, rate_limit=rate_limit)
    # Asked past the queue, an endpoint would be bounded by nothing: it is closed.
    demo.queue(max_size=64, default_concurrency_limit=2, api_open=False)
    bound_sessions(demo)
    demo.launch(
        enable_monitoring=False,
        run_history=False,
        max_file_size=MAX_UPLOAD,
        ssr_mode=False,
        state_session_capacity=200,
        prevent_thread_lock=True,
        i18n=i18n,
        theme=THEME,
        css=CSS,
        head=head(os.environ),
        favicon_path=FAVICON,
        app_kwargs={
            "routes": [*ROUTES, *health_routes(served.classifier, closing)],
            "middleware": [gatekeeper],
            "exception_handlers": EXCEPTION_HANDLERS,
        },
        footer_links=["api", "gradio"],
    )
    start_housekeeping(demo, Path(os.environ["GRADIO_TEMP_DIR"]))
    serve_until_told_to_end(demo, closing)
