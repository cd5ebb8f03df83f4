"""The command line: `sketchdigits COMMAND`, or `python -m sketchdigits COMMAND`.

model_option.py  the options that choose a model package, and loading it
console.py       the console: characters that it can't show, and the libraries' own logs
predict.py       read the digits on image files
info.py          describe a model package
serve.py         start the web page

Starting it imports neither TensorFlow nor Keras. `python -m train` has the training commands.
"""

from __future__ import annotations

import argparse
import os
import sys

from sketchdigits.cli.console import discard_output, show_every_character
from sketchdigits.cli.info import add_info_options, run_info
from sketchdigits.cli.predict import DESCRIPTION, HELP, add_predict_options, run_predict
from sketchdigits.cli.serve import add_serve_options, run_serve
from sketchdigits.errors import SketchdigitsError


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status: 0, or 1 if something failed.

    Args:
        arguments: the words after the program's name; None: `sys.argv[1:]`.
    """
    options = _build_parser().parse_args(arguments)
    # TensorFlow, where a package needs it, would log its start on stderr.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    show_every_character()
    try:
        status = options.run(options)
        sys.stdout.flush()
        return status
    except SketchdigitsError as error:
        return _fail(options.command, str(error))
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has ended
        discard_output()
        return 1
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        return _fail(options.command, f"{error.strerror}{where}")


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sketchdigits", description="Read handwritten digits.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    predict = commands.add_parser("predict", help=HELP, description=DESCRIPTION)
    add_predict_options(predict)
    predict.set_defaults(run=run_predict)
    info = commands.add_parser(
        "info",
        help="describe a model package",
        description="Load a model package and describe it: architecture, runtime, test scores.",
    )
    add_info_options(info)
    info.set_defaults(run=run_info)
    serve = commands.add_parser(
        "serve",
        help="start the web page",
        description="Start the web page, on which people draw digits. It needs Gradio: "
        "pip install 'sketchdigits[page]'. Its other settings are environment variables.",
    )
    add_serve_options(serve)
    serve.set_defaults(run=run_serve)
    return parser


def _fail(command: str, message: str) -> int:
    print(f"sketchdigits {command}: {message}", file=sys.stderr)
    return 1
