"""The command line: `python -m train COMMAND`; `--help` lists the commands.

Thin: it parses and passes on.
"""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module

from sketchdigits import SketchdigitsError
from train.cli.options import build_parser
from train.errors import TrainingError

HUB_COMMANDS = ("publish", "publish-space")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = build_parser().parse_args(arguments)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # It warns of tracing anew; each of our networks has to be traced.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    # Heavy: TensorFlow.
    module = "train.cli.hub_commands" if options.command in HUB_COMMANDS else "train.cli.commands"
    command = getattr(import_module(module), options.command.replace("-", "_"))
    try:
        return command(options) or 0
    except (TrainingError, SketchdigitsError) as error:
        print(f"python -m train {options.command}: {error}", file=sys.stderr)
        return 1
    except OSError as error:  # a full disk, a folder that may not be written
        where = f": {error.filename}" if error.filename else ""
        print(f"python -m train {options.command}: {error.strerror}{where}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: a request to a Hub that hangs, in a thread of its client's, would hold the end.
    os._exit(status)
