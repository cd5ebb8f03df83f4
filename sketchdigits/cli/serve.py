"""`sketchdigits serve`: start the web page, if Gradio is installed.

The page is a program of its own, `app.py`. This command only chooses its settings and runs it, so
this package imports nothing of the page. In the wheel the page is in `page_app/`; in a checkout it
is beside this package.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from sketchdigits.errors import SketchdigitsError

_IN_WHEEL = Path(__file__).parent.parent / "page_app" / "app.py"
_IN_CHECKOUT = Path(__file__).parent.parent.parent / "app.py"
APP = _IN_WHEEL if _IN_WHEEL.is_file() else _IN_CHECKOUT


def add_serve_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options; `run_serve` takes them."""
    parser.add_argument(
        "--model",
        metavar="FOLDER_OR_HUB_ID",
        help="folder of a model package, or a Hub id; default: MODEL_ID, or the model that is "
        "installed with this program",
    )
    parser.add_argument(
        "--revision",
        metavar="REV",
        help="branch, tag or commit of a model on the Hub; default: main",
    )
    parser.add_argument(
        "--host", metavar="NAME", help="address to listen on; default: only this machine"
    )
    parser.add_argument(
        "--port", type=int, metavar="N", help="port to listen on; default: from 7860 up, a free one"
    )


def run_serve(options: argparse.Namespace) -> int:
    """Run the page until it is stopped. On Unix it replaces this process, and so gets its signals.

    Returns:
        the page's exit status.

    Raises:
        SketchdigitsError: the page or Gradio is not installed.
    """
    if not APP.is_file():
        raise SketchdigitsError("The page is not installed: install the wheel, or use a checkout.")
    if find_spec("gradio") is None:
        raise SketchdigitsError("The page needs Gradio: pip install 'sketchdigits[page]'.")
    environment = {**os.environ, **_page_settings(options)}
    command = [sys.executable, str(APP)]
    sys.stdout.flush()
    if os.name == "nt":  # `execve` would return to the console while the page still runs
        return subprocess.run(command, env=environment, check=False).returncode
    os.execve(sys.executable, command, environment)


def _page_settings(options: argparse.Namespace) -> dict[str, str]:
    """The environment variables of `app.py` for the options that were given."""
    given = {
        "MODEL_ID": options.model,
        # MODEL_REVISION belongs to the model that MODEL_ID names.
        "MODEL_REVISION": options.revision or ("" if options.model else None),
        "GRADIO_SERVER_NAME": options.host,
        "GRADIO_SERVER_PORT": options.port,
    }
    return {name: str(value) for name, value in given.items() if value is not None}
