"""Environment variables that Gradio and NumPy read when they are imported."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import MutableMapping


def prepare_environment(environment: MutableMapping[str, str] = os.environ) -> None:
    """Set the variables. Call this before anything imports Gradio, NumPy or TensorFlow.

    Visitors' files get a folder of their own, because the cleanup deletes what is in it: the
    folder `sketchdigits` in `GRADIO_TEMP_DIR`, or a temporary one that is deleted at the end.
    """
    if "GRADIO_TEMP_DIR" in environment:
        environment["GRADIO_TEMP_DIR"] = os.path.join(
            environment["GRADIO_TEMP_DIR"], "sketchdigits"
        )
    else:
        environment["GRADIO_TEMP_DIR"] = tempfile.mkdtemp(prefix="sketchdigits-")
        atexit.register(shutil.rmtree, environment["GRADIO_TEMP_DIR"], ignore_errors=True)
    environment.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    # A Space is reached through the Hub's proxies, which are in this private network. Without it,
    # all visitors would count as one client. uvicorn reads the variable.
    if environment.get("SYSTEM") == "spaces":
        environment.setdefault("FORWARDED_ALLOW_IPS", "127.0.0.1,10.0.0.0/8")
    environment.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Two requests run at the same time, on one core each. More threads would only compete.
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")
    # After each answer Gradio 6.31 computes statistics of the last 10,000, for a page (/monitoring)
    # that is closed here.
    environment["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    environment["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(sys.maxsize)
