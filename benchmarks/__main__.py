"""Measure everything in one run, and write README's table.

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
# Each in a process of its own: TensorFlow's memory and threads are nobody else's.
PARTS = ("reading", "runtimes", "serving")


def main() -> int:
    """The exit status: 1 if a row isn't met, 2 if what is to be measured isn't installed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--package", default="model", metavar="FOLDER", help="default: model")
    parser.add_argument("--readme", type=Path, default=REPOSITORY / "README.md", metavar="FILE")
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
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # as the app has it
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
    write_table(options.readme, table)
    print(table)
    return 0 if all(row.is_met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
