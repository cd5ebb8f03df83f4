"""Measure everything in one run, and write the table of docs/benchmarks.md.

python -m benchmarks [--package model]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from benchmarks.table import format_table, make_rows, write_table

REPOSITORY = Path(__file__).parent.parent
# Each runs in its own process, so that TensorFlow's memory and threads don't affect the others.
PARTS = ("reading", "runtimes", "serving")


def main() -> int:
    """Return the exit status: 1 if a limit is not met, 2 if a runtime isn't installed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--package", default="model", metavar="FOLDER", help="model package; default: model"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=REPOSITORY / "docs" / "benchmarks.md",
        metavar="FILE",
        help="Markdown file that has the table; default: docs/benchmarks.md",
    )
    options = parser.parse_args()
    if missing := [name for name in ("onnxruntime", "tf2onnx") if find_spec(name) is None]:
        print(
            f"python -m benchmarks: {' and '.join(missing)} not installed. "
            "Run: pip install -r benchmarks/requirements.txt",
            file=sys.stderr,
        )
        return 2
    measured = {}
    for part in PARTS:
        print(f"measuring: {part}", file=sys.stderr)
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{part}", options.package],
            cwd=REPOSITORY,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # as in app.py
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        measured[part] = json.loads(done.stdout.splitlines()[-1])
    rows = make_rows(measured)
    machine = (
        f"{os.cpu_count()} CPU cores, {platform.machine()}, Python {platform.python_version()}"
    )
    table = format_table(rows, machine)
    write_table(options.output, table)
    print(table)
    return 0 if all(row.is_met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
